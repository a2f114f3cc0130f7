// @ts-check
/**
 * The formats of all matrices as a map, block by block.
 *
 * @import { QuantizedBudget } from "../../../types"
 * @import { Context } from "./budget.js"
 * @import { Choice } from "./greedy.js"
 */
import { counted, decimal } from "../../../kit/format.js";
import { ramp } from "../../../kit/ramp.js";
import { css } from "../../../kit/theme.js";
import { mean, range } from "../../../vendor/d3.js";
import { html } from "../../../vendor/lit.js";
import { matrixName, partsMap } from "./map.js";
import { nats } from "./words.js";

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
