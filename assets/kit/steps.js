// @ts-check
/** Values that are listed, such as the powers of two, for a slider to choose from. */
import { least } from "../vendor/d3.js";

/**
 * The step that a link means: the nearest one, or `otherwise` where it says no number.
 * @param {number[]} steps
 * @param {string | number | undefined} said
 * @param {number} otherwise
 */
export function nearestStep(steps, said, otherwise) {
  const value = Number(said ?? otherwise);
  if (!Number.isFinite(value)) return otherwise;
  return least(steps, (step) => Math.abs(step - value)) ?? otherwise;
}

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
