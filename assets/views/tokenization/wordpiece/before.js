// @ts-check
/**
 * The text after each step that is done before the search, what changed marked; and what decoding gives back.
 *
 * @import { WordpieceBefore, WordpieceStage } from "../../../types"
 * @import { Row, View } from "../../../kit/view"
 */
import { counted } from "../../../kit/format.js";
import { signs } from "../../../kit/spelled.js";
import { html, nothing } from "../../../vendor/lit.js";

export const follows = true;

/** @type {View<WordpieceBefore>} */
export function before(data) {
  if (data.reason) return html`<p class="readout">${data.reason}</p>`;
  return html`
    <ol class="stages">
      <li><span class="step">The text</span><span class="text">${signs(data.text) || "nothing"}</span></li>
      ${data.stages.map(stage)}
      <li class="back"><span class="step">Decoded</span><span
          class="text">${signs(data.decoded) || "nothing"}</span></li>
    </ol>
    <p class="readout ${data.same ? "same" : "other"}">${verdict(data)}</p>`;
}

/**
 * @param {WordpieceBefore} data
 * @returns {Row[]}
 */
export const rows = ({ stages }) =>
  stages.map(({ name, changed, parts }) => ({ step: name, changed, text: parts.map(({ text }) => text).join("") }));

/** @param {WordpieceStage} stage */
function stage({ name, about, changed, parts }) {
  return html`
    <li class=${changed ? "" : "idle"}>
      <span class="step">${name}<small>${about}</small></span>
      ${
        changed
          ? html`<span class="text">${parts.map(({ text, before }) =>
              text === before
                ? signs(text)
                : html`${
                    before ? html`<del>${signs(before)}</del>` : nothing
                  }${text ? html`<ins>${apart(text)}</ins>` : nothing}`,
            )}</span>`
          : html`<span class="muted">nothing to do</span>`
      }
    </li>`;
}

/** An accent that is a character of its own, beside its letter. @param {string} text */
const apart = (text) => signs(text).replace(/(?<!◌)\p{M}/gu, " ◌$&");

/** @param {WordpieceBefore} data */
function verdict({ same, unknown, text }) {
  if (!text) return "";
  if (same) return "Decoding gives this text back.";
  const lost = unknown.length
    ? html` ${counted(unknown.length, "word")} cannot be read from the ids at all:
      ${unknown.map((word) => html`<span class="tok">${signs(word)}</span> `)}`
    : "";
  return html`Decoding does <b>not</b> give the text back: what is marked above is gone, and there is one space before
    each word, wherever spaces stood.${lost}`;
}
