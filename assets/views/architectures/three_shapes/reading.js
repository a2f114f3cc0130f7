// @ts-check
/**
 * What the writer's cross-attention reads.
 *
 * @import { CrossReading } from "../../../types/architectures"
 */
import { maxIndex, mean, range } from "../../../vendor/d3.js";

/** The choice of no head, but of their mean. */
export const MEAN_OF_ALL = "mean";

/**
 * The head that reads most sharply, as the choice of heads has it.
 * @param {CrossReading} data
 */
export const sharpest = ({ layer, head }) => `${layer}.${head}`;

/**
 * @param {CrossReading} data
 * @param {string} heads "block.head" or the mean of all
 * @param {number} step
 * @param {number} column
 */
export function weight({ cross }, heads, step, column) {
  const [blocks, each, steps, columns] = cross.shape;
  const of = (/** @type {number} */ at) => cross.a[(at * steps + step) * columns + column];
  if (heads === MEAN_OF_ALL) return mean(range(blocks * each), of) ?? 0;
  const [block, head] = heads.split(".").map(Number);
  return of(block * each + head);
}

/**
 * The first written token that does not read what follows what the one before it read: there copying in order breaks
 * off.
 * @param {CrossReading} data
 */
export function firstJump(data) {
  const heads = sharpest(data);
  const read = data.written.map((_, step) => maxIndex(data.source, (_, column) => weight(data, heads, step, column)));
  return Math.max(
    0,
    read.findIndex((column, step) => step > 0 && column !== read[step - 1] + 1),
  );
}
