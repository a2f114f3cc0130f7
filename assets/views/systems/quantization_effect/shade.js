// @ts-check
/**
 * One colour for one KL divergence, in the table and on the text.
 */
import { ramp } from "../../../kit/colour/ramp.js";

/** From here on the colour is full: the prediction has little in common with what it was. */
const MOST = 4;
const DEEPEST = 0.85;

/**
 * A cell of a table of numbers.
 * @param {{ a: ArrayLike<number>, shape: number[] }} block
 * @param {number} row
 * @param {number} column
 */
export const at = (block, row, column) => block.a[row * block.shape[1] + column];

/** The colour of a KL divergence in nats: its square root, so that small ones are seen. */
export function shadeOf() {
  const colour = ramp("prob");
  return (/** @type {number} */ kl) => colour(DEEPEST * Math.sqrt(Math.min(kl, MOST) / MOST));
}

/** @param {number} kl in nats */
export const nats = (kl) => (kl < 0.0005 ? "< 0.001" : kl.toFixed(kl < 1 ? 3 : 2));
