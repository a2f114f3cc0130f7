// @ts-check
/** @import { Floats } from "../../types/shared" */

/**
 * One row of a matrix, without a copy.
 * @param {Floats} matrix
 * @param {number} index
 */
export function row(matrix, index) {
  const columns = matrix.shape[1];
  return matrix.a.subarray(index * columns, (index + 1) * columns);
}
