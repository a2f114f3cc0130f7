// @ts-check
/**
 * How strongly a number of a row is coloured, so that the row shows its structure.
 *
 * @typedef {object} Shade
 * @property {number} centre the number that has no colour
 * @property {number} reach how far from it the colour is full
 */
import { extent, quantileSorted } from "../../vendor/d3.js";

/** The share of the numbers that may have the other sign in a row that counts as of one sign. */
const STRAYS = 0.05;

/**
 * Shades that show what a row holds: nought is the centre, or the median where nearly all numbers have one sign.
 * @param {ArrayLike<number>} values
 * @returns {Shade}
 */
export function shadeOf(values) {
  const sorted = Array.from(values).sort((one, other) => one - other);
  const at = (/** @type {number} */ share) => quantileSorted(sorted, share) ?? 0;
  const centre = at(STRAYS) > 0 || at(1 - STRAYS) < 0 ? at(0.5) : 0;
  const [least = 0, most = 0] = extent(sorted);
  return { centre, reach: Math.max(most - centre, centre - least) };
}

/**
 * −1 to 1: the root of the distance from the centre, so that small differences are seen beside large ones.
 * @param {number} value
 * @param {Shade} shade
 */
export function shadeShare(value, { centre, reach }) {
  if (!(reach > 0)) return 0;
  const share = (value - centre) / reach;
  return Math.sign(share) * Math.sqrt(Math.min(1, Math.abs(share)));
}
