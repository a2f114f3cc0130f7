// @ts-check
/**
 * The score of the same two vectors at every distance.
 *
 * @import { PositionsRotation } from "../../../types/embeddings"
 * @import { Chosen, Turning } from "./turning.js"
 */

import { dot, line, rule } from "../../../kit/drawing/marks.js";
import { picture, sweep } from "../../../kit/drawing/picture.js";
import { decimal, signed } from "../../../kit/numbers/format.js";
import { extent, range, scaleSymlog } from "../../../vendor/d3.js";

/** Distances of at most so many tokens have a dot each. */
const DOTS = 32;

/**
 * @param {object} options
 * @param {PositionsRotation} options.data
 * @param {Turning} options.turning
 * @param {Chosen} options.chosen
 * @param {number} options.width in pixels
 * @param {(distance: number) => void} options.select
 */
export function distances({ data, turning, chosen: { distance, far, own }, width, select }) {
  const scores = range(far + 1).map(turning.score);
  const [low = 0, high = 0] = extent([0, ...scores]);
  const here = signed(scores[distance], 1);
  const place = { x: (/** @type {number} */ _, /** @type {number} */ at) => at, y: Number };
  return picture({
    label: `q·k at distances from 0 to ${far}; left and right change the distance`,
    width,
    height: 256,
    margin: { left: 46, right: 16, top: 26, bottom: 46 },
    x: scaleSymlog().domain([0, far]),
    y: [low, high],
    left: { format: (value) => (value ? signed(value, digits(high - low)) : "0") },
    bottom: { values: doublings(far), format: (value) => decimal(value, 0), title: "distance in tokens" },
    walk: { at: distance, count: far + 1, choose: select, page: 10 },
    marks: [
      line({ data: scores, ...place }),
      dot({ data: scores.slice(0, DOTS + 1), ...place, r: 2.2, color: "river-deep" }),
      rule({
        x: distance,
        color: "prob",
        over: 18,
        label: [
          `${here} at distance ${distance}${distance === own ? " (as in the text)" : ""}`,
          `${here} at ${distance}`,
        ],
        labelled: "b prob",
      }),
      dot({ x: distance, y: scores[distance], r: 4.5, color: "prob" }),
      sweep({
        at: (value) => Math.max(0, Math.min(far, Math.round(value))),
        told: (at) => ({
          title: `distance ${at}`,
          lines: [
            ["q·k", signed(scores[at], 1)],
            ["scaled", signed(scores[at] * data.scale)],
          ],
        }),
        press: select,
      }),
    ],
  });
}

/** 0, 1, 2, 4 and so on. @param {number} far */
const doublings = (far) => [0, ...range(Math.floor(Math.log2(far)) + 1).map((power) => 2 ** power)];

/** Digits of the axis' numbers. @param {number} span */
const digits = (span) => (span >= 5 ? 0 : span >= 0.5 ? 1 : 2);
