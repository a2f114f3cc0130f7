// @ts-check
/**
 * Target, draft and what comes out when a rejected draft is drawn anew from the target, at the tokens that differ most.
 *
 * @import { ErrataDraft } from "../../../types/overview"
 * @import { Content } from "../../../kit/numbers/table"
 * @import { Row, View, ViewContext } from "../../../kit/view"
 */

import { control } from "../../../kit/controls/declared.js";
import { rove } from "../../../kit/controls/roving.js";
import { topAxis } from "../../../kit/drawing/axis.js";
import { legend } from "../../../kit/drawing/legend.js";
import { counted, percent, signed, tone, whole } from "../../../kit/numbers/format.js";
import { baseNote, tokenThere } from "../../../kit/runs/beside.js";
import { piece, svgToken, token, tokenText } from "../../../kit/text/tokens.js";
import { tooltip } from "../../../kit/tooltip.js";
import { max, scaleLinear } from "../../../vendor/d3.js";
import { html, nothing, svg } from "../../../vendor/lit.js";

const ROW = 40;
const TOP = 20;
const TOKEN = { wide: 130, narrow: 92, most: 14 };
const CHANGE = 96;
const NARROW = 560;

/** @type {View<ErrataDraft>} */
export function draft(data, ctx) {
  return html`
    <div class="bar">
      ${control(ctx, "blocks", { own: data.blocks, most: data.n_layers })}
      ${control(ctx, "draft_temperature", { own: data.temperature })}
    </div>
    <p class="readout">The draft comes from ${drafter(data.blocks)}. After
      ${token(ctx.run.ids[data.position], { most: 18 })}, the target accepts ${percent(data.kept)} of its tokens.
      Resampling
      the rest from the target moves <b>${percent(data.bias)}</b> of the probability to wrong tokens.</p>
    ${baseNote(ctx, ctx.there, otherDraft(ctx))}
    ${legend([
      ["target", "target p"],
      ["rule", "result, resampled from the target"],
      ["fair", "result, resampled from the residual"],
      ["drafted", "draft q"],
    ])}
    ${picture(data, ctx)}
    <p class="hint">The bars are computed exactly, over all ${whole(ctx.run.model.V)} tokens; the dots are
      ${whole(data.draws)} random draws. In those draws, the reference’s rule is ${percent(data.drawn_bias)} away from
      the
      target, and the explorer’s speculative sampling ${percent(data.fair_bias)}. The draft is the model’s first blocks,
      followed by its last norm and unembedding.</p>`;
}

/** @param {number} blocks */
const drafter = (blocks) => (blocks ? `the first ${counted(blocks, "block")}` : "the embedding alone");

/** @param {ViewContext<object, ErrataDraft>} ctx @returns {Content} */
function otherDraft(ctx) {
  if (!ctx.there) return nothing;
  const { position, blocks, n_layers, kept, bias } = ctx.there;
  return html`${ctx.beside.start}, after ${piece(tokenThere(ctx, position))}, the target accepts
    <b>${percent(kept)}</b> of the draft by ${drafter(blocks)} of ${n_layers}; resampling moves
    <b data-bias=${bias}>${percent(bias)}</b> of the probability to wrong tokens.`;
}

/** @param {ErrataDraft} data @returns {Row[]} */
export function rows({ ids, p, q, out, drawn, fair }) {
  return Array.from(ids.a, (id, at) => ({
    token: tokenText(id),
    target: p.a[at],
    draft: q.a[at],
    from_target: out.a[at],
    from_target_drawn: drawn.a[at],
    from_residual_drawn: fair.a[at],
  }));
}

/** @param {ErrataDraft} data @param {ViewContext} ctx */
function picture(data, ctx) {
  const { ids, p, q, out, fair } = data;
  const left = ctx.width < NARROW ? TOKEN.narrow : TOKEN.wide;
  const most = max([p, q, out, fair].flatMap(({ a }) => Array.from(a))) || 1;
  const x = scaleLinear([0, most], [left, ctx.width - CHANGE]).nice(4);
  const bottom = TOP + ids.a.length * ROW;
  return html`
    <svg class="fig biased" viewBox="0 0 ${ctx.width} ${bottom}" height=${bottom} role="group" data-rove
      @keydown=${rove} aria-label="Target, draft and result, by token">
      ${topAxis({
        scale: x,
        y: TOP,
        grid: bottom - TOP,
        count: ctx.width < NARROW ? 3 : 6,
        format: (share) => `${Math.round(1000 * share) / 10} %`,
      })}
      <text class="dim" x=${ctx.width} y="11" text-anchor="end">change</text>
      ${Array.from(ids.a, (id, at) => row({ id, at, data, x, left, width: ctx.width }))}
    </svg>`;
}

/**
 * @param {{ id: number, at: number, data: ErrataDraft, x: (value: number) => number, left: number, width: number }} one
 */
function row({ id, at, data, x, left, width }) {
  const [p, q, out, drawn, fair] = [data.p, data.q, data.out, data.drawn, data.fair].map(({ a }) => a[at]);
  const y = TOP + at * ROW;
  /** @type {[string, string][]} */
  const lines = [
    ["target p", percent(p)],
    ["draft q", percent(q)],
    ["result, resampled from the target", percent(out)],
    ["the same, in random draws", percent(drawn)],
    ["result, resampled from the residual", percent(fair)],
  ];
  const tip = tooltip(tokenText(id), lines);
  return svg`
    <g class="row" role="img" tabindex=${at === 0 ? 0 : -1}
      aria-label="${tokenText(id)}: ${lines.map((each) => each.join(" ")).join(", ")}"
      @pointermove=${tip.show} @pointerleave=${tip.hide}>
      <rect class="hit" x="0" y=${y} width=${width} height=${ROW - 2} />
      ${svgToken(id, { x: left - 10, y: y + 23, anchor: "end", most: TOKEN.most })}
      <rect class="target" x=${x(0)} y=${y + 6} width=${x(p) - x(0)} height="11" rx="1" />
      <rect class="rule" x=${x(0)} y=${y + 20} width=${x(out) - x(0)} height="11" rx="1" />
      <line class="drafted" x1=${x(q)} x2=${x(q)} y1=${y + 4} y2=${y + 33} />
      <circle class="fair" cx=${x(fair)} cy=${y + 11.5} r="3.5" />
      <text class="change ${tone(100 * (out - p))}" x=${width} y=${y + 24}
        text-anchor="end">${signed(100 * (out - p), 2)} pp</text>
    </g>`;
}
