// @ts-check
/**
 * Where gate times branch is the same: the product, drawn. Without a branch, the nonlinearity itself.
 *
 * @import { FeedForwardGates } from "../../../types"
 * @import { Frame } from "./cloud.js"
 */
import { signed } from "../../../kit/format.js";
import { line, max, range, tickStep } from "../../../vendor/d3.js";
import { nothing, svg } from "../../../vendor/lit.js";

/** Levels on each side of nought. */
const LEVELS = 3;
/** A product of less than this cannot be divided by. */
const NOUGHT = 1e-6;
/** How near a label's place another mark may lie. */
const CLEAR = { x: 44, y: 20, zero: 12 };

/**
 * @param {FeedForwardGates} data
 * @param {Frame} frame
 */
export function curves(data, frame) {
  return data.gated
    ? products(data, frame)
    : svg`<path class="curve" d=${path(data, frame, (_, at) => data.curve_y.a[at])} />`;
}

/**
 * @param {FeedForwardGates} data
 * @param {Frame} frame
 */
function products(data, frame) {
  const largest = max(data.listed.a, (neuron) => Math.abs(data.hidden.a[neuron])) ?? 1;
  const step = tickStep(0, largest, LEVELS);
  const levels = range(1, LEVELS + 1).flatMap((times) => [times * step, -times * step]);
  const { a: curve } = data.curve_y;
  return levels.map((level) => {
    const height = (/** @type {number} */ _, /** @type {number} */ at) =>
      Math.abs(curve[at]) > NOUGHT ? level / curve[at] : Number.NaN;
    return svg`<path class="product" d=${path(data, frame, height)} />${levelName(data, frame, level, step)}`;
  });
}

/**
 * A line through the points of the curve that lie in the picture.
 * @param {FeedForwardGates} data
 * @param {Frame} frame
 * @param {(x: number, at: number) => number} height
 */
function path({ curve_x }, { across, up, x, y }, height) {
  const within = (/** @type {number[]} */ [low, high], /** @type {number} */ value) => value >= low && value <= high;
  const draw = line(
    (/** @type {number} */ value) => x(value),
    (value, at) => y(height(value, at)),
  ).defined((value, at) => within(across.domain(), value) && within(up.domain(), height(value, at)));
  return draw(curve_x.a) ?? "";
}

/**
 * At the right end of its line, where nothing else lies.
 * @param {FeedForwardGates} data
 * @param {Frame} frame
 * @param {number} level
 * @param {number} step
 */
function levelName(data, { across, up, x, y, right, heights }, level, step) {
  const end = across.domain()[1];
  const at = data.curve_x.a.findIndex((value) => value >= end * 0.985);
  const height = level / (data.curve_y.a[at] || 1);
  const [low, high] = up.domain();
  const taken = Array.from(data.listed.a).some(
    (neuron) => x(data.gate_pre.a[neuron]) > right - CLEAR.x && Math.abs(y(heights[neuron]) - y(height)) < CLEAR.y,
  );
  if (height < low || height > high || Math.abs(y(height) - y(0)) < CLEAR.zero || taken) return nothing;
  return svg`<text class="dim" x=${right - 2} y=${y(height) - 3}
    text-anchor="end">${signed(level, step < 1 ? 1 : 0)}</text>`;
}
