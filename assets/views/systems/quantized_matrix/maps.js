// @ts-check
/**
 * Weights or errors as a map, outliers circled, the selected weight's group outlined.
 *
 * @import { QuantizedMatrixCells } from "../../../types/systems"
 * @import { Cell } from "../../../kit/cells/matrix"
 */

import { matrix } from "../../../kit/cells/matrix.js";
import { diverging } from "../../../kit/colour/ramp.js";
import { css } from "../../../kit/colour/theme.js";
import { decimal, signed } from "../../../kit/numbers/format.js";
import { html } from "../../../vendor/lit.js";

/** The end of the weights' colours, in standard deviations of the matrix. */
const WEIGHTS_END = 3;
/** That of the errors': the same for all formats, so that a better one is paler. */
const ERRORS_END = 1;

/**
 * @param {QuantizedMatrixCells} data
 * @param {{ at: Cell, choose: (cell: Cell) => void, width: number, error: boolean }} how
 */
export function map(data, { at, choose, width, error }) {
  const [rows, columns] = data.weights.shape;
  const end = (error ? ERRORS_END : WEIGHTS_END) * data.sigma;
  const paint = diverging("neg", "pos", "sunken");
  const title = error ? `Errors after ${data.title}` : "Weights";
  const value = (/** @type {number} */ i) => (error ? data.values.a[i] - data.weights.a[i] : data.weights.a[i]);
  return html`
    <h3 class="sub3">${title}
      <small>rows ${data.row} to ${data.row + rows - 1}, columns ${data.column} to
        ${data.column + columns - 1}</small></h3>
    <p class="ends">−${decimal(end, 3)}<i class="ramp signs"></i>+${decimal(end, 3)}${
      error ? ", as square roots; one scale for all formats" : " and beyond"
    }</p>
    ${matrix({
      rows,
      columns,
      width,
      height: Math.round((width / columns) * rows),
      pixels: true,
      selected: at,
      select: choose,
      point: (cell) => cell && choose(cell),
      of: [data.weights, data.values, error, at.row, at.column],
      label:
        `${title}, ${rows} × ${columns}: row ${data.row + at.row}, column ` +
        `${data.column + at.column}; arrow keys move`,
      colour(row, column) {
        const share = Math.max(-1, Math.min(1, value(row * columns + column) / end));
        return paint(error ? Math.sign(share) * Math.sqrt(Math.abs(share)) : share);
      },
      over(context, cell) {
        outlineGroup(context, data, at, cell);
        if (!error) circle(context, data, cell);
      },
    })}`;
}

/**
 * The selected weight's group: where it begins, in the window.
 * @param {QuantizedMatrixCells} data
 * @param {number} column
 */
export function groupOf({ column: first, group, weights }, column) {
  const number = Math.floor((first + column) / group);
  const from = Math.max(0, number * group - first);
  return { number, from, to: Math.min(weights.shape[1], (number + 1) * group - first) };
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {QuantizedMatrixCells} data
 * @param {Cell} at
 * @param {{ width: number, height: number }} cell
 */
function outlineGroup(context, data, at, cell) {
  const { from, to } = groupOf(data, at.column);
  context.strokeStyle = css("ink");
  context.lineWidth = 1.5;
  context.strokeRect(from * cell.width, at.row * cell.height - 1, (to - from) * cell.width, cell.height + 2);
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {QuantizedMatrixCells} data
 * @param {{ width: number, height: number }} cell
 */
function circle(context, data, cell) {
  const columns = data.weights.shape[1];
  context.strokeStyle = context.fillStyle = css("ink");
  context.lineWidth = 1.2;
  context.font = "11px system-ui, sans-serif";
  data.weights.a.forEach((/** @type {number} */ weight, /** @type {number} */ i) => {
    const far = weight / data.sigma;
    if (Math.abs(far) <= data.far) return;
    const [x, y] = [((i % columns) + 0.5) * cell.width, (Math.floor(i / columns) + 0.5) * cell.height];
    context.beginPath();
    context.arc(x, y, Math.max(5, cell.width + 1), 0, 2 * Math.PI);
    context.stroke();
    if (Math.abs(far) < 20) return;
    const left = x > (columns * cell.width) / 2;
    context.textAlign = left ? "right" : "left";
    context.fillText(`${signed(far, 1)} σ`, x + (left ? -9 : 9), Math.max(11, y - 6));
  });
}
