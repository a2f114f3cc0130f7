// @ts-check
/** What a circuit keeps may be less than nothing: it then speaks for the changed prompt’s answer. */
import { percent } from "../../../kit/numbers/format.js";

/** @param {number} share @param {number} digits */
export function kept(share, digits) {
  if (Math.abs(share) < 0.5 * 10 ** (-2 - digits)) return "0 %";
  return share < 0 ? `−${percent(-share, digits)}` : percent(share, digits);
}
