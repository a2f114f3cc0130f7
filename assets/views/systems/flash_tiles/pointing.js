// @ts-check
/**
 * The layer over a picture of matrices: the query's row and the key's column under the pointer, moved without drawing
 * anything again.
 *
 * @typedef {{ x: number, y: number, width: number, height: number }} Box
 * @typedef {{ left: number, right: number, top: number, bottom: number, square: Box, rows: number, columns: number }}
 *   Plane `square` is where queries and keys cross; rows and columns are how many of them
 */
import { html, ref } from "../../../vendor/lit.js";

/**
 * @param {Plane} plane
 * @returns {{ layer: import("lit-html").TemplateResult, point: (query: number | null, key: number | null) => void }}
 */
export function pointing(plane) {
  /** @type {Element | undefined} */
  let drawn;
  const layer = html`<div class="pointing" aria-hidden="true" ${ref((element) => {
    drawn = element;
  })}><i class="across" hidden></i><i class="down" hidden></i></div>`;
  return { layer, point: (query, key) => drawn && show(drawn, plane, query, key) };
}

/**
 * @param {Element} layer @param {Plane} plane
 * @param {number | null} query
 * @param {number | null} key
 */
function show(layer, { left, right, top, bottom, square, rows, columns }, query, key) {
  const [across, down] = /** @type {NodeListOf<HTMLElement>} */ (layer.querySelectorAll("i"));
  const [tall, broad] = [square.height / rows, square.width / columns];
  across.hidden = query === null;
  down.hidden = key === null;
  if (query !== null) place(across, { x: left, y: square.y + query * tall, width: right - left, height: tall });
  if (key !== null) place(down, { x: square.x + key * broad, y: top, width: broad, height: bottom - top });
}

/** @param {HTMLElement} element @param {Box} box */
function place(element, { x, y, width, height }) {
  Object.assign(element.style, { left: `${x}px`, top: `${y}px`, width: `${width}px`, height: `${height}px` });
}
