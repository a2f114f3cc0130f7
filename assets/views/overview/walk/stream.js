// @ts-check
/**
 * The stream, and where everything lies around it: from left to right on a wide screen, downward on a narrow one.
 * On a wide one it is drawn here: it flows to the right, as wide as the square root of its length; dotted, where the
 * unchanged run's edges lay.
 *
 * @import { WalkRiver } from "../../../types/overview"
 *
 * @typedef {object} Place in pixels
 * @property {number} river the stream's middle
 * @property {number} start where it leaves the embedding
 * @property {number} left of the first block
 * @property {number} right of the last one
 * @property {number} column a block's width
 * @property {number} gate where it ends
 * @property {(length: number) => number} half its half width at a length
 *
 * @typedef {{ x: number, half: number }} Point of its edge
 */

import { css } from "../../../kit/colour/theme.js";
import { figures } from "../../../kit/numbers/magnitude.js";
import { area, curveBumpX, line, max, range, scaleLinear, tickStep } from "../../../vendor/d3_first.js";
import { nothing, svg } from "../../../vendor/lit.js";
import { blockAt, blocksOf, halfWidth, lanes, parting, span } from "./blocks.js";
import { named } from "./column.js";
import { heightOf } from "./embedding.js";

/** Lines of flow, as shares of the half width. */
const FLOW = [-0.66, -0.33, 0, 0.33, 0.66];

/**
 * The stream: as wide as the square root of its length.
 * @param {WalkRiver} data
 * @param {Place} place
 */
export function stream(data, place) {
  const { river: y } = place;
  const points = edge(data.norms.a, place);
  const body = area(
    (/** @type {Point} */ { x }) => x,
    ({ half }) => y - half,
    ({ half }) => y + half,
  ).curve(curveBumpX);
  const before = data.base ? edge(data.base.norms.a, place).slice(Math.max(0, parting(data)) + 1) : [];
  const stops = [
    [0, "river"],
    [0.8, "river"],
    [1, "river-deep"],
  ];
  return svg`
    <defs>
      <linearGradient id="riverfill">
        ${stops.map(([at, colour]) => svg`<stop offset=${at} stop-color=${css(String(colour))} />`)}
      </linearGradient>
    </defs>
    <path fill="url(#riverfill)" d=${body(points)} />
    ${FLOW.map((share) => svg`<path class="flow" d=${along(points, y, share)} />`)}
    ${
      before.length
        ? [-1, 1].map((share) => svg`<path class="other-run" stroke-dasharray="2 2" d=${along(before, y, share)} />`)
        : nothing
    }
    ${lengths(data, place)}`;
}

/**
 * The river's half at each depth: from the embedding to the gate.
 * @param {Float32Array} norms
 * @param {Place} place
 * @returns {Point[]}
 */
function edge(norms, { half, left, start, column: width, gate: end }) {
  const depths = Array.from(norms, (length, depth) => ({ x: left + depth * width, half: half(length) }));
  return [{ x: start, half: half(norms[0]) }, ...depths, { x: end, half: half(norms[norms.length - 1]) }];
}

/**
 * A line that stays at a share of the river's half.
 * @param {Point[]} points
 * @param {number} y
 * @param {number} share
 */
const along = (points, y, share) =>
  line(
    (/** @type {Point} */ { x }) => x,
    ({ half }) => y + share * half,
  ).curve(curveBumpX)(points);

/**
 * The stream's length at its ends and at two depths between: below it where a falling bar's number stands above.
 * @param {WalkRiver} data
 * @param {Place} place
 */
