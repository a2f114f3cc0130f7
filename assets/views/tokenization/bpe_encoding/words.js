// @ts-check
/**
 * The text in pieces, each cut into its tokens; one is chosen.
 *
 * @import { BpeEncodingSteps, EncodedPiece } from "../../../types"
 * @import { Context } from "./steps.js"
 */
import { counted, whole } from "../../../kit/format.js";
import { rove } from "../../../kit/roving.js";
import { html, nothing } from "../../../vendor/lit.js";
import { seen } from "./symbols.js";

/** @param {BpeEncodingSteps} data @param {Context} ctx */
export function words(data, ctx) {
  const { pieces, first, n_pieces, n_tokens } = data;
  let token = 0;
  const last = first + pieces.length;
  return html`
    <h3 class="sub3">The text in ${counted(n_pieces, "piece")}, ${counted(n_tokens, "token")}
      <span class="muted">choose one; arrow keys move${pieces.length < n_pieces ? `. Shown: ${whole(first + 1)} to ${whole(last)}` : ""}</span></h3>
    <div class="words" role="listbox" aria-label="Pieces of the text" data-rove @keydown=${rove}>
      ${pieces.map((piece, i) => {
        const number = first + i;
        const chosen = number === data.word;
        const choose = () => ctx.control("word", number);
        return html`
          <span class="word" role="option" aria-selected=${chosen} tabindex=${chosen ? 0 : -1} @click=${choose} @focus=${chosen ? nothing : choose}>
            ${parts(piece).map((part) => html`<span class="piece ${token++ % 2 ? "b" : "a"}">${part}</span>`)}
          </span>`;
      })}
    </div>`;
}

/** A piece's tokens as text; a part of a character as a point. @param {EncodedPiece} piece */
function parts({ text, lengths }) {
  const bytes = new TextEncoder().encode(text);
  let at = 0;
  return lengths.map((length) => {
    const part = new TextDecoder().decode(bytes.slice(at, at + length));
    at += length;
    return part.includes("\uFFFD") ? "▪" : seen(part);
  });
}
