// @ts-check
/** Numbers as the page writes them: a true minus, a space before %, no false precision. */

/**
 * A number with so many digits after the point.
 * @param {number} value
 */
export function decimal(value, digits = 2) {
  return value.toFixed(digits).replace("-", "−");
}

/**
 * A share of one, in percent.
 * @param {number} share
 */
export function percent(share, digits = 1) {
  if (share > 0 && share < 0.0005) return "<0.1 %";
  return `${(100 * share).toFixed(digits)} %`;
}

/**
 * A count, its thousands separated.
 * @param {number} count
 */
export function whole(count) {
  return count.toLocaleString("en-US");
}

/**
 * So many of them: the noun in the plural but for one.
 * @param {number} count
 * @param {string} noun
 */
export function counted(count, noun) {
  return `${whole(count)} ${noun}${count === 1 ? "" : "s"}`;
}

/**
 * A number of any size, in some three digits.
 * @param {number} value
 */
export function short(value) {
  if (value >= 1000) return whole(Math.round(value));
  return value.toFixed(value >= 100 ? 0 : 1);
}
