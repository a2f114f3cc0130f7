// @ts-check
/**
 * Where the river ends: the likeliest next tokens, with what the sampler keeps and what the unmodified run gave them.
 * Each is chosen as the target by a press.
 *
 * @import { WalkRiver } from "../../../types"
 * @import { Context } from "./blocks.js"
 */
import { percent, whole } from "../../../kit/format.js";
import { pressing, rove } from "../../../kit/roving.js";
import { svgToken, tokenText } from "../../../kit/tokens.js";
import { area, curveBumpX, sum } from "../../../vendor/d3.js";
import { nothing, svg } from "../../../vendor/lit.js";

/** Pixels: a probability of 1, the least row, the line of the cut, a bar of the list, and its row. */
const WHOLE = 92;
const ROW = 24;
const CUT = 18;
const LIST = { left: 104, numbers: 56, bar: 11, row: 32, cut: 25 };
/** A change of fewer pixels is not drawn. */
const SEEN = 1.5;

/**
 * @typedef {object} Next
 * @property {number} id
 * @property {number} p
 * @property {number | undefined} before in the unmodified run
 * @property {boolean} kept by the sampler
 * @property {boolean} first
 * @property {boolean} target
 */

/**
 * @param {WalkRiver} data
 * @returns {Next[]}
 */
function nexts({ next, sample, base, target }) {
  return next.ids.map((id, at) => ({
    id,
    p: next.probabilities[at],
    before: base?.next.probabilities[at],
    kept: sample ? sample.kept_shown[at] : true,
    first: at === 0,
    target: id === target,
  }));
}

/**
 * The row after which the sampler cuts; −1 where it cuts none of these, or not at one place.
 * @param {Next[]} tokens
 */
function cutAfter(tokens) {
  const last = tokens.findLastIndex(({ kept }) => kept);
  const clean = tokens.slice(0, last + 1).every(({ kept }) => kept);
  return last >= 0 && last < tokens.length - 1 && clean ? last : -1;
}

/**
 * The group of one next token.
 * @param {Context} ctx
 * @param {Next} token
 * @param {{ x: number, y: number, width: number, height: number }} hit
 * @param {unknown} marks
 */
function choice(ctx, { id, p, before, first, kept, target }, hit, marks) {
  const choose = () => ctx.select({ target: id });
  const was = before === undefined ? "" : `, before ${percent(before)}`;
  const cut = kept ? "" : ", cut by the sampler";
  return svg`
    <g class="next ${kept ? "" : "cut"} ${target ? "target" : ""}" role="button" tabindex=${first ? 0 : -1}
      aria-pressed=${target} aria-label="${tokenText(id)}: ${percent(p)}${was}${cut}" @click=${choose}
      @keydown=${pressing(choose)}>
      <rect class="band" x=${hit.x} y=${hit.y} width=${hit.width} height=${hit.height} rx="3" />
      ${marks}
    </g>`;
}

/**
 * At the end of the river that flows to the right: ribbons as wide as the probabilities.
 * @param {WalkRiver} data
 * @param {Context} ctx
 * @param {{ width: number, gate: number, y: number, height: number }} place where the gate ends, and the river's middle
 */
export function ribbons(data, ctx, { width, gate, y, height }) {
  const tokens = nexts(data);
  const rows = tokens.map(({ p }) => Math.max(ROW, p * WHOLE));
  const cut = cutAfter(tokens);
  const top = Math.max(46, Math.min(y - (sum(rows) + 30) / 2, height - 12 - sum(rows) - 30));
  const columns = { dots: gate + (data.base ? 34 : 58), before: width - 58, now: width };
  const starts = rows.map((_, at) => top + sum(rows.slice(0, at)) + (cut >= 0 && at > cut ? CUT : 0));
  const sources = tokens.map((_, at) => y - WHOLE / 2 + WHOLE * sum(tokens.slice(0, at), ({ p }) => p));
  const end = starts[starts.length - 1] + rows[rows.length - 1];
  return svg`
    ${headings(data, { x: columns.dots, y: top - 22, before: columns.before, now: columns.now })}
    ${tokens.map((token, at) => ribbon(token, [gate, sources[at]], [columns.dots, starts[at] + rows[at] / 2]))}
    <g data-rove role="group" aria-label="Next tokens" @keydown=${rove}>
      ${tokens.map((token, at) => ribbonEnd(data, ctx, token, { columns, y: starts[at], height: rows[at] }))}
    </g>
    ${cut < 0 ? nothing : cutLine({ from: columns.dots, to: width, y: starts[cut] + rows[cut] }, columns.dots + 13, "cut by the sampler")}
    ${others(data, { x: columns.dots + 13, y: end + 16, before: columns.before, now: columns.now })}`;
}

/**
 * @param {Next} token
 * @param {[number, number]} from the upper edge in the gate
 * @param {[number, number]} to the middle of its row
 */
function ribbon({ p, kept }, [x, top], to) {
  const half = Math.max(0.6, (p * WHOLE) / 2);
  const flow = area()
    .x(([at]) => at)
    .y0(([, at]) => at - half)
    .y1(([, at]) => at + half)
    .curve(curveBumpX);
  return svg`<path class="ribbon ${kept ? "" : "cut"}" d=${flow([[x, top + (p * WHOLE) / 2], to])} />`;
}

/**
 * @param {WalkRiver} data
 * @param {Context} ctx
 * @param {Next} token
 * @param {{ columns: { dots: number, before: number, now: number }, y: number, height: number }} place
 */
