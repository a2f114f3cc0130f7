// @ts-check
/** The few choices of a setting, and one that a link brings beside them. */

/**
 * Numbers alone have an order.
 * @param {(number | [key: string, name: string])[]} choices
 * @param {string | number} chosen
 */
export function among(choices, chosen) {
  const numbers = choices.filter((each) => typeof each === "number");
  if (typeof chosen !== "number" || numbers.length < choices.length || numbers.includes(chosen)) return choices;
  return [...numbers, chosen].toSorted((a, b) => a - b);
}
