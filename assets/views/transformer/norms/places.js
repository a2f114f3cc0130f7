// @ts-check
/**
 * The norms of a block and the last one: their names, which of them is chosen, and how their numbers are written.
 *
 * @import { ViewContext } from "../../../kit/view"
 */
import { decimal, whole } from "../../../kit/numbers/format.js";
import { tokenText } from "../../../kit/text/tokens.js";

/** In the order in which a block has them. */
export const PLACES = ["ln1", "ln2", "ln_final"];

/**
 * The place that the link names, where there is such a norm.
 * @param {ViewContext<any>} ctx
 * @param {string[]} known
 */
export function chosenPlace(ctx, known = PLACES) {
  const asked = String(ctx.controls.place);
  return known.includes(asked) ? asked : known[0];
}

/**
 * @param {string} place
 * @param {number} layer
 */
export function where(place, layer) {
  if (place === "ln_final") return "before the unembedding";
  return `before block ${layer}’s ${place === "ln1" ? "attention" : "MLP"}`;
}

/** A number in some three digits. @param {number} value */
export function size(value) {
  const amount = Math.abs(value);
  if (amount >= 1000) return whole(Math.round(value));
  if (amount >= 100) return decimal(value, 0);
  return decimal(value, amount >= 10 ? 1 : amount >= 1 ? 2 : 3);
}

/** The number farthest from nought. @param {ArrayLike<number>} values */
export const largest = (values) =>
  Array.from(values).reduce((most, value) => (Math.abs(value) > Math.abs(most) ? value : most), 0);

/**
 * A token and its position; a chart reads "<" as the beginning of a tag.
 * @param {ViewContext<any>} ctx
 * @param {number} position
 */
export const named = (ctx, position) => `${tokenText(ctx.run.ids[position])} (${position})`;

/** @param {string} text */
export const forChart = (text) => text.replaceAll("<", "‹");
