// @ts-check
/** Numbers as the page writes them: a true minus, a space before %, thousands apart, no false precision. */

const MINUS = "−";

/**
 * A number with so many digits after the point.
 * @param {number} value
 */
export function decimal(value, digits = 2) {
  const written = value.toFixed(digits);
  return Number(written) === 0 ? written.replace("-", "") : written.replace("-", MINUS);
}

/**
 * The same with its sign, a plus too; nought has none.
 * @param {number} value
 */
export function signed(value, digits = 2) {
  const written = decimal(value, digits);
  return value > 0 && Number(written) !== 0 ? `+${written}` : written;
}

/**
 * The class of a signed number: p above nought, n below, none where it is written as nought.
 * @param {number} value
 */
export function tone(value) {
  if (Math.abs(value) < 0.005) return "";
  return value < 0 ? "n" : "p";
}

/**
 * A share of one in percent: two digits more where it is small, unless so many are asked for.
 * @param {number} share
 * @param {number} [digits]
 */
export function percent(share, digits) {
  if (share <= 0) return "0 %";
  if (share < 0.00095) return "<0.1 %";
  const few = share >= 0.0995;
  return `${(100 * share).toFixed(share >= 0.9995 ? 1 : (digits ?? (few ? 1 : 2)))} %`;
}

/**
 * A count, its thousands separated.
 * @param {number} count
 */
export function whole(count) {
  return count.toLocaleString("en-US").replace("-", MINUS);
}

/**
 * So many of them: the noun in the plural but for one.
 * @param {number} count
 * @param {string} noun
 */
export function counted(count, noun, plural = `${noun}s`) {
  return `${whole(count)} ${count === 1 ? noun : plural}`;
}

/**
 * A number of any size, in some three digits.
 * @param {number} value
 */
export function short(value) {
  if (value >= 1000) return whole(Math.round(value));
  return value.toFixed(value >= 100 ? 0 : 1);
}

/**
 * A large count, of weights say: in millions, M, or thousands of millions, B.
 * @param {number} count
 */
export function millions(count) {
  if (count >= 1e9) return `${(count / 1e9).toFixed(2)} B`;
  return count >= 1e5 ? `${(count / 1e6).toFixed(2)} M` : whole(count);
}

/**
 * A number from nought on in three figures: two after the point below one, more only where it would read as nought.
 * @param {number} value
 */
export function figures(value) {
  if (value >= 999.5) return whole(Math.round(value));
  if (value > 0 && value < 0.0995) return value.toPrecision(2);
  return value.toFixed(value >= 99.5 ? 0 : value >= 9.95 ? 1 : 2);
}

const PREFIXES = ["", "k", "M", "G", "T", "P"];

/**
 * A large amount of a unit, in three figures and thousands: 6.64 MFLOP.
 * @param {number} value
 * @param {string} unit
 */
export function scaled(value, unit) {
  const power = value < 999.5 ? 0 : Math.min(PREFIXES.length - 1, Math.floor(Math.log10(value * 1.0005) / 3));
  return `${figures(value / 1000 ** power)} ${PREFIXES[power]}${unit}`;
}

/**
 * An error: a power of ten, or exact.
 * @param {number} value
 */
export function scientific(value) {
  if (value === 0) return "0, exact";
  return Number.isFinite(value) ? value.toExponential(1).replace("e+", "e").replaceAll("-", MINUS) : "not a number";
}

/**
 * A time in the unit that suits it.
 * @param {number} milliseconds
 */
export function duration(milliseconds) {
  if (milliseconds >= 1000) return `${(milliseconds / 1000).toFixed(2)} s`;
  return `${milliseconds.toFixed(milliseconds >= 10 ? 0 : 1)} ms`;
}

/**
 * A measured time in three figures, for times that are compared.
 * @param {number} milliseconds
 */
export function timed(milliseconds) {
  return milliseconds >= 999.5 ? `${figures(milliseconds / 1000)} s` : `${figures(milliseconds)} ms`;
}

const BYTES = ["bytes", "KB", "MB", "GB", "TB", "PB"];

/**
 * An amount of memory, in powers of 1,000.
 * @param {number} count
 */
export function bytes(count) {
  if (count < 1000) return `${whole(Math.round(count))} bytes`;
  const power = Math.min(BYTES.length - 1, Math.floor(Math.log10(count) / 3));
  return `${short(count / 1000 ** power)} ${BYTES[power]}`;
}

/**
 * How a head is called.
 * @param {number} layer
 * @param {number} head
 */
export const headName = (layer, head) => `L${layer}.H${head}`;
