// @ts-check
/**
 * From a pair to the panel that trains on pairs.
 *
 * @import { ViewContext } from "../../../kit/view"
 */
import { html } from "../../../vendor/lit.js";

/** Characters that the other panel takes. */
const LONGEST = 300;

/**
 * A button that opens the pair in Preferences, where DPO takes its steps on it.
 * @param {{ request: string, chosen: string, rejected: string }} pair
 * @param {ViewContext<any>} ctx
 */
export function toPreferences(pair, ctx) {
  const open = () => {
    ctx.control("rule", "own", "preferences");
    for (const [name, text] of Object.entries(pair)) ctx.control(name, text.slice(0, LONGEST), "preferences");
    ctx.control("method", "dpo", "preferences");
    ctx.go("preferences", "pair");
  };
  return html`<button class="btn" type="button" @click=${open}>Open in Preferences (DPO)</button>`;
}
