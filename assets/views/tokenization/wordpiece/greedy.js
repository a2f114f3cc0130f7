// @ts-check
/**
 * A text's words, and the search of one of them: every candidate that is looked up, the longest first.
 *
 * @import { WordpieceGreedy, WordpieceWord } from "../../../types/tokenization"
 * @import { Drafts } from "../../../kit/controls/typed.js"
 * @import { Row, View, ViewContext } from "../../../kit/view"
 *
 * @typedef {ViewContext<Drafts>} Context
 */

import { legend } from "../../../kit/drawing/legend.js";
import { counted, whole } from "../../../kit/numbers/format.js";
import { signs } from "../../../kit/text/spelled.js";
import { wordList } from "../../../kit/text/words.js";
import { html, nothing } from "../../../vendor/lit.js";
import { cutWord } from "./cut_word.js";
import { field } from "./field.js";
import { compared, otherSearch, otherWords } from "./greedy_other.js";
import { search } from "./search.js";

/** It is quick once the vocabulary is read. */
export const follows = true;

/** @type {View<WordpieceGreedy>} */
export function greedy(data, ctx) {
  return html`
    ${field(data, /** @type {Context} */ (ctx))}
    ${
      data.reason
        ? html`<p class="readout">${data.reason}</p>`
        : html`${compared(data, ctx)} ${words(data, ctx)} ${otherWords(data, ctx)} ${chosen(data, ctx)}
          ${otherSearch(data, ctx)}`
    }`;
}

/**
 * @param {WordpieceGreedy} data
 * @param {ViewContext} ctx
 * @returns {Row[]}
 */
export function rows({ words, base }, { beside }) {
  if (!base) return listed(words);
  const of = (/** @type {string} */ run, /** @type {WordpieceWord[]} */ its) =>
    listed(its).map((row) => ({ run, ...row }));
  return [...of("this run", words), ...of(beside.name, base.words)];
}

/** @param {WordpieceWord[]} words @returns {Row[]} */
const listed = (words) =>
  words.map(({ source, text, tokens, ids, why, better }) => ({
    word: source,
    searched: text,
    tokens: tokens.join(" "),
    ids: ids.join(" "),
    unknown: why,
    "fewer tokens": better.join(" "),
  }));

/** @param {WordpieceGreedy} data @param {ViewContext} ctx */
function words({ words, word, n_tokens, shortened }, ctx) {
  const lost = words.filter(({ why }) => why).length;
  const longer = words.filter(({ why, better }) => better.length && !why).length;
  return html`
    <h3 class="sub3">${counted(words.length, "word")}, ${counted(n_tokens, "token")}
      <span class="muted">${lost ? `${whole(lost)} lost as [UNK]; ` : ""}${
        longer ? `${whole(longer)} with a shorter cut; ` : ""
      }choose a word with a click or the arrow
      keys${shortened ? "; only the beginning of the text is read" : ""}</span></h3>
    ${wordList({
      label: "Words of the text",
      words: words.map(cutWord),
      chosen: word,
      choose: (at) => ctx.control("word", at),
    })}`;
}

/** @param {WordpieceGreedy} data @param {ViewContext} ctx */
function chosen(data, ctx) {
  const word = data.words[data.word];
  return html`
    <p class="readout">${said(data, word)}</p>
    ${
      data.steps.length
        ? html`<div class="search-bar">${legend([
            ["solid", "found and taken"],
            ["tried", "looked up: not a token"],
            word.better.length > 0 && ["pale", word.why ? "a cut that works" : "a cut of fewer tokens"],
          ])}</div>
          <div class="figure scroll" tabindex="0" role="group" aria-label="The search of this word">
            ${search(data, word, ctx.width)}
          </div>`
        : nothing
    }
    <p class="hint">The vocabulary has ${whole(data.n_vocabulary)} tokens. ## marks a token that continues a word. It is
      another token than the same letters at the beginning of a word.</p>`;
}

/** @param {WordpieceGreedy} data @param {WordpieceWord} word */
function said({ tries, missing, max_characters }, { text, source, tokens, why, better }) {
  const name = html`<b class="mono">${signs(text)}</b>`;
  const from = source === text ? "" : html` (in the text <b class="mono">${signs(source)}</b>)`;
  if (why === "long")
    return html`${name} has ${counted([...text].length, "character")}: a word of more than ${max_characters}
      becomes [UNK] without a search.`;
  const cut = html`<b class="mono">${better.join(" ")}</b>`;
  if (why === "character")
    return html`${name}${from} becomes one [UNK]: no token holds ${html`<b class="mono">${signs(missing)}</b>`}, and
      one missing character loses the whole word.`;
  if (why === "rest")
    return html`${name}${from} becomes one [UNK]: no token fits the rest. ${
      better.length
        ? html`The tokens ${cut} would write it, but the search never goes back.`
        : "No other cut works either."
    }`;
  return html`${name}${from}: ${counted(tokens.length, "token")} after ${counted(tries, "look-up")}.
    ${
      better.length
        ? html`The greedy cut is not the shortest: ${cut} has ${counted(better.length, "token")}.`
        : tokens.length > 1
          ? "No cut has fewer tokens."
          : "The whole word is a token."
    }`;
}
