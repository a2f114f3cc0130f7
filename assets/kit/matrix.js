// @ts-check
/**
 * A matrix of coloured cells on a canvas, for thousands of them: hover tells, a click selects, the arrow keys walk.
 *
 * @import { Colour } from "./theme"
 * @import { Line } from "./tooltip"
 *
 * @typedef {{ row: number, column: number }} Cell
 *
 * @typedef {object} Matrix
 * @property {number} rows
 * @property {number} columns
 * @property {number} width in pixels
 * @property {number} height
 * @property {(row: number, column: number) => Colour | null} colour of a cell; null leaves the ground
 * @property {unknown[]} of what the colours depend on: it is painted again only when one of these or the theme differs
 * @property {string} label what the picture shows, to a screen reader
 * @property {(cell: Cell) => { title: string, details: Line[] } | null} [told] for the tooltip
 * @property {(cell: Cell) => void} [select]
 * @property {(cell: Cell) => void} [walked] what the arrow keys do, where they are to read only: Enter then selects
 * @property {(cell: Cell | null) => void} [point] the cell under the pointer, or none
 * @property {Cell | null} [selected] outlined, and where the arrow keys begin
 * @property {Cell} [start] where they begin while none is selected
 * @property {(cell: Cell) => boolean} [skip] cells that are none, which the arrow keys pass over
 * @property {boolean} [pixels] cells touch; otherwise a hair of ground lies between large ones
 * @property {(context: CanvasRenderingContext2D, cell: { width: number, height: number }) => void} [over] paints marks over
 *   the cells, whose size it is told in the canvas' own pixels
 */
import { html, nothing, ref, styleMap } from "../vendor/lit.js";
import { css } from "./theme.js";
import { tip } from "./tooltip.js";

/** Cells of at least so many pixels are set apart. */
const APART = 6;
const SHARPEST = 2.5;

/** What each canvas was last painted from. @type {WeakMap<Element, unknown[]>} */
const painted = new WeakMap();

/** @param {Matrix} options */
export function matrix(options) {
  const { rows, columns, width, height, label, selected } = options;
  const cell = { width: width / columns, height: height / rows };
  const move = (/** @type {KeyboardEvent} */ event) => walk(event, options);
  const away = () => {
    tip.hide();
    options.point?.(null);
  };
  return html`
    <div class="matrix" style=${styleMap({ width: `${width}px`, height: `${height}px` })}>
      <canvas tabindex="0" role="application" aria-roledescription="matrix" aria-label=${label} @keydown=${move}
        @pointermove=${(/** @type {PointerEvent} */ event) => hover(event, options)} @pointerleave=${away} @blur=${away}
        @click=${(/** @type {MouseEvent} */ event) => options.select?.(cellAt(event, options))}
        ${ref((canvas) => canvas && paint(/** @type {HTMLCanvasElement} */ (canvas), options))}></canvas>
      ${
        selected
          ? html`<i class="chosen" style=${styleMap({
              left: `${selected.column * cell.width}px`,
              top: `${selected.row * cell.height}px`,
              width: `${cell.width}px`,
              height: `${cell.height}px`,
            })}></i>`
          : nothing
      }
    </div>`;
}

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
 * @param {Pick<Matrix, "rows" | "columns" | "width" | "height" | "colour" | "of" | "pixels" | "over">} options
 */
export function paint(canvas, { rows, columns, width, height, colour, of, pixels, over }) {
  const key = [...of, rows, columns, width, height, css("surface"), devicePixelRatio];
  const before = painted.get(canvas);
  if (before?.length === key.length && before.every((each, at) => Object.is(each, key[at]))) return;
  painted.set(canvas, key);
  const sharp = Math.min(devicePixelRatio || 1, SHARPEST);
  canvas.width = Math.max(1, Math.round(width * sharp));
  canvas.height = Math.max(1, Math.round(height * sharp));
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  context.imageSmoothingEnabled = columns > canvas.width || rows > canvas.height;
  context.imageSmoothingQuality = "high";
  context.drawImage(onePixelACell({ rows, columns, colour }), 0, 0, canvas.width, canvas.height);
  if (!pixels) setApart(context, { rows, columns });
  over?.(context, { width: canvas.width / columns, height: canvas.height / rows });
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
 * Lines of ground between cells that are large enough for it.
 * @param {CanvasRenderingContext2D} context
 * @param {Pick<Matrix, "rows" | "columns">} options
 */
function setApart(context, { rows, columns }) {
  const { width, height } = context.canvas;
  context.fillStyle = css("surface");
  if (width / columns >= APART) {
    for (let column = 1; column < columns; column++) context.fillRect((column * width) / columns - 0.5, 0, 1, height);
  }
  if (height / rows >= APART) {
    for (let row = 1; row < rows; row++) context.fillRect(0, (row * height) / rows - 0.5, width, 1);
  }
}

/**
 * @param {MouseEvent} event
 * @param {Matrix} options
 * @returns {Cell}
 */
function cellAt(event, { rows, columns }) {
  const box = /** @type {Element} */ (event.currentTarget).getBoundingClientRect();
  const within = (/** @type {number} */ share, /** @type {number} */ count) =>
    Math.max(0, Math.min(count - 1, Math.floor(share * count)));
  return {
    row: within((event.clientY - box.top) / box.height, rows),
    column: within((event.clientX - box.left) / box.width, columns),
  };
}

/**
 * @param {PointerEvent} event
 * @param {Matrix} options
 */
function hover(event, options) {
  const cell = cellAt(event, options);
  const told = options.told?.(cell);
  if (told) tip.show(event.clientX, event.clientY, told.title, told.details);
  else tip.hide();
  options.point?.(cell);
}

/**
 * @param {Cell} cell
 * @param {number[]} step
 * @param {Pick<Matrix, "rows" | "columns">} options
 * @returns {Cell}
 */
function moved({ row, column }, [down, right], { rows, columns }) {
  const within = (/** @type {number} */ at, /** @type {number} */ count) => Math.max(0, Math.min(count - 1, at));
  return { row: within(row + down, rows), column: within(column + right, columns) };
}

/**
 * Arrow keys select the next cell, Home and End the first and the last of its row; its words stand beside it.
 * @param {KeyboardEvent} event
 * @param {Matrix} options
 */
function walk(event, options) {
  if (event.key === "Enter" && options.walked && options.selected) options.select?.(options.selected);
  const step = {
    ArrowUp: [-1, 0],
    ArrowDown: [1, 0],
    ArrowLeft: [0, -1],
    ArrowRight: [0, 1],
    Home: [0, -options.columns],
    End: [0, options.columns],
  }[event.key];
  const go = options.walked ?? options.select;
  if (!step || !go) return;
  event.preventDefault();
  let cell = moved(options.selected ?? options.start ?? { row: 0, column: 0 }, step, options);
  while (options.skip?.(cell)) cell = moved(cell, step, options);
  go(cell);
  const told = options.told?.(cell);
  if (!told) return;
  const box = /** @type {Element} */ (event.currentTarget).getBoundingClientRect();
  const x = box.left + ((cell.column + 1) * box.width) / options.columns;
  tip.show(x, box.top + ((cell.row + 1) * box.height) / options.rows, told.title, told.details);
}
