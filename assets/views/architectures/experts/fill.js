// @ts-check
/**
 * How a share is coloured: from the ground to ink, the selected expert's to violet.
 *
 * @import { Colour } from "../../../kit/colour/theme.js"
 */
import { contrast, mix, rgb } from "../../../kit/colour/theme.js";

/** The darkest cell keeps some of the ground, so that its number can be read. */
const DARKEST = 0.92;
const READABLE = 4.5;

/**
 * @param {number} share
 * @param {number} most
 * @param {boolean} selected
 */
export const fill = (share, most, selected) =>
  mix(rgb(selected ? "prob-soft" : "sunken"), rgb(selected ? "prob" : "ink"), Math.min(1, share / most) * DARKEST);

/**
 * The colour of a number on a cell; a number that says nothing is paler where that can be read.
 * @param {Colour} ground
 * @param {boolean} pale
 */
export function inkOn(ground, pale) {
  const [ink, surface, third] = ["ink", "surface", "ink3"].map(rgb);
  if (pale && contrast(ground, third) >= READABLE) return third;
  return contrast(ground, ink) >= contrast(ground, surface) ? ink : surface;
}
