// @ts-check
/**
 * A window of one matrix: its weights, what a format leaves of them, and one weight worked out.
 *
 * @import { QuantizedMatrixCells } from "../../../types/systems"
 * @import { Cell } from "../../../kit/cells/matrix"
 * @import { Row, ViewContext } from "../../../kit/view"
 *
 * @typedef {{ at?: Cell } & import("./whole").Kept} Kept the weight that is worked out, within the window
 */
import { decimal, percent, whole } from "../../../kit/numbers/format.js";
import { range } from "../../../vendor/d3.js";
import { html } from "../../../vendor/lit.js";
import { chooseMatrix, chooseWindow } from "./choose.js";
import { groupLine } from "./group_line.js";
import { map } from "./maps.js";
import { wholeMatrix } from "./whole.js";
import { worked } from "./worked.js";

const WIDE = 1040;
const GAP = 44;

/**
 * @param {QuantizedMatrixCells} data
 * @param {ViewContext<Kept>} ctx
 */
export function cells(data, ctx) {
  const half = ctx.width < WIDE ? ctx.width : (ctx.width - GAP) / 2;
  const at = within(data, ctx.kept.at ?? farthest(data));
  const choose = (/** @type {Cell} */ cell) => ctx.keep({ at: cell });
  return html`
    <div class="bar">${chooseMatrix(data, ctx)}</div>
    <p class="readout lead">
      ${data.title} takes <b>${decimal(data.bits_per_weight, 2)}</b> bits per weight with scales,
      ${whole(data.nbytes)} bytes for ${whole(data.out)} × ${whole(data.d_in)} weights. ${
        data.error === 0
          ? html`Its error is <b>0, exact</b>: these weights already are numbers of this format.`
          : html`The RMS error in these rows is <b>${decimal(data.error, 4)}</b>, ${percent(data.error / data.sigma)} of
            the matrix’s standard deviation σ.`
      }
      ${
        data.n_far
          ? html`<b>${whole(data.n_far)}</b> weights are larger than ${data.far} σ; the largest is
            ${decimal(data.largest / data.sigma, 1)} σ.`
          : ""
      }
    </p>
    <div class="halves">
      <div>
        ${map(data, { at, choose, width: half, error: false })} ${map(data, { at, choose, width: half, error: true })}
        ${wholeMatrix(data, ctx, half)} ${chooseWindow(data, ctx)}
      </div>
      <div>${groupLine(data, at, half)} ${worked(data, at)}</div>
    </div>`;
}

/** @param {QuantizedMatrixCells} data @returns {Row[]} */
export function rows(data) {
  const columns = data.weights.shape[1];
  return range(data.weights.a.length).map((i) => ({
    row: data.row + Math.floor(i / columns),
    column: data.column + (i % columns),
    weight: data.weights.a[i],
    code: data.codes.a[i],
    value: data.values.a[i],
  }));
}

/** The window's largest weight. @param {QuantizedMatrixCells} data @returns {Cell} */
function farthest({ weights }) {
  let best = 0;
  for (let i = 1; i < weights.a.length; i++) if (Math.abs(weights.a[i]) > Math.abs(weights.a[best])) best = i;
  return { row: Math.floor(best / weights.shape[1]), column: best % weights.shape[1] };
}

/** @param {QuantizedMatrixCells} data @param {Cell} cell @returns {Cell} */
const within = ({ weights }, { row, column }) => ({
  row: Math.min(row, weights.shape[0] - 1),
  column: Math.min(column, weights.shape[1] - 1),
});
