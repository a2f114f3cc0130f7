// @ts-check
/**
 * What the other run's model keeps of a token, against this one: in words, and as a mark on the bars of the cache.
 *
 * @import { GroupedCost } from "../../../types/transformer"
 * @import { BesideWords } from "../../../kit/view"
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

/**
 * @param {GroupedCost} data
 * @param {NonNullable<GroupedCost["base"]>} base
 * @param {Format} format
 * @param {BesideWords} words
 */
export function costBeside(data, base, format, { The }) {
  const own = data.groups.indexOf(data.n_kv_heads);
  const [here, there] = [data.bytes[format][own], base.bytes[format]];
  const kind = kindOf(base.n_kv_heads, base.n_heads).toLowerCase();
  const heads = `${counted(base.n_heads, "query head")} on ${counted(base.n_kv_heads, "key-value head")}`;
  return html`${The} uses <b>${base.model}</b> (${kind}, ${heads}). Each token takes
    <b data-bytes=${there}>${memory(there)}</b> of cache, ${againstHere(there, here)}. Its attention has
    ${parameters(base.weights)} weights, this model’s ${parameters(weightsOf(data, own))}.`;
}
