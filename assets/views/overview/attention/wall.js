// @ts-check
/**
 * The wall of all heads: each tile is one head's map. One of them opened: head.js.
 *
 * @import { AttentionWall } from "../../../types/overview"
 * @import { Check, Row, View, ViewContext } from "../../../kit/view"
 * @import { Point } from "./tiles.js"
 * @typedef {"block" | "apart" | "induction" | "previous" | "sink" | "entropy" | "ablation"} Sort
 * @typedef {{ sort: Sort, shows: "own" | "apart" }} State
 * @typedef {Partial<Record<Sort, Float32Array>>} Scores
 */

import { segmented } from "../../../kit/controls/controls.js";
import { legend } from "../../../kit/drawing/legend.js";
import { counted, headName, percent, whole } from "../../../kit/numbers/format.js";
import { worst } from "../../../kit/numbers/worst.js";
import { baseNote, OTHER } from "../../../kit/runs/beside.js";
import { explained } from "../../../kit/text/terms.js";
import { maxIndex, mean, range, sum } from "../../../vendor/d3.js";
import { html, nothing, ref, styleMap } from "../../../vendor/lit.js";
import { differenceKey, differenceOf, paintWall, WHOLE } from "./maps.js";
import { openHead } from "./opening.js";
import { pointing } from "./pointing.js";
import { arrange } from "./tiles.js";
import { SORTS, scoresOf, sorted } from "./wall_scores.js";

/** @type {View<AttentionWall, State>} */
export function wall(data, ctx) {
  const scores = scoresOf(data, ctx);
  const sort = ctx.kept.sort && scores[ctx.kept.sort] ? ctx.kept.sort : "block";
  const layout = arrange(data, ctx.width, sorted(scores[sort]));
  const ablated = ablatedHeads(data, ctx);
  const apart = data.base !== null && (ctx.kept.shows ?? (ctx.beside === OTHER ? "apart" : "own")) === "apart";
  const paint = (/** @type {Element | undefined} */ canvas) =>
    canvas && paintWall(/** @type {HTMLCanvasElement} */ (canvas), data, layout, { ablated, apart });
  const on = pointing(data, ctx, scores);
  return html`
    <div class="bar">
      ${segmented({
        label: "Sort heads",
        choices: SORTS.filter(([name]) => name === "block" || scores[name]),
        chosen: sort,
        choose: (name) => ctx.keep({ sort: name }),
      })}
      ${
        data.base
          ? segmented({
              label: "Maps show",
              choices: [
                ["own", "This run"],
                ["apart", "Difference"],
              ],
              chosen: apart ? "apart" : "own",
              choose: (shows) => ctx.keep({ shows }),
            })
          : nothing
      }
      <div class="legend">
        ${legend([apart ? differenceKey(ctx) : ["ink-ramp", "weight 0 to 1, ink = √weight"]])}
        <span>${layout.reading}</span>
      </div>
    </div>
    ${baseNote(ctx, data.base, data.base && comparison(data, data.base, ctx))}
    <div class="wall" role="group" data-rove=${layout.columns} style=${styleMap({ height: `${layout.height}px` })}
      aria-label="Wall of ${layout.order.length} attention heads; the arrow keys move, Enter opens a head"
      @pointerover=${on.over} @pointermove=${on.move} @pointerleave=${on.leave}
      @keydown=${on.key} @focusin=${on.reach} @focusout=${on.leave}>
      <canvas aria-hidden="true" style=${styleMap({ width: `${layout.width}px`, height: `${layout.height}px` })}
        ${ref(paint)}></canvas>
      ${layout.order.map((at) =>
        tile(at, data, ctx, { ...layout.places[at], size: layout.size, ablated: ablated.has(at) }),
      )}
    </div>
    <p class="hint">${remarks(data)}</p>`;
}

/**
 * @param {number} at which head, block by block
 * @param {AttentionWall} data
 * @param {ViewContext<State>} ctx
 * @param {Point & { size: number, ablated: boolean }} place
 */