function lengths(data, { half, river: y, column: width, left, start, right }) {
  const count = blocksOf(data);
  const norms = data.norms.a;
  const told = named(data);
  const falls = (/** @type {number} */ block) =>
    block < count && told("attention", block) && blockAt(data, block).attention < 0;
  return [...new Set([0, Math.round(count / 3), Math.round((2 * count) / 3), count])].map((depth) => {
    const around = depth === count ? range(count - 3, count + 1) : [depth - 1, depth, depth + 1];
    const near = depth ? around.filter((at) => at >= 0) : [0];
    const top = max(near, (at) => half(norms[at])) ?? 0;
    const x = depth === 0 ? (start + left) / 2 : depth === count ? right - 2 : left + depth * width;
    const anchor = depth === count ? "end" : "middle";
    const at = near.some(falls) ? y + top + 16 : y - top - 6;
    return svg`<text class="dim" x=${x} y=${at} text-anchor=${anchor}>|x| ${figures(norms[depth])}</text>`;
  });
}

/**
 * The whole, the sides of the blocks, where the lens begins, the river's half, the embedding's box; gaps between the
 * lanes and the river, the heading of the lower lane, and the blocks' numbers.
 */
export const WIDE = {
  height: 474,
  left: 136,
  right: 268,
  top: 30,
  lens: 414,
  half: 44,
  strip: { width: 80, height: 180 },
  gate: { gap: 20, width: 15 },
  gaps: { river: 22, heading: 32, numbers: 26 },
  ticks: 6,
};

/** A block's row, the river's half, the embedding's strip, the heads of the columns above the first row. */
export const TALL = {
  row: 32,
  half: 26,
  strip: { y: 22, height: 46 },
  heads: 66,
  numbers: 24,
  between: 9,
  lens: 84,
};

/**
 * Where everything lies.
 * @param {WalkRiver} data
 * @param {number} width
 * @param {string | null} second what writes behind a block's first writer
 */
export function placedWide(data, width, second) {
  const right = width - WIDE.right;
  const lane = lanes(data, second);
  const gaps = WIDE.gaps.river + WIDE.gaps.heading + WIDE.gaps.numbers;
  const pixels = (WIDE.lens - WIDE.top - 2 * WIDE.half - gaps) / (span(lane.attention) + span(lane.mlp));
  const attention = scaleLinear(lane.attention, [WIDE.top + span(lane.attention) * pixels, WIDE.top]);
  const river = attention.range()[0] + WIDE.gaps.river + WIDE.half;
  const below = river + WIDE.half + WIDE.gaps.heading;
  const mlp = scaleLinear(lane.mlp, [below + span(lane.mlp) * pixels, below]);
  return {
    right,
    column: (right - WIDE.left) / blocksOf(data),
    step: tickStep(0, span(lane.attention) + span(lane.mlp), WIDE.ticks),
    attention,
    mlp,
    river,
    below,
    gate: right + WIDE.gate.gap,
    half: halfWidth(data, WIDE.half),
  };
}

/**
 * Where everything lies.
 * @param {WalkRiver} data
 * @param {number} width
 * @param {string | null} second what writes behind a block's first writer
 */
export function placedTall(data, width, second) {
  const strip = TALL.strip.y + heightOf(data, { width, height: TALL.strip.height });
  const top = strip + TALL.heads;
  const bottom = top + blocksOf(data) * TALL.row;
  const lane = lanes(data, second);
  const widest = Math.max(TALL.half, width / 13);
  const room = width - TALL.numbers - TALL.lens - 2 * widest - 3 * TALL.between;
  const pixels = room / (span(lane.attention) + span(lane.mlp));
  const left = TALL.numbers + span(lane.attention) * pixels;
  const river = left + TALL.between + widest;
  const right = river + widest + TALL.between;
  const attention = scaleLinear(lane.attention, [TALL.numbers, left]);
  const mlp = scaleLinear(lane.mlp, [right, right + span(lane.mlp) * pixels]);
  const step = tickStep(0, Math.max(lane.attention[1], lane.mlp[1], 30 / pixels), 3);
  const half = halfWidth(data, widest);
  const [lens, gate] = [width - TALL.lens, bottom + 14];
  return { width, strip, top, bottom, river, attention, mlp, step, half, widest, lens, gate };
}
