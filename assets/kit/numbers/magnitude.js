// @ts-check
/** Amounts of any size, in three figures and the unit that suits them. */
import { whole } from "./format.js";

const THOUSANDS = ["", "k", "M", "B", "T"];
const BYTES = ["bytes", "kB", "MB", "GB", "TB", "PB"];
const PREFIXES = ["", "k", "M", "G", "T", "P"];
/** What three figures write as a thousand. */
const FULL = 999.5;

/**
 * A number from nought on in three figures: two after the point below one, more only where it would read as nought.
 * @param {number} value
 */
export function figures(value) {
  if (value >= FULL) return whole(Math.round(value));
  if (value > 0 && value < 0.0995) return value.toPrecision(2);
  return value.toFixed(value >= 99.5 ? 0 : value >= 9.95 ? 1 : 2);
}

/**
 * A count of parameters: 46.7 B.
 * @param {number} count
 */
export const parameters = (count) => inUnits(count, THOUSANDS);

/**
 * An amount of memory, in powers of 1,000: 1.34 TB.
 * @param {number} count of bytes
 */
export const memory = (count) => inUnits(count, BYTES);

/**
 * A count of floating-point operations: 27.9 MFLOP.
 * @param {number} count
 */
export const operations = (count) => scaled(count, "FLOP");

/**
 * An amount of a unit, in thousands of it: 6.64 GB/s.
 * @param {number} value
 * @param {string} unit
 */
export function scaled(value, unit) {
  const power = powerOf(value, PREFIXES);
  return `${figures(value / 1000 ** power)} ${PREFIXES[power]}${unit}`;
}

/**
 * A measured time.
 * @param {number} milliseconds
 */
export function timed(milliseconds) {
  return milliseconds >= FULL ? `${figures(milliseconds / 1000)} s` : `${figures(milliseconds)} ms`;
}

/**
 * @param {number} value
 * @param {string[]} units each a thousand of the one before
 */
function inUnits(value, units) {
  const power = powerOf(value, units);
  const written = power ? figures(value / 1000 ** power) : whole(Math.round(value));
  return `${written} ${units[power]}`.trim();
}

/** @param {number} value @param {string[]} units */
function powerOf(value, units) {
  let power = 0;
  while (power < units.length - 1 && value / 1000 ** power >= FULL) power += 1;
  return power;
}
