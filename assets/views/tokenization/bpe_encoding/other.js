// @ts-check
/**
 * The text of the run beside this one in its pieces, and the piece that belongs to the chosen one, merge by merge.
 *
 * @import { BpeEncodingSteps, StepsBeside } from "../../../types/tokenization"
 * @import { ViewContext } from "../../../kit/view"
 */
import { counted, decimal, whole } from "../../../kit/numbers/format.js";
import { wordList } from "../../../kit/text/words.js";
import { html, nothing } from "../../../vendor/lit.js";
import { contestTree } from "./contest.js";
import { parts } from "./words.js";

/** How both texts are cut, in words. @param {BpeEncodingSteps} data @param {ViewContext} ctx */
export function compared({ base, title, text, n_pieces, n_tokens }, { beside }) {
  if (!base) return nothing;
  const nbytes = new TextEncoder().encode(text).length;
  const its = base.same_text ? "this text" : html`its text of ${counted(base.n_bytes, "byte")}`;
  const by = base.same_tokenizer ? "" : html` by ${base.title}`;
  return html`<p class="readout basenote">${beside.start} ${its} is cut${by} into
    ${counted(base.n_pieces, "piece")} and <b data-tokens=${base.n_tokens}>${counted(base.n_tokens, "token")}</b>,
    ${decimal(base.n_bytes / base.n_tokens)} bytes each; here${base.same_tokenizer ? "" : html` by ${title}`} into
    ${whole(n_pieces)} and ${counted(n_tokens, "token")}, ${decimal(nbytes / n_tokens)} bytes each.
    ${alike(base)}</p>`;
}

/** @param {StepsBeside} base */
function alike({ n_alike, n_pieces }) {
  if (!n_alike) return "The two texts share no piece with the same cut.";
  if (n_alike === n_pieces) return "This text has all its pieces with the same cuts; ids and ranks are compared below.";
  return `This text has ${whole(n_alike)} of its pieces with the same cut.`;
}

/** Its pieces; one that belongs to a piece here chooses that one. @param {BpeEncodingSteps} data
 * @param {ViewContext} ctx */
export function otherWords({ base }, ctx) {
  if (!base) return nothing;
  const { pieces, first, here, alike, word } = base;
  return html`
    <h3 class="sub3">${ctx.beside.The}’s text <span class="muted">pale: this text has the same piece with the same cut${
      pieces.length < base.n_pieces ? `. Shown: ${whole(first + 1)} to ${whole(first + pieces.length)}` : ""
    }</span></h3>
    ${wordList({
      label: `Pieces of ${ctx.beside.the}’s text`,
      words: pieces.map((piece, at) => ({ pieces: parts(piece), look: alike[at] ? "alike" : "" })),
      chosen: word - first,
      choose: (at) => here[at] >= 0 && ctx.control("word", here[at]),
    })}`;
}

/** The piece that belongs to the chosen one. @param {BpeEncodingSteps} data @param {ViewContext} ctx */
export function otherTree({ base, path }, ctx) {
  if (!base) return nothing;
  const { beside, width } = ctx;
  if (base.word < 0) return html`<p class="readout basenote">No piece of ${beside.the}’s text matches this one.</p>`;
  const there = base.path;
  const piece = base.pieces[base.word - base.first];
  const name = html`<b class="mono">${parts(piece).join(" ")}</b>`;
  if (!there)
    return html`<p class="readout basenote">${beside.start}, the matching piece ${name} is too long to draw.</p>`;
  const merges = counted(there.steps.length, "merge");
  return html`
    <h3 class="sub3">${beside.start}, the matching piece
      <span class="muted">${base.same_tokenizer ? "by the same list of merges" : `by ${base.title}`}</span></h3>
    <p class="readout basenote">${name}: <b data-merges=${there.steps.length}>${merges}</b> from
      ${counted(there.start.length, "byte")} to ${counted(there.ids.length, "token")}${
        path
          ? `, against ${whole(path.steps.length)} from ${whole(path.start.length)} to ${whole(path.ids.length)} here`
          : ""
      }. ${there.ids.length === 1 ? "Its id is" : "Their ids are"} ${there.ids.map(whole).join(", ")}.</p>
    <div class="figure scroll" tabindex="0" role="group" aria-label="The merges in ${beside.the}">
      ${contestTree({
        path: there,
        at: there.steps.length,
        width,
        label: `${merges} in ${beside.the}`,
        rank: whole,
        base: "bytes",
        bare: true,
      })}
    </div>`;
}
