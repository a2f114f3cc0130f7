// @ts-check
/**
 * Bits under a budget: a slider gives every matrix its format, chosen in the page from the measured sensitivities;
 * below, what the sum predicts beside what whole choices turned out to cost.
 *
 * @import { Check, Row, View, ViewContext } from "../../../kit/view"
 * @import { QuantizedBudget } from "../../../types/systems"
 * @import { Choice } from "./greedy"
 *
 * @typedef {{ matrix?: number }} Kept
 * @typedef {ViewContext<Kept>} Context
 */

import { ramp } from "../../../kit/colour/ramp.js";
import { css } from "../../../kit/colour/theme.js";
import { control } from "../../../kit/controls/declared.js";
import { counted, decimal, whole } from "../../../kit/numbers/format.js";
import { memory } from "../../../kit/numbers/magnitude.js";
import { brief } from "../../../kit/numbers/misfits.js";
import { table } from "../../../kit/numbers/table.js";
import { mean, range, sum } from "../../../vendor/d3.js";
import { html, nothing } from "../../../vendor/lit.js";
import { both, budgetThere } from "./budget_there.js";
import { greedy, laddersOf } from "./greedy.js";
import { matrixName, partsMap } from "./map.js";
import { predictions } from "./predictions.js";
import { nats } from "./words.js";

/** Bits of the slider, where nothing is chosen: so far from the least to the most. */
const START = 0.33;

/** @type {View<QuantizedBudget, Kept>} */
export function budget(data, ctx) {
  if (data.done < data.total) return waiting(data);
  const all = sum(Array.from(data.weights.a));
  const ladders = laddersOf(data);
  const bitsOf = (/** @type {number} */ bytes) => (8 * bytes) / all;
  const [least, most] = [bitsOf(ladders.least), bitsOf(ladders.most)];
  const step = ctx.declared("bits").step ?? 1;
  const wanted = Number(ctx.controls.bits ?? least + START * (most - least));
  const bits = Math.round(Math.max(least, Math.min(most, wanted)) / step) * step;
  const choice = greedy(ladders, Math.round((bits * all) / 8));
  const counts = data.formats.map((_, format) => choice.chosen.filter((at) => at === format).length);
  return html`
    <div class="bar">
      ${control(ctx, "bits", { as: "slider", value: bits, least: Math.ceil(least / step) * step, most, live: true })}
    </div>
    <p class="readout">
      ${data.formats.map(({ title }, at) => `${whole(counts[at])} in ${brief(title)}`).join(", ")}:
      <b>${decimal(bitsOf(choice.nbytes), 3)}</b> bits per weight with scales, ${memory(choice.nbytes)}. The sum of each
      matrix’s cost alone predicts a KL of <b>${nats(choice.kl)}</b> nats.
    </p>
    ${map(data, ctx, choice)}
    <ul class="legend marks">
      ${data.formats.map(
        ({ title }, at) => html`<li><i class="mark" style="background:${shade(data, at)}"></i>${title}</li>`,
      )}
    </ul>
    <h3 class="sub3">Predicted and measured <small>KL in nats, by bits per weight</small></h3>
    ${predictions(data, bitsOf(choice.nbytes), choice.kl, ctx)}
    <p class="hint">${finding(data)}</p>
    ${budgetThere(data, ctx)}
    ${judged(data, ctx)}
    <p class="hint">The formats were chosen on ${counted(data.n, "prediction")} in the first passage of each of six
    kinds of text. They were tested on these and on ${whole(data.n_other)} predictions in other passages.
      ${data.baseline}</p>`;
}

/** @param {QuantizedBudget} data */
const waiting = ({ formats, done, total, baseline }) => html`
  <p class="readout">
    ${whole(done)} of ${whole(total)} measurements are done: each matrix alone in
    ${formats.map(({ title }) => brief(title)).join(", ")}. ${baseline}</p>`;

/** What was predicted and what was found, in words. @param {QuantizedBudget} data */
function finding({ judged }) {
  if (!judged.length) return "No whole choice is measured yet.";
  const off = judged.map(({ predicted, same_text }) => ({ predicted, ratio: same_text / predicted }));
  const far = off.filter(({ ratio }) => Math.abs(ratio - 1) > 0.25);
  const [least, most] = [Math.min(...off.map(({ ratio }) => ratio)), Math.max(...off.map(({ ratio }) => ratio))];
  const times = `${decimal(least)} to ${decimal(most)} times`;
  const range = `On the text of the choice, the whole costs ${times} the sum of its parts`;
  if (!far.length) return `${range}. The sum predicts all ${judged.length} choices within 25 %.`;
  const from = Math.min(...far.map(({ predicted }) => predicted));
  return (
    `${range}. The sum is off by more than 25 % in ${far.length} of ${judged.length} choices, all with a predicted ` +
    `KL of ${nats(from)} nats or more: there the errors do not simply add.`
  );
}