function ribbonEnd(data, ctx, token, { columns, y, height }) {
  const { id, p, before, first, target } = token;
  const [middle, half] = [y + height / 2, Math.max(0.6, (p * WHOLE) / 2)];
  const was = before === undefined ? 0 : Math.min(Math.max(1, (before * WHOLE) / 2), height / 2 + 6);
  const moved = before !== undefined && Math.abs(before - p) * WHOLE > SEEN;
  const dots = columns.dots;
  const strong = first || target ? "strong" : "";
  const hit = { x: dots - 2, y, width: columns.now - dots + 6, height };
  const marks = svg`
    <rect class="share" x=${dots} y=${middle - Math.max(1, half)} width="5" height=${Math.max(2, 2 * half - 1.5)} />
    ${moved ? svg`<rect class="unmodified" x=${dots - 1.5} y=${middle - was} width="8" height=${2 * was} stroke-dasharray="2 1.5" />` : nothing}
    ${svgToken(id, { x: dots + 13, y: middle + 4, most: data.base ? 11 : 15, className: `m ${strong}` })}
    ${before === undefined ? nothing : svg`<text class="dim" x=${columns.before} y=${middle + 4} text-anchor="end">${percent(before)}</text>`}
    <text class="percent ${first || data.base ? "strong" : ""}" x=${columns.now} y=${middle + 4} text-anchor="end">${percent(p)}</text>`;
  return choice(ctx, token, hit, marks);
}

/**
 * Below the river that flows downward: a list of bars.
 * @param {WalkRiver} data
 * @param {Context} ctx
 * @param {{ width: number, y: number }} place
 */
export function list(data, ctx, { width, y }) {
  const tokens = nexts(data);
  const cut = cutAfter(tokens);
  const columns = { before: data.base ? width - LIST.numbers : width, now: width };
  const bars = columns.before - LIST.left - LIST.numbers - 2;
  const top = (/** @type {number} */ at) => y + 10 + at * LIST.row + (cut >= 0 && at > cut ? LIST.cut : 0);
  return svg`
    ${headings(data, { x: 0, y, before: columns.before, now: columns.now })}
    <g data-rove role="group" aria-label="Next tokens" @keydown=${rove}>
      ${tokens.map((token, at) => listed(data, ctx, token, { y: top(at), columns, bars }))}
    </g>
    ${cut < 0 ? nothing : cutLine({ from: 0, to: width, y: top(cut) + LIST.row + 4 }, 0, "below: cut by the sampler")}
    ${others(data, { x: 0, y: top(tokens.length) + 14, before: columns.before, now: columns.now })}`;
}

/**
 * The height that the list takes below its heading.
 * @param {WalkRiver} data
 */
export const listHeight = (data) => 10 + data.next.ids.length * LIST.row + LIST.cut + 22;

/**
 * @param {WalkRiver} data
 * @param {Context} ctx
 * @param {Next} token
 * @param {{ y: number, columns: { before: number, now: number }, bars: number }} place
 */
function listed(data, ctx, token, { y, columns, bars }) {
  const { id, p, before, first, target } = token;
  const middle = y + LIST.row / 2;
  const moved = before !== undefined && Math.abs(before - p) * bars > 1;
  const strong = first || target ? "strong" : "";
  const marks = svg`
    ${svgToken(id, { x: 0, y: middle + 4, most: 14, className: `m ${strong}` })}
    <rect class="share" x=${LIST.left} y=${middle - LIST.bar / 2} width=${Math.max(1, p * bars)} height=${LIST.bar} rx="1" />
    ${moved ? svg`<rect class="unmodified" x=${LIST.left} y=${middle - LIST.bar / 2 - 1} width=${Math.max(1, before * bars)} height=${LIST.bar + 2} stroke-dasharray="2 1.5" />` : nothing}
    ${before === undefined ? nothing : svg`<text class="dim" x=${columns.before} y=${middle + 4} text-anchor="end">${percent(before)}</text>`}
    <text class="percent ${first || data.base ? "strong" : ""}" x=${columns.now} y=${middle + 4} text-anchor="end">${percent(p)}</text>`;
  return choice(ctx, token, { x: -4, y, width: columns.now + 8, height: LIST.row }, marks);
}

/**
 * @param {WalkRiver} data
 * @param {{ x: number, y: number, before: number, now: number }} place
 */
function headings({ base }, { x, y, before, now }) {
  return svg`
    <text class="h" x=${x} y=${y}>Next token</text>
    ${
      base
        ? svg`
          <text x=${before} y=${y} text-anchor="end">before</text>
          <text class="ink strong" x=${now} y=${y} text-anchor="end">now</text>`
        : svg`<text x=${now} y=${y} text-anchor="end">probability</text>`
    }`;
}

/**
 * @param {WalkRiver} data
 * @param {{ x: number, y: number, before: number, now: number }} place
 */
function others({ vocabulary, next, base }, { x, y, before, now }) {
  return svg`
    <text class="dim" x=${x} y=${y}>${whole(vocabulary - next.ids.length)} others</text>
    ${base ? svg`<text class="dim" x=${before} y=${y} text-anchor="end">${percent(base.next.rest)}</text>` : nothing}
    <text class="dim" x=${now} y=${y} text-anchor="end">${percent(next.rest)}</text>`;
}

/**
 * @param {{ from: number, to: number, y: number }} line
 * @param {number} x of the words below it
 * @param {string} words
 */
function cutLine({ from, to, y }, x, words) {
  return svg`
    <line class="cutline" x1=${from} x2=${to} y1=${y} y2=${y} stroke-dasharray="3 3" />
    <text class="dim" x=${x} y=${y + 13}>${words}</text>`;
}
