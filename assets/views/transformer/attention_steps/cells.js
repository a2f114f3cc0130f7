// @ts-check
/**
 * The matrices of one head: their cells, what stands on their sides, their colours.
 *
 * @import { Floats } from "../../../types/shared"
 * @import { Colour } from "../../../kit/colour/theme"
 *
 * @typedef {object} Cells
 * @property {string} name
 * @property {number} rows
 * @property {number} columns
 * @property {"token" | "dimension" | "head"} down what a row is
 * @property {"token" | "dimension" | "stream"} across what a column is
 * @property {"signed" | "weight" | "mask"} kind
 * @property {(row: number, column: number) => number} value
 * @property {(row: number, column: number) => boolean} [hidden] cells that are −∞, or 0 as weights
 * @property {boolean} [parameters] the model's own, which are not drawn
 * @property {unknown[]} of what the values depend on
 */
import { diverging, ramp } from "../../../kit/colour/ramp.js";
import { rgb } from "../../../kit/colour/theme.js";

/**
 * A row for each token, a column for each dimension.
 * @param {string} name
 * @param {Floats} tensor
 * @returns {Cells}
 */
export function vectors(name, tensor) {
  const [rows, columns] = tensor.shape;
  const value = (/** @type {number} */ row, /** @type {number} */ column) => tensor.a[row * columns + column];
  return { name, rows, columns, down: "token", across: "dimension", kind: "signed", value, of: [tensor] };
}

/**
 * The same on its side.
 * @param {string} name
 * @param {Floats} tensor
 * @returns {Cells}
 */
export function transposed(name, tensor) {
  const [columns, rows] = tensor.shape;
  const value = (/** @type {number} */ row, /** @type {number} */ column) => tensor.a[column * rows + row];
  return { name, rows, columns, down: "dimension", across: "token", kind: "signed", value, of: [tensor, "transposed"] };
}

/**
 * A row for each query, a column for each key.
 * @param {string} name
 * @param {Floats} tensor
 * @param {Partial<Cells>} [more]
 * @returns {Cells}
 */
export const pairsOf = (name, tensor, more = {}) => {
  const cells = vectors(name, tensor);
  return { ...cells, across: "token", ...more, of: [...cells.of, more.kind, Boolean(more.hidden)] };
};

/**
 * The least and the largest of the cells that are seen.
 * @param {Cells} cells
 */
export function extremes({ rows, columns, value, hidden }) {
  let [low, high] = [Infinity, -Infinity];
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      if (hidden?.(row, column)) continue;
      low = Math.min(low, value(row, column));
      high = Math.max(high, value(row, column));
    }
  }
  return { low, high, most: Math.max(1e-9, Math.abs(low), Math.abs(high)) };
}

/**
 * Ink for weights; blue above and orange below nought, each matrix by its own largest. Square roots, so that small ones
 * are seen.
 * @param {Cells} cells
 * @param {number} most
 * @returns {(row: number, column: number) => Colour}
 */
export function colours({ kind, value, hidden }, most) {
  return (row, column) => {
    if (hidden?.(row, column)) return rgb("surface");
    const share = kind === "weight" ? value(row, column) : value(row, column) / most;
    const strength = Math.sqrt(Math.min(1, Math.abs(share)));
    return kind === "weight"
      ? ramp("ink", "sunken")(strength)
      : diverging("neg", "pos", "sunken")(share < 0 ? -strength : strength);
  };
}

/**
 * Length of one row.
 * @param {Floats} tensor
 * @param {number} at
 * @param {number} size
 */
export const length = (tensor, at, size) => Math.hypot(...tensor.a.subarray(at * size, (at + 1) * size));
