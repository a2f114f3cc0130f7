// @ts-check
/**
 * The passes on one time axis: a bar reaches as far as its time a token. Time runs to the right, and downward where
 * there is little room.
 *
 * @import { PhasesPicture } from "../../../types/inference"
 * @import { Line } from "../../../kit/tooltip"
 * @import { ViewContext } from "../../../kit/view"
 * @import { Fed } from "./fed"
 *
 * @typedef {object} Picture
 * @property {PhasesPicture} data
 * @property {Fed[]} fed
 * @property {boolean} down
 * @property {number} width
 * @property {number} height
 * @property {import("d3-scale").ScaleLinear<number, number>} time
 * @property {import("d3-scale").ScaleLinear<number, number>} value milliseconds a token
 */

import { stepping } from "../../../kit/controls/roving.js";
import { bottomAxis, leftAxis, topAxis } from "../../../kit/drawing/axis.js";
import { turned } from "../../../kit/drawing/turned.js";
import { counted } from "../../../kit/numbers/format.js";
import { figures, timed } from "../../../kit/numbers/magnitude.js";
import { tokenText } from "../../../kit/text/tokens.js";
import { tooltip } from "../../../kit/tooltip.js";
import { max, scaleLinear } from "../../../vendor/d3.js";
import { nothing, svg } from "../../../vendor/lit.js";
import { fedTokens, median, prefillOf, stepsOf } from "./fed.js";
import { besideNames, namedTokens, overNames, timeName } from "./labels.js";
import { half } from "./passes.js";
import { endOf, longestOf, outline } from "./phases_beside.js";

/** Below so many pixels time runs downward. */
const WIDE = 620;
const RIGHT = { left: 46, top: 30, bars: 190, below: 84 };
const DOWN = { left: 88, top: 30, right: 62, least: 460, most: 1100, token: 19 };
/** Room above the highest whisker. */
const ABOVE = 1.04;

/**
 * @param {PhasesPicture} data
 * @param {ViewContext} ctx
 */
export function timeline(data, ctx) {
  const fed = fedTokens(data);
  const picture = ctx.width < WIDE ? downward(data, fed, ctx.width) : toTheRight(data, fed, ctx.width);
  const last = fed[fed.length - 1].position;
  const here = Math.min(ctx.focus.position ?? 0, last);
  const select = (/** @type {number} */ position) => ctx.select({ position });
  return svg`
    <svg class="fig timeline" role="img" tabindex="0" width=${picture.width} height=${picture.height}
         viewBox="0 0 ${picture.width} ${picture.height}" aria-label=${spoken(data)}
         @keydown=${stepping({ at: here, count: last + 1, choose: select })}>
      ${axes(picture)}
      ${fed.map((token) => cell(picture, token, { chosen: token.position === here, select }))}
      ${outline(picture)}
      ${namedTokens(picture, here)}
      ${picture.down ? besideNames(picture) : overNames(picture)}
    </svg>`;
}

/**
 * @param {PhasesPicture} data
 * @param {Fed[]} fed
 * @param {number} width
 * @returns {Picture}
 */
function toTheRight(data, fed, width) {
  const low = RIGHT.top + RIGHT.bars;
  const time = scaleLinear([0, Math.max(fed[fed.length - 1].to, endOf(data.base))], [RIGHT.left, width - 8]);
  const value = scaleLinear([0, longest(data)], [low, RIGHT.top]);
  return { data, fed, down: false, width, height: low + RIGHT.below, time, value };
}

/**
 * @param {PhasesPicture} data
 * @param {Fed[]} fed
 * @param {number} width
 * @returns {Picture}
 */
function downward(data, fed, width) {
  const length = Math.max(DOWN.least, Math.min(DOWN.most, fed.length * DOWN.token));
  const time = scaleLinear([0, Math.max(fed[fed.length - 1].to, endOf(data.base))], [DOWN.top, DOWN.top + length]);
  const value = scaleLinear([0, longest(data)], [DOWN.left, width - DOWN.right]);
  return { data, fed, down: true, width, height: DOWN.top + length + 8, time, value };
}

