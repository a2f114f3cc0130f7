// @ts-check
import { mean, sum } from "../../../vendor/d3.js";

/**
 * Pearson's correlation; 0 where one of both does not vary.
 * @param {ArrayLike<number>} one
 * @param {ArrayLike<number>} other
 */
export function correlation(one, other) {
  const [a, b] = [Array.from(one), Array.from(other)].map((row) => {
    const middle = mean(row) ?? 0;
    return row.map((value) => value - middle);
  });
  const size = Math.sqrt(sum(a, (value) => value ** 2) * sum(b, (value) => value ** 2));
  return size ? sum(a, (value, at) => value * b[at]) / size : 0;
}
