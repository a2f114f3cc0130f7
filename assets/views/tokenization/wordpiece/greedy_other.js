// @ts-check
/**
 * The words of the run beside this one, and the search of the one that belongs to the chosen one.
 *
 * @import { WordpieceGreedy, WordpieceWord } from "../../../types/tokenization"
 * @import { ViewContext } from "../../../kit/view"
 */
import { counted, decimal, whole } from "../../../kit/numbers/format.js";
import { signs } from "../../../kit/text/spelled.js";
import { wordList } from "../../../kit/text/words.js";
import { html, nothing } from "../../../vendor/lit.js";
import { cutWord } from "./cut_word.js";
import { search } from "./search.js";

/** Words that are lost. @param {WordpieceWord[]} words */
const lost = (words) => words.filter(({ why }) => why).length;

/** Both texts in numbers. @param {WordpieceGreedy} data @param {ViewContext} ctx */
export function compared({ base, words, n_tokens }, { beside }) {
  if (!base) return nothing;
  const same = base.alike.filter(Boolean).length;
  const each = (/** @type {number} */ tokens, /** @type {WordpieceWord[]} */ of) =>
    of.length ? `${decimal(tokens / of.length)} a word` : "none";
  return html`<p class="readout basenote">${beside.start} ${counted(base.words.length, "word")} become <b
      data-tokens=${base.n_tokens}>${counted(base.n_tokens, "token")}</b>, ${each(base.n_tokens, base.words)}, and
    ${whole(lost(base.words))} of them [UNK]; here ${whole(words.length)} become ${counted(n_tokens, "token")},
    ${each(n_tokens, words)}, and ${whole(lost(words))} [UNK]. ${whole(same)} of its words
    ${same === 1 ? "is" : "are"} here too.${base.shortened ? " Only the beginning of its text is read." : ""}</p>`;
}

/**
 * Its words; one that belongs to a word here chooses that one.
 * @param {WordpieceGreedy} data
 * @param {ViewContext} ctx
 */
export function otherWords({ base }, ctx) {
  if (!base) return nothing;
  const { words, here, alike, word } = base;
  return html`
    <h3 class="sub3">${ctx.beside.The}’s text <span class="muted">pale: this text has the same word with the same
      cut</span></h3>
    ${wordList({
      label: `Words of ${ctx.beside.the}’s text`,
      words: words.map((each, at) => {
        const { pieces, look } = cutWord(each);
        return { pieces, look: `${look} ${alike[at] ? "alike" : ""}` };
      }),
      chosen: word,
      choose: (at) => here[at] >= 0 && ctx.control("word", here[at]),
    })}`;
}

/** The word that belongs to the chosen one. @param {WordpieceGreedy} data @param {ViewContext} ctx */
export function otherSearch(data, { beside, width }) {
  const { base, tries } = data;
  if (!base) return nothing;
  const its = base.words[base.word];
  if (!its) return html`<p class="readout basenote">No word of ${beside.the}’s text matches this one.</p>`;
  const name = html`<b class="mono">${signs(its.text)}</b>`;
  if (base.alike[base.word])
    return html`<p class="readout basenote">${beside.start} the same word stands here with the same cut.</p>`;
  const became = its.why ? "one [UNK]" : counted(its.tokens.length, "token");
  const came = html`${became} after <b data-tries=${base.tries}>${counted(base.tries, "look-up")}</b>`;
  return html`
    <h3 class="sub3">${beside.start}, the matching word</h3>
    <p class="readout basenote">${name}: ${came}, against ${whole(tries)} here.</p>
    ${
      base.steps.length
        ? html`<div class="figure scroll" tabindex="0" role="group" aria-label="The search in ${beside.the}">
            ${search({ ...data, steps: base.steps }, its, width)}
          </div>`
        : nothing
    }`;
}
