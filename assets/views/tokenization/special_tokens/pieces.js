// @ts-check
/**
 * The template piece by piece, what each piece wrote, and the tokens of that.
 *
 * @import { SpecialTokensConversation, TemplateChunk, TemplatePiece } from "../../../types/tokenization"
 * @import { Context } from "./conversation.js"
 */

import { pressing, rove } from "../../../kit/controls/roving.js";
import { whole } from "../../../kit/numbers/format.js";
import { html, nothing } from "../../../vendor/lit.js";
import { chip, endsLine } from "./chips.js";

/** Tokens that are drawn. */
const MOST = 900;

/** @param {SpecialTokensConversation} data @param {Context} ctx */
export function both(data, ctx) {
  const chosen = ctx.kept.piece ?? null;
  const choose = (/** @type {number} */ piece) => ctx.keep({ piece: piece === chosen ? null : piece });
  return html`
    <div class="template-and-text">
      <div>
        <h3 class="sub3">The template</h3>
        <ol class="pieces" role="listbox" aria-label="Pieces of the template; arrow keys walk them" data-rove
          @keydown=${rove}>
          ${data.pieces.map((piece, at) => row(piece, at, data, chosen, choose))}
        </ol>
      </div>
      <div>
        <h3 class="sub3">The text that it writes</h3>
        <ol class="chunks" aria-label="What the pieces wrote">
          ${data.chunks.map((chunk, at) => wrote(chunk, at, data, chosen, choose))}
        </ol>
        ${
          data.ids.length > MOST
            ? html`<p class="hint">${whole(data.ids.length - MOST)} more tokens are not shown.</p>`
            : nothing
        }
      </div>
    </div>`;
}

/**
 * @param {TemplatePiece} piece
 * @param {number} at
 * @param {SpecialTokensConversation} data
 * @param {number | null} chosen
 * @param {(piece: number) => void} choose
 */
function row(piece, at, { chunks }, chosen, choose) {
  const times = chunks.filter((chunk) => chunk.piece === at).length;
  const press = () => choose(at);
  return html`
    <li class="piece ${piece.kind} ${times ? "" : "silent"} ${at === chosen ? "on" : ""}" role="option"
      aria-selected=${at === chosen}
      tabindex=${at === (chosen ?? 0) ? 0 : -1} @click=${press} @keydown=${pressing(press)}>
      <span class="no">${piece.line}</span>
      <code style="padding-left:${Math.min(piece.depth, 8) * 14}px">${seen(piece)}</code>
      <span class="times">${times ? `${times} ×` : nothing}</span>
    </li>`;
}

/** Line ends of plain text can be seen. @param {TemplatePiece} piece */
const seen = ({ kind, source }) =>
  kind === "text" ? source.replaceAll("\n", "↵\n").trimEnd() : source.replaceAll("\n", "↵");

/**
 * @param {TemplateChunk} chunk
 * @param {number} at
 * @param {SpecialTokensConversation} data
 * @param {number | null} chosen
 * @param {(piece: number) => void} choose
 */
function wrote(chunk, at, { pieces, turns, ids, special, said, chunks }, chosen, choose) {
  const who = turns[chunk.turn]?.role ?? "";
  const fresh = who && who !== turns[chunks[at - 1]?.turn]?.role;
  const drawn = chunk.tokens.filter((index) => index < MOST);
  return html`
    <li class="chunk ${chunk.piece === chosen ? "on" : ""}">
      <button type="button" class="from" aria-pressed=${chunk.piece === chosen}
        title="Show the piece of the template that wrote this"
        @click=${() => choose(chunk.piece)}>${fresh ? html`<b>${who}</b>` : nothing}<span>line
            ${pieces[chunk.piece].line}</span></button>
      <div class="tokens" data-rove @keydown=${rove}>
        ${drawn.map((index, nth) => {
          const kind = special[index] ? "special" : said[index] ? "said" : "written";
          return html`${chip(ids[index], kind, { first: nth === 0, at: index })}${
            endsLine(ids[index]) ? html`<i class="break"></i>` : nothing
          }`;
        })}
        ${
          chunk.tokens.length
            ? nothing
            : html`<span class="hint">${chunk.text.length ? html`part of the token before` : nothing}</span>`
        }
      </div>
    </li>`;
}
