// @ts-check
/**
 * The lens on one canvas: a row a depth, a column a position, in each cell the likeliest token. It is painted when its
 * numbers or the selection change; pointing at it and walking it paint nothing.
 *
 * @import { ResidualLens } from "../../../types/overview"
 * @import { Line } from "../../../kit/tooltip.js"
 * @import { Context } from "./lens.js"
 *
 * @typedef {{ position: number, depth: number }} LensCell
 *
 * @typedef {object} Size in pixels
 * @property {number} names room for the depths' names at the left
 * @property {number} cell width of a column
 * @property {number} row height
 * @property {number} width of all
 * @property {boolean} narrow
 * @property {boolean} scrolls whether it is wider than its box
 *
 * @typedef {{ window: ResidualLens, ctx: Context, size: Size, cell: LensCell | null, pick: (cell: LensCell) => void,
 *   walk: (cell: LensCell, event: KeyboardEvent) => void, over?: unknown, name?: string }} Grid
 */

import { sharpened } from "../../../kit/cells/canvas.js";
import { matrix } from "../../../kit/cells/matrix.js";
import { ramp } from "../../../kit/colour/ramp.js";
import { css } from "../../../kit/colour/theme.js";
import { percent } from "../../../kit/numbers/format.js";
import { OTHER } from "../../../kit/runs/beside.js";
import { tokenText } from "../../../kit/text/tokens.js";
import { range } from "../../../vendor/d3.js";
import { html, nothing, ref } from "../../../vendor/lit.js";
import { cellAt, cellBefore } from "./columns.js";
import { depthName, namedDepths } from "./depths.js";
import { paintCells, paintColumns, STRONGEST } from "./lens_paint.js";

const NARROW = 720;
/** Pixels above and below the cells, for the tokens that are read and those that really came next. */
export const LINE = 26;
/** At the right, for the frame of the last column. */
const FRAME = 2;
const MOST = 88;

/**
 * @param {ResidualLens} window
 * @param {Context} ctx
 * @param {number} [beside] columns of the grid above or below, which stand over each other
 * @returns {Size}
 */
export function gridSize(window, ctx, beside = 0) {
  const narrow = ctx.width < NARROW;
  const names = narrow ? 34 : 70;
  const cell = Math.max(narrow ? 48 : 38, Math.min(MOST, (ctx.width - names - FRAME) / Math.max(window.n, beside)));
  const width = names + cell * window.n + FRAME;
  return { names, cell, row: narrow ? 20 : 18, width, narrow, scrolls: width > ctx.width + 1 };
}

/** @param {Grid} options */
export function grid({ window, ctx, size, cell, pick, walk, over, name = "Logit lens" }) {
  const { depths, n, start } = window;
  const at = (/** @type {{ row: number, column: number }} */ { row, column }) => ({
    depth: row,
    position: start + column,
  });
  const from = cell ?? { depth: depths - 1, position: ctx.focus.position ?? start };
  const colour = ramp("prob");
  const place = { window, ctx, size };
  return html`
    ${matrix({
      rows: depths,
      columns: n,
      width: size.cell * n,
      height: size.row * depths,
      margin: { top: LINE, right: FRAME, bottom: LINE, left: size.names },
      colour: (row, column) => colour(STRONGEST * window.probs.a[cellAt(window, row, start + column)]),
      over: (context) => {
        paintColumns(context, place);
        paintCells(context, place, colour);
        paintDepths(context, place);
      },
      of: [window, ctx.run, ctx.focus.position],
      label:
        `${name}: ${depths} depths by ${n} positions; arrow keys move, Enter traces ` +
        "the token, Space picks up the stream",
      told: (found) => told(at(found), window, ctx),
      select: (found) => pick(at(found)),
      walked: (found, event) => walk(at(found), event),
      next: (_, [down, across]) => ({
        row: Math.max(0, Math.min(depths - 1, from.depth + down)),
        column: Math.max(0, Math.min(n - 1, from.position - start + across)),
      }),
      selected: cell && { row: cell.depth, column: cell.position - start },
    })}
    ${over ?? nothing}
    ${size.scrolls ? namesInSight(place) : nothing}`;
}

/**
 * @param {LensCell} cell
 * @param {ResidualLens} window
 * @param {Context} ctx
 * @returns {{ title: string, details: Line[] }}
 */
function told({ depth, position }, window, ctx) {
  /** @type {Line[]} */
  const likeliest = range(window.k).map((place) => {
    const at = cellAt(window, depth, position, place);
    return [tokenText(window.ids.a[at]), percent(window.probs.a[at]), true];
  });
  return {
    title: `${tokenText(ctx.run.ids[position])} at ${position}, ${depthName(depth)}`,
    details: [...likeliest, ...toldBefore({ depth, position }, window, ctx)],
  };
}

/**
 * @param {LensCell} cell
 * @param {ResidualLens} window
 * @param {Context} ctx
 * @returns {Line[]}
 */
function toldBefore({ depth, position }, window, { beside }) {
  const before = cellBefore(window, depth, position);
  if (!before) return [];
  /** @type {Line} */
  const stream = [beside === OTHER ? "streams differ by" : "stream moved by", percent(before.moved)];
  if (!before.changed) return [[`${beside.short}, the same`, percent(before.p)], stream];
  const at = cellAt(window, depth, position);
  return [
    [`${beside === OTHER ? "other run" : "was"} ${tokenText(before.id)}`, percent(before.p), true],
    [`${beside.now} ${tokenText(window.ids.a[at])}`, percent(window.probs.a[at]), true],
    stream,
  ];
}

/** @typedef {{ window: ResidualLens, ctx: Context, size: Size }} Place */

/**
 * The names of the depths, left of the cells.
 * @param {CanvasRenderingContext2D} context
 * @param {Place} place
 */
function paintDepths(context, { window, size }) {
  const last = window.depths - 1;
  const block = size.narrow ? "" : "block ";
  const middle = (/** @type {number} */ depth) => depth * size.row + size.row / 2;
  context.font = `11px ${css("sans")}`;
  context.textAlign = "right";
  context.fillStyle = css("ink2");
  for (const depth of namedDepths(last, 12)) {
    const name = depth === 0 ? (size.narrow ? "emb" : "embedding") : `${block}${depth - 1}`;
    context.fillText(name, -8, middle(depth));
  }
  context.fillText(size.narrow ? "next" : "really next", -8, middle(last) + size.row / 2 + LINE / 2);
}

/**
 * The same names once more, on a ground that stays at the left while the cells scroll beneath it.
 * @param {Place} place
 */
function namesInSight(place) {
  const { window, size } = place;
  const height = size.row * window.depths + 2 * LINE;
  const paint = (/** @type {Element | undefined} */ canvas) => {
    if (!canvas) return;
    const context = sharpened(/** @type {HTMLCanvasElement} */ (canvas), { width: size.names - 1, height });
    context.translate(size.names, LINE);
    context.textBaseline = "middle";
    paintDepths(context, place);
  };
  return html`<canvas class="names" aria-hidden="true" style="width:${size.names - 1}px;height:${height}px"
    ${ref(paint)}></canvas>`;
}
