// @ts-check
/**
 * What the ways to read a text are called.
 *
 * @import { PerplexityWay } from "../../../types/evaluation"
 */
import { tokenText } from "../../../kit/text/tokens.js";

/** @type {Record<PerplexityWay["name"], string>} */
const NAMES = {
  whole: "one pass, BOS first",
  whole_eos: "one pass, EOS first",
  whole_bare: "one pass, nothing first",
  context: "windows with context",
  strided: "strided, as transformers’ guide",
  disjoint: "disjoint, as lm-eval",
  cut: "disjoint, nothing first",
};

/** @param {PerplexityWay} way */
export const wayName = ({ name }) => NAMES[name];

/** The same as a heading, with its windows. @param {PerplexityWay} way */
export function named(way) {
  const name = wayName(way);
  const prefix = way.prefix === null ? "" : `, after ${tokenText(way.prefix)}`;
  const windows = way.length ? `, windows of ${way.length}, each moved by ${way.step}` : "";
  return `${name[0].toUpperCase()}${name.slice(1)}${prefix}${windows}`;
}
