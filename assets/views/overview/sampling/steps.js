// @ts-check
/**
 * The sampler's steps: float32 like the model's own, so that the page and Python cut alike. A penalty moves tokens and
 * the order is mended once; temperature keeps the order; every cut then leaves a prefix of it.
 *
 * @import { StageName } from "../../../shell/protocol"
 * @import { Stage } from "./stage.js"
 * @typedef {ReadonlyMap<number, number>} Counts how often the model has written each token so far; 0 where it only was
 *   read
 */
import { mended } from "./ranking.js";
import { total, weighed } from "./stage.js";

const single = Math.fround;
/** The largest number of float32. */
const MOST = 3.4028234663852886e38;

/**
 * Some logits moved: the order is mended.
 * @param {Stage} stage
 * @param {Counts} counts
 * @param {(logit: number, times: number) => number} move
 */
function moved(stage, counts, move) {
  const logits = stage.logits.slice();
  for (const [id, times] of counts) {
    if (logits[id] !== -Infinity) logits[id] = Math.min(MOST, Math.max(-MOST, move(logits[id], times)));
  }
  return weighed({ logits, order: mended(stage.order, stage.left, logits, counts), left: stage.left });
}

/**
 * @param {Stage} stage
 * @param {number} temperature
 */
function scaled({ logits, order, left }, temperature) {
  const out = new Float32Array(logits.length);
  const largest = logits[order[0]];
  const divisor = single(temperature);
  const inReach = (/** @type {number} */ id) => Number.isFinite(single(logits[id] / divisor));
  const near = inReach(order[left - 1]) && inReach(order[0]);
  for (let id = 0; id < out.length; id++) {
    out[id] = near ? logits[id] / divisor : single(logits[id] - largest) / temperature;
  }
  let reached = left; // what lies further down is out of float32's reach: its probability is 0
  while (out[order[reached - 1]] === -Infinity) reached--;
  return weighed({ logits: out, order, left: reached });
}

/**
 * @param {Stage} stage
 * @param {(at: number) => boolean} goesOn whether the token at a place stays as well; the likeliest always does
 * @param {number} [from]
 */
function prefix(stage, goesOn, from = 1) {
  let left = from;
  while (left < stage.left && goesOn(left)) left++;
  return { left };
}

/**
 * The most typical tokens lie around the entropy: a stretch of the order. It comes to the front, before what it cut.
 * @param {Stage} stage
 * @param {number} aim the probability that it holds
 */
function typical(stage, aim) {
  const { logits, order, left } = stage;
  const largest = logits[order[0]];
  const logTotal = Math.log(total(stage));
  const surprise = (/** @type {number} */ at) => -(logits[order[at]] - largest - logTotal);
  let entropy = 0;
  for (let at = 0; at < left; at++) {
    const p = Math.exp(-surprise(at));
    if (p > 0) entropy += p * surprise(at);
  }
  const away = (/** @type {number} */ at) => Math.abs(surprise(at) - entropy);
  let end = 0; // the surprise grows along the order
  while (end < left && surprise(end) < entropy) end++;
  let start = end - 1;
  let held = 0;
  let furthest = 0;
  while ((start >= 0 || end < left) && held < aim) {
    const at = end >= left || (start >= 0 && away(start) <= away(end)) ? start-- : end++;
    held += Math.exp(-surprise(at));
    furthest = away(at);
  }
  while (start >= 0 && away(start) <= furthest) start--;
  while (end < left && away(end) <= furthest) end++;
  if (start < 0) return { left: end };
  const out = new Int32Array(order);
  out.set(order.subarray(start + 1, end));
  out.set(order.subarray(0, start + 1), end - start - 1);
  return { ...weighed({ logits, order: out, left: end - start - 1 }), above: start + 1 };
}

/**
 * What each step changes.
 * @type {Record<StageName, (stage: Stage, value: number, counts: Counts) => Partial<Stage>>}
 */
export const STEPS = {
  penalty(stage, value, counts) {
    const factor = single(value);
    return value === 1 ? {} : moved(stage, counts, (logit) => (logit < 0 ? logit * factor : logit / factor));
  },
  presence(stage, value, counts) {
    return value === 0 ? {} : moved(stage, counts, (logit, times) => (times ? logit - single(value) : logit));
  },
  frequency(stage, value, counts) {
    return value === 0 ? {} : moved(stage, counts, (logit, times) => logit - single(single(value) * times));
  },
  temperature(stage, value) {
    if (value === 0) return { left: 1 };
    return value === 1 ? {} : scaled(stage, value);
  },
  top_k(stage, k) {
    if (!k) return {};
    const least = Math.min(stage.left, k);
    const logit = (/** @type {number} */ at) => stage.logits[stage.order[at]];
    return prefix(stage, (at) => logit(at) === logit(at - 1), least); // ties of the last one stay
  },
  top_p(stage, p) {
    const aim = p * total(stage);
    return p >= 1 ? {} : prefix(stage, (at) => stage.sums[at - 1] < aim);
  },
  min_p(stage, least) {
    const floor = least * stage.sums[0];
    return least ? prefix(stage, (at) => stage.sums[at] - stage.sums[at - 1] >= floor) : {};
  },
  typical(stage, p) {
    return p >= 1 ? {} : typical(stage, p);
  },
};
