// @ts-check
/**
 * A picture, a question, and the distribution over the answer, with the picture and about an empty page.
 *
 * @import { PictureAnswer } from "../../../types/frontier"
 * @import { Row, View } from "../../../kit/view"
 * @import { Brought } from "../../../kit/pictures/own_picture.js"
 * @import { Drafts } from "../../../kit/controls/typed.js"
 *
 * @typedef {{ image: HTMLImageElement } & Brought & Drafts} Kept
 */
import { answerBars } from "../../../kit/drawing/answer_bars.js";
import { legend } from "../../../kit/drawing/legend.js";
import { percent } from "../../../kit/numbers/format.js";
import { answered, asking } from "../../../kit/pictures/asking.js";
import { dropping } from "../../../kit/pictures/own_picture.js";
import { html } from "../../../vendor/lit.js";

const LARGEST = 320;
const WIDE = { from: 700, gap: 36 };

/** @type {View<PictureAnswer, Kept>} */
export function ask(data, ctx) {
  const { pictured } = data;
  const dropped = dropping(pictured, ctx);
  const wide = ctx.width > WIDE.from;
  const side = Math.min(LARGEST, ctx.width);
  const bars = wide ? ctx.width - side - WIDE.gap : ctx.width;
  const first = data.answers[0];
  return html`
    ${asking(pictured, ctx)}
    <p class="readout lead">${answered(pictured)} It is ${percent(first.share)} sure; about an empty page it
      gives “${first.word}” ${percent(first.blank)}.</p>
    <div class="picture-and-answer">
      <figure class="asked-picture" @dragover=${dropped.over} @drop=${dropped.drop}>
        <img src=${pictured.image} width=${side} height=${side} alt=${spoken(data)} />
      </figure>
      <div>
        ${legend([
          [{ color: "prob" }, "with the picture"],
          [{ color: "ink3" }, "about an empty page"],
        ])}
        ${answerBars({
          label: `Probability of each answer to “${pictured.question}”`,
          width: Math.min(620, bars),
          answers: data.answers.map(({ word }) => ({ name: word, right: word === pictured.truth })),
          rows: [
            { title: "with the picture", p: data.answers.map(({ share }) => share), color: "prob" },
            { title: "about an empty page", p: data.answers.map(({ blank }) => blank), color: "ink3" },
          ],
        })}
      </div>
    </div>
    <dl class="captions">
      <dt>Its caption</dt><dd>${caption(data.caption, data.true_caption)}</dd>
      ${data.true_caption ? html`<dt>By rule</dt><dd>${data.true_caption}</dd>` : ""}
    </dl>
    <p class="hint">${
      pictured.picture
        ? "The model was trained on drawn scenes alone. It knows nothing of other pictures, and answers even so."
        : html`Things are named from left to right; words that differ from the rule’s are underlined. This scene was not
            among those that the model was trained on.`
    }</p>`;
}

/** @param {PictureAnswer} data @returns {Row[]} */
export const rows = (data) =>
  data.answers.map(({ word, share, blank }) => ({ answer: word, with_picture: share, empty_page: blank }));

/** @param {PictureAnswer} data */
const spoken = ({ pictured, true_caption }) =>
  pictured.picture ? "The picture that you have brought" : `A drawn scene: ${true_caption}`;

/** Words that differ from the rule's are marked. @param {string} said @param {string} right */
function caption(said, right) {
  const wanted = right.split(" ");
  return said
    .split(" ")
    .map((word, at) => (right && word !== wanted[at] ? html`<mark>${word}</mark> ` : html`${word} `));
}
