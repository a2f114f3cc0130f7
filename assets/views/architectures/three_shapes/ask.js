// @ts-check
/**
 * A line of text that is asked with: Enter does what its button does.
 *
 * @import { ViewContext } from "../../../kit/view"
 */
import { html, nothing } from "../../../vendor/lit.js";

/**
 * Another text is taken; an empty one is none.
 * @param {ViewContext<any>} ctx
 * @param {string} name of the control
 * @param {{ value: string, button: string }} options
 */
export function ask(ctx, name, { value, button }) {
  const { label, meaning, longest = 0 } = ctx.declared(name);
  const asked = (/** @type {Event} */ event) => {
    event.preventDefault();
    const form = /** @type {HTMLFormElement} */ (event.currentTarget);
    const text = form.querySelector("input")?.value.trim();
    if (text && text !== value) ctx.control(name, text);
  };
  return html`
    <form class="ask" @submit=${asked}>
      ${label ? html`<span title=${meaning}>${label}</span>` : nothing}
      <input type="text" maxlength=${longest} spellcheck="false" aria-label=${meaning} .value=${value} />
      <button class="btn" type="submit">${button}</button>
    </form>`;
}
