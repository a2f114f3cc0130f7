// @ts-check

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
