// @ts-check
/**
 * A coloured ground with an ink that can be read on it.
 *
 * @import { Colour } from "./theme"
 */
import { contrast, rgb, rgbs } from "./theme.js";

/** What text needs (WCAG 2). */
const ENOUGH = 4.5;
/** One of them can be read on any ground. @type {Colour[]} */
const LAST = [
  [0, 0, 0],
  [255, 255, 255],
];

/**
 * For `styleMap`.
 * @param {Colour} ground
 */
export function shaded(ground) {
  return { background: rgbs(ground), color: rgbs(inkOn(ground)) };
}

/**
 * The theme's own ink or its opposite; black or white on a ground between them.
 * @param {Colour} ground
 * @returns {Colour}
 */
function inkOn(ground) {
  const read = (/** @type {Colour} */ ink) => contrast(ground, ink);
  const own = clearest([rgb("ink"), rgb("surface")], read);
  return read(own) >= ENOUGH ? own : clearest(LAST, read);
}

/**
 * @param {Colour[]} inks
 * @param {(ink: Colour) => number} read
 */
const clearest = ([one, other], read) => (read(one) >= read(other) ? one : other);
