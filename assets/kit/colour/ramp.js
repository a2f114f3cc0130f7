// @ts-check
/**
 * Ramps of colour between custom properties of the stylesheet, for canvas and style alike.
 *
 * @import { Colour } from "./theme"
 * @typedef {(share: number) => Colour} Ramp
 */
import { interpolateRgb, quantize, rgb, scaleQuantize } from "../../vendor/d3_first.js";
import { css } from "./theme.js";

const STEPS = 256;

/** What has been made, by its ends and their colours. @type {Map<string, Ramp>} */
const made = new Map();

/**
 * Colours from one property to another, for 0 to 1.
 * @param {string} to a custom property's name
 * @param {string} [from]
 * @returns {Ramp}
 */
export function ramp(to, from = "surface") {
  return between([0, 1], [css(from), css(to)]);
}

/**
 * Colours for −1 to 1 by way of the ground.
 * @returns {Ramp}
 */
export function diverging(negative = "neg", positive = "pos", from = "surface") {
  const [below, above] = [ramp(negative, from), ramp(positive, from)];
  return (share) => (share < 0 ? below(-share) : above(share));
}

/**
 * @param {[number, number]} domain
 * @param {[string, string]} ends
 * @returns {Ramp}
 */
function between(domain, ends) {
  const key = [...domain, ...ends].join(" ");
  const found = made.get(key);
  if (found) return found;
  const colours = quantize(interpolateRgb(...ends), STEPS).map((each) => {
    const { r, g, b } = rgb(each);
    return [r, g, b];
  });
  const scale = scaleQuantize(domain, colours);
  made.set(key, scale);
  return scale;
}
