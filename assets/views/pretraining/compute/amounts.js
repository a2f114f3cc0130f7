// @ts-check
/** Amounts too large for names. */
import { tenTo } from "../../../kit/numbers/format.js";

/**
 * A number in three digits and a power of ten.
 * @param {number} value above 0
 */
export function power(value) {
  const [digits, exponent] = value.toExponential(2).split("e");
  return `${digits.replace(/\.?0+$/, "")}·${tenTo(Number(exponent))}`;
}
