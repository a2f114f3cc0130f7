// @ts-check
/** How this panel writes numbers: those on the scale, and errors. */
import { decimal, percent } from "../../../kit/numbers/format.js";

/** A number between −2 and 2 with as many digits as tell it from its neighbours. @param {number} value */
export function written(value) {
  const size = Math.abs(value);
  if (size === 0) return "0";
  return decimal(value, Math.min(8, size >= 0.1 ? 4 : 3 - Math.floor(Math.log10(size))));
}

/** An error as a share of the weights. @param {number} value */
export const fine = (value) =>
  value < 1e-8 ? (value ? "<10⁻⁸" : "0, exact") : value < 0.001 ? `${(100 * value).toFixed(4)} %` : percent(value, 2);
