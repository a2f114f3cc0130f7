// @ts-check
/**
 * Every block's strongest link from the selected token to each token that it can see.
 *
 * @import { AttentionReads } from "../../../types/overview"
 * @import { Row, View, ViewContext } from "../../../kit/view"
 * @import { Cell } from "../../../kit/cells/matrix.js"
 * @import { Strongest } from "./strongest.js"
 * @typedef {object} State
 * @property {AttentionReads} of the drawing in which `cell` was chosen
 * @property {Cell} cell
 * @property {"own" | "apart"} shows
 */

import { matrix } from "../../../kit/cells/matrix.js";
import { segmented } from "../../../kit/controls/controls.js";
import { legend } from "../../../kit/drawing/legend.js";
import { baseNote, OTHER } from "../../../kit/runs/beside.js";
import { tokenText } from "../../../kit/text/tokens.js";
import { range } from "../../../vendor/d3.js";
import { html, nothing, styleMap, svg } from "../../../vendor/lit.js";
import { differenceKey, differing, inked, WHOLE } from "./maps.js";
import { openHead } from "./opening.js";
import { reader, said, told } from "./reads_words.js";
import { comparison, differences, strongest } from "./strongest.js";
import { above } from "./token_labels.js";

export { checks } from "./strongest.js";

/** Pixels for the blocks' numbers, and for the tokens above. */
const LEFT = 40;
const TOP = 70;
const WIDEST = 90;
/** The height of a row: less where there are many. */
const ROW = { least: 9, most: 14, all: 420 };
/** From this height on every row bears its number. */
const READABLE = 12;

/** @type {View<AttentionReads, State>} */
export function reads(data, ctx) {
  const best = strongest(data);
  const was = data.base && strongest(data, data.base.rows.a);
  const apart = was !== null && (ctx.kept.shows ?? (ctx.beside === OTHER ? "apart" : "own")) === "apart";
  const columns = data.position + 1;
  const pitch = Math.min(WIDEST, (ctx.width - LEFT) / columns);
  const row = Math.max(ROW.least, Math.min(ROW.most, ROW.all / data.n_layers));
  const [width, height] = [pitch * columns, row * data.n_layers];
  const colour = apart ? differing() : inked();
  const weight = apart ? differences(best, was) : best.weight;
  const selected = ctx.kept.of === data ? ctx.kept.cell : null;
  const open = () => {
    const { of, cell } = ctx.kept; // as the matrix has just kept it
    if (of === data && cell) openHead(ctx, cell.row, best.head[cell.row * columns + cell.column]);
  };
  return html`
    <div class="bar">
      <p class="readout">${said(data, ctx, { best, was }, selected)}</p>
      ${
        was
          ? segmented({
              label: "Cells show",
              choices: [
                ["own", "This run"],
                ["apart", "Difference"],
              ],
              chosen: apart ? "apart" : "own",
              choose: (shows) => ctx.keep({ shows }),
            })
          : nothing
      }
      ${legend([apart ? differenceKey(ctx) : ["ink-ramp", "weight 0 to 1, ink = √weight"]])}
    </div>
    ${baseNote(ctx, was, was && comparison(data, ctx, best, was))}
    <div class="reads" style=${styleMap({ width: `${LEFT + width}px`, height: `${TOP + height}px` })}>
      <svg width=${LEFT + width} height=${TOP + height} aria-hidden="true">
        ${above({ run: ctx.run, first: 0, count: columns, pitch, chosen: data.position, x: LEFT, y: TOP - 6 })}
        ${blockNumbers(data, ctx, row)}
      </svg>
      <div class="cells" style=${styleMap({ left: `${LEFT}px`, top: `${TOP}px` })}
        @click=${open} @keydown=${(/** @type {KeyboardEvent} */ event) => event.key === "Enter" && open()}>
        ${matrix({
          rows: data.n_layers,
          columns,
          width,
          height,
          colour: (block, key) => colour(weight[block * columns + key] / WHOLE),
          of: [data, apart],
          label: `What each block reads from position ${data.position}; the arrow keys move, Enter opens the head`,
          told: (cell) => told(cell, data, ctx, { best, was }),
          point: (cell) => point(cell, data, ctx, best),
          select(cell) {
            ctx.keep({ of: data, cell });
            point(cell, data, ctx, best);
          },
          selected,
        })}
        <i class="frame" style=${styleMap({
          top: `${chosenBlock(data, ctx) * row}px`,
          width: `${width}px`,
          height: `${row}px`,
        })}></i>
      </div>
    </div>`;
}

/** @param {AttentionReads} data @param {ViewContext<State>} ctx */
const chosenBlock = (data, { focus }) => Math.min(data.n_layers - 1, focus.layer ?? 0);

/**
 * @param {AttentionReads} data
 * @param {ViewContext<State>} ctx
 * @param {number} row pixels
 */
function blockNumbers(data, ctx, row) {
  const every = row < READABLE ? 2 : 1;
  const chosen = chosenBlock(data, ctx);
  const numbered = range(data.n_layers).filter(
    (at) => at === chosen || (at % every === 0 && Math.abs(at - chosen) >= every),
  );
  return svg`
    <text class="dim" x=${LEFT - 7} y=${TOP - 6} text-anchor="end">block</text>
    ${numbered.map(
      (at) =>
        svg`<text class=${at === chosen ? "ink b" : "dim"} x=${LEFT - 7} y=${TOP + (at + 0.5) * row + 4}
          text-anchor="end">${at}</text>`,
    )}`;
}

/** The cell whose arcs are drawn, as it is drawn again only when it changes. */
let pointed = "";

/**
 * Arcs in the strip: the whole row of the head that the cell names.
 * @param {Cell | null} cell
 * @param {AttentionReads} data
 * @param {ViewContext<State>} ctx
 * @param {Strongest} best
 */
function point(cell, data, ctx, best) {
  const name = cell ? `${cell.row} ${cell.column}` : "";
  if (name === pointed) return;
  pointed = name;
  if (!cell) return ctx.arcs(null);
  const keys = data.position + 1;
  const from = (cell.row * data.n_heads + reader(cell, data, best).head) * keys;
  ctx.arcs(Float32Array.from({ length: keys }, (_, key) => data.rows.a[from + key] / WHOLE));
}

/**
 * What each block's strongest head puts on each token.
 * @param {AttentionReads} data
 * @param {ViewContext<State>} ctx
 * @returns {Row[]}
 */
export function rows(data, ctx) {
  const best = strongest(data);
  const was = data.base && strongest(data, data.base.rows.a);
  const keys = data.position + 1;
  return range(data.n_layers * keys).map((at) => ({
    block: Math.floor(at / keys),
    head: best.head[at],
    position: at % keys,
    token: tokenText(ctx.run.ids[at % keys]),
    weight: best.weight[at] / WHOLE,
    ...(was ? { [`weight_in_${ctx.beside.column}`]: was.weight[at] / WHOLE } : {}),
  }));
}
