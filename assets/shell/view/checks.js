// @ts-check
/**
 * Checks in words.
 *
 * @import { Check } from "../protocol"
 */
import { counted, scientific } from "../../kit/numbers/format.js";
import { worst } from "../../kit/numbers/worst.js";

/** @param {Check} check */
export const holds = ({ error, tolerance }) => error !== null && error <= tolerance;

/** @param {Check} check */
export const measured = ({ error, word }) => `${word || "error"} ${scientific(error ?? Number.NaN)}`;

/**
 * The checks of two runs: those of one statement as one, with the larger error; the others by themselves.
 * @param {Check[]} ours
 * @param {Check[]} theirs
 * @param {{ beside: { the: string } }} ctx
 */
export function inBoth(ours, theirs, { beside }) {
  const left = [...theirs];
  const both = ours.map((mine) => {
    const at = left.findIndex(({ statement }) => statement === mine.statement);
    if (at < 0) return mine;
    const [other] = left.splice(at, 1);
    const error = worst([mine.error ?? Number.NaN, other.error ?? Number.NaN]);
    return { ...mine, statement: `${mine.statement}, in both runs`, error };
  });
  return [...both, ...left.map((each) => ({ ...each, statement: `${each.statement}, in ${beside.the}` }))];
}

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
