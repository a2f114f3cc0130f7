// @ts-check
/**
 * A canvas at the sharpness of the screen, and cells painted on one: by themselves as a picture, or for a matrix.
 *
 * @import { Matrix } from "./matrix.js"
 */
import { html, ref, styleMap } from "../../vendor/lit.js";
import { css } from "../colour/theme.js";

const SHARPEST = 2.5;
/** Browsers refuse a canvas of many more pixels than this. */
const MOST = 16e6;

/**
 * Gives a canvas its size in pixels of the page, at the sharpness of the screen.
 * @param {HTMLCanvasElement} canvas
 * @param {{ width: number, height: number }} size
 * @returns {CanvasRenderingContext2D} empty, drawn on in pixels of the page
 */
export function sharpened(canvas, { width, height }) {
  const sharp = Math.min(devicePixelRatio || 1, SHARPEST, Math.sqrt(MOST / (width * height)));
  canvas.width = Math.max(1, Math.round(width * sharp));
  canvas.height = Math.max(1, Math.round(height * sharp));
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  context.setTransform(canvas.width / width, 0, 0, canvas.height / height, 0, 0);
  context.textRendering = "optimizeSpeed"; // no ligatures: a token "==" is two signs
  return context;
}

/** Cells of at least so many pixels are set apart. */
const APART = 6;

export const NO_MARGIN = { top: 0, right: 0, bottom: 0, left: 0 };

/** What each canvas was last painted from. @type {WeakMap<Element, unknown[]>} */
const painted = new WeakMap();

/** Cells and margin together. @param {Pick<Matrix, "width" | "height" | "margin">} options */
export const size = ({ width, height, margin = NO_MARGIN }) => ({
  width: margin.left + width + margin.right,
  height: margin.top + height + margin.bottom,
});

/**
 * The cells alone, to be looked at: an icon, a stripe.
 * @param {Pick<Matrix, "rows" | "columns" | "width" | "height" | "colour" | "of" | "pixels">} options
 */
export function picture(options) {
  const size = styleMap({ width: `${options.width}px`, height: `${options.height}px` });
  return html`
    <canvas aria-hidden="true" style=${size}
      ${ref((canvas) => canvas && paint(/** @type {HTMLCanvasElement} */ (canvas), options))}></canvas>`;
}

/**
 * Paints the cells on any canvas, where nothing but them is wanted of a matrix.
 * @param {HTMLCanvasElement} canvas
 * @param {Pick<Matrix, "rows" | "columns" | "width" | "height" | "colour" | "of" | "pixels" | "over" | "margin">}
 *   options
 */
export function paint(canvas, options) {
  const { rows, columns, width, height, colour, of, pixels, over, margin = NO_MARGIN } = options;
  const key = [...of, rows, columns, width, height, css("surface"), devicePixelRatio];
  const before = painted.get(canvas);
  if (before?.length === key.length && before.every((each, at) => Object.is(each, key[at]))) return;
  painted.set(canvas, key);
  const context = sharpened(canvas, size(options));
  context.translate(margin.left, margin.top);
  context.imageSmoothingEnabled = columns > canvas.width || rows > canvas.height;
  context.imageSmoothingQuality = "high";
  context.drawImage(onePixelACell({ rows, columns, colour }), 0, 0, width, height);
  if (!pixels) setApart(context, { rows, columns, width, height });
  over?.(context, { width: width / columns, height: height / rows });
}

/** @param {Pick<Matrix, "rows" | "columns" | "colour">} options */
function onePixelACell({ rows, columns, colour }) {
  const small = new OffscreenCanvas(Math.max(1, columns), Math.max(1, rows));
  const context = /** @type {OffscreenCanvasRenderingContext2D} */ (small.getContext("2d"));
  const image = context.createImageData(small.width, small.height);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const found = colour(row, column);
      if (found) image.data.set([...found, 255], 4 * (row * columns + column));
    }
  }
  context.putImageData(image, 0, 0);
  return small;
}

/**
 * Lines of ground between cells that are large enough for it, a pixel of the screen wide.
 * @param {CanvasRenderingContext2D} context
 * @param {Pick<Matrix, "rows" | "columns" | "width" | "height">} options
 */
function setApart(context, { rows, columns, width, height }) {
  const sharp = context.getTransform().a;
  const hair = 1 / sharp;
  const end = (/** @type {number} */ at) => Math.round(at * sharp) / sharp - hair;
  context.fillStyle = css("surface");
  if (width / columns >= APART) {
    for (let column = 1; column < columns; column++) context.fillRect(end((column * width) / columns), 0, hair, height);
  }
  if (height / rows >= APART) {
    for (let row = 1; row < rows; row++) context.fillRect(0, end((row * height) / rows), width, hair);
  }
}
