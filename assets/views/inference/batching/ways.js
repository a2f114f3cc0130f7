// @ts-check
/**
 * The two ways of serving, and what both are told by.
 *
 * @import { BatchingContest } from "../../../types/inference"
 */
import { timed } from "../../../kit/numbers/magnitude.js";

export const WAYS = /** @type {const} */ ([
  { way: "static", name: "Static" },
  { way: "continuous", name: "Continuous" },
]);

export const KINDS = {
  prefill: "reads its prompt, writes the first token",
  decode: "writes a token",
  wasted: "computed and thrown away",
};

/** @param {number} time in seconds */
export const seconds = (time) => (time === 0 ? "0 ms" : timed(1000 * time));

/**
 * The times of those that have been answered.
 * @param {(number | null)[]} times
 */
export const answered = (times) => times.filter((time) => time !== null);

/**
 * When the last pass ended.
 * @param {BatchingContest["static"]} served
 */
export const ended = ({ passes }) => passes[passes.length - 1]?.[1] ?? 0;

/**
 * When a request was answered, or up to when it has waited.
 * @param {BatchingContest} data
 * @param {BatchingContest["static"]} served
 * @param {number} request
 */
export function delivered({ requests }, served, request) {
  const { arrives } = requests[request];
  const latency = served.latency[request];
  return latency === null ? Math.max(arrives, ended(served)) : arrives + latency;
}
