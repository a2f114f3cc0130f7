// @ts-check
/**
 * The matrices of a step as an equation. Pointing at a cell outlines what it was made of; the arrow keys read cells; a
 * click selects the row's token.
 *
 * @import { Cell } from "../../../kit/cells/matrix"
 * @import { Mark, Name } from "../../../kit/cells/sides"
 * @import { ViewContext } from "../../../kit/view"
 * @import { Cells } from "./cells"
 * @import { Head, Kept } from "./head"
 * @import { Crossed } from "./reading"
 * @import { Step } from "./story"
 *
 * @typedef {object} Part one matrix of a drawn equation
 * @property {Head} head
 * @property {Step} step
 * @property {number} at
 * @property {Sizes} sizes
 * @property {ViewContext<Kept>} ctx
 * @property {(crossed: Crossed[] | null) => void} outline
 *
 * @typedef {{ narrow: boolean, top: number, token: number, dimension: number, stream: number, parameters: number }}
 *   Sizes pixels of a token's row or column, of a dimension's, and of the matrices as wide as the stream
 */

import { matrix } from "../../../kit/cells/matrix.js";
import { sided } from "../../../kit/cells/sides.js";
import { readable } from "../../../kit/drawing/readable.js";
import { decimal } from "../../../kit/numbers/format.js";
import { cut } from "../../../kit/text/tokens.js";
import { html, nothing, ref, styleMap } from "../../../vendor/lit.js";
import { colours, extremes } from "./cells.js";
import { cursorIn } from "./head.js";
import { crossed, reading } from "./reading.js";

/**
 * @param {Head} head
 * @param {Step} step
 * @param {ViewContext<Kept>} ctx
 */
export function equation(head, step, ctx) {
  const sizes = sizesOf(step.cells, head, ctx.width);
  /** @type {Element | undefined} */
  let figure;
  const outline = (/** @type {Crossed[] | null} */ found) => figure && outlineIn(figure, step.cells, found);
  return html`
    <div class="figure equation ${sizes.narrow ? "narrow" : ""}" ${ref((element) => {
      figure = element;
    })}>
      ${step.cells.map((_, at) => [
        at ? html`<span class="sign" aria-hidden="true">${sign(step.signs[at - 1], sizes.narrow)}</span>` : nothing,
        part({ head, step, at, sizes, ctx, outline }),
      ])}
    </div>`;
}

/**
 * @param {string} sign
 * @param {boolean} narrow
 */
const sign = (sign, narrow) => (narrow ? sign.replace("→", "↓") : sign);

/** @param {Part} part */
function part(part) {
  const { head, step, at, sizes } = part;
  const cells = step.cells[at];
  const named = sizes.narrow || (at === 0 && cells.down === "token");
  const left = named ? NAMES.left : 0;
  const margin = { left, top: sizes.narrow && cells.across !== "token" ? NAMES.dimensions : sizes.top };
  const shape = { rows: cells.rows, columns: cells.columns, ...sizeOf(cells, sizes) };
  const content = cells.parameters ? parameters(shape) : drawn(part, shape);
  const indent = styleMap({ paddingLeft: `${left}px` });
  return html`
    <div class="part">
      <p class="heading" style=${indent}><b>${cells.name}</b> <span>${cells.rows} × ${cells.columns}</span></p>
      ${sided({
        ...shape,
        content: html`<div class="cells">${content}<i class="box pointed across" hidden></i><i class="box pointed down"
          hidden></i></div>`,
        margin,
        left: named && cells.down === "token" ? tokenNames(head, sizes.token) : [],
        top: cells.across === "token" ? tokenNames(head, sizes.token) : dimensionNames(cells, shape.width),
        upright: cells.across === "token",
        marks: marks(part),
      })}
      <p class="extremes" style=${indent}>${range(cells)}</p>
    </div>`;
}

/**
 * @param {Part} part
 * @param {{ rows: number, columns: number, width: number, height: number }} shape
 */
function drawn({ head, step, at, ctx, outline }, shape) {
  const cells = step.cells[at];
  const read = (/** @type {Cell} */ cell) => ctx.keep({ cursor: { step: step.key, at, cell } });
  const select = (/** @type {Cell} */ cell) => {
    read(cell);
    if (cells.down === "token") head.select(cell.row);
  };
  return html`
    ${matrix({
      ...shape,
      of: cells.of,
      pixels: true,
      colour: colours(cells, extremes(cells).most),
      label: `${cells.name}; arrow keys move over its cells`,
      told(cell) {
        const { title, value, details } = reading(head, step, at, cell);
        return { title, details: [["value", value], ...details] };
      },
      point: (cell) => outline(cell && crossed(step, at, cell)),
      walked: read,
      select,
      selected: cursorIn(ctx, step.key, at, cells),
      start: { row: cells.down === "token" ? head.selected : 0, column: 0 },
    })}
    ${
      cells.kind === "mask" && cells.rows > 2
        ? html`<span class="infinite">−∞</span><span class="nought">0</span>`
        : nothing
    }
    ${cells.hidden ? html`<i class="box border"></i>` : nothing}`;
}

/** @param {{ width: number, height: number }} size */
const parameters = ({ width, height }) =>
  html`<p class="parameters" style="width:${width}px;height:${height}px">the model’s weights, the same at every
    position</p>`;

/**
 * What the cell that is read says, if one is.
 * @param {Head} head
 * @param {Step} step
 * @param {ViewContext<Kept>} ctx
 */
export function readCell(head, step, ctx) {
  const found = crossing(step, ctx);
  return found && reading(head, step, found.at, found.cell);
}

/**
 * The cell that is read, and its matrix.
 * @param {Step} step
 * @param {ViewContext<Kept>} ctx
 */
