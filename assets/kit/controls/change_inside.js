// @ts-check
/**
 * Interventions that a panel's own control `do` holds: typed, or taken over from the page's stack.
 *
 * @import { Drafts } from "./typed.js"
 * @import { ViewContext } from "../view"
 */
import { html, nothing } from "../../vendor/lit.js";
import { typed, typedText } from "./typed.js";

/** @param {ViewContext<Drafts>} ctx */
export function changeInside(ctx) {
  const on = ctx.interventions.filter(({ on }) => on).map(({ text }) => text);
  return html`
    ${typed({ name: "do", value: typedText("do", undefined, ctx), single: true, named: true }, ctx)}
    ${
      on.length
        ? html`<button type="button" class="btn ghost" @click=${() => ctx.control("do", on.join(", "))}>Take this
            page’s interventions</button>`
        : nothing
    }`;
}
