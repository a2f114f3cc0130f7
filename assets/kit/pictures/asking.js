// @ts-check
/**
 * Which picture is asked, and what: a drawn scene by its number, or one that was brought; a question that is typed, or
 * one of those whose answer is known.
 *
 * @import { ViewContext } from "../view"
 * @import { Takes } from "./own_picture.js"
 * @typedef {Takes & { question: string, offered: string[], answer: string, truth: string }} AskedPicture
 */
import { html, nothing } from "../../vendor/lit.js";
import { control } from "../controls/declared.js";
import { forget, typed, typedText } from "../controls/typed.js";
import { ownPicture } from "./own_picture.js";

/** @param {AskedPicture} data @param {ViewContext<any>} ctx */
export function asking(data, ctx) {
  const drawn = !data.picture;
  const choose = (/** @type {string} */ text) => {
    forget("question", ctx);
    ctx.control("question", text);
  };
  return html`
    <div class="asked-about">
      ${drawn ? [control(ctx, "scene"), control(ctx, "things")] : nothing}
      ${
        drawn
          ? nothing
          : html`<button class="chip" type="button" @click=${() => ctx.control("picture", null)}>A drawn scene</button>`
      }
      <div class="chips">${ownPicture(data, ctx)}</div>
    </div>
    <div class="question">
      ${typed({ name: "question", value: typedText("question", data.question, ctx), single: true, plain: true }, ctx)}
      <div class="chips offered" role="group" aria-label="Questions to choose from">
        ${data.offered.map(
          (text) => html`<button class="chip" type="button" aria-pressed=${text === data.question}
            @click=${() => choose(text)}>${text}</button>`,
        )}
      </div>
    </div>`;
}

/** The answer, and whether it is the true one. @param {AskedPicture} data */
export const answered = ({ answer, truth, question }) =>
  question === "describe"
    ? html`The caption begins with <b>${answer}</b>.`
    : html`The model answers <b>${answer}</b>${
        truth ? (truth === answer ? ", which is true" : html`; true is <b>${truth}</b>`) : ""
      }.`;
