// @ts-check
/**
 * One head opened: its arcs over the text, its map, the making of one query's row, and one score taken apart into its
 * products. After an ablation it shows what the next token lost.
 *
 * @import { AttentionHead } from "../../../types/overview"
 * @import { Row, View, ViewContext } from "../../../kit/view"
 * @import { Shows } from "./weights.js"
 *
 * @typedef {object} State
 * @property {Shows} shows
 * @property {number | null} query the token that is pointed at, whose row is shown meanwhile
 * @property {{ layer: number, head: number, position: number, key: number }} opened the key whose score is taken apart
 */

import { segmented } from "../../../kit/controls/controls.js";
import { legend } from "../../../kit/drawing/legend.js";
import { percent } from "../../../kit/numbers/format.js";
import { OTHER } from "../../../kit/runs/beside.js";
import { tokenText } from "../../../kit/text/tokens.js";
import { html, nothing } from "../../../vendor/lit.js";
import { arcs } from "./arcs.js";
import { effect } from "./effect.js";
import { ablation, facts, kin } from "./head_facts.js";
import { making } from "./making.js";
import { isNarrow } from "./making_columns.js";
import { cellSize, map } from "./map.js";
import { differenceKey } from "./maps.js";
import { headDrawn } from "./opening.js";
import { score } from "./score.js";
import { dotProduct, hasRow, heaviest, isKnown, scoring, shownWeights, weightsOf } from "./weights.js";

/** From this width on the map stands beside the row; so wide is it then, and so wide the gap. */
const BESIDE = 820;
const MAP = 480;
const GAP = 36;
/** Pixels of a line of the row: the map's, where they stand side by side; on a phone as much as a finger needs. */
const LINE = { least: 17.5, most: 30, finger: 32 };

/** @type {View<AttentionHead, State>} */
export function head(data, ctx) {
  headDrawn(data, ctx);
  const asked = ctx.kept.shows ?? (ctx.beside === OTHER ? "apart" : "weight");
  const shows = asked === "apart" && !data.beside ? "weight" : asked;
  const count = ctx.run.ids.length;
  const pointed = ctx.kept.query ?? null;
  const query = pointed !== null && pointed < count && isKnown(data, pointed) ? pointed : data.position;
  const key = openedKey(data, ctx);
  const width = ctx.width >= BESIDE ? { map: MAP, row: ctx.width - MAP - GAP } : { map: ctx.width, row: ctx.width };
  return html`
    <div class="bar">${facts(data, ctx)} ${ablation(data, ctx)}</div>
    ${data.kin.length > 1 ? kin(data, ctx) : nothing}
    ${ctx.changed ? effect(data, ctx) : nothing}
    ${data.beside ? elsewhere(data.beside, ctx) : nothing}
    <div class="bar">
      <div class="choice">
        <span>Arcs and map show</span>
        ${segmented({
          label: "Arcs and map show",
          choices: [
            ["weight", "Weight"],
            ["value", "Value-weighted"],
            ...(data.beside ? /** @type {[Shows, string][]} */ ([["apart", "Difference"]]) : []),
          ],
          chosen: shows,
          choose: (chosen) => ctx.keep({ shows: chosen }),
        })}
      </div>
      ${legend([
        shows === "apart"
          ? differenceKey(ctx)
          : [
              "ink-ramp",
              shows === "value" ? "share of weight × |v W_O|, 0 to 1; ink = √share" : "weight 0 to 1, ink = √weight",
            ],
      ])}
    </div>
    ${arcs(data, ctx, { query, apart: shows === "apart", weights: shownWeights(data, query, count, shows) })}
    <div class="map-and-row ${ctx.width >= BESIDE ? "beside" : ""}">
      <div>${map(data, ctx, { width: width.map, shows, key })}</div>
      <div>${row(data, ctx, { query, key, width: width.row, map: width.map })}</div>
    </div>
    ${score(data, ctx, { key, row: scoring(data, data.position, count) })}`;
}

/**
 * How far the selected query's rows lie apart.
 * @param {NonNullable<AttentionHead["beside"]>} beside
 * @param {ViewContext<State>} ctx
 */
const elsewhere = ({ apart, n }, { beside, run }) => html`
  <p class="readout">This query puts <b data-apart=${apart}>${percent(apart)}</b> of its weight on other tokens than in
    ${beside.the}.${n < run.ids.length ? ` The comparison ends at position ${n - 1}.` : ""}</p>`;

/**
 * @param {AttentionHead} data
 * @param {ViewContext<State>} ctx
 */
function openedKey(data, ctx) {
  const { opened } = ctx.kept;
  const here = opened?.layer === data.layer && opened.head === data.head && opened.position === data.position;
  if (here && Array.from(data.shown.a).includes(opened.key)) return opened.key;
  return heaviest(weightsOf(data, data.position, ctx.run.ids.length));
}

/**
 * @param {AttentionHead} data
 * @param {ViewContext<State>} ctx
 * @param {{ query: number, key: number, width: number, map: number }} options
 */
function row(data, ctx, { query, key, width, map }) {
  const count = ctx.run.ids.length;
  const all = data.shown.shape[0] === count;
  const shown = all && hasRow(data, query) ? query : data.position;
  const { layer, head, position } = data;
  const besideMap = data.shown.shape[0] === data.map.shape[0] ? cellSize(data, map) : LINE.least;
  return making(data, ctx, {
    query: shown,
    keys: Array.from(data.shown.a),
    row: scoring(data, shown, count),
    opened: key,
    width,
    height: isNarrow(width) ? LINE.finger : Math.max(LINE.least, Math.min(LINE.most, besideMap)),
    open: (key) => ctx.keep({ opened: { layer, head, position, key } }),
  });
}

/**
 * The listed keys of the selected query, stage by stage.
 * @param {AttentionHead} data
 * @param {ViewContext<State>} ctx
 * @returns {Row[]}
 */
export function rows(data, ctx) {
  const { layer, head, position } = data;
  const query = scoring(data, position, ctx.run.ids.length);
  return Array.from(data.shown.a, (key) => ({
    block: layer,
    head,
    query: position,
    key,
    token: tokenText(ctx.run.ids[key]),
    product: dotProduct(data, query.score(key)),
    score: query.score(key),
    masked: !query.open(key),
    exp: query.open(key) ? Math.exp(query.score(key) - query.most) : 0,
    weight: query.weights[key],
    value_weighted: query.valued[key],
    ...(data.beside ? { [`weight_${ctx.beside.column}`]: data.beside.row.a[key] ?? null } : {}),
  }));
}
