// @ts-check
/**
 * The embedding's values as one small picture; a value is read by pointing at it or with the arrow keys.
 *
 * @import { WalkRiver } from "../../../types/overview"
 * @import { Floats } from "../../../types/shared"
 * @import { Context, Standing } from "./blocks.js"
 */
import { ramp } from "../../../kit/colour/ramp.js";
import { css } from "../../../kit/colour/theme.js";
import { tokenText } from "../../../kit/text/tokens.js";
import { nothing, svg } from "../../../vendor/lit.js";
import { STAGE } from "./blocks.js";

/** Pixels: a cell on the page at most, a cell in the picture, and the gap between two. */
const LARGEST = 8;
const PAINTED = 6;
const GAP = 0.5;
/** Small values are shown stronger than in proportion. */
const GAMMA = 0.7;

/** @type {WeakMap<Floats, { key: string, address: string }>} */
const pictures = new WeakMap();

/**
 * How many cells fit a box side by side, and how large each is.
 * @param {number} count
 * @param {{ width: number, height: number }} box
 */
function grid(count, { width, height }) {
  const cell = Math.min(LARGEST, Math.sqrt((width * height) / count));
  const columns = Math.max(1, Math.floor(width / cell + 1e-6));
  const rows = Math.ceil(count / columns);
  return { columns, rows, width: width / columns, height: Math.min(width / columns, height / rows) };
}

/**
 * The height that the values take in a box.
 * @param {WalkRiver} data
 * @param {{ width: number, height: number }} box
 */
export function heightOf(data, box) {
  const cells = grid(data.embedding.a.length, box);
  return cells.rows * cells.height;
}

/** @param {WalkRiver} data */
export const largest = ({ embedding }) => embedding.a.reduce((most, value) => Math.max(most, Math.abs(value)), 1e-12);

/**
 * @param {WalkRiver} data
 * @param {Context} ctx
 * @param {Standing} walk
 * @param {{ x: number, y: number, width: number, height: number }} box
 */
export function values(data, ctx, walk, box) {
  const count = data.embedding.a.length;
  const cells = grid(count, box);
  const point = (/** @type {number | null} */ cell) => {
    if (cell === walk.cell) return;
    ctx.keep(cell === null ? { cell } : { cell, stage: STAGE.embed, alone: false, step: null });
  };
  const hover = (/** @type {PointerEvent} */ event) => {
    const at = cellUnder(event, cells);
    if (at < count) point(at);
  };
  const walkCells = (/** @type {KeyboardEvent} */ event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: cells.columns, ArrowUp: -cells.columns }[event.key];
    if (!step) return;
    event.preventDefault();
    point(Math.max(0, Math.min(count - 1, (walk.cell ?? -step) + step)));
  };
  return svg`
    <g class="embedding" role="application" aria-roledescription="vector" tabindex="0"
      aria-label="Embedding of ${tokenText(data.token.id)}: ${count} values; arrow keys read them"
      @pointermove=${hover} @pointerleave=${() => point(null)} @keydown=${walkCells} @blur=${() => point(null)}>
      <image x=${box.x} y=${box.y} width=${box.width} height=${cells.rows * cells.height} preserveAspectRatio="none"
        href=${picture(data, cells)} />
      ${walk.cell === null || walk.cell >= count ? nothing : mark(walk.cell, cells, box)}
    </g>`;
}

/**
 * @param {PointerEvent} event
 * @param {ReturnType<typeof grid>} cells
 */
function cellUnder(event, { columns, rows }) {
  const box = /** @type {Element} */ (event.currentTarget).getBoundingClientRect();
  const within = (/** @type {number} */ share, /** @type {number} */ count) =>
    Math.max(0, Math.min(count - 1, Math.floor(share * count)));
  const column = within((event.clientX - box.left) / box.width, columns);
  return column + columns * within((event.clientY - box.top) / box.height, rows);
}

/**
 * @param {number} cell
 * @param {ReturnType<typeof grid>} cells
 * @param {{ x: number, y: number }} box
 */
function mark(cell, { columns, width, height }, { x, y }) {
  return svg`
    <rect class="cell" x=${x + (cell % columns) * width} y=${y + Math.floor(cell / columns) * height}
      width=${width} height=${height} />`;
}

/**
 * The picture's address, painted once a theme and shape.
 * @param {WalkRiver} data
 * @param {ReturnType<typeof grid>} cells
 */
function picture(data, { columns, rows }) {
  const key = `${columns} ${rows} ${css("pos")}`;
  const found = pictures.get(data.embedding);
  if (found?.key === key) return found.address;
  const canvas = document.createElement("canvas");
  canvas.width = columns * PAINTED;
  canvas.height = rows * PAINTED;
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  const [above, below, most] = [ramp("pos", "sunken"), ramp("neg", "sunken"), largest(data)];
  data.embedding.a.forEach((value, at) => {
    const strength = (Math.abs(value) / most) ** GAMMA;
    context.fillStyle = `rgb(${(value < 0 ? below : above)(strength)})`;
    const [x, y] = [(at % columns) * PAINTED, Math.floor(at / columns) * PAINTED];
    context.fillRect(x, y, PAINTED - GAP, PAINTED - GAP);
  });
  const address = canvas.toDataURL();
  pictures.set(data.embedding, { key, address });
  return address;
}
