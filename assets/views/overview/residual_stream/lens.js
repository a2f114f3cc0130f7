// @ts-check
/**
 * The logit lens: what each depth would say at each position. Columns of a long text are read when somebody comes to
 * them.
 *
 * @import { ResidualLens } from "../../../types/overview"
 * @import { Row, View, ViewContext } from "../../../kit/view"
 * @import { Carry } from "./carry.js"
 * @import { Columns } from "./columns.js"
 * @import { LensCell } from "./lens_grid.js"
 *
 * @typedef {{ columns: Columns, cell: LensCell | null, secondCell: LensCell | null, carry: Carry | null,
 *   reading: boolean }} Kept
 * @typedef {ViewContext<Kept>} Context
 */

import { movedName } from "../../../kit/controls/over.js";
import { legend } from "../../../kit/drawing/legend.js";
import { counted, decimal, signed, whole } from "../../../kit/numbers/format.js";
import { baseNote, OTHER } from "../../../kit/runs/beside.js";
import { tokenText } from "../../../kit/text/tokens.js";
import { range } from "../../../vendor/d3.js";
import { html, nothing } from "../../../vendor/lit.js";
import { cellAt, cellBefore, joined, withAnswer } from "./columns.js";
import { depthName } from "./depths.js";
import { ownGrid, secondGrid } from "./lens_grids.js";
import { atEdge } from "./lens_scroll.js";
import { carrying, secondForm } from "./second.js";

/** @type {View<ResidualLens, Kept>} */
export function lens(data, ctx) {
  const columns = withAnswer(ctx.kept.columns, data, ctx.run);
  if (columns !== ctx.kept.columns) ctx.keep({ columns });
  const { window } = columns;
  return html`
    <div class="bar">
      <p class="hint">Point at a cell for its top ${window.k}; choose it to trace that token’s rank below.</p>
      ${legend([
        ["came", "what really came next"],
        ctx.changed && ["changed", `another token than ${ctx.beside.the}`],
        data.patches.length > 0 && ["cone", "what a patch can reach"],
        ["ramp", "probability 0 to 1"],
      ])}
    </div>
    ${baseNote(ctx, window.base, html`${compared(window, ctx)} ${targetMoved(data)}`)}
    ${carrying(data, ctx)}
    ${ownGrid(data, window, ctx, {
      pick: (cell) => pick(cell, window, ctx),
      scrolled: (event, width) => scrolled(event, ctx, window, width),
    })}
    ${extent(window, ctx)}
    ${secondForm(data, ctx)}
    ${data.second ? secondGrid(data.second, data, ctx) : nothing}`;
}

/**
 * A row for each of the likeliest tokens of each cell that is drawn.
 * @param {ResidualLens} data
 * @param {Context} ctx
 * @returns {Row[]}
 */
export function rows(data, ctx) {
  const { window } = withAnswer(ctx.kept.columns, data, ctx.run);
  const cells = range(window.depths).flatMap((depth) =>
    range(window.n).map((at) => ({ depth, position: window.start + at })),
  );
  return cells.flatMap(({ depth, position }) => {
    const before = cellBefore(window, depth, position);
    return range(window.k).map((place) => {
      const at = cellAt(window, depth, position, place);
      const id = window.ids.a[at];
      return {
        position,
        token: tokenText(ctx.run.ids[position]),
        depth: depthName(depth),
        place: place + 1,
        id,
        says: tokenText(id),
        probability: window.probs.a[at],
        ...(before && place === 0
          ? {
              [`${ctx.beside.column}_id`]: before.id,
              [ctx.beside.column]: tokenText(before.id),
              [`${ctx.beside.column}_probability`]: before.p,
            }
          : {}),
      };
    });
  });
}

/**
 * Its token becomes the target at its position.
 * @param {LensCell} cell
 * @param {ResidualLens} window
 * @param {Context} ctx
 */
function pick(cell, window, ctx) {
  ctx.keep({ cell });
  ctx.select({ position: cell.position, target: window.ids.a[cellAt(window, cell.depth, cell.position)] });
}

/** @param {ResidualLens} window @param {Context} ctx */
function compared({ base, depths, start, n }, { beside }) {
  if (!base) return nothing;
  const rest =
    base.n < n
      ? ` From position ${start + base.n} on ` +
        `${beside === OTHER ? "the texts have no corresponding tokens" : `${beside.the} wrote other tokens`}, ` +
        "so the cells there are not compared."
      : "";
  return html`<b data-changed=${base.changed}>${whole(base.changed)}</b> of ${counted(base.n * depths, "cell")} name
    another token than ${beside.the}.${rest}`;
}

/** @param {ResidualLens} data */
function targetMoved({ target }) {
  if (!target) return nothing;
  const { before, after } = target.moved;
  const written = (/** @type {number} */ value) =>
    html`<b data-after=${after} data-before=${before}>${decimal(value)}</b>`;
  return html`The ${movedName(target.moved)} of <span class="mono tokword">${tokenText(target.id)}</span> at the
    selected position: ${decimal(before)} → ${written(after)} (${signed(after - before)}).`;
}

/**
 * Which positions are drawn, and how to come to the others.
 * @param {ResidualLens} window
 * @param {Context} ctx
 */
function extent(window, ctx) {
  const [count, end] = [ctx.run.ids.length, window.start + window.n];
  const button = (/** @type {string} */ name, /** @type {number} */ position, /** @type {boolean} */ none) => html`
    <button class="btn ghost" type="button" ?hidden=${none} ?disabled=${Boolean(ctx.kept.reading)}
      @click=${() => readOn(position, ctx)}>${name}</button>`;
  return html`
    <p class="hint extent" ?hidden=${window.n === count}>
      Positions ${window.start} to ${end - 1} of ${whole(count)} are read and drawn.
      ${button("Read on before", window.start - 1, window.start === 0)} ${button("Read on after", end, end === count)}
    </p>`;
}

/**
 * The columns around a position as well: they are read when somebody wants to see them.
 * @param {number} position
 * @param {Context} ctx
 */
async function readOn(position, ctx) {
  const held = ctx.kept.columns;
  if (!held || ctx.kept.reading || position < 0 || position >= ctx.run.ids.length) return;
  ctx.keep({ reading: true });
  const read = /** @type {ResidualLens | null} */ (await ctx.look({ position }));
  ctx.keep({ reading: false });
  if (read && ctx.kept.columns === held) ctx.keep({ columns: { ...held, window: joined(held.window, read) } });
}

/**
 * @param {Event} event
 * @param {Context} ctx
 * @param {ResidualLens} window
 * @param {number} cell pixels of a column
 */
function scrolled(event, ctx, window, cell) {
  const edge = atEdge(/** @type {HTMLElement} */ (event.currentTarget), cell);
  if (edge) readOn(edge === "start" ? window.start - 1 : window.start + window.n, ctx);
}
