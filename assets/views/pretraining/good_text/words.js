// @ts-check
/**
 * A text word by word: how likely a counted language model finds each, and by which of its n-grams.
 *
 * @import { GoodTextJudges, GoodTextWord, GoodTextWords } from "../../../types/pretraining"
 * @import { Row, View } from "../../../kit/view"
 *
 * @typedef {{ at: number }} Kept
 */
import { control } from "../../../kit/controls/declared.js";
import { rove } from "../../../kit/controls/roving.js";
import { legend } from "../../../kit/drawing/legend.js";
import { derivation } from "../../../kit/numbers/derivation.js";
import { counted, decimal, percent, scientific, signed, whole } from "../../../kit/numbers/format.js";
import { html, nothing } from "../../../vendor/lit.js";

export const follows = true;

/** @type {View<GoodTextWords, Kept>} */
export function words(data, ctx) {
  const at = Math.min(ctx.kept.at ?? opening(data), data.words.length - 1);
  return html`
    <div class="settings-row">
      ${control(ctx, "example", { as: "select" })} ${control(ctx, "order", { as: "segmented" })}
    </div>
    <p class="readout lead">${said(data)}</p>
    ${listed(data, at, (to) => ctx.keep({ at: to }))}
    ${legend(
      Array.from({ length: data.order }, (_, n) => [`matched m${n + 1}`, n ? `${n + 1} words` : "the word alone"]),
    )}
    ${data.words.length ? path(data.words[at]) : nothing}
    <p class="hint">The model is counted on ${whole(data.trained_on)} words of the Python documentation and of passages
      that stand in no example; it knows ${whole(data.vocabulary)} words. CCNet counts Wikipedia, and keeps a text by
      the third of all perplexities that it falls in. Words are lower case, without punctuation; each number is 0. A
      wavy line marks a word that the model does not know, and ⏎ the end of a sentence.</p>`;
}

/** @param {GoodTextWords} data @returns {Row[]} */
export const rows = ({ words: all }) =>
  all.map(({ left, ...each }) => ({
    ...each,
    backed_off: left.map(({ context, weight }) => `${context}: ${weight}`).join("; "),
  }));

/** The first word that backs off more than once; else the first. @param {GoodTextWords} data */
const opening = ({ words: all }) =>
  Math.max(
    0,
    all.findIndex(({ left, known }) => known && left.length > 1),
  );

/** @param {GoodTextWords} data */
function said({ words: all, perplexity, usual, below, orders, good, read }) {
  if (!all.length) return "There is no word in this text.";
  const unknown = all.filter(({ known }) => !known).length;
  return html`
    The text’s perplexity is <b>${whole(Math.round(perplexity))}</b>: ${percent(below, 0)} of
    ${counted(usual.a.length, "held-out piece")} of documentation have a lower one. ${whole(orders[0])} of
    ${counted(all.length, "word")} are found alone, without a word before them; ${whole(unknown)} are unknown to
    the model. A classifier that was trained on ${counted(read, "text")} finds it good with
    <b>${percent(good, 1)}</b>.`;
}

/** @param {GoodTextWords} data @param {number} chosen @param {(at: number) => void} choose */
function listed({ words: all }, chosen, choose) {
  return html`
    <div class="spoken-words" role="listbox"
      aria-label="Words, shaded by how many words the model matched; arrow keys walk" data-rove @keydown=${rove}>
      ${all.map((each, at) => {
        const press = () => choose(at);
        const look = `matched m${each.known ? each.matched : 0}`;
        return html`<span class=${look} role="option" aria-selected=${at === chosen}
          tabindex=${at === chosen ? 0 : -1} @click=${press} @focus=${at === chosen ? nothing : press}
          title="p ${scientific(each.p)}, ${counted(each.matched, "word")} matched">${
            each.end ? "⏎" : each.word
          }</span> `;
      })}
    </div>`;
}

/** How one probability comes about. @param {GoodTextWord} word */
function path({ word, end, known, p, found, own, left, toward }) {
  const weights = left.map(({ weight }) => decimal(weight, 3));
  return html`
    <h3 class="sub3">${end ? "The end of the sentence" : html`“${word}”`}${known ? nothing : " is unknown"}</h3>
    ${derivation([
      ...left.map(({ context, weight }) => ({
        name: "backs off",
        formula: `γ(${context})`,
        result: decimal(weight, 3),
        note: "the weight that this context leaves to shorter ones",
      })),
      { name: "found", formula: `p of “${found}”`, result: scientific(own), note: "its last word after the others" },
      {
        name: "probability",
        formula: [...weights, scientific(own)].join(" × "),
        result: scientific(p),
        note: `log₁₀ p is ${decimal(Math.log10(p), 3)}`,
      },
    ])}
    ${
      toward === null
        ? nothing
        : html`<p class="hint">The classifier’s log odds get ${signed(toward, 4)} from this word, each time that it
            stands there.</p>`
    }`;
}
