// @ts-check
/**
 * The text after each step that is done before the search, what changed marked; and what decoding gives back.
 *
 * @import { WordpieceBefore, WordpieceStage } from "../../../types/tokenization"
 * @import { Content } from "../../../kit/numbers/table"
 * @import { Row, View, ViewContext } from "../../../kit/view"
 */

import { legend } from "../../../kit/drawing/legend.js";
import { counted } from "../../../kit/numbers/format.js";
import { signs } from "../../../kit/text/spelled.js";
import { sum } from "../../../vendor/d3.js";
import { html, nothing } from "../../../vendor/lit.js";

export const follows = true;

/** @type {View<WordpieceBefore>} */
export function before(data, ctx) {
  if (data.reason) return html`<p class="readout">${data.reason}</p>`;
  const { base } = data;
  const whole = (/** @type {string} */ text) => html`<span class="text">${signs(text) || "nothing"}</span>`;
  return html`
    ${compared(data, ctx)}
    <ol class="stages">
      <li><span class="step">The text</span>${pair(whole(data.text), base && whole(base.text), ctx)}</li>
      ${data.stages.map((each, at) => stage(each, base?.stages[at], ctx))}
      <li class="back">
        <span class="step">Decoded</span>${pair(whole(data.decoded), base && whole(base.decoded), ctx)}
      </li>
    </ol>
    ${base ? legend([["dot", ctx.beside.name]]) : nothing}
    <p class="readout ${data.same ? "same" : "other"}">${verdict(data)}</p>`;
}

/**
 * @param {WordpieceBefore} data
 * @param {ViewContext} ctx
 * @returns {Row[]}
 */
export function rows({ stages, base }, { beside }) {
  const text = (/** @type {WordpieceStage | undefined} */ of) => of?.parts.map((part) => part.text).join("");
  return stages.map((each, at) => {
    const its = base?.stages[at];
    const other = its ? { [`changed_${beside.column}`]: its.changed, [`text_${beside.column}`]: text(its) } : {};
    return { step: each.name, changed: each.changed, text: text(each), ...other };
  });
}

/** What is changed in both texts, in words. @param {WordpieceBefore} data @param {ViewContext} ctx */
function compared({ base, stages, same }, { beside }) {
  if (!base) return nothing;
  const [here, there] = [stages, base.stages].map((all) => sum(all, ({ changed }) => changed));
  const lost = base.unknown.length ? `; ${counted(base.unknown.length, "word")} of it cannot be restored` : "";
  return html`<p class="readout basenote">${beside.start} the steps make <b data-changed=${there}>${counted(
    there,
    "change",
  )}</b> to its text and ${here} to this one. Decoding ${base.same ? "returns" : "does not return"} that text; it
    ${same ? "returns" : "does not return"} this one${lost}.</p>`;
}

/**
 * A step's text, and below it that of the run beside this one.
 * @param {Content} here
 * @param {Content | null} there
 * @param {ViewContext} ctx
 */
function pair(here, there, { beside }) {
  if (!there) return here;
  return html`<div>${here}
    <div class="there"><i class="mark dot"></i><span class="unseen">${beside.name}</span>${there}</div></div>`;
}

/** @param {WordpieceStage} stage @param {WordpieceStage | undefined} its @param {ViewContext} ctx */
function stage(stage, its, ctx) {
  return html`
    <li class=${stage.changed || its?.changed ? "" : "idle"}>
      <span class="step">${stage.name}<small>${stage.about}</small></span>
      ${
        its && !stage.changed && !its.changed
          ? html`<span class="muted">no change in either text</span>`
          : pair(changes(stage), its ? changes(its) : null, ctx)
      }
    </li>`;
}

/** @param {WordpieceStage} stage */
const changes = ({ changed, parts }) =>
  changed
    ? html`<span class="text">${parts.map(({ text, before }) =>
        text === before
          ? signs(text)
          : html`${
              before ? html`<del>${signs(before)}</del>` : nothing
            }${text ? html`<ins>${apart(text)}</ins>` : nothing}`,
      )}</span>`
    : html`<span class="muted">no change</span>`;

/** An accent that is a character of its own, beside its letter. @param {string} text */
const apart = (text) => signs(text).replace(/(?<!◌)\p{M}/gu, " ◌$&");

/** @param {WordpieceBefore} data */
function verdict({ same, unknown, text }) {
  if (!text) return "";
  if (same) return "Decoding returns this text exactly.";
  const lost = unknown.length
    ? html` ${counted(unknown.length, "word")} cannot be restored from the ids:
      ${unknown.map((word) => html`<span class="tok">${signs(word)}</span> `)}`
    : "";
  return html`Decoding does <b>not</b> return the text: the marked characters are lost, and one space stands before
    each word.${lost}`;
}
