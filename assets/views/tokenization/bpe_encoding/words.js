// @ts-check
/**
 * The text in pieces, each cut into its tokens; one is chosen.
 *
 * @import { BpeEncodingSteps, EncodedPiece } from "../../../types/tokenization"
 * @import { Context } from "./steps.js"
 */
import { counted, whole } from "../../../kit/numbers/format.js";
import { spelled } from "../../../kit/text/spelled.js";
import { wordList } from "../../../kit/text/words.js";
import { html } from "../../../vendor/lit.js";

/** @param {BpeEncodingSteps} data @param {Context} ctx */
export function words(data, ctx) {
  const { pieces, first, n_pieces, n_tokens, word } = data;
  const last = first + pieces.length;
  return html`
    <h3 class="sub3">The text in ${counted(n_pieces, "piece")}, ${counted(n_tokens, "token")}
      <span class="muted">choose one with a click or the arrow keys${
        pieces.length < n_pieces ? `. Shown: ${whole(first + 1)} to ${whole(last)}` : ""
      }</span></h3>
    ${wordList({
      label: "Pieces of the text",
      words: pieces.map((piece) => ({ pieces: parts(piece) })),
      chosen: word - first,
      choose: (at) => ctx.control("word", first + at),
    })}`;
}

/** A piece's tokens. @param {EncodedPiece} piece */
export function parts({ text, lengths }) {
  const bytes = new TextEncoder().encode(text);
  let at = 0;
  return lengths.map((length) => {
    at += length;
    return spelled(bytes.slice(at - length, at));
  });
}
