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
import { html, nothing } from "../../../vendor/lit.js";
import { accuracies, farthest } from "./accuracies.js";
import { changed, flips } from "./changed.js";
import { METRICS, NAMES, variantName } from "./words.js";

/** @type {View<HarnessChoices>} */
export function table(data, ctx) {
  const cell = cellOf(data, ctx);
  return html`
    <div class="settings-row ruled">
      ${control(ctx, "task")} ${control(ctx, "items")} ${control(ctx, "shots")}
    </div>
    <p class="readout lead">${lead(data)}</p>
    ${accuracies(data, cell, ({ variant, rule }) => ctx.control("cell", `${variant}.${rule}`))}
    ${legend([
      ["below", "lower than the first cell by more than two standard errors"],
      ["above", "higher by more than two"],
    ])}
    <p class="hint">Behind each accuracy stands its interval of 95 % (Wilson) over
      ${counted(data.items.length, "item")}. Chance is ${percent(data.chance)}. A cell is marked by the paired
      difference from the first cell, item by item. With ${data.variants.length * data.rules.length} cells, some pass
      two standard errors by luck.</p>
    ${data.shots ? html`<p class="hint">${drawn(data)}</p>` : nothing}
    ${changed(data, cell)}`;
}

/**
 * The pressed cell, else the one that moves most.
 * @param {HarnessChoices} data
 * @param {ViewContext} ctx
 * @returns {Cell}
 */
function cellOf(data, { controls }) {
  const [variant, rule] = String(controls.cell ?? "")
    .split(".")
    .map(Number);
  if (variant < data.variants.length && rule < data.rules.length) return { variant, rule };
  const place = (data.variants.length < data.total ? null : farthest(data)) ?? Math.min(1, data.rules.length - 1);
  return { variant: Math.floor(place / data.rules.length), rule: place % data.rules.length };
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

/** Whether an item can be its own example, and whether one is. @param {HarnessChoices} data */
function drawn({ leaves_out, among_own, variants, items }) {
  if (leaves_out) return "lm-eval draws the examples from the items of this task, and leaves out the item itself.";
  const found = Math.max(...among_own);
  const where = variants[among_own.indexOf(found)];
  return html`lm-eval draws the examples from the items of this task, and its rule does not leave out the item itself.
    ${
      found
        ? html`<b>${found} of ${counted(items.length, "item")}</b> ${found === 1 ? "stands" : "stand"} among
            ${found === 1 ? "its" : "their"} own examples in the row “${NAMES[where]}”.`
        : "No item stands among its own examples here."
    }`;
}

/** @param {HarnessChoices} data @returns {Row[]} */
export const rows = (data) =>
  data.variants.flatMap((_, variant) =>
    data.rules.map((rule, at) => ({
      variant: variantName(data, variant),
      rule: METRICS[rule],
      accuracy: data.accuracy.a[variant * data.rules.length + at],
      low: data.low.a[variant * data.rules.length + at],
      high: data.high.a[variant * data.rules.length + at],
      difference: signed(data.accuracy.a[variant * data.rules.length + at] - data.accuracy.a[0], 4),
      difference_error: data.apart.a[variant * data.rules.length + at],
      items_changed: flips(data, { variant, rule: at }).length,
      items: data.items.length,
      items_among_own_examples: data.among_own[variant],
    })),
  );
