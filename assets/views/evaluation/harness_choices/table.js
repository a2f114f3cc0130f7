// @ts-check
/**
 * One model on one set of items under each choice of a harness: accuracies, and the items that change.
 *
 * @import { HarnessChoices } from "../../../types/evaluation"
 * @import { Row, View, ViewContext } from "../../../kit/view"
 *
 * @typedef {{ variant: number, rule: number }} Cell
 */
import { control } from "../../../kit/controls/declared.js";
import { legend } from "../../../kit/drawing/legend.js";
import { counted, percent, signed } from "../../../kit/numbers/format.js";
import { range } from "../../../vendor/d3.js";
import { html } from "../../../vendor/lit.js";
import { accuracies } from "./accuracies.js";
import { changed, flips } from "./changed.js";
import { METRICS, variantName } from "./words.js";

/** @type {View<HarnessChoices>} */
export function table(data, ctx) {
  const cell = cellOf(data, ctx);
  return html`
    <div class="settings-row ruled">
      ${control(ctx, "task")} ${control(ctx, "items")} ${control(ctx, "shots")}
    </div>
    <p class="readout">${lead(data)}</p>
    ${accuracies(data, cell, ({ variant, rule }) => ctx.control("cell", `${variant}.${rule}`))}
    ${legend([
      ["below", "lower than the first cell by more than two standard errors"],
      ["above", "higher by more than two"],
    ])}
    <p class="hint">± is one standard error over ${counted(data.items.length, "item")}. Chance is
      ${percent(data.chance)}. A cell is marked by the paired difference from the first cell, item by item. With
      ${data.variants.length * data.rules.length} cells, some pass two standard errors by luck.</p>
    ${changed(data, cell)}`;
}

/** @param {HarnessChoices} data @param {ViewContext} ctx @returns {Cell} */
function cellOf(data, { controls }) {
  const [variant, rule] = String(controls.cell ?? "0.1")
    .split(".")
    .map(Number);
  const inside = variant < data.variants.length && rule < data.rules.length;
  return inside ? { variant, rule } : { variant: 0, rule: Math.min(1, data.rules.length - 1) };
}

/** @param {HarnessChoices} data */
function lead(data) {
  const { variants, total, accuracy, rules } = data;
  if (variants.length < total) return `${variants.length} of ${total} rows are measured.`;
  const cells = range(accuracy.a.length).sort((a, b) => accuracy.a[a] - accuracy.a[b]);
  const said = (/** @type {number} */ at) =>
    html`<b>${percent(accuracy.a[at])}</b> (${variantName(data, Math.floor(at / rules.length))},
      ${METRICS[rules[at % rules.length]]})`;
  return html`The same model has an accuracy of ${said(cells[0])} to ${said(cells[cells.length - 1])} on the same
    ${counted(data.items.length, "item")}.`;
}

/** @param {HarnessChoices} data @returns {Row[]} */
export const rows = (data) =>
  data.variants.flatMap((_, variant) =>
    data.rules.map((rule, at) => ({
      variant: variantName(data, variant),
      rule: METRICS[rule],
      accuracy: data.accuracy.a[variant * data.rules.length + at],
      error: data.error.a[variant * data.rules.length + at],
      difference: signed(data.accuracy.a[variant * data.rules.length + at] - data.accuracy.a[0], 4),
      difference_error: data.apart.a[variant * data.rules.length + at],
      items_changed: flips(data, { variant, rule: at }).length,
      items: data.items.length,
    })),
  );
