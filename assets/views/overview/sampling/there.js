// @ts-check
/**
 * The other run's distribution at the position that belongs to this one's, and how far the two lie apart.
 *
 * @import { SamplingStages } from "../../../types/overview"
 * @import { Stage } from "./stage.js"
 *
 * @typedef {object} There
 * @property {SamplingStages} data
 * @property {Stage} base the model's own distribution
 * @property {number} likeliest
 * @property {number} kl KL(other run ‖ this run) in nats, over the whole vocabulary
 * @property {number} variation half the sum of all differences of probability
 */
import { begin, share, total } from "./stage.js";

/**
 * @param {Stage} here the model's own distribution in this run
 * @param {SamplingStages} data the other run's
 * @returns {There}
 */
export function thereOf(here, data) {
  const base = begin(data.logits.a);
  const [ours, theirs] = [here, base].map(logOf);
  let [kl, variation] = [0, 0];
  for (let id = 0; id < base.logits.length; id++) {
    const [p, q] = [Math.exp(theirs(id)), Math.exp(ours(id))];
    if (p > 0) kl += p * (theirs(id) - ours(id));
    variation += Math.abs(p - q) / 2;
  }
  return { data, base, likeliest: base.order[0], kl: Math.max(kl, 0), variation };
}

/** The logarithm of a token's probability. @param {Stage} stage */
function logOf(stage) {
  const sum = stage.logits[stage.order[0]] + Math.log(total(stage));
  return (/** @type {number} */ id) => stage.logits[id] - sum;
}

/** A token's probability in the other run. @param {There | null} there @param {number} id */
export const shareThere = (there, id) => (there ? share(there.base, id) : undefined);
