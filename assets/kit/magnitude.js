// @ts-check
/** Large amounts in three digits and the unit that suits them: parameters, operations, memory. */
import { whole } from "./format.js";

const THOUSANDS = ["", "k", "M", "B", "T"];
const OPERATIONS = ["FLOP", "kFLOP", "MFLOP", "GFLOP", "TFLOP", "PFLOP"];
const BYTES = ["bytes", "kB", "MB", "GB", "TB", "PB"];
/** What three digits write as a thousand. */
const FULL = 999.5;

/**
 * Three digits of a number that is not negative; all of its whole digits from a thousand on.
 * @param {number} value
 */
export function three(value) {
  if (value >= FULL) return whole(Math.round(value));
  if (value >= 99.95) return value.toFixed(0);
  return value.toFixed(value >= 9.995 ? 1 : 2);
}

/**
 * A count of parameters: 46.7 B.
 * @param {number} count
 */
export const parameters = (count) => inUnits(count, THOUSANDS);

/**
 * A count of floating-point operations: 27.9 MFLOP.
 * @param {number} count
 */
export const operations = (count) => inUnits(count, OPERATIONS);

/**
 * An amount of memory, in powers of 1,000: 1.34 TB.
 * @param {number} count of bytes
 */
export const memory = (count) => inUnits(count, BYTES);

/**
 * @param {number} value
 * @param {string[]} units each a thousand of the one before
 */
function inUnits(value, units) {
  let power = 0;
  while (power < units.length - 1 && value / 1000 ** power >= FULL) power += 1;
  const written = power ? three(value / 1000 ** power) : whole(Math.round(value));
  return `${written} ${units[power]}`.trim();
}
