// @ts-check
/**
 * Two texts side by side with what they share, and their signatures band by band.
 *
 * @import { DuplicateSides } from "../../../types/pretraining"
 * @import { Drafts } from "../../../kit/controls/typed.js"
 * @import { Row, View } from "../../../kit/view"
 */
import { control } from "../../../kit/controls/declared.js";
import { typed, typedText } from "../../../kit/controls/typed.js";
import { counted, decimal, percent, whole } from "../../../kit/numbers/format.js";
import { html } from "../../../vendor/lit.js";

/** Of either text: their words begin side by side. */
const LINES = 7;

/** @type {View<DuplicateSides, Drafts>} */
export function sides(data, ctx) {
  return html`
    <div class="settings-row">
      ${control(ctx, "change", { format: (value) => `${value} %` })} ${control(ctx, "seed")} ${control(ctx, "bands")}
    </div>
    <p class="readout lead">${said(data)}</p>
    <div class="two">
      ${side("The first text", "text", data.text, data.words, data.shared.a, ctx)}
      ${side("The other text", "other", data.other, data.other_words, data.other_shared.a, ctx)}
    </div>
    <h3 class="sub3">Signatures, band by band</h3>
    ${signatures(data)}
    <p class="hint">Shown as they are compared: lower case, without punctuation and accents, each number a 0. Words in a
      shingle that both texts have are marked. A cell is one permutation; it is filled where both texts have the same
      least value. A band whose cells are all filled makes the pair a candidate.</p>`;
}

/** @param {DuplicateSides} data @returns {Row[]} */
export const rows = ({ words, shared, other_words, other_shared }) => [
  ...words.map((word, at) => ({ side: "first", word, shared: shared.a[at] })),
  ...other_words.map((word, at) => ({ side: "other", word, shared: other_shared.a[at] })),
];

/** @param {DuplicateSides} data */
function said({ both, every, jaccard, estimate, equal, chance }) {
  if (!every) return "Neither text has five words: there is no shingle to compare.";
  const full = bandsOf(equal).filter((band) => band.every(Boolean)).length;
  return html`
    Both texts have <b>${whole(both)}</b> of ${counted(every, "shingle")}: their Jaccard similarity is
    <b>${decimal(jaccard, 3)}</b>. Of ${counted(equal.a.length, "entry", "entries")} of the signatures
    ${percent(estimate, 1)} are equal. ${counted(full, "band agrees", "bands agree")} in all rows: the pair is
    <b>${full ? "a candidate" : "not found"}</b>. Of pairs this similar ${percent(chance, 1)} are found.`;
}

/**
 * @param {string} title
 * @param {string} name
 * @param {string} text
 * @param {readonly string[]} words
 * @param {ArrayLike<number>} shared
 * @param {import("../../../kit/view").ViewContext<Drafts>} ctx
 */
function side(title, name, text, words, shared, ctx) {
  return html`
    <div>
      <h3 class="sub3">${title}</h3>
      ${typed({ name, value: typedText(name, text, ctx), lines: [LINES, LINES], plain: true }, ctx)}
      <p class="shingled" tabindex="0" aria-label="${title}, its shared runs marked">
        ${words.map((word, at) => html`<span class=${shared[at] ? "both" : ""}>${word}</span> `)}</p>
    </div>`;
}

/** @param {DuplicateSides} data */
function signatures({ equal }) {
  const bands = bandsOf(equal);
  const full = bands.filter((band) => band.every(Boolean)).length;
  return html`
    <div class="bands" role="img"
      aria-label="${counted(bands.length, "band")} of ${bands[0].length} rows; ${full} agree in all rows">
      ${bands.map(
        (band) => html`
        <span class="band ${band.every(Boolean) ? "full" : ""}">
          ${band.map((same) => html`<i class=${same ? "same" : ""}></i>`)}
        </span>`,
      )}
    </div>`;
}

/** @param {DuplicateSides["equal"]} equal */
const bandsOf = ({ a, shape: [bands, rows] }) =>
  Array.from({ length: bands }, (_, band) => Array.from(a.slice(band * rows, (band + 1) * rows)));
