// @ts-check
/**
 * Colours of the cells: signed numbers, scores, weights.
 *
 * @import { Floats } from "../../../types/shared"
 * @import { Run } from "./run.js"
 */
import { diverging, ramp } from "../../../kit/colour/ramp.js";
import { extent, quantileSorted } from "../../../vendor/d3.js";
import { sees } from "./run.js";

/** The share of a matrix's numbers that are within full colour. */
const WITHIN = 0.98;

/** @type {WeakMap<object, any>} */
const known = new WeakMap();

/** Made once for a thing. @template T @param {object} of @param {() => T} make @returns {T} */
export function once(of, make) {
  if (!known.has(of)) known.set(of, make());
  return known.get(of);
}

/**
 * Blue above nought, orange below, by the matrix's own size; roots, so that small numbers are seen.
 * @param {Floats} matrix
 */
export function signedBy(matrix) {
  const most = once(
    matrix,
    () => quantileSorted(Array.from(Float32Array.from(matrix.a, Math.abs).sort()), WITHIN) || 1e-9,
  );
  const colour = diverging("neg", "pos", "sunken");
  return (/** @type {number} */ value) => {
    const strength = Math.sqrt(Math.min(1, Math.abs(value) / most));
    return colour(value < 0 ? -strength : strength);
  };
}

/** The least and the largest score that is seen. @param {Run} run @returns {[number, number]} */
export function scoreRange(run) {
  return once(run, () => {
    const { a } = run.data.scores;
    const seen = Array.from(a).filter((_, at) => sees(run, Math.floor(at / run.n), at % run.n));
    const [low = 0, high = 1] = extent(seen);
    return [low, high];
  });
}

/** From the lowest score, pale, to the highest. @param {Run} run */
export function scoreColour(run) {
  const [low, high] = scoreRange(run);
  const [cold, hot] = [ramp("river-deep", "sunken"), ramp("ink", "river-deep")];
  return (/** @type {number} */ score) => {
    const share = (score - low) / (high - low || 1);
    return share < 0.5 ? cold(2 * share) : hot(2 * share - 1);
  };
}

/** A weight of 0 to 1 in ink. @param {number} share */
export const weightColour = (share) => ramp("ink", "surface")(Math.sqrt(Math.min(1, Math.max(0, share))));
