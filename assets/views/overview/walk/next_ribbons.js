// @ts-check
/**
 * At the end of the river that flows to the right: ribbons as wide as the probabilities.
 *
 * @import { WalkRiver } from "../../../types/overview"
 * @import { Context } from "./blocks.js"
 * @import { Next } from "./next_tokens.js"
 */

import { rove } from "../../../kit/controls/roving.js";
import { percent } from "../../../kit/numbers/format.js";
import { svgToken } from "../../../kit/text/tokens.js";
import { area, curveBumpX, sum } from "../../../vendor/d3_first.js";
import { nothing, svg } from "../../../vendor/lit.js";
import { choice, cutAfter, cutLine, headings, nexts, others } from "./next_tokens.js";

/** Pixels: a probability of 1, the least row, and the line of the cut. */
const WHOLE = 92;
const ROW = 24;
const CUT = 18;
/** A change of fewer pixels is not drawn. */
const SEEN = 1.5;

/**
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
    ${headings(data, { x: columns.dots, y: top - 22, before: columns.before, now: columns.now }, ctx)}
    ${tokens.map((token, at) => ribbon(token, [gate, sources[at]], [columns.dots, starts[at] + rows[at] / 2]))}
    <g data-rove role="group" aria-label="Next tokens" @keydown=${rove}>
      ${tokens.map((token, at) => ribbonEnd(data, ctx, token, { columns, y: starts[at], height: rows[at] }))}
    </g>
    ${
      cut < 0
        ? nothing
        : cutLine(
            { from: columns.dots, to: width, y: starts[cut] + rows[cut] },
            columns.dots + 13,
            "cut by the sampler",
          )
    }
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
  const most = data.base ? 11 : 15;
  const hit = { x: dots - 2, y, width: columns.now - dots + 6, height };
  const marks = svg`
    <rect class="share" x=${dots} y=${middle - Math.max(1, half)} width="5" height=${Math.max(2, 2 * half - 1.5)} />
    ${
      moved
        ? svg`<rect class="other-run" x=${dots - 1.5} y=${middle - was} width="8" height=${2 * was}
          stroke-dasharray="2 1.5" />`
        : nothing
    }
    ${svgToken(id, { x: dots + 13, y: middle + 4, most, className: `m ${strong}` })}
    ${
      before === undefined
        ? nothing
        : svg`<text class="dim" x=${columns.before} y=${middle + 4} text-anchor="end">${percent(before)}</text>`
    }
    <text class="percent ${first || data.base ? "strong" : ""}" x=${columns.now} y=${middle + 4}
      text-anchor="end">${percent(p)}</text>`;
  return choice(ctx, token, hit, marks, most);
}
