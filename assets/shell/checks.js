// @ts-check
/**
 * Checks in words.
 *
 * @import { Check } from "./protocol"
 */
import { counted, scientific } from "../kit/format.js";

/** @param {Check} check */
export const holds = ({ error, tolerance }) => error !== null && error <= tolerance;

/** @param {Check} check */
export const measured = ({ error, word }) => `${word || "error"} ${scientific(error ?? Number.NaN)}`;

/**
 * All that hold, in one line.
 * @param {Check[]} checks
 */
export function summary(checks) {
  const held = checks.filter(holds);
  if (!held.length) return "";
  const errors = held.filter(({ word }) => !word || word.includes("error")).map(({ error }) => error ?? 0);
  const verb = held.length === 1 ? "holds" : "hold";
  const which = errors.length > 1 ? "largest error" : "error";
  const said = errors.length ? `, ${which} ${scientific(Math.max(...errors)).replace(/\.0(?=e)/, "")}` : "";
  return `${counted(held.length, "check")} ${verb}${said}`;
}
