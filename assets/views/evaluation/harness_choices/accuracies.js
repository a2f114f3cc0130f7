// @ts-check
/**
 * The accuracies: a row for each variant, a column for each rule. A cell that is pressed lists its changed items.
 *
 * @import { HarnessChoices } from "../../../types/evaluation"
 * @import { Cell } from "./table.js"
 */
import { percent } from "../../../kit/numbers/format.js";
import { table } from "../../../kit/numbers/table.js";
import { range } from "../../../vendor/d3.js";
import { html } from "../../../vendor/lit.js";
import { METRICS, variantName } from "./words.js";

/** Standard errors of the paired difference from which on a cell is marked. */
const TOLD = 2;

/**
 * @param {HarnessChoices} data
 * @param {Cell} chosen
 * @param {(cell: Cell) => void} choose
 */
export function accuracies(data, chosen, choose) {
  const at = (/** @type {number} */ variant, /** @type {number} */ rule) => variant * data.rules.length + rule;
  return table({
    label: "Accuracy by variant and rule",
    className: "keeps-names",
    rows: range(data.variants.length),
    columns: [
      { name: "Changed", cell: (variant) => html`<b>${variantName(data, variant)}</b>` },
      ...data.rules.map((rule, column) => ({
        name: METRICS[rule],
        number: true,
        cell: (/** @type {number} */ variant) => {
          const place = at(variant, column);
          const on = chosen.variant === variant && chosen.rule === column;
          return html`<button type="button" class="cell ${look(data, place)}" aria-pressed=${on}
            @click=${() => choose({ variant, rule: column })}>${percent(data.accuracy.a[place])}
            <small>± ${(100 * data.error.a[place]).toFixed(1)}</small></button>`;
        },
      })),
    ],
  });
}

/** @param {HarnessChoices} data @param {number} place */
function look({ accuracy, apart }, place) {
  const difference = accuracy.a[place] - accuracy.a[0];
  if (!difference || Math.abs(difference) <= TOLD * apart.a[place]) return "";
  return difference < 0 ? "below" : "above";
}
