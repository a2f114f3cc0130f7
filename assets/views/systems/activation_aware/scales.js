// @ts-check
/**
 * What reads the channels, and the scales of both methods.
 *
 * @import { AwareRanges } from "../../../types/systems"
 *
 * @typedef {"awq" | "smooth"} Method
 */
import { max, min } from "../../../vendor/d3.js";

/** What reads the channels, by the first that does. @type {Record<string, string>} */
const SEAMS = { W_Q: "Q, K, V", W_gate: "gate and in", W_in: "W_in", W_out: "W_out" };
/** A channel that is always nought counts as this: as in the mechanisms. */
const LEAST = { awq: 1e-4, smooth: 1e-5 };

/** @param {readonly string[]} roles @returns {[string, string][]} */
export const namedSeams = (roles) => roles.map((each) => [each, SEAMS[each] ?? each]);

/**
 * s of every channel.
 * @param {AwareRanges} data
 * @param {Method} method
 * @param {number} alpha
 * @returns {number[]}
 */
export function scales({ x_mean, x_largest, w_largest }, method, alpha) {
  const least = LEAST[method];
  if (method === "smooth")
    return Array.from(
      x_largest.a,
      (x, at) => Math.max(x, least) ** alpha / Math.max(w_largest.a[at], least) ** (1 - alpha),
    );
  const raised = Array.from(x_mean.a, (x) => Math.max(x, least) ** alpha);
  const middle = Math.sqrt((max(raised) ?? 1) * (min(raised) ?? 1));
  return raised.map((each) => each / middle);
}
