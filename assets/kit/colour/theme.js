// @ts-check
/**
 * The stylesheet's colours, for what is painted rather than styled (a canvas, a chart): read once a theme.
 *
 * @typedef {number[]} Colour red, green and blue, 0 to 255
 */

/** @type {Map<string, string>} */
const known = new Map();

/** The theme has changed: colours are read anew. */
export function forgetColours() {
  known.clear();
}

/**
 * The value of a custom property.
 * @param {string} name without its dashes
 */
export function css(name) {
  const found = known.get(name);
  if (found !== undefined) return found;
  const value = getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
  known.set(name, value);
  return value;
}

/**
 * A custom property that is a hexadecimal colour.
 * @param {string} name
 * @returns {Colour}
 */
export function rgb(name) {
  const digits = css(name).replace("#", "");
  const six = digits.length === 3 ? [...digits].map((each) => each + each).join("") : digits;
  return [0, 2, 4].map((at) => Number.parseInt(six.slice(at, at + 2), 16));
}

/**
 * A colour as CSS writes it.
 * @param {Colour} colour
 * @param {number} [alpha]
 */
export function rgbs(colour, alpha) {
  return alpha === undefined ? `rgb(${colour})` : `rgba(${colour},${alpha})`;
}

/**
 * Part of the way from one colour to another.
 * @param {Colour} from
 * @param {Colour} to
 * @param {number} part 0 to 1
 */
export function mix(from, to, part) {
  return from.map((value, at) => Math.round(value + (to[at] - value) * part));
}

/**
 * Relative luminance, 0 to 1 (WCAG 2).
 * @param {Colour} colour
 */
function luminance(colour) {
  const [red, green, blue] = colour.map((value) => {
    const share = value / 255;
    return share <= 0.03928 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

/**
 * Contrast of two colours, 1 to 21 (WCAG 2).
 * @param {Colour} one
 * @param {Colour} other
 */
export function contrast(one, other) {
  const [a, b] = [luminance(one), luminance(other)];
  return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
}
