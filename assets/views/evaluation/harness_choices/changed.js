// @ts-check
/**
 * The items that one cell decides otherwise than the first one.
 *
 * @import { HarnessChoices } from "../../../types/evaluation"
 * @import { Cell } from "./table.js"
 */
import { counted, signed } from "../../../kit/numbers/format.js";
import { rightOrWrong } from "../../../kit/numbers/right_wrong.js";
import { table } from "../../../kit/numbers/table.js";
import { range } from "../../../vendor/d3.js";
import { html, nothing } from "../../../vendor/lit.js";
import { METRICS, variantName } from "./words.js";

/** Standard errors around a difference. */
const AROUND = 1.96;

/** @param {HarnessChoices} data @param {Cell} cell @param {number} item */
const taken = ({ winner, rules, items }, { variant, rule }, item) =>
  winner.a[(variant * rules.length + rule) * items.length + item];

/** Places of items whose winner is another than in the first cell. @param {HarnessChoices} data @param {Cell} cell */
export const flips = (data, cell) =>
  range(data.items.length).filter((at) => taken(data, cell, at) !== taken(data, { variant: 0, rule: 0 }, at));

/** @param {HarnessChoices} data @param {Cell} cell */
export function changed(data, cell) {
  const found = flips(data, cell);
  return html`
    <h3 class="sub3">Items that change: ${variantName(data, cell.variant)}, ${METRICS[data.rules[cell.rule]]}
      <small>against ${variantName(data, 0)}, acc</small></h3>
    <p class="readout">${words(data, cell, found.length)}</p>
    ${
      found.length
        ? table({
            label: "Items that change",
            rows: found,
            columns: [
              { name: "item", number: true, cell: (at) => data.items[at].id },
              { name: "question", className: "question", cell: (at) => data.items[at].text },
              { name: "before", cell: (at) => choice(data, at, taken(data, { variant: 0, rule: 0 }, at)) },
              { name: "now", cell: (at) => choice(data, at, taken(data, cell, at)) },
            ],
          })
        : nothing
    }`;
}

/** The paired difference in words. @param {HarnessChoices} data @param {Cell} cell @param {number} count */
function words(data, { variant, rule }, count) {
  if (!variant && !rule) return "This is the first cell: all others are compared with it.";
  if (!count) return "No item changes.";
  const place = variant * data.rules.length + rule;
  const difference = 100 * (data.accuracy.a[place] - data.accuracy.a[0]);
  const half = 100 * AROUND * data.apart.a[place];
  const [low, high] = [difference - half, difference + half];
  const said = low <= 0 && high >= 0 ? "The interval includes zero: these items do not tell the two apart." : "";
  return html`${counted(count, "item")} of ${data.items.length} ${count === 1 ? "takes" : "take"} another choice. The
    accuracy moves by <b>${signed(difference, 1)}</b> points, with a 95 % interval of ${signed(low, 1)} to
    ${signed(high, 1)}. ${said}`;
}

/** @param {HarnessChoices} data @param {number} item @param {number} at */
function choice({ items }, item, at) {
  const { choices, gold } = items[item];
  return rightOrWrong(at === gold, choices[at]);
}