function crossing(step, ctx) {
  const at = Math.min(step.cells.length - 1, ctx.kept.cursor?.at ?? 0);
  const cell = cursorIn(ctx, step.key, at, step.cells[at]);
  return cell && { at, cell };
}

/**
 * The selected token's row, and what belongs to the cell that is read.
 * @param {Part} part
 * @returns {Mark[]}
 */
function marks({ head, step, at, ctx }) {
  const found = crossing(step, ctx);
  const { row, column } = found ? crossed(step, found.at, found.cell)[at] : {};
  return [
    ...(step.cells[at].down === "token" ? [{ row: head.selected, className: "chosen-row" }] : []),
    ...(row === undefined ? [] : [{ row, className: "crossed" }]),
    ...(column === undefined ? [] : [{ column, className: "crossed" }]),
  ];
}

/**
 * Outlines rows and columns without drawing the view again.
 * @param {Element} figure
 * @param {Cells[]} cells
 * @param {Crossed[] | null} found
 */
function outlineIn(figure, cells, found) {
  figure.querySelectorAll(".cells").forEach((element, at) => {
    const { row, column } = found?.[at] ?? {};
    const [across, down] = /** @type {NodeListOf<HTMLElement>} */ (element.querySelectorAll(".pointed"));
    across.hidden = row === undefined;
    down.hidden = column === undefined;
    const share = (/** @type {number} */ part, /** @type {number} */ whole) => `${(100 * part) / whole}%`;
    if (row !== undefined)
      Object.assign(across.style, { top: share(row, cells[at].rows), height: share(1, cells[at].rows) });
    if (column !== undefined) {
      Object.assign(down.style, { left: share(column, cells[at].columns), width: share(1, cells[at].columns) });
    }
  });
}

// The names beside an equation's matrices: tokens down, dimensions across.

const LETTERS = 8;

/** A matrix at least so wide has room to say what its columns are. */
const TITLED = 120;

/**
 * @param {Head} head
 * @param {number} size of a row
 * @returns {Name[]}
 */
function tokenNames({ count, selected, word, generated }, size) {
  return readable(count, size, selected).map((at) => ({
    at,
    text: cut(word(at), LETTERS),
    className: `m ${at === selected ? "ink b" : generated(at) ? "generated" : ""}`,
  }));
}

/**
 * @param {Cells} cells
 * @param {number} width
 * @returns {Name[]}
 */
function dimensionNames({ columns }, width) {
  const ends = [0, columns - 1].map((at) => ({ at, text: String(at), className: "dim" }));
  return width < TITLED ? ends : [...ends, { at: (columns - 1) / 2, text: "dimension", className: "dim" }];
}

/** @param {Cells} cells */
export function range(cells) {
  if (cells.parameters) return nothing;
  if (cells.kind === "mask") return "0 or −∞";
  const { low, high } = extremes(cells);
  return cells.kind === "weight" ? `0 to ${decimal(high)}` : `${decimal(low, 1)} to ${decimal(high, 1)}`;
}

// How large the matrices of an equation are drawn, side by side or, on a phone, below each other.

/** Pixels of the names at the left, and above where columns are tokens or dimensions. */
const NAMES = { left: 64, tokens: 58, dimensions: 20 };
const WIDE = 720;
/** The height that a matrix may take. */
const HEIGHT = 340;
const SIGN = 34;
const MOST = { token: 22, dimension: 7 };
const MOST_NARROW = { token: 13, dimension: 5, height: 3 };
const PARAMETERS = 150;
const STREAM = { least: 160, most: 240 };
/** Of the free width, what one matrix of queries and keys may take. */
const SQUARE = 0.42;

/**
 * @param {Cells[]} cells
 * @param {Head} head
 * @param {number} width in pixels
 * @returns {Sizes}
 */
function sizesOf(cells, { count, data }, width) {
  const narrow = width < WIDE;
  const top = cells.some(({ across }) => across === "token") ? NAMES.tokens : NAMES.dimensions;
  if (narrow) {
    const room = width - NAMES.left - 8;
    const token = Math.min(MOST_NARROW.token, room / count);
    const dimension = Math.min(MOST_NARROW.dimension, room / data.d_head);
    return { narrow, top, token, dimension, stream: room, parameters: room };
  }
  const having = (/** @type {Cells["across"]} */ across) => cells.filter((each) => each.across === across).length;
  const [squares, wide, streams] = [having("token"), having("dimension"), having("stream")];
  const free = width - cells.length * SIGN - NAMES.left;
  const shares = squares + (wide ? 1 : 0) + streams || 1;
  const token = Math.min(
    MOST.token,
    HEIGHT / count,
    (free / shares / count) * (squares > 1 ? 1 : 1.4),
    squares ? (free * SQUARE) / count : Number.POSITIVE_INFINITY,
  );
  const left = free - squares * count * token - streams * STREAM.most;
  const dimension = Math.min(
    MOST.dimension,
    HEIGHT / data.d_head,
    wide ? left / wide / data.d_head : MOST_NARROW.dimension,
  );
  const stream = Math.max(STREAM.least, free - wide * data.d_head * dimension - PARAMETERS - 4);
  return { narrow, top, token, dimension, stream, parameters: PARAMETERS };
}

/**
 * @param {Cells} cells
 * @param {Sizes} sizes
 */
export function sizeOf({ rows, columns, down, across, parameters }, sizes) {
  const height = sizes.narrow ? Math.min(sizes.dimension, MOST_NARROW.height) : sizes.dimension;
  const widths = {
    token: columns * sizes.token,
    dimension: columns * sizes.dimension,
    stream: parameters ? sizes.parameters : sizes.stream,
  };
  return { width: widths[across], height: rows * (down === "token" ? sizes.token : height) };
}
