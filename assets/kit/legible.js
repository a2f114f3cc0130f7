// @ts-check
/**
 * A coloured ground with an ink that can be read on it.
 *
 * @import { Colour } from "./theme"
 */
import { contrast, rgb, rgbs } from "./theme.js";

/**
 * For `styleMap`.
 * @param {Colour} ground
 */
export function shaded(ground) {
  const [ink, surface] = [rgb("ink"), rgb("surface")];
  const read = contrast(ground, ink) >= contrast(ground, surface) ? ink : surface;
  return { background: rgbs(ground), color: rgbs(read) };
}
