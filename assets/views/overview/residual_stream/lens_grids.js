// @ts-check
/**
 * The lens of the run on the page and that of the second prompt: grids whose cells can be picked up, and dropped on.
 *
 * @import { LensSecond, ResidualLens } from "../../../types/overview"
 * @import { Side } from "./carry.js"
 * @import { Context } from "./lens.js"
 * @import { LensCell } from "./lens_grid.js"
 */
import { html } from "../../../vendor/lit.js";
import { carryKeys, drop, enter, grab } from "./carry.js";
import { holds } from "./columns.js";
import { grid, gridSize, LINE } from "./lens_grid.js";
import { follow, settle } from "./lens_scroll.js";
import { reach } from "./reach.js";
import { asGrid } from "./second.js";

/**
 * @param {LensCell | null | undefined} cell
 * @param {ResidualLens} window
 */
const stillThere = (cell, window) => (cell && holds(window, cell.position) && cell.depth < window.depths ? cell : null);

/**
 * @param {ResidualLens} data
 * @param {ResidualLens} window all columns that have been read
 * @param {Context} ctx
 * @param {{ pick: (cell: LensCell) => void, scrolled: (event: Event, width: number) => void }} does
 */
export function ownGrid(data, window, ctx, does) {
  const keep = (/** @type {LensCell} */ cell) => ctx.keep({ cell });
  return carried({ side: "own", data, window, ctx, run: ctx, cell: stillThere(ctx.kept.cell, window), keep, ...does });
}

/**
 * @param {LensSecond} second
 * @param {ResidualLens} data
 * @param {Context} ctx
 */
export function secondGrid(second, data, ctx) {
  const { window, ctx: run } = asGrid(second, data, ctx);
  const keep = (/** @type {LensCell} */ to) => ctx.keep({ secondCell: to });
  const cell = stillThere(ctx.kept.secondCell, window);
  return carried({ side: "second", data, window, ctx, run, cell, pick: keep, keep });
}

/**
 * A grid whose cells can be picked up, and that they can be dropped on.
 * @param {{ side: Side, data: ResidualLens, window: ResidualLens, ctx: Context, run: Context, cell: LensCell | null,
 *   pick: (cell: LensCell) => void, keep: (cell: LensCell) => void,
 *   scrolled?: (event: Event, width: number) => void }} options
 */
function carried({ side, data, window, ctx, run, cell, pick, keep, scrolled }) {
  const size = gridSize(window, ctx, Math.max(data.n, data.second?.n ?? 0));
  const [first, last] = [window.start, window.start + window.n - 1];
  const at = cell ?? { depth: window.depths - 1, position: run.focus.position ?? first };
  const keys = (/** @type {KeyboardEvent} */ event) => carryKeys(event, { side, cell: at, first, last }, data, ctx);
  const { carry } = ctx.kept;
  return html`
    <div class="figure scroll lens ${carry ? "holding" : ""}" data-side=${side} data-start=${first} data-n=${window.n}
      data-depths=${window.depths} data-names=${size.names} data-line=${LINE} data-cell=${size.cell}
      data-row=${size.row} @scroll=${(/** @type {Event} */ event) => scrolled?.(event, size.cell)}
      @pointerdown=${(/** @type {PointerEvent} */ event) => grab(event, data, ctx)}
      @focusin=${() => enter({ side, first, last }, ctx)} @keydown=${{ handleEvent: keys, capture: true }}>
      ${grid({
        window,
        ctx: run,
        size,
        cell,
        name: side === "own" ? "Logit lens" : "Logit lens of the second prompt",
        pick: (chosen) => (carry ? drop({ side, position: chosen.position }, data, ctx) : pick(chosen)),
        walk: (to, event) => {
          follow(to.position, /** @type {Element} */ (event.currentTarget));
          keep(to);
        },
        over: reach({ window, size, line: LINE }, { side, patches: window.patches, carry }),
      })}
      ${settle({ run: run.run, window, size, position: run.focus.position ?? 0 })}
    </div>`;
}
