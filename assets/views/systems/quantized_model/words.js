// @ts-check
/** How the three views write a divergence. */
import { scientific } from "../../../kit/numbers/format.js";

/** A KL divergence or a difference of losses, in nats. @param {number} value */
export function nats(value) {
  if (value === 0) return "0";
  if (Math.abs(value) < 0.0005) return scientific(value);
  return value.toFixed(Math.abs(value) < 1 ? 4 : 2).replace("-", "−");
}
