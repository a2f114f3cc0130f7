// @ts-check
/**
 * What a fact says, as the page writes it.
 *
 * @import { Value } from "./lesson"
 */
import { decimal, headName, percent, signed, whole } from "../../kit/numbers/format.js";

/** How a value is written. @param {Value} value */
export function written({ kind, value }) {
  if (Array.isArray(value)) return headName(...value);
  if (typeof value === "boolean") return value ? "yes" : "no";
  if (typeof value === "string") return value;
  if (kind === "share") return percent(value);
  if (kind === "logit") return signed(value);
  if (kind === "bytes") return `${whole(value)} bytes`;
  if (kind === "number" && !Number.isInteger(value)) {
    return Math.abs(value) >= 1000 ? whole(Math.round(value)) : decimal(value, Math.abs(value) >= 100 ? 1 : 2);
  }
  return whole(value);
}
