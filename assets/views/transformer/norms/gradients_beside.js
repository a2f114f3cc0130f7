// @ts-check
/**
 * The same decoders on the tokens of the run beside this one, in words.
 *
 * @import { NormsGradients, OnTokens } from "../../../types/transformer"
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
 * @param {ViewContext} ctx
 */
export function besideGradients(data, quantity, ctx) {
  if (!ctx.changed || (ctx.beside === OTHER && !data.base && !ctx.measured())) return nothing;
  return html`<p class="readout basenote">${ctx.beside === OTHER ? said(data, quantity) : UNCHANGED}</p>`;
}

const UNCHANGED = "Interventions act on the model, not on these decoders, which use only the tokens of the run.";
const SAME =
  "The other run’s tokens repeat at the same places. These decoders renumber the tokens, so both texts are the same " +
  "to them.";

/**
 * @param {NormsGradients} data
 * @param {Quantity} quantity
 */
function said({ base, same }, quantity) {
  if (!base) return "The other run has fewer than three tokens, which is too few.";
  if (same) return SAME;
  const { read, distinct, depths } = base;
  return html`On the first ${read} tokens of the other run, ${distinct} different ones, the same decoders change
    ${span(base, quantity, "pre")} with pre-norm and ${span(base, quantity, "post")} with post-norm, from
    ${depths[0]} to ${depths[depths.length - 1]} blocks.`;
}

/**
 * From the shallowest decoder to the deepest.
 * @param {OnTokens} read
 * @param {Quantity} quantity
 * @param {Way} way
 */
export function span(read, quantity, way) {
  const { median } = lastBlocks(read, quantity, way);
  const last = median[median.length - 1];
  return html`${size(median[0])} → <b data-last=${last}>${size(last)}</b>`;
}
