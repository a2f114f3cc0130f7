// @ts-check
/**
 * Rows of numbers: one token's, their lengths and angles.
 *
 * @typedef {{ a: ArrayLike<number>, shape: readonly number[] }} Rows
 */

/** @param {Rows} values @param {number} position */
export const rowOf = ({ a, shape }, position) =>
  Float32Array.from({ length: shape[1] }, (_, at) => a[position * shape[1] + at]);

/** @param {ArrayLike<number>} values */
export const length = (values) => Math.hypot(...Array.from(values));

/** @param {Float32Array} one @param {Float32Array} other */
export const cosine = (one, other) =>
  one.reduce((sum, value, at) => sum + value * other[at], 0) / (length(one) * length(other));

/** One shade for several rows, so that they compare. @param {Float32Array[]} several */
export const shadeOver = (several) => ({
  centre: 0,
  reach: Math.max(...several.map((row) => row.reduce((most, value) => Math.max(most, Math.abs(value)), 0)), 0),
});