/** @param {PhasesPicture} data */
const longest = ({ passes, base }) =>
  ABOVE * Math.max(max(passes, ({ high, tokens }) => high / tokens) ?? 1, longestOf(base));

/** @param {PhasesPicture} data */
function spoken(data) {
  const prefill = prefillOf(data);
  const steps = stepsOf(data);
  const each = timed(prefill.ms / prefill.tokens);
  const read = `${counted(prefill.tokens, "token")} in one pass of ${timed(prefill.ms)}, ${each} a token`;
  const pace = steps.length ? timed(median(steps)) : "none";
  const wrote = `${counted(steps.length, "pass", "passes")}, ${pace} a token (median)`;
  return `Prefill: ${read}. Decode: ${wrote}. Left and right choose a token.`;
}

/** @param {Picture} picture */
function axes({ down, time, value, width, height }) {
  const title = svg`<text class="h" x="0" y="12">ms a token</text>`;
  if (down) return svg`${topAxis({ scale: value, y: 23, grid: height - 31, count: 4 })}${title}`;
  return svg`
    ${leftAxis({ scale: value, x: RIGHT.left, grid: width - 8 - RIGHT.left, count: 4 })}
    ${bottomAxis({ scale: time, y: height - 22, count: 8, format: (ms) => (ms ? timeName(ms) : "0 ms") })}
    ${title}`;
}

/**
 * @param {Picture} picture
 * @param {Fed} token
 * @param {{ chosen: boolean, select: (position: number) => void }} options
 */
function cell(picture, token, { chosen, select }) {
  const { data, down, time, value, width, height } = picture;
  const pass = data.passes[token.pass];
  const [from, to] = [time(token.from), time(token.to)];
  const gap = to - from > 5 ? 0.5 : 0.15;
  const { box } = turned(down);
  const hit = box([from, to], down ? [0, width] : [RIGHT.top - 10, height - 26]);
  const area = box([from + gap, to - gap], [value(0), value(pass.ms / pass.tokens)]);
  const tip = tooltip(
    pass.phase === "prefill" ? "Prefill, the only pass" : `Decode, pass ${token.pass}`,
    told(data, token),
  );
  return svg`
    <g class="cell ${pass.phase} ${chosen ? "chosen" : ""}" data-position=${token.position}
       @click=${() => select(token.position)} @pointermove=${tip.show} @pointerleave=${tip.hide}>
      <rect class="hit" x=${hit.x} y=${hit.y} width=${hit.width} height=${hit.height} />
      <rect class="area" x=${area.x} y=${area.y} rx="1" width=${Math.max(down ? 1 : 0.5, area.width)}
            height=${Math.max(down ? 0.5 : 1, area.height)} />
      ${token.pass > 0 || token.position === data.prompt.length >> 1 ? whisker(picture, token) : nothing}
    </g>`;
}

/**
 * The middle half of the rounds; of the prefill one for all its tokens.
 * @param {Picture} picture
 * @param {Fed} token
 */
function whisker({ data, down, time, value }, token) {
  const { low, high, tokens, ms } = data.passes[token.pass];
  const middle = time(token.pass ? (token.from + token.to) / 2 : ms / 2);
  const { point } = turned(down);
  const [a, b] = [point(middle, value(low / tokens)), point(middle, value(high / tokens))];
  return svg`<line class="whisker" x1=${a.x} y1=${a.y} x2=${b.x} y2=${b.y} />`;
}

/**
 * @param {PhasesPicture} data
 * @param {Fed} token
 * @returns {Line[]}
 */
function told(data, { id, written, pass }) {
  const { tokens, ms, intensity, low, high } = data.passes[pass];
  /** @type {Line[]} */
  const wrote = written === undefined ? [] : [["writes", tokenText(written)]];
  return [
    ["reads", tokenText(id)],
    ...wrote,
    ["the pass", `${counted(tokens, "token")}, ${timed(ms)}`],
    ["a token", timed(ms / tokens)],
    ["middle half", half({ low, high }, tokens)],
    ["FLOPs a byte", figures(intensity)],
  ];
}
