// @ts-check
/**
 * One head's map: rows are queries, columns the keys that they read.
 *
 * @import { AttentionHead } from "../../../types/overview"
 * @import { ViewContext } from "../../../kit/view"
 * @import { State } from "./head.js"
 * @import { Shows } from "./weights.js"
 */

import { matrix } from "../../../kit/cells/matrix.js";
import { decimal, headName } from "../../../kit/numbers/format.js";
import { tokenText } from "../../../kit/text/tokens.js";
import { html, nothing, styleMap } from "../../../vendor/lit.js";
import { differing, inked } from "./maps.js";
import { above, beside } from "./token_labels.js";
import { shownWeights, valueWeighted, weightsOf } from "./weights.js";

/** Pixels for the tokens' names, and the largest cell. */
export const NAMES = 66;
const LARGEST = 30;

/**
 * Pixels of a cell.
 * @param {AttentionHead} data
 * @param {number} width
 */
export const cellSize = ({ map }, width) =>
  Math.min(LARGEST, Math.floor((100 * (width - NAMES - 2)) / map.shape[0]) / 100);

/**
 * @param {AttentionHead} data
 * @param {ViewContext<State>} ctx
 * @param {{ width: number, shows: Shows, key: number }} options `key` is the one whose score is taken apart
 */
export function map(data, ctx, { width, shows, key }) {
  const count = data.map.shape[0];
  const pitch = cellSize(data, width);
  const side = pitch * count;
  const row = data.position - data.first;
  const column = key - data.first;
  const labels = { run: ctx.run, first: data.first, count, pitch, chosen: row };
  return html`
    <div class="map" style=${styleMap({ width: `${NAMES + side}px`, height: `${NAMES + side}px` })}>
      <svg width=${NAMES + side} height=${NAMES + side} aria-hidden="true">
        ${above({ ...labels, x: NAMES, y: NAMES - 7 })} ${beside({ ...labels, x: NAMES - 7, y: NAMES })}
      </svg>
      <div class="cells" style=${styleMap({ left: `${NAMES}px`, top: `${NAMES}px` })}
        @keydown=${(/** @type {KeyboardEvent} */ event) => walkOn(event, data, ctx)}>
        ${matrix({
          rows: count,
          columns: count,
          width: side,
          height: side,
          colour: colourOf(data, ctx, shows),
          of: [data, shows],
          label:
            `Attention map of ${headName(data.layer, data.head)}; up and down ` +
            "choose the query, left and right the key",
          told: (cell) => told(data.first + cell.row, data.first + cell.column, data, ctx),
          select: (cell) => select(data.first + cell.row, data.first + cell.column, data, ctx),
          selected: { row, column: Math.max(0, Math.min(count - 1, column)) },
        })}
        <i class="frame" style=${styleMap({
          top: `${row * pitch}px`,
          width: `${(row + 1) * pitch}px`,
          height: `${pitch}px`,
        })}></i>
      </div>
    </div>
    ${count < ctx.run.ids.length ? html`<p class="hint">${cutText(data, ctx)}</p>` : nothing}`;
}

/**
 * @param {AttentionHead} data
 * @param {ViewContext<State>} ctx
 * @param {Shows} shows
 */
function colourOf(data, ctx, shows) {
  const ink = shows === "apart" ? differing() : inked();
  /** @type {Float64Array[]} */
  const weights = [];
  return (/** @type {number} */ row, /** @type {number} */ column) => {
    if (column > row) return null;
    weights[row] ??= shownWeights(data, data.first + row, ctx.run.ids.length, shows);
    return ink(weights[row][data.first + column]);
  };
}

/**
 * @param {number} query
 * @param {number} key
 * @param {AttentionHead} data
 * @param {ViewContext<State>} ctx
 */
function told(query, key, data, { run, beside }) {
  if (key > query) return null;
  const weights = weightsOf(data, query, run.ids.length);
  /** @type {[string, string][]} */
  const details = [
    ["weight", decimal(weights[key], 3)],
    ["value-weighted", decimal(valueWeighted(data, weights)[key], 3)],
    ["positions", `${query} → ${key}`],
  ];
  const apart = data.beside && query < data.beside.n ? shownWeights(data, query, run.ids.length, "apart")[key] : null;
  if (apart !== null) details.splice(1, 0, [`weight, ${beside.short}`, decimal(weights[key] - apart, 3)]);
  return { title: `${tokenText(run.ids[query])} reads ${tokenText(run.ids[key])}`, details };
}

/**
 * The query is selected, and its score against the key taken apart.
 * @param {number} position
 * @param {number} key
 * @param {AttentionHead} data
 * @param {ViewContext<State>} ctx
 */
function select(position, key, { layer, head }, ctx) {
  ctx.keep({ opened: { layer, head, position, key } });
  ctx.select({ position });
}

/**
 * Where the map is part of a longer text, up and down go on beyond it.
 * @param {KeyboardEvent} event
 * @param {AttentionHead} data
 * @param {ViewContext<State>} ctx
 */
function walkOn({ key }, { position, first, map }, ctx) {
  const last = first + map.shape[0] - 1;
  if (key === "ArrowDown" && position === last && last < ctx.run.ids.length - 1) ctx.select({ position: last + 1 });
  if (key === "ArrowUp" && position === first && first > 0) ctx.select({ position: first - 1 });
}

/** @param {AttentionHead} data @param {ViewContext<State>} ctx */
function cutText({ first, map }, { run }) {
  const count = map.shape[0];
  return (
    `The map shows ${count} of ${run.ids.length} positions, ${first} to ${first + count - 1}. ` +
    "The arcs and the row cover the whole text."
  );
}
