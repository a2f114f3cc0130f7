// @ts-check
/**
 * What the views say about the run without interventions: one wording for all of them.
 *
 * @import { Content } from "./table"
 * @import { ViewContext } from "./view"
 */
import { html, nothing } from "../vendor/lit.js";

export const PARTED = "The unmodified run wrote other tokens up to this position; nothing to compare.";

/**
 * A line that is there while interventions are on: the comparison in words, or why there is none.
 * @param {ViewContext} ctx
 * @param {unknown} base what the payload has of the unmodified run
 * @param {Content} said
 */
export function baseNote(ctx, base, said) {
  return ctx.changed ? html`<p class="readout basenote">${base ? said : PARTED}</p>` : nothing;
}
