// @ts-check
/**
 * One of three models side by side: its shape, its name, a line about it, and its picture.
 *
 * @import { TemplateResult } from "lit-html"
 */
import { html } from "../../../vendor/lit.js";

/** Three stand side by side from this width on. */
const BESIDE = 770;
const GAP = 30;

/** @param {number} width of the view in pixels */
export const cardWidth = (width) => (width < BESIDE ? width : Math.floor((width - 2 * GAP) / 3));

/**
 * @param {number} width of the view in pixels
 * @param {TemplateResult[]} three
 */
export const cards = (width, three) => html`<div class="cards ${width < BESIDE ? "" : "beside"}">${three}</div>`;

/** @param {{ title: string, model: string, line: TemplateResult | string, content: TemplateResult }} options */
export function card({ title, model, line, content }) {
  return html`
    <section class="card">
      <h3 class="sub3">${title} <small>${model}</small></h3>
      <p class="hint">${line}</p>
      <div>${content}</div>
    </section>`;
}
