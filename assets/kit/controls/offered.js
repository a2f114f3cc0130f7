// @ts-check
/**
 * What a control offers on this run, and what a value means among it.
 *
 * @import { ControlSpec } from "../../shell/protocol"
 * @import { Choice, Options, Value } from "./declared"
 */
import { nearest } from "./settled.js";

/**
 * What a value means on this run: within its bounds; of the numbers that it offers the nearest; a word that it does not
 * offer is what was measured.
 * @param {Value | undefined} value
 * @param {Options} options
 */
export function possible(
  value,
  { own, choices = [], least = Number.NEGATIVE_INFINITY, most = Number.POSITIVE_INFINITY },
) {
  const offered = choices.map((each) => (typeof each === "object" ? each[0] : each));
  if (value === undefined || offered.includes(value)) return value;
  if (typeof value === "string") return offered.length ? (own ?? value) : value;
  const numbers = /** @type {number[]} */ (offered.filter((each) => typeof each === "number"));
  const within = Math.min(Math.max(value, least), most);
  return numbers.length ? nearest(within, numbers) : within;
}

/**
 * What is offered, each with its name: what the run says, else what is declared, up to the run's bound. Numbers have an
 * order: one that a link asks for stands among them.
 * @param {Pick<ControlSpec, "choices">} spec
 * @param {Value | undefined} value
 * @param {Options} options
 * @returns {Choice[]}
 */
export function choicesOf(spec, value, { choices, format, most = Number.POSITIVE_INFINITY }) {
  const declared = (spec.choices ?? []).filter(([each]) => !(Number(each) > most));
  const named = (choices ?? declared).map(
    (each) => /** @type {Choice} */ (typeof each === "object" ? each : [each, String(each)]),
  );
  if (!named.length || named.some(([each]) => typeof each !== "number")) return named;
  const all = typeof value !== "number" || named.some(([each]) => each === value);
  const ordered = all
    ? named
    : [...named, /** @type {Choice} */ ([value, String(value)])].toSorted(([a], [b]) => Number(a) - Number(b));
  return format ? ordered.map(([each]) => /** @type {Choice} */ ([each, format(Number(each))])) : ordered;
}
