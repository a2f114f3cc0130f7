// @ts-check
/**
 * The window of weights at one step: each as the columns before have left it, and what the column at hand pushes.
 *
 * @import { GptqSteps } from "../../../types/systems"
 */
import { range } from "../../../vendor/d3.js";

/**
 * One number of the window.
 * @param {{ a: ArrayLike<number>, shape: number[] }} tensor
 * @param {number} row
 * @param {number} column
 */
export const at = (tensor, row, column) => tensor.a[row * tensor.shape[1] + column];

/** @param {GptqSteps} data @returns {[rows: number, columns: number]} */
export const shape = (data) => [data.start.shape[0], data.start.shape[1]];

/**
 * What the column at this step takes from a weight behind it: −e · U.
 * @param {GptqSteps} data @param {number} step @param {number} row @param {number} column
 */
export const pushed = (data, step, row, column) =>
  column <= step ? 0 : -at(data.errors, step, row) * at(data.pushes, step, column);

/**
 * A weight before the column of this step is rounded; one that is rounded already, as it was rounded.
 * @param {GptqSteps} data @param {number} step @param {number} row @param {number} column
 */
export function now(data, step, row, column) {
  if (column < step) return at(data.rounded, row, column);
  let value = at(data.start, row, column);
  for (let before = 0; before < step; before++) value += pushed(data, before, row, column);
  return value;
}

/**
 * All weights of the window at a step, row by row.
 * @param {GptqSteps} data @param {number} step
 */
export function weights(data, step) {
  const [rows, columns] = shape(data);
  return range(rows).flatMap((row) => range(columns).map((column) => now(data, step, row, column)));
}
