// @ts-check
/** What a circuit keeps may be less than nothing: it then speaks for the changed prompt’s answer. */
import { percent } from "../../../kit/numbers/format.js";

/** @param {number} share @param {number} digits */
export const kept = (share, digits) => (share < 0 ? `−${percent(-share, digits)}` : percent(share, digits));
