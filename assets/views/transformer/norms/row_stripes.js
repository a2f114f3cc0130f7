// @ts-check
/**
 * The numbers of one row as stripes, with a word on their colours.
 *
 * @import { Shade } from "../../../kit/colour/shade"
 * @import { Stripe } from "../../../kit/cells/stripes.js"
 */
import { shadeOf } from "../../../kit/colour/shade.js";
import { largest, size } from "./places.js";

/**
 * What the page keeps of a row: the dimension that is open.
 * @typedef {{ dimension: number | null }} Opened
 */

export const COLOURS =
  "Blue is above the centre, orange below it; colour = √distance from the centre. The centre is 0, or the median " +
  "where nearly all numbers have the same sign.";

/**
 * @param {string} name
 * @param {ArrayLike<number>} values
 * @param {{ shade?: Shade, note?: string }} [own]
 * @returns {Stripe}
 */
export function stripe(name, values, { shade = shadeOf(values), note = noteOf(values, shade) } = {}) {
  return { name, values, shade, note };
}

/**
 * @param {ArrayLike<number>} values
 * @param {Shade} shade
 */
function noteOf(values, { centre, reach }) {
  if (reach === 0) return `all ${size(centre)}`;
  if (centre === 0) return `largest ${size(Math.abs(largest(values)))}`;
  return `largest ${size(largest(values))}, centre ${size(centre)}`;
}
