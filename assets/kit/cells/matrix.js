// @ts-check
/**
 * A matrix of coloured cells on a canvas, for thousands of them: hover tells, a click selects, the arrow keys walk.
 *
 * @import { Colour } from "../colour/theme"
 * @import { Line } from "../tooltip"
 *
 * @typedef {{ row: number, column: number }} Cell
 *
 * @typedef {object} Matrix
 * @property {number} rows
 * @property {number} columns
 * @property {number} width of all cells, in pixels
 * @property {number} height
 * @property {(row: number, column: number) => Colour | null} colour of a cell; null leaves the ground
 * @property {unknown[]} of what the colours depend on: it is painted again only when one of these or the theme differs
 * @property {string} label what the picture shows, to a screen reader
 * @property {(cell: Cell) => { title: string, details: Line[] } | null} [told] for the tooltip
 * @property {(cell: Cell) => void} [select]
 * @property {(cell: Cell, event: KeyboardEvent) => void} [walked] what the arrow keys do, where they are to read only:
 *   Enter then selects
 * @property {(cell: Cell | null) => void} [point] the cell under the pointer, or none
 * @property {Cell | null} [selected] outlined, and where the arrow keys begin
 * @property {Cell} [start] where they begin while none is selected
 * @property {(cell: Cell) => boolean} [skip] cells that are none, which the arrow keys pass over
 * @property {boolean} [pixels] cells touch; otherwise a hair of ground lies between large ones
 * @property {Margin} [margin] room around the cells for `over` to write in
 * @property {(context: CanvasRenderingContext2D, cell: { width: number, height: number }) => void} [over] draws on the
 *   cells, in pixels from the first one's corner; it is told how large a cell is
 * @property {(from: Cell, step: number[]) => Cell} [next] where an arrow key leads, if not to the cell beside
 *
 * @typedef {{ top: number, right: number, bottom: number, left: number }} Margin
 */
import { html, nothing, ref, styleMap } from "../../vendor/lit.js";
import { tip } from "../tooltip.js";
import { NO_MARGIN, paint, size } from "./canvas.js";

/** @param {Matrix} options */
export function matrix(options) {
  const { rows, columns, width, height, label, selected, margin = NO_MARGIN } = options;
  const cell = { width: width / columns, height: height / rows };
  const outer = size(options);
  const move = (/** @type {KeyboardEvent} */ event) => walk(event, options);
  const away = () => {
    tip.hide();
    options.point?.(null);
  };
  return html`
    <div class="matrix" style=${styleMap({ width: `${outer.width}px`, height: `${outer.height}px` })}>
      <canvas tabindex="0" role="application" aria-roledescription="matrix" aria-label=${label} @keydown=${move}
        @pointermove=${(/** @type {PointerEvent} */ event) => hover(event, options)} @pointerleave=${away} @blur=${away}
        @click=${(/** @type {MouseEvent} */ event) => press(event, options)}
        ${ref((canvas) => canvas && paint(/** @type {HTMLCanvasElement} */ (canvas), options))}></canvas>
      ${
        selected
          ? html`<i class="chosen" style=${styleMap({
              left: `${margin.left + selected.column * cell.width}px`,
              top: `${margin.top + selected.row * cell.height}px`,
              width: `${cell.width}px`,
              height: `${cell.height}px`,
            })}></i>`
          : nothing
      }
    </div>`;
}

/**
 * The cell under the pointer; null in the margin.
 * @param {MouseEvent} event
 * @param {Matrix} options
 * @returns {Cell | null}
 */
function cellAt(event, options) {
  const { rows, columns, width, height, margin = NO_MARGIN } = options;
  const box = /** @type {Element} */ (event.currentTarget).getBoundingClientRect();
  const outer = size(options);
  const down = (((event.clientY - box.top) / box.height) * outer.height - margin.top) / height;
  const across = (((event.clientX - box.left) / box.width) * outer.width - margin.left) / width;
  if (Math.min(down, across) < 0 || Math.max(down, across) > 1) return null;
  return {
    row: Math.min(rows - 1, Math.floor(down * rows)),
    column: Math.min(columns - 1, Math.floor(across * columns)),
  };
}

/**
 * @param {MouseEvent} event
 * @param {Matrix} options
 */
function press(event, options) {
  const cell = cellAt(event, options);
  if (cell) options.select?.(cell);
}

/**
 * @param {MouseEvent} event
 * @param {Matrix} options
 */
function hover(event, options) {
  const cell = cellAt(event, options);
  const told = cell && options.told?.(cell);
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
  const { rows, columns, width, height, selected, select, next, margin = NO_MARGIN } = options;
  if (event.key === "Enter" && options.walked && selected) select?.(selected);
  const step = {
    ArrowUp: [-1, 0],
    ArrowDown: [1, 0],
    ArrowLeft: [0, -1],
    ArrowRight: [0, 1],
    Home: [0, -columns],
    End: [0, columns],
  }[event.key];
  /** @type {Matrix["walked"]} */
  const go = options.walked ?? select;
  if (!step || !go) return;
  event.preventDefault();
  const from = selected ?? options.start ?? { row: 0, column: 0 };
  let cell = next?.(from, step) ?? moved(from, step, options);
  while (options.skip?.(cell)) cell = moved(cell, step, options);
  go(cell, event);
  const told = options.told?.(cell);
  if (!told) return;
  const box = /** @type {Element} */ (event.currentTarget).getBoundingClientRect();
  const x = box.left + margin.left + ((cell.column + 1) * width) / columns;
  tip.show(x, box.top + margin.top + ((cell.row + 1) * height) / rows, told.title, told.details);
}
