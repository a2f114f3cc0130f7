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
  if (share === 1 && digits === 0) return "100 %";
  return `${(100 * share).toFixed(share >= 0.9995 ? 1 : (digits ?? (few ? 1 : 2)))} %`;
}

const RAISED = "⁰¹²³⁴⁵⁶⁷⁸⁹";

/** Ten to a whole power. @param {number} power */
export const tenTo = (power) =>
  `10${power < 0 ? "⁻" : ""}${[...String(Math.abs(power))].map((each) => RAISED[Number(each)]).join("")}`;

/**
 * A probability of which it matters how far it is from nought or one: a small one by its first digit, a large one with
 * the digits that tell it from one.
 * @param {number} share
 */
export function precise(share) {
  if (share >= 1) return "100 %";
  if (share > 1 - 1e-8) return "> 99.999999 %";
  if (share >= 0.9995) return `${(100 * share).toFixed(Math.ceil(-Math.log10(1 - share)) - 2)} %`;
  if (share >= 0.001) return percent(share);
  if (share <= 0) return "0 %";
  if (share >= 1e-6) return `${(100 * share).toPrecision(1)} %`;
  const [digit, power] = (100 * share).toExponential(0).split("e");
  return `${digit} · ${tenTo(Number(power))} %`;
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
 * A whole number as such, any other to four decimals at most.
 * @param {number} value
 */
export const measured = (value) =>
  Number.isInteger(value) || Math.abs(value) >= 1000
    ? value.toLocaleString("en-US", { maximumFractionDigits: 4 }).replace("-", MINUS)
    : decimal(value, 4).replace(/\.?0+$/, "");

/**
 * An error with two digits: by a power of ten where it is none of everyday's numbers, or exact.
 * @param {number} value
 */
export function scientific(value) {
  if (value === 0) return "0, exact";
  if (Math.abs(value) >= 0.1 && Math.abs(value) < 1000) return String(Number(value.toPrecision(2))).replace("-", MINUS);
  return Number.isFinite(value) ? value.toExponential(1).replace("e+", "e").replaceAll("-", MINUS) : "not a number";
}

/**
 * How a head is called.
 * @param {number} layer
 * @param {number} head
 */
export const headName = (layer, head) => `L${layer}.H${head}`;

/**
 * A number too large for names: three digits and a power of ten.
 * @param {number} value above 0
 */
export function power(value) {
  const [digits, exponent] = value.toExponential(2).split("e");
  return `${digits.replace(/\.?0+$/, "")}·${tenTo(Number(exponent))}`;
}
