// @ts-check
/**
 * The router's steps as bars: a row an expert, a column a step. Rows never move.
 *
 * @import { RoutingDecision } from "../../../types/architectures"
 * @import { Line } from "../../../kit/tooltip.js"
 * @import { ViewContext } from "../../../kit/view"
 * @import { Layout } from "./choice_bars.js"
 *
 * @typedef {ViewContext<object, RoutingDecision>} Context
 */

import { pressing, rove } from "../../../kit/controls/roving.js";
import { decimal, percent } from "../../../kit/numbers/format.js";
import { tooltip } from "../../../kit/tooltip.js";
import { max, scaleLinear, sum } from "../../../vendor/d3.js";
import { nothing, svg } from "../../../vendor/lit.js";
import { baseline, CUT, cutBar, outlines, SCORE, SHARE, scoreBar, shareBar, WEIGHT } from "./choice_bars.js";
import { listing } from "./scores.js";

const STEPS = [SCORE, SHARE, CUT, WEIGHT];
const SLIM = 480;
const NAMES = 34;
const TOP = 48;
const SCORE_NUMBER = 42;

/**
 * @param {RoutingDecision} data
 * @param {Context} ctx
 * @param {number} width
 */
export function choiceChart(data, ctx, width) {
  const { listed, rest } = listing(data, ctx.there, ctx.focus.expert);
  const layout = layoutOf(data, width, listed.length + (rest.length ? 1 : 0));
  const start = Math.max(0, listed.indexOf(ctx.focus.expert ?? -1));
  const label = `Router of block ${data.layer}: logits, softmax, top ${data.k}, weights`;
  const zeros = STEPS.map((step) => (step === SCORE ? layout.score(0) : layout.left(step)));
  return svg`
    <svg class="fig choice-chart" viewBox="0 0 ${width} ${layout.bottom + 6}" height=${layout.bottom + 6}
      preserveAspectRatio="xMinYMin" role="group" aria-label=${label} data-rove @keydown=${rove}>
      ${headings(data, ctx.there, layout)}
      ${zeros.map((x) => svg`<line class="zero" x1=${x} x2=${x} y1=${TOP - 8} y2=${layout.bottom} />`)}
      ${listed.map((expert, at) => expertRow(data, ctx, layout, { expert, at, first: at === start }))}
      ${rest.length ? restRow(data, layout, { rest, at: listed.length }) : nothing}
    </svg>`;
}

/**
 * @param {RoutingDecision} data
 * @param {number} width
 * @param {number} count of rows
 * @returns {Layout}
 */
function layoutOf(data, width, count) {
  const slim = width < SLIM;
  const gap = slim ? 18 : 40;
  const column = (width - NAMES - 3 * gap) / 4;
  const left = (/** @type {number} */ step) => NAMES + step * (column + gap);
  const logits = Array.from(data.logits.a);
  const ends = [Math.max(0, max(logits, (value) => -value) ?? 0), Math.max(0, max(logits) ?? 0)];
  const end = left(SCORE) + column - (slim ? 0 : SCORE_NUMBER);
  const score = scaleLinear(ends[0] + ends[1] > 0 ? [-ends[0], ends[1]] : [0, 1], [left(SCORE), end]);
  const shares = [data.probs, data.weights].map(({ a }) => max(a) ?? 0);
  const length = scaleLinear([0, Math.min(1, Math.ceil(Math.max(...shares) * 10) / 10)], [0, column]);
  const row = slim ? 32 : 26;
  return { slim, width, column, left, score, length, row, bottom: TOP + count * row };
}

/**
 * @param {RoutingDecision} data
 * @param {RoutingDecision | null} there
 * @param {Layout} layout
 */
