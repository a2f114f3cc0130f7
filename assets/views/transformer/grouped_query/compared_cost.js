// @ts-check
/**
 * What both runs' models keep of a token, in words.
 *
 * @import { GroupedCost } from "../../../types/transformer"
 * @import { ViewContext } from "../../../kit/view"
 * @import { Format } from "./cost.js"
 */
import { counted } from "../../../kit/numbers/format.js";
import { figures, memory, parameters } from "../../../kit/numbers/magnitude.js";
import { html } from "../../../vendor/lit.js";
import { kindOf, weightsOf } from "./choice_words.js";

/**
 * One model's bytes a token against the other's, the larger in times of the smaller.
 * @param {number} there
 * @param {number} here
 */
export function againstHere(there, here) {
  if (there === here) return "the same as here";
  if (there > here) return `${figures(there / here)} times as much as here (${memory(here)})`;
  return `and ${figures(here / there)} times as much here (${memory(here)})`;
}

/** The model's own number of key-value heads, among all. @param {GroupedCost} data */
export const ownOf = ({ groups, n_kv_heads }) => groups.indexOf(n_kv_heads);

/**
 * @param {GroupedCost} here
 * @param {GroupedCost} there
 * @param {Format} format
 * @param {Pick<ViewContext, "beside" | "other">} ctx
 */
export function compared(here, there, format, { beside, other }) {
  const [mine, theirs] = [here, there].map((data) => data.bytes[format][ownOf(data)]);
  const kind = kindOf(there.n_kv_heads, there.n_heads).toLowerCase();
  const heads = `${counted(there.n_heads, "query head")} on ${counted(there.n_kv_heads, "key-value head")}`;
  return html`${beside.The} uses <b>${other?.model?.title}</b> (${kind}, ${heads}). Each token takes
    <b data-bytes=${theirs}>${memory(theirs)}</b> of cache, ${againstHere(theirs, mine)}. Its attention has
    ${parameters(weightsOf(there, ownOf(there)))} weights, this model’s ${parameters(weightsOf(here, ownOf(here)))}.`;
}
