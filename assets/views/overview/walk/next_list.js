// @ts-check
/**
 * Below the river that flows downward: the next tokens as a list of bars.
 *
 * @import { WalkRiver } from "../../../types/overview"
 * @import { Context } from "./blocks.js"
 * @import { Next } from "./next_tokens.js"
 */

import { rove } from "../../../kit/controls/roving.js";
import { percent } from "../../../kit/numbers/format.js";
import { svgToken } from "../../../kit/text/tokens.js";
import { nothing, svg } from "../../../vendor/lit.js";
import { choice, cutAfter, cutLine, headings, nexts, others } from "./next_tokens.js";

/** Characters of a name; pixels: where bars begin, room for the numbers, a bar, its row, and the line of the cut. */
const LIST = { name: 14, left: 104, numbers: 56, bar: 11, row: 32, cut: 25 };

/**
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
    ${headings(data, { x: 0, y, before: columns.before, now: columns.now }, ctx)}
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
    ${svgToken(id, { x: 0, y: middle + 4, most: LIST.name, className: `m ${strong}` })}
    <rect class="share" x=${LIST.left} y=${middle - LIST.bar / 2} width=${Math.max(1, p * bars)} height=${LIST.bar}
      rx="1" />
    ${
      moved
        ? svg`<rect class="other-run" x=${LIST.left} y=${middle - LIST.bar / 2 - 1} width=${Math.max(1, before * bars)}
          height=${LIST.bar + 2} stroke-dasharray="2 1.5" />`
        : nothing
    }
    ${
      before === undefined
        ? nothing
        : svg`<text class="dim" x=${columns.before} y=${middle + 4} text-anchor="end">${percent(before)}</text>`
    }
    <text class="percent ${first || data.base ? "strong" : ""}" x=${columns.now} y=${middle + 4}
      text-anchor="end">${percent(p)}</text>`;
  return choice(ctx, token, { x: -4, y, width: columns.now + 8, height: LIST.row }, marks, LIST.name);
}
