// @ts-check
/** Tokens as words that a person reads: what cannot be seen is named. */

/** @param {string} token */
export const shown = (token) => token.replaceAll("\n", "↵").replaceAll(" ", "·") || "∅";

/** Of a list of values, the places of the largest. @param {number[]} values @param {number} count */
export const largest = (values, count) =>
  values
    .map((value, at) => ({ value, at }))
    .sort((one, other) => other.value - one.value)
    .slice(0, count);
