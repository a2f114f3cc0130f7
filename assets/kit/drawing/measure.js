// @ts-check
/** How wide text is, before it is drawn. */

const SANS = '11px "Inter", sans-serif';
export const MONO = '500 11px "JetBrains Mono", monospace';

/** @type {OffscreenCanvasRenderingContext2D | null} */
let context = null;

/**
 * In pixels, as the drawings set it unless another font is named.
 * @param {string} text
 * @param {string} [font] as CSS writes it
 */
export function textWidth(text, font = SANS) {
  context ??= new OffscreenCanvas(1, 1).getContext("2d");
  if (!context) return 0;
  context.font = font;
  return context.measureText(text).width;
}
