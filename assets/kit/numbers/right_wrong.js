// @ts-check
/** Whether something is right: a tick or a cross before its words, and a colour. */
import { html, nothing } from "../../vendor/lit.js";

/**
 * @param {boolean} right
 * @param {unknown} [words] behind the sign; without them a screen reader is told right or wrong
 */
export const rightOrWrong = (right, words) =>
  html`<span class=${right ? "is-right" : "is-wrong"}><span aria-hidden="true">${right ? "✓" : "✗"} </span><span
    class="unseen">${right ? "right" : "wrong"}${words === undefined ? "" : ": "}</span>${words ?? nothing}</span>`;
