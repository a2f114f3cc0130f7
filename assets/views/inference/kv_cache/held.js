// @ts-check
/**
 * What a policy holds of the cache after each step, as it was measured: step 0 reads the prompt, each later one a
 * token.
 *
 * @import { CachePolicies, PolicyCourse } from "../../../types/inference"
 * @import { ViewContext } from "../../../kit/view"
 *
 * @typedef {(block: number, head: number, position: number) => boolean} Holds
 */

/** The policy that is looked at unless the link names another: the whole cache; one that evicts where policies
compete. */
export const FIRST = { cache: "full", compared: "heavy" };

/**
 * What was measured of the policies, if it is on the page: it arrives after the first picture.
 * @param {ViewContext} ctx
 * @returns {CachePolicies | undefined}
 */
export const measuredPolicies = (ctx) => ctx.payload("policies");

/**
 * The policy that is chosen; the last one where the link's is not measured.
 * @param {CachePolicies} measured
 * @param {ViewContext} ctx
 * @param {string} [first]
 */
export function chosenPolicy({ policies }, ctx, first = FIRST.cache) {
  const wanted = ctx.controls.policy ?? first;
  return policies.find(({ name }) => name === wanted) ?? policies[policies.length - 1];
}

/**
 * The step that feeds a position; -1 where it has none of its own: inside the prompt, and where it is not measured yet.
 * @param {{ start: number }} measured
 * @param {number} position
 * @param {number} [known] steps that are measured, with the prompt's
 */
export function stepAt({ start }, position, known = Number.POSITIVE_INFINITY) {
  const step = Math.max(-1, position - start + 1);
  return step < known ? step : -1;
}

/** @param {CachePolicies} measured */
export const knownSteps = ({ policies }) => policies[0].bytes.length;

/**
 * Whether the policy holds a key and value after a step. A bit for each block, kv head and position, the first one
 * highest.
 * @param {CachePolicies} measured
 * @param {PolicyCourse} policy
 * @param {number} step
 * @param {number} positions of the whole text
 * @returns {Holds}
 */
export function holding({ n_kv_heads }, { held }, step, positions) {
  const bytes = held.shape[1];
  const bits = held.a.subarray(step * bytes, (step + 1) * bytes);
  return (block, head, position) => {
    const at = (block * n_kv_heads + head) * positions + position;
    return ((bits[at >> 3] >> (7 - (at & 7))) & 1) === 1;
  };
}

/**
 * In how many of the caches, one a block and kv head, a position is held.
 * @param {{ n_layers: number, n_kv_heads: number }} sizes
 * @param {Holds} holds
 * @param {number} position
 */
export function holders({ n_layers, n_kv_heads }, holds, position) {
  let count = 0;
  for (let block = 0; block < n_layers; block++) {
    for (let head = 0; head < n_kv_heads; head++) if (holds(block, head, position)) count++;
  }
  return count;
}
