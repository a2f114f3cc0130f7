// @ts-check
/**
 * Attention of one block and one head, or of all heads on average, out of a model's whole pattern.
 *
 * @import { Ints } from "../../../types/shared"
 *
 * @typedef {{ depth: number, head: number }} Shown `depth` from 0, the first block, to 1, the last
 */
import { headName } from "../../../kit/numbers/format.js";
import { mean, range } from "../../../vendor/d3.js";

/** The choice of no head, but of their mean. */
export const MEAN = -1;
/** What the server writes for the root of a whole weight. */
const WHOLE = 255;

/**
 * The block at that depth: models differ in how many they have.
 * @param {Ints} pattern
 * @param {Shown} now
 */
const blockOf = ({ shape }, { depth }) => Math.round(depth * (shape[0] - 1));

/**
 * A weight from 0 to 1 by query and key. Heads are counted round where a model has fewer than are chosen from.
 * @param {Ints} pattern "block head query key", roots in 0 to 255
 * @param {Shown} now
 * @returns {(query: number, key: number) => number}
 */
export function weightOf(pattern, now) {
  const [, heads, queries, keys] = pattern.shape;
  const block = blockOf(pattern, now);
  const weight = (/** @type {number} */ head, /** @type {number} */ query, /** @type {number} */ key) =>
    (pattern.a[((block * heads + head) * queries + query) * keys + key] / WHOLE) ** 2;
  if (now.head !== MEAN) return (query, key) => weight(now.head % heads, query, key);
  return (query, key) => mean(range(heads), (head) => weight(head, query, key)) ?? 0;
}

/**
 * @param {Ints} pattern
 * @param {Shown} now
 */
export function whichHeads(pattern, now) {
  const [blocks, heads] = pattern.shape;
  const block = blockOf(pattern, now);
  if (now.head !== MEAN) return `head ${headName(block, now.head % heads)} (blocks 0 to ${blocks - 1})`;
  return `block ${block} (of 0 to ${blocks - 1}), mean of ${heads} heads`;
}