/** @param {QuantizedBudget} data @param {Context} ctx */
function judged(data, ctx) {
  if (!data.judged.length) return nothing;
  const besides = both.bind(null, data, ctx);
  return table({
    label: "Choices, predicted and measured",
    rows: data.judged.toSorted((a, b) => a.nbytes - b.nbytes),
    columns: [
      { name: "Choice", cell: ({ name }) => (name ? html`<b>${brief(name)} everywhere</b>` : "by budget") },
      { name: "bits", number: true, cell: besides((_, bits) => decimal(bits, 2)) },
      { name: "matrices", number: true, cell: besides(({ nbytes }) => memory(nbytes)) },
      { name: "predicted KL", number: true, cell: besides(({ predicted }) => nats(predicted)) },
      { name: "measured, same text", number: true, cell: besides(({ same_text }) => nats(same_text)) },
      {
        name: "measured ÷ predicted",
        number: true,
        cell: besides(({ predicted, same_text }) => decimal(same_text / predicted)),
      },
      {
        name: "other text",
        number: true,
        cell: besides(({ other_text, other_error }) => `${nats(other_text)} ± ${nats(other_error)}`),
      },
    ],
  });
}

/** @param {QuantizedBudget} data @returns {Row[]} */
export function rows(data) {
  const count = data.weights.a.length;
  return range(count).map((at) => ({
    matrix: data.grid.rows[data.grid.row.a[at]],
    block: data.grid.layer.a[at] < 0 ? null : data.grid.layer.a[at],
    weights: data.weights.a[at],
    ...Object.fromEntries(
      data.formats.flatMap(({ name }, format) => [
        [`kl_${name}`, data.kl.a[format * count + at]],
        [`bytes_${name}`, data.nbytes.a[format * count + at]],
      ]),
    ),
  }));
}

/** @param {QuantizedBudget} data @returns {Check[]} */
export function checks(data) {
  if (!data.stored.length) return [];
  const ladders = laddersOf(data);
  const different = data.stored.map(({ budget, chosen }) => {
    const here = greedy(ladders, budget).chosen;
    return here.filter((at, matrix) => at !== chosen.a[matrix]).length;
  });
  const n = data.stored.length * data.weights.a.length;
  return [
    {
      statement: `The page’s choice = the server’s, ${counted(n, "format")} in ${data.stored.length} budgets`,
      error: sum(different),
      tolerance: 0,
      word: "different",
    },
  ];
}

// The formats of all matrices as a map, block by block.

/** How dark the widest format is. */
const DARK = 0.85;

/** @param {QuantizedBudget} data @param {Context} ctx @param {Choice} choice */
export function map(data, ctx, { chosen }) {
  const { grid, kl, weights, nbytes, formats } = data;
  const count = weights.a.length;
  const bits = (/** @type {number} */ at) => (8 * nbytes.a[chosen[at] * count + at]) / weights.a[at];
  const middle = (/** @type {Iterable<number>} */ some) => mean(some, bits) ?? 0;
  const where = (/** @type {"row" | "layer"} */ axis, /** @type {number} */ value) =>
    range(count).filter((at) => grid[axis].a[at] === value);
  return html`${partsMap({
    grid,
    width: ctx.width,
    label: `Formats of ${counted(count, "matrix", "matrices")}; arrow keys walk them`,
    of: [chosen.join()],
    colour: (at) => ramp("ink")(depth(formats.length, chosen[at])),
    written: (at) => ({
      text: String(Math.round(bits(at) - 0.25)),
      fill: depth(formats.length, chosen[at]) > 0.4 ? css("surface") : css("ink"),
    }),
    told: (at) => ({
      title: `${matrixName(grid, at)}: ${formats[chosen[at]].title}`,
      details: formats.map(({ title }, format) => [`KL alone in ${title}`, nats(kl.a[format * count + at])]),
    }),
    selected: ctx.kept.matrix ?? -1,
    select: (matrix) => ctx.keep({ matrix }),
    edge: {
      rows: range(grid.rows.length).map((row) => middle(where("row", row))),
      blocks: [...range(grid.n_layers), -1].map((layer) => middle(where("layer", layer))),
      format: (value) => decimal(value, 1),
    },
  })}
    <p class="hint">A number gives the bits of a code. Bars show mean bits with scales. The unembedding stands in the
      last row, behind the last block.</p>`;
}

/** @param {number} count @param {number} format */
const depth = (count, format) => 0.06 + (DARK * format) / Math.max(1, count - 1);

/** @param {QuantizedBudget} data @param {number} format */
export const shade = (data, format) => `rgb(${ramp("ink")(depth(data.formats.length, format))})`;
