// @ts-check
/**
 * The depths of the stream: the embedding, then the place after each block.
 */
import { bottomAxis } from "../../../kit/drawing/axis.js";
import { range, scaleLinear } from "../../../vendor/d3.js";

const STEPS = [1, 2, 5, 10, 20, 50];
/** Pixels above which an axis has room for more numbers, and for the first block beside the embedding. */
const WIDE = 420;
const BESIDE = 22;

/** How a depth is called. @param {number} depth 0 is the embedding */
export const depthName = (depth) => (depth === 0 ? "embedding" : `after block ${depth - 1}`);

/**
 * How often a number is written where so many of them have room.
 * @param {number} count
 * @param {number} room
 */
export const everyOf = (count, room) => STEPS.find((step) => count / step <= room) ?? 100;

/**
 * The depths that are named beside a picture: the embedding, the last, and evenly spaced blocks between them.
 * @param {number} last
 * @param {number} room how many names there may be, about
 */
export function namedDepths(last, room) {
  const step = everyOf(last, room);
  const isNamed = (/** @type {number} */ depth) =>
    depth === 0 || depth === last || ((depth - 1) % step === 0 && last - depth >= step * 0.6);
  return range(last + 1).filter(isNamed);
}

/**
 * @param {number} last depth
 * @param {[number, number]} ends in pixels
 */
export const depthScale = (last, ends) => scaleLinear([0, last], ends);

/**
 * @param {{ scale: ReturnType<typeof depthScale>, y: number }} place
 */
export function depthAxis({ scale, y }) {
  const [, last] = scale.domain();
  const [from, to] = scale.range();
  const tight = scale(1) - from <= BESIDE;
  return bottomAxis({
    scale,
    y,
    values: namedDepths(last, to - from > WIDE ? 12 : 6).filter((depth) => depth !== 1 || last === 1 || !tight),
    format: (depth) => (depth === 0 ? "emb" : String(depth - 1)),
    title: "after block",
  });
}
