// @ts-check
/**
 * Where everything of the wide river lies, in pixels.
 *
 * @import { WalkRiver } from "../../../types"
 */
import { scaleLinear, tickStep } from "../../../vendor/d3.js";
import { blocksOf, halfWidth, lanes, span } from "./blocks.js";

/** Pixels: the whole, the sides of the blocks, where the lens begins, the river's half, the embedding's box. */
export const HEIGHT = 474;
export const LEFT = 136;
const RIGHT = 268;
export const TOP = 30;
export const LENS = 414;
export const HALF = 44;
export const STRIP = { width: 80, height: 180 };
export const GATE = { gap: 20, width: 15 };

/** Between the lanes and the river, the heading of the lower lane, and the blocks' numbers. */
const GAPS = { river: 22, heading: 32, numbers: 26 };
const TICKS = 6;

/**
 * Where everything lies.
 * @param {WalkRiver} data
 * @param {number} width
 */
export function placed(data, width) {
  const right = width - RIGHT;
  const lane = lanes(data);
  const gaps = GAPS.river + GAPS.heading + GAPS.numbers;
  const pixels = (LENS - TOP - 2 * HALF - gaps) / (span(lane.attention) + span(lane.mlp));
  const attention = scaleLinear(lane.attention, [TOP + span(lane.attention) * pixels, TOP]);
  const river = attention.range()[0] + GAPS.river + HALF;
  const below = river + HALF + GAPS.heading;
  const mlp = scaleLinear(lane.mlp, [below + span(lane.mlp) * pixels, below]);
  return {
    right,
    column: (right - LEFT) / blocksOf(data),
    step: tickStep(0, span(lane.attention) + span(lane.mlp), TICKS),
    attention,
    mlp,
    river,
    below,
    gate: right + GATE.gap,
    half: halfWidth(data, HALF),
  };
}
