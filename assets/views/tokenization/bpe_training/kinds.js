// @ts-check
/**
 * Three trainers on one text: what each learns, in order.
 *
 * @import { BpeTrainingKinds, TrainerColumn } from "../../../types/tokenization"
 * @import { Row, View } from "../../../kit/view"
 */

import { legend } from "../../../kit/drawing/legend.js";
import { whole } from "../../../kit/numbers/format.js";
import { visible } from "../../../kit/text/vocabulary.js";
import { html } from "../../../vendor/lit.js";

/** Trainings of a few lines. */
export const follows = true;

/** What each says of itself, in the order of the columns. */
const RULES = [
  "It starts from bytes. A space belongs to the word after it. Ties go to the pair of older tokens.",
  "It starts from characters. ▁ stands for a space. Letters, digits and signs never merge with each other. " +
    "Ties go to the shorter piece, then to the alphabet.",
  "It starts from characters; a character inside a word is another one, marked ##. Spaces are dropped. " +
    "Ties go to the pair of older tokens.",
];

/** @type {View<BpeTrainingKinds>} */
export function kinds(data) {
  if (data.reason) return html`<p class="readout lead" role="status">${data.reason}</p>`;
  return html`
    <div class="three">${data.columns.map((column, i) => trainer(column, RULES[i]))}</div>
    ${legend([["solid", "only this trainer learned it"]])}
    <p class="hint">Text: ${data.title}. The number after a token counts how often its two parts stood side by
      side.</p>`;
}

/** @param {TrainerColumn} column @param {string} rule */
function trainer({ title, alphabet, pieces, counts, alone }, rule) {
  return html`
    <section>
      <h3 class="sub3">${title} <small>alphabet of ${whole(alphabet)}</small></h3>
      <p class="rule">${rule}</p>
      <ol class="learned">
        ${pieces.map(
          (piece, i) =>
            html`<li><bdi class="tok ${alone[i] ? "new" : ""}">${visible(piece)}</bdi><i>${whole(counts[i])}</i></li>`,
        )}
      </ol>
    </section>`;
}

/** Each merge of each trainer. @param {BpeTrainingKinds} data @returns {Row[]} */
export const rows = ({ columns }) =>
  columns.flatMap(({ title, pieces, counts, alone }) =>
    pieces.map((piece, i) => ({ trainer: title, merge: i + 1, token: piece, times: counts[i], alone: alone[i] })),
  );