function headings(data, there, { slim, left }) {
  const limit = max([...data.logits.a, ...(there?.logits.a ?? [])], Math.abs) ?? 0;
  const weights = data.renormalised
    ? [slim ? "÷ sum" : "Weights", slim ? "sum 1" : "÷ kept, sum to 1"]
    : ["Weights", slim ? "same" : "the kept ones"];
  return [
    ["Logits", `up to ±${decimal(limit, 1)}`],
    ["Softmax", slim ? "sum 1" : "sums to 1"],
    [`Top ${data.k}`, `${percent(data.kept)} kept`],
    weights,
  ].map(
    ([name, says], step) => svg`
      <text class="h" x=${left(step)} y="12">${name}</text>
      <text class="dim" x=${left(step)} y="28">${says}</text>`,
  );
}

/**
 * @param {RoutingDecision} data
 * @param {Context} ctx
 * @param {Layout} layout
 * @param {{ expert: number, at: number, first: boolean }} place
 */
function expertRow(data, ctx, layout, { expert, at, first }) {
  const y = TOP + at * layout.row;
  const chosen = ctx.focus.expert === expert;
  const used = data.weights.a[expert] > 0;
  const press = () => ctx.select({ expert });
  const tip = tooltip(`Expert ${expert}`, () => told(data, expert, ctx));
  return svg`
    <g class="expert ${used ? "used" : ""} ${chosen ? "chosen" : ""}" role="button" tabindex=${first ? 0 : -1}
       aria-description=${spoken(data, expert)} aria-pressed=${chosen} @click=${press} @keydown=${pressing(press)}
       @pointermove=${tip.show} @pointerleave=${tip.hide} @focus=${tip.beside} @blur=${tip.hide}>
      <rect class="hit" x="0" y=${y} width=${layout.width} height=${layout.row - 2} rx="4" />
      <text class="name" x="4" y=${baseline(layout, y)}>${expert}</text>
      ${scoreBar(data, layout, { expert, y })}
      ${shareBar(layout, { step: SHARE, y, value: data.probs.a[expert], kind: "value" })}
      ${
        used
          ? svg`${shareBar(layout, { step: CUT, y, value: data.probs.a[expert], kind: "kept" })}
              ${shareBar(layout, { step: WEIGHT, y, value: data.weights.a[expert], kind: "kept" })}`
          : cutBar(layout, { y, value: data.probs.a[expert] })
      }
      ${outlines(data, ctx.there, layout, { expert, y })}
    </g>`;
}

/**
 * @param {RoutingDecision} data
 * @param {Layout} layout
 * @param {{ rest: number[], at: number }} place
 */
function restRow(data, layout, { rest, at }) {
  const y = TOP + at * layout.row;
  const value = sum(rest, (expert) => data.probs.a[expert]);
  return svg`
    <text class="dim" x="4" y=${baseline(layout, y)}>${rest.length} others${layout.slim ? "" : ", none chosen"}</text>
    ${shareBar(layout, { step: SHARE, y, value, kind: "rest" })}`;
}

/**
 * @param {RoutingDecision} data
 * @param {number} expert
 */
function spoken({ logits, probs, weights, shut }, expert) {
  const chosen = weights.a[expert] > 0 ? `weight ${decimal(weights.a[expert], 3)}` : "not chosen";
  const said = `logit ${decimal(logits.a[expert])}, probability ${percent(probs.a[expert])}`;
  return `Expert ${expert}: ${said}, ${shut.a[expert] ? "forbidden" : chosen}`;
}

/**
 * @param {RoutingDecision} data
 * @param {number} expert
 * @param {Context} ctx
 */
function told({ logits, probs, weights, shut }, expert, { there, beside }) {
  const used = (/** @type {number} */ weight) => (weight > 0 ? decimal(weight, 4) : "not used");
  const logit = decimal(logits.a[expert], 3);
  /** @type {Line[]} */
  const lines = [
    ["logit", shut.a[expert] ? `${logit}, forbidden` : logit],
    ["probability", percent(probs.a[expert])],
    ["weight", used(weights.a[expert])],
  ];
  if (there) lines.push([`weight, ${beside.short}`, used(there.weights.a[expert])]);
  return lines;
}
