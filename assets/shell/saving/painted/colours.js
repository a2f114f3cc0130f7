// @ts-check
/** Colours and lists as a stylesheet computes them, for a file that knows fewer of them. */

const pen = /** @type {CanvasRenderingContext2D} */ (
  Object.assign(document.createElement("canvas"), { width: 1, height: 1 }).getContext("2d", {
    willReadFrequently: true,
  })
);
/** @typedef {{ colour: string, alpha: number }} Colour what every reader of SVG knows, and how opaque it is */
/** @type {Map<string, Colour>} */
const known = new Map();

/**
 * A colour however it is written: mixed, in another space, by name.
 * @param {string} css
 * @returns {Colour}
 */
export function plain(css) {
  const before = known.get(css);
  if (before) return before;
  pen.clearRect(0, 0, 1, 1);
  pen.fillStyle = "#0000";
  pen.fillStyle = css;
  pen.fillRect(0, 0, 1, 1);
  const [red, green, blue, alpha] = pen.getImageData(0, 0, 1, 1).data;
  const found = { colour: `rgb(${red}, ${green}, ${blue})`, alpha: alpha / 255 };
  known.set(css, found);
  return found;
}

/**
 * The same as attributes; none where nothing would be seen.
 * @param {"fill" | "stroke" | "stop-color"} name
 * @param {string} css
 */
export function tinted(name, css) {
  const { colour, alpha } = plain(css);
  const opacity = name === "stop-color" ? "stop-opacity" : `${name}-opacity`;
  return { [name]: colour, ...(alpha < 1 ? { [opacity]: Math.round(alpha * 1000) / 1000 } : {}) };
}

/** @param {string} css */
export const seen = (css) => plain(css).alpha > 0;

/**
 * The parts of a list that no bracket holds.
 * @param {string} list
 * @param {string} between
 */
export function parted(list, between = ",") {
  const parts = [""];
  let depth = 0;
  for (const letter of list) {
    if (letter === "(") depth += 1;
    if (letter === ")") depth -= 1;
    if (letter === between && depth === 0) parts.push("");
    else parts[parts.length - 1] += letter;
  }
  return parts.map((part) => part.trim()).filter(Boolean);
}

/** Pixels of a length that may be a share. @param {string | undefined} said @param {number} whole */
export function pixelsOf(said, whole) {
  const value = Number.parseFloat(said ?? "") || 0;
  return said?.endsWith("%") ? (value / 100) * whole : value;
}
