// @ts-check
/**
 * What is said of a number of key-value heads: what its weights and its cache come to.
 *
 * @import { GroupedCost } from "../../../types/transformer"
 * @import { Choice } from "./choices.js"
 */
import { percent, whole } from "../../../kit/numbers/format.js";
import { memory, parameters } from "../../../kit/numbers/magnitude.js";

/** Weights of attention. @param {GroupedCost} data @param {number} at */
export const weightsOf = (data, at) => data.shared[at] + data.key_value[at];

/**
 * @param {Choice} choice
 * @returns {[string, string][]}
 */
export function details({ data, at, cache, ...choice }) {
  const more = change({ data, at, cache, ...choice }).replace("; ", "");
  /** @type {[string, string][]} */
  const lines = [
    ["attention weights", parameters(weightsOf(data, at))],
    ["for keys and values", parameters(data.key_value[at])],
    ["cache a token", memory(cache[at])],
    ["cache", filled(data, cache[at])],
  ];
  return more ? [...lines, ["compared with this model", more]] : lines;
}

/** How much smaller or larger the model would be. @param {Choice} choice */
export function change({ data, at, own }) {
  if (own) return "";
  const more = (data.key_value[at] - data.key_value[data.groups.indexOf(data.n_kv_heads)]) / data.parameters;
  return `; model ${percent(Math.abs(more), 1)} ${more < 0 ? "smaller" : "larger"}`;
}

/**
 * @param {GroupedCost} data
 * @param {number} each bytes a token
 */
export const filled = ({ n_ctx, windows }, each) =>
  `${memory(each * n_ctx)} for ${whole(n_ctx)} tokens${windows ? ", without windows" : ""}`;

/**
 * @param {number} heads
 * @param {number} queries
 */
export function kindOf(heads, queries) {
  if (heads === 1 && queries > 1) return "Multi-query";
  return heads === queries ? "Multi-head" : "Grouped";
}
