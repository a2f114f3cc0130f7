// @ts-check
/**
 * What the methods are called and how they work, in one line each; and the units of the text.
 *
 * @import { WhichWords, WordPath, WordShares } from "../../../types/inside"
 */
import { tokenText } from "../../../kit/text/tokens.js";

/** @type {Record<WordShares["name"], { name: string, says: string }>} */
export const METHODS = {
  gradient: { name: "Gradient × input", says: "The slope at the text, times the way to an absent token." },
  integrated: { name: "Integrated gradients", says: "The mean slope along the way from an absent text to this one." },
  left_out: { name: "Leave one out", says: "What is lost when this one alone is absent." },
  shapley: { name: "Shapley value", says: "What it adds on average when it joins others, in any order." },
  rollout: { name: "Attention rollout", says: "How much could have come by attention alone, for any answer." },
};
const ORDER = /** @type {WordShares["name"][]} */ (Object.keys(METHODS));

/** The methods that are done, in one order. @param {WhichWords} data */
export const inOrder = (data) =>
  ORDER.flatMap((name) => {
    const at = data.methods.findIndex((method) => method.name === name);
    return at < 0 ? [] : [{ at, method: data.methods[at] }];
  });

/** The token ids of a unit. @param {WhichWords} data @param {number} unit */
export const idsOf = ({ ids, starts }, unit) => Array.from(ids.a.slice(starts[unit], starts[unit + 1] ?? ids.a.length));

/** A unit as it is written. @param {WhichWords} data @param {number} unit */
export const unitText = (data, unit) => idsOf(data, unit).map(tokenText).join("");

/** What is shared out, in words. @param {WhichWords | WordPath} data @param {unknown} score */
export function scoreName({ target, rival }, score) {
  const own = `“${tokenText(target)}”`;
  if (rival !== null) return `the lead of ${own} over “${tokenText(rival)}”`;
  return score === "log_prob" ? `the log-probability of ${own}` : `the logit of ${own}`;
}
