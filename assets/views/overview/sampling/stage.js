// @ts-check
/**
 * A distribution over the vocabulary at one stage of the sampler.
 *
 * @typedef {object} Stage the distribution after a step
 * @property {string} step "model" before the first one
 * @property {Float32Array} logits
 * @property {Int32Array} order every id; the first `left` of them can be drawn, likeliest first
 * @property {number} left
 * @property {Float64Array} sums of exp(logit - largest) along the order: each prefix has its own at once
 * @property {number} above how many of the likeliest the step took
 * @property {Stage} [before]
 * @property {number} [value] of the step's setting
 */
import { placeOf, ranked } from "./ranking.js";

/**
 * The model's own distribution.
 * @param {Float32Array} logits
 * @returns {Stage}
 */
export function begin(logits) {
  return { step: "model", above: 0, ...weighed({ logits, order: ranked(logits), left: logits.length }) };
}

/**
 * With the running sums along its order.
 * @param {Pick<Stage, "logits" | "order" | "left">} stage
 */
export function weighed({ logits, order, left }) {
  const sums = new Float64Array(left);
  const largest = logits[order[0]];
  let sum = 0;
  for (let at = 0; at < left; at++) {
    sum += Math.exp(logits[order[at]] - largest);
    sums[at] = sum;
  }
  return { logits, order, left, sums };
}

/** @param {Stage} stage */
export const total = (stage) => stage.sums[stage.left - 1];

/** A token's probability, as if it could be drawn. @param {Stage} stage @param {number} id */
export const share = (stage, id) => Math.exp(stage.logits[id] - stage.logits[stage.order[0]]) / total(stage);

/** The probability of the token at a place of the order. @param {Stage} stage @param {number} at */
export const shareAt = ({ sums, left }, at) => (sums[at] - (at ? sums[at - 1] : 0)) / sums[left - 1];

/** Whether a token can be drawn. @param {Stage} stage @param {number} id */
export const kept = (stage, id) => placeOf(stage.order, id) < stage.left;

/**
 * The place of the first token, from the likeliest on, whose running share passes u.
 * @param {Stage} stage
 * @param {number} u 0 to 1
 */
export function choose(stage, u) {
  const aim = u * total(stage);
  let low = 0;
  let high = stage.left - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (stage.sums[middle] > aim) high = middle;
    else low = middle + 1;
  }
  return low;
}
