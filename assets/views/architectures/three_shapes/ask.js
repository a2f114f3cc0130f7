// @ts-check
/** A line of text that is asked with: Enter does what its button does. */
import { html, nothing } from "../../../vendor/lit.js";

/**
 * @param {{ label?: string, spoken: string, value: string, button: string, longest: number,
 *   ask: (text: string) => void }} options `spoken` is the accessible name
 */
export function ask({ label, spoken, value, button, longest, ask }) {
  const asked = (/** @type {Event} */ event) => {
    event.preventDefault();
    const form = /** @type {HTMLFormElement} */ (event.currentTarget);
    ask(form.querySelector("input")?.value ?? "");
  };
  return html`
    <form class="ask" @submit=${asked}>
      ${label ? html`<span>${label}</span>` : nothing}
      <input type="text" maxlength=${longest} spellcheck="false" aria-label=${spoken} .value=${value} />
      <button class="btn" type="submit">${button}</button>
    </form>`;
}
