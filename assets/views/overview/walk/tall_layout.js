// @ts-check
/**
 * Where everything of the tall river lies, in pixels.
 *
 * @import { WalkRiver } from "../../../types"
 */
import { scaleLinear, tickStep } from "../../../vendor/d3.js";
import { blocksOf, halfWidth, lanes, span } from "./blocks.js";
import { heightOf } from "./embedding.js";

/** Pixels: a block's row, the river's half, the embedding's strip, the heads of the columns above the first row. */
export const ROW = 32;
export const HALF = 26;
export const STRIP = { y: 22, height: 46 };
const HEADS = 66;
export const NUMBERS = 24;
const BETWEEN = 9;
const LENS = 84;

/**
 * Where everything lies.
 * @param {WalkRiver} data
 * @param {number} width
 */
export function placed(data, width) {
  const strip = STRIP.y + heightOf(data, { width, height: STRIP.height });
  const top = strip + HEADS;
  const bottom = top + blocksOf(data) * ROW;
  const lane = lanes(data);
  const room = width - NUMBERS - LENS - 2 * HALF - 3 * BETWEEN;
  const pixels = room / (span(lane.attention) + span(lane.mlp));
  const left = NUMBERS + span(lane.attention) * pixels;
  const river = left + BETWEEN + HALF;
  const right = river + HALF + BETWEEN;
  const attention = scaleLinear(lane.attention, [NUMBERS, left]);
  const mlp = scaleLinear(lane.mlp, [right, right + span(lane.mlp) * pixels]);
  const step = tickStep(0, Math.max(lane.attention[1], lane.mlp[1], 30 / pixels), 3);
  const half = halfWidth(data, HALF);
  return { width, strip, top, bottom, river, attention, mlp, step, half, lens: width - LENS, gate: bottom + 14 };
}
