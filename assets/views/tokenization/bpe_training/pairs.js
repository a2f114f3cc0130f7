// @ts-check
/**
 * The leading pairs at a moment, and why the first of them is joined.
 *
 * @import { BpeTrainingMerges } from "../../../types/tokenization"
 */

import { textWidth } from "../../../kit/drawing/measure.js";
import { counted, whole } from "../../../kit/numbers/format.js";
import { cut } from "../../../kit/text/tokens.js";
import { tooltip } from "../../../kit/tooltip.js";
import { range, scaleLinear } from "../../../vendor/d3.js";
import { html, nothing, svg } from "../../../vendor/lit.js";
import { isolated, written } from "./spelled.js";

const [ROW, VALUES] = [20, 60];
const MONO = '500 12px "JetBrains Mono", monospace';
/** Pairs beside the first that a moment holds at most. */
const BARS = 11;
/** Characters of a token in the list. */
const MOST = 14;

/** @typedef {{ left: number, right: number, count: number }} Pair */

/** A token in the list, whatever its direction. @param {BpeTrainingMerges} data @param {number} id */
const short = (data, id) => `\u2068${cut(written(data, id), MOST)}\u2069`;

/** @param {BpeTrainingMerges} data @param {number} at merges done @returns {Pair[]} */
export function leading({ pairs, pair_counts }, at) {
  const size = pair_counts.shape[1];
  return range(at * size, (at + 1) * size)
    .map((i) => ({ left: pairs.a[2 * i], right: pairs.a[2 * i + 1], count: pair_counts.a[i] }))
    .filter(({ count }) => count);
}

/** @param {BpeTrainingMerges} data @param {number} at @param {number} width */
export function pairBars(data, at, width) {
  const found = leading(data, at);
  const more = at < data.left.a.length;
  if (!found.length) return html`<p class="hint">No pair is left: every word is one token.</p>`;
  const names = found.map((pair) => `${short(data, pair.left)} + ${short(data, pair.right)}`);
  const start = Math.min(width / 2, Math.max(...names.map((name) => textWidth(name, MONO))) + 14);
  const x = scaleLinear([0, found[0].count], [start, width - VALUES]);
  const height = found.length * ROW;
  const said = names.map((name, i) => `${name} ${whole(found[i].count)} times`).join(", ");
  return svg`
    <svg class="fig pairs" viewBox="0 0 ${width} ${height}" width=${width} height=${height} role="img"
      aria-label="The most frequent pairs: ${said}">
      ${found.map((pair, i) => {
        const tied = pair.count === found[0].count;
        return bar({ data, pair, name: names[i], y: i * ROW, x, wins: more && i === 0, tied });
      })}
      <line class="zero" x1=${start} x2=${start} y1="0" y2=${height} />
    </svg>`;
}

/**
 * @param {{ data: BpeTrainingMerges, pair: Pair, name: string, y: number, x: (value: number) => number, wins: boolean,
 *   tied: boolean }} row
 */
function bar({ data, pair, name, y, x, wins, tied }) {
  const end = x(pair.count);
  const next = wins && end - x(0) > 90;
  const tip = tooltip(`${isolated(data, pair.left)} + ${isolated(data, pair.right)}`, [
    ["side by side", `${counted(pair.count, "time")}`],
    ["ids, lower is older", `${whole(pair.left)} + ${whole(pair.right)}`],
  ]);
  return svg`
    <g class="pair ${wins ? "wins" : ""} ${tied ? "tied" : ""}" @pointermove=${tip.show} @pointerleave=${tip.hide}>
      <text class="m" x=${x(0) - 8} y=${y + 14} text-anchor="end">${name}</text>
      <rect x=${x(0)} y=${y + 3} width=${Math.max(1, end - x(0))} height=${ROW - 6} rx="1" />
      <text class="num" x=${end + 7} y=${y + 14}>${whole(pair.count)}</text>
      ${next ? svg`<text class="next" x=${end - 8} y=${y + 14} text-anchor="end">merged next</text>` : nothing}
    </g>`;
}

/** Why the first pair is next, where others come as often. @param {BpeTrainingMerges} data @param {number} at */
export function ties(data, at) {
  const [first, second, ...rest] = leading(data, at);
  if (!first || at >= data.left.a.length) return html`<p class="hint why">The training ends here.</p>`;
  if (!second || second.count < first.count) return html`<p class="hint why">No other pair is as frequent.</p>`;
  const others = 1 + rest.filter(({ count }) => count === first.count).length;
  const many =
    others === BARS
      ? `At least ${others} other pairs are`
      : others === 1
        ? "One other pair is"
        : `${others} other pairs are`;
  const side =
    first.left === second.left
      ? html`the left tokens are equal, and its right token is older: id ${whole(first.right)} before
        ${whole(second.right)}`
      : html`its left token is the oldest: id ${whole(first.left)} before ${whole(second.left)}`;
  return html`<p class="hint why">${many} as frequent. This pair merges first: ${side}.</p>`;
}
