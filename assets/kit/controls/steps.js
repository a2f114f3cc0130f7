// @ts-check
/** Values that are listed, such as the powers of two, for a slider to choose from. */

/**
 * From `first` to `last`, each twice the one before.
 * @param {number} first
 * @param {number} last
 */
export function doublings(first, last) {
  const steps = [];
  for (let step = first; step <= last; step *= 2) steps.push(step);
  return steps;
}
