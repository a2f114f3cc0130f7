// @ts-check
/**
 * How the three ways are called and drawn, and the axes that both charts share.
 *
 * @import { FlashGrown, GrownRun } from "../../../types/systems"
 */

import { logAxis } from "../../../kit/drawing/log_axis.js";
import { whole } from "../../../kit/numbers/format.js";

export const HEIGHT = 330;
/** Room at the right for the lines' names. */
export const NAMES = 92;

/** They differ by colour, dashes and the shape of their points. */
export const METHODS = /** @type {const} */ ([
  { method: "standard", name: "standard", color: "ink", symbol: "square", dash: "solid" },
  { method: "tiled", name: "ours, tiled", color: "prob", symbol: "circle", dash: "solid" },
  { method: "sdpa", name: "torch", color: "river-deep", symbol: "diamond", dash: "dash" },
]);

/** @param {Pick<FlashGrown, "runs">} data @param {string} method */
export const runsOf = ({ runs }, method) => runs.filter((run) => run.method === method);

/** The axis of lengths. @param {readonly number[]} lengths */
export function lengthAxis(lengths) {
  const every = lengths.filter((_, at) => at % 2 === (lengths.length - 1) % 2);
  return { ...logAxis(lengths), tickvals: every, ticktext: every.map(whole), title: "tokens N" };
}

/**
 * A line of slope `power` through a point, over all lengths.
 * @param {readonly number[]} lengths
 * @param {{ n: number, value: number }} through
 * @param {number} power
 */
export const guide = (lengths, through, power) => lengths.map((n) => through.value * (n / through.n) ** power);

/**
 * The last length that all three were run at, or the last of any.
 * @param {FlashGrown} data
 * @returns {GrownRun | undefined}
 */
export const lastRun = ({ runs }) => runs[runs.length - 1];
