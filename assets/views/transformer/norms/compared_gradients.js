// @ts-check
/**
 * The same decoders on the tokens of both runs, in words.
 *
 * @import { NormsGradients } from "../../../types/transformer"
 * @import { ViewContext } from "../../../kit/view"
 * @import { Quantity, Way } from "./spread.js"
 */
import { OTHER } from "../../../kit/runs/beside.js";
import { html, nothing } from "../../../vendor/lit.js";
import { size } from "./places.js";
import { lastBlocks } from "./spread.js";

/**
 * @param {NormsGradients} data
 * @param {Quantity} quantity
 * @param {ViewContext<any, NormsGradients>} ctx
 */
export function compared(data, quantity, { changed, beside, there }) {
  if (!changed || (beside === OTHER && !there)) return nothing;
  return html`<p class="readout basenote">${there ? said(data, there, quantity) : UNCHANGED}</p>`;
}

const UNCHANGED = "Interventions act on the model, not on these decoders, which use only the tokens of the run.";
const SAME =
  "The other run’s tokens repeat at the same places. These decoders renumber the tokens, so both texts are the same " +
  "to them.";

/**
 * Whether the decoders found the same in both texts, number by number.
 * @param {NormsGradients} here
 * @param {NormsGradients} there
 */
export const alike = (here, there) =>
  here.found.length === there.found.length &&
  here.found.every(({ w_out }, at) => w_out.a.every((value, each) => value === there.found[at].w_out.a[each]));

/**
 * @param {NormsGradients} here
 * @param {NormsGradients} there
 * @param {Quantity} quantity
 */
function said(here, there, quantity) {
  if (alike(here, there)) return SAME;
  const { read, distinct, depths } = there;
  return html`On the first ${read} tokens of the other run, ${distinct} different ones, the same decoders change
    ${span(there, quantity, "pre")} with pre-norm and ${span(there, quantity, "post")} with post-norm, from
    ${depths[0]} to ${depths[depths.length - 1]} blocks.`;
}

/**
 * From the shallowest decoder to the deepest.
 * @param {NormsGradients} data
 * @param {Quantity} quantity
 * @param {Way} way
 */
export function span(data, quantity, way) {
  const { median } = lastBlocks(data, quantity, way);
  const last = median[median.length - 1];
  return html`${size(median[0])} → <b data-last=${last}>${size(last)}</b>`;
}
