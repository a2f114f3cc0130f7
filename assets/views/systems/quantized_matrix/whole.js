// @ts-check
/**
 * The whole matrix in small, each tile by its largest weight, and the window on it: dragged, or moved by the arrow
 * keys.
 *
 * @import { QuantizedMatrixCells } from "../../../types/systems"
 * @import { ViewContext } from "../../../kit/view"
 *
 * @typedef {{ row: number, column: number }} Place the window's first weight
 * @typedef {{ dragged?: Place }} Kept
 */
import { picture } from "../../../kit/cells/canvas.js";
import { ramp } from "../../../kit/colour/ramp.js";
import { html, styleMap } from "../../../vendor/lit.js";

/** Not higher than this part of its width, however long the matrix is. */
const HIGHEST = 0.6;
/** Standard deviations at which the colours begin: a tile has a weight of so much in any case. */
const USUAL = 2;
const KEYS = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };

/** @param {QuantizedMatrixCells} data @param {ViewContext<any>} ctx @param {number} width */
export function wholeMatrix(data, ctx, width) {
  const [rows, columns] = data.tiles.shape;
  const height = Math.round(Math.min(HIGHEST * width, Math.max((width * data.out) / data.d_in, 48)));
  const paint = ramp("ink", "sunken");
  const at = ctx.kept.dragged ?? { row: data.row, column: data.column };
  const frame = framed(data, { width, height });
  return html`
    <h3 class="sub3">The whole matrix
      <small>${data.out} × ${data.d_in}; a cell shows the largest weight of ${tile(data)}, pale below ${USUAL} σ and
      dark from ${data.far} σ; drag the window</small></h3>
    <div class="whole" style=${styleMap({ width: `${width}px`, height: `${height}px` })} tabindex="0" role="application"
      aria-roledescription="window on a matrix"
      aria-label="Window at row ${at.row}, column ${at.column}; arrow keys move it"
      @keydown=${(/** @type {KeyboardEvent} */ event) => step(event, data, ctx)}
      @pointerdown=${(/** @type {PointerEvent} */ event) => drag(event, data, ctx)}>
      ${picture({
        rows,
        columns,
        width,
        height,
        pixels: true,
        of: [data.tiles],
        colour: (row, column) => paint(share(data, data.tiles.a[row * columns + column])),
      })}
      <i style=${styleMap(frame(at))}></i>
    </div>`;
}

/** @param {QuantizedMatrixCells} data @param {number} largest */
const share = ({ far, sigma }, largest) => Math.max(0, Math.min(1, (largest / sigma - USUAL) / (far - USUAL)));

/** @param {QuantizedMatrixCells} data */
const tile = ({ tile_rows, tile_columns }) =>
  tile_rows * tile_columns > 1 ? `${tile_rows} × ${tile_columns} places` : "one place";

/** @param {QuantizedMatrixCells} data @param {{ width: number, height: number }} size */
function framed({ out, d_in, weights }, { width, height }) {
  const [rows, columns] = weights.shape;
  return (/** @type {Place} */ { row, column }) => ({
    left: `${(column / d_in) * width}px`,
    top: `${(row / out) * height}px`,
    width: `${(columns / d_in) * width}px`,
    height: `${(rows / out) * height}px`,
  });
}

/** @param {QuantizedMatrixCells} data @param {Place} place @returns {Place} */
const inside = ({ out, d_in, weights }, { row, column }) => ({
  row: Math.max(0, Math.min(out - weights.shape[0], Math.round(row))),
  column: Math.max(0, Math.min(d_in - weights.shape[1], Math.round(column))),
});

/** @param {ViewContext<any>} ctx @param {Place} place */
function move(ctx, { row, column }) {
  ctx.keep({ at: undefined, dragged: undefined });
  ctx.control("row", row);
  ctx.control("column", column);
}

/** @param {KeyboardEvent} event @param {QuantizedMatrixCells} data @param {ViewContext<any>} ctx */
function step(event, data, ctx) {
  const way = KEYS[/** @type {keyof typeof KEYS} */ (event.key)];
  if (!way) return;
  event.preventDefault();
  const [rows, columns] = data.weights.shape;
  const to = { row: data.row + (way[0] * rows) / 2, column: data.column + (way[1] * columns) / 2 };
  move(ctx, inside(data, to));
}

/**
 * The window's middle follows the pointer; the weights come once it is let go.
 * @param {PointerEvent} event
 * @param {QuantizedMatrixCells} data
 * @param {ViewContext<any>} ctx
 */
function drag(event, data, ctx) {
  const box = /** @type {HTMLElement} */ (event.currentTarget);
  const [rows, columns] = data.weights.shape;
  const under = (/** @type {PointerEvent} */ { clientX, clientY }) => {
    const { left, top, width, height } = box.getBoundingClientRect();
    const row = ((clientY - top) / height) * data.out - rows / 2;
    return inside(data, { row, column: ((clientX - left) / width) * data.d_in - columns / 2 });
  };
  const follow = (/** @type {PointerEvent} */ moved) => ctx.keep({ dragged: under(moved) });
  const ended = new AbortController();
  box.setPointerCapture(event.pointerId);
  box.addEventListener("pointermove", follow, ended);
  box.addEventListener("pointercancel", () => ended.abort(), ended);
  box.addEventListener(
    "pointerup",
    (last) => {
      ended.abort();
      move(ctx, under(last));
    },
    ended,
  );
  follow(event);
}
