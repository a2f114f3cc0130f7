// @ts-check
/**
 * Fields in which a person writes what is said; what is typed is taken after a pause.
 *
 * @import { ViewContext } from "../../../kit/view"
 *
 * @typedef {{ drafts: Record<string, string> }} Drafts what stands in the fields, where it was not yet taken
 */
import { html, nothing } from "../../../vendor/lit.js";

/** Milliseconds after the last key. */
const PAUSE = 450;
const LONGEST = 1900;

/** @type {Record<string, ReturnType<typeof setTimeout>>} */
const typing = {};

/**
 * @param {object} options
 * @param {string} options.name of the control
 * @param {string} options.label
 * @param {string} options.value
 * @param {string} [options.note]
 * @param {number} [options.lines]
 * @param {boolean} [options.mono]
 * @param {ViewContext<any>} ctx
 */
export function field({ name, label, value, note, lines = 2, mono }, ctx) {
  const draft = ctx.kept.drafts?.[name];
  const take = (/** @type {string} */ text) => {
    clearTimeout(typing[name]);
    if (text !== ctx.controls[name]) ctx.control(name, text);
  };
  const typed = (/** @type {Event} */ event) => {
    const { value } = /** @type {HTMLTextAreaElement} */ (event.target);
    ctx.keep({ drafts: { ...ctx.kept.drafts, [name]: value } });
    clearTimeout(typing[name]);
    typing[name] = setTimeout(() => take(value), PAUSE);
  };
  return html`
    <label class="field">
      <span><b>${label}</b>${note ? html` <small>${note}</small>` : nothing}</span>
      <textarea class=${mono ? "mono" : ""} rows=${lines} maxlength=${LONGEST} spellcheck="false" autocomplete="off" .value=${draft ?? value}
        @input=${typed} @change=${(/** @type {Event} */ event) => take(/** @type {HTMLTextAreaElement} */ (event.target).value)}></textarea>
    </label>`;
}
