// @ts-check
/**
 * Three trainers on one text: what each learns, in order.
 *
 * @import { BpeTrainingKinds, TrainerColumn } from "../../../types"
 * @import { Row, View } from "../../../kit/view"
 */
import { whole } from "../../../kit/format.js";
import { legend } from "../../../kit/legend.js";
import { visible } from "../../../kit/vocabulary.js";
import { html } from "../../../vendor/lit.js";

/** Trainings of a few lines. */
export const follows = true;

/** What each says of itself, in the order of the columns. */
const RULES = [
  "Bytes. The space begins a word. Of equally frequent pairs, the one of older tokens.",
  "Characters. ▁ stands for a space; letters, digits and signs do not mix. Of equals, " +
    "the shorter, then by the alphabet.",
  "Characters, and others within a word (##). No spaces. Of equals, the one of older tokens.",
];

/** @type {View<BpeTrainingKinds>} */
export function kinds(data) {
  if (data.reason) return html`<p class="readout lead" role="status">${data.reason}</p>`;
  return html`
    <div class="three">${data.columns.map((column, i) => trainer(column, RULES[i]))}</div>
    ${legend([["solid", "no other trainer has learned it"]])}
    <p class="hint">${data.title}. The number behind a token is how often its two parts stood side by side.</p>`;
}

/** @param {TrainerColumn} column @param {string} rule */
function trainer({ title, alphabet, pieces, counts, alone }, rule) {
  return html`
    <section>
      <h3 class="sub3">${title} <small>an alphabet of ${whole(alphabet)}</small></h3>
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