function tile(at, data, ctx, { x, y, size, ablated }) {
  const [block, head] = blockAndHead(at, data);
  const chosen = at === selected(data, ctx);
  const box = { left: `${x}px`, top: `${y}px`, width: `${size}px`, height: `${size}px` };
  return html`
    <button class="tile" type="button" data-head=${at} style=${styleMap(box)} tabindex=${chosen ? 0 : -1}
      aria-pressed=${chosen} aria-label="${headName(block, head)}${ablated ? ", ablated" : ""}"
      @click=${() => openHead(ctx, block, head)}></button>`;
}

/** @param {number} at @param {AttentionWall} data @returns {[block: number, head: number]} */
export const blockAndHead = (at, { n_heads }) => [Math.floor(at / n_heads), at % n_heads];

/** @param {AttentionWall} data @param {ViewContext<State>} ctx */
function selected({ n_layers, n_heads }, { focus }) {
  return Math.min(n_layers - 1, focus.layer ?? 0) * n_heads + Math.min(n_heads - 1, focus.head ?? 0);
}

/**
 * How far all rows lie apart, and which head's lie furthest.
 * @param {AttentionWall} data
 * @param {NonNullable<AttentionWall["base"]>} base
 * @param {ViewContext<State>} ctx
 */
function comparison(data, { n, apart, queries }, { beside, run }) {
  const most = maxIndex(apart.a);
  const rest = n < run.ids.length ? ` The comparison ends at position ${n - 1}.` : "";
  const some = queries < n ? ` and ${counted(queries, "query", "queries")} spread over the text` : "";
  return html`The weights differ from ${beside.the} by <b data-apart=${mean(apart.a)}>${percent(mean(apart.a) ?? 0)}</b>
    (${explained("total variation")}, mean over all heads${some}).
    <b>${headName(...blockAndHead(most, data))}</b> differs most: <b>${percent(apart.a[most])}</b>.${rest}`;
}

/** @param {AttentionWall} data @param {ViewContext<State>} ctx */
function ablatedHeads({ n_layers, n_heads }, { interventions }) {
  const found = interventions.flatMap(({ text, on }) => {
    const [, block, head] = (on !== false && /^ablate:(\d+)\.(\d+)/.exec(text)) || [];
    return head === undefined ? [] : [Number(block) * n_heads + Number(head)];
  });
  return new Set(found.filter((at) => at < n_layers * n_heads));
}

/** @param {AttentionWall} data */
function remarks({ stride, induction }) {
  const pooled = `Each square of a map covers ${stride} × ${stride} tokens and shows the largest weight among them. `;
  const said = "The induction score comes from a sequence of random tokens said twice, not from this text.";
  return `${stride > 1 ? pooled : ""}${induction ? said : ""}`;
}

/**
 * The differences that are painted, added up row by row, against what the server made of the patterns themselves. A
 * byte is off by half of 1/255 at most, so a row of n keys by n / 510.
 * @param {AttentionWall} data
 * @returns {Check[]}
 */
export function checks(data) {
  const { base, cells, stride, n_layers, n_heads } = data;
  if (!base || stride !== 1) return [];
  const [each, compared] = [(cells * (cells + 1)) / 2, (base.n * (base.n + 1)) / 2];
  const difference = differenceOf(data);
  const errors = range(n_layers * n_heads).map((at) => {
    const moved = sum(range(compared), (cell) => Math.abs(difference(at * each + cell)));
    return Math.abs(moved / 2 / WHOLE / base.n - base.apart.a[at]);
  });
  const heads = whole(errors.length);
  return [
    {
      statement: `The painted differences add up to the total variation of the weights, in ${heads} heads`,
      error: worst(errors),
      tolerance: base.n / (2 * WHOLE),
      word: "largest error",
    },
  ];
}

/**
 * The scores of every head.
 * @param {AttentionWall} data
 * @param {ViewContext<State>} ctx
 * @returns {Row[]}
 */
export function rows(data, ctx) {
  const { ablation, apart } = scoresOf(data, ctx);
  return range(data.n_layers * data.n_heads).map((at) => {
    const [block, head] = blockAndHead(at, data);
    return {
      block,
      head,
      previous_token: data.previous.a[at],
      first_token_sink: data.sink.a[at],
      entropy_bits: data.entropy.a[at],
      induction: data.induction?.a[at],
      ablation_kl_nats: ablation?.[at],
      ...(apart ? { [`apart_from_${ctx.beside.column}`]: apart[at] } : {}),
    };
  });
}
