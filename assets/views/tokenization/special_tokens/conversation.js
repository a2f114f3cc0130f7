// @ts-check
/**
 * The template piece by piece, what each piece wrote, and the tokens of that.
 *
 * @import { SpecialTokensConversation, TemplateChunk, TemplatePiece } from "../../../types"
 * @import { Row, View, ViewContext } from "../../../kit/view"
 * @import { Drafts } from "../../../kit/typed.js"
 *
 * @typedef {ViewContext<Drafts & { piece: number | null }>} Context
 */
import { segmented } from "../../../kit/controls.js";
import { counted, whole } from "../../../kit/format.js";
import { legend } from "../../../kit/legend.js";
import { pressing, rove } from "../../../kit/roving.js";
import { tokenText } from "../../../kit/tokens.js";
import { html, nothing } from "../../../vendor/lit.js";
import { compared, marksThere, places } from "./around.js";
import { chip, endsLine } from "./chips.js";
import { field } from "./fields.js";

/** Tokens that are drawn. */
const MOST = 900;
const NONE = "leave empty for no such turn";

/** @type {View<SpecialTokensConversation, Drafts & { piece: number | null }>} */
export function conversation(data, ctx) {
  return html`
    ${fields(data, ctx)}
    ${data.reason ? without(data) : summary(data)} ${compared(data, ctx)} ${places(data, ctx)}
    ${data.reason ? nothing : both(data, ctx)}`;
}

/**
 * A row for each token; of the other run's for each that its template writes.
 * @param {SpecialTokensConversation} data
 * @param {Context} ctx
 * @returns {Row[]}
 */
export function rows(data, ctx) {
  const { chunks, pieces, ids, special, said, turns, base } = data;
  const here = chunks.flatMap((chunk) =>
    chunk.tokens.map((at) => ({
      ...(base ? { run: "this run" } : {}),
      position: at,
      token: tokenText(ids[at]),
      id: ids[at],
      special: special[at],
      said: said[at],
      turn: turns[chunk.turn]?.role ?? "",
      template_line: pieces[chunk.piece].line,
      template_piece: pieces[chunk.piece].source,
    })),
  );
  return [...here, ...marksThere(data, ctx)];
}

/** @param {SpecialTokensConversation} data @param {Context} ctx */
function fields({ turns, reason }, ctx) {
  const said = (/** @type {string} */ role) => turns.find((turn) => turn.role === role)?.content ?? "";
  return html`
    <div class="fields">
      ${field({ name: "system", label: "System", note: NONE, value: said("system") }, ctx)}
      ${field(
        {
          name: "user",
          label: "User",
          note: ctx.controls.user === undefined ? "the prompt of this run" : "",
          value: said("user"),
        },
        ctx,
      )}
      ${field({ name: "assistant", label: "Assistant", note: NONE, value: said("assistant") }, ctx)}
    </div>
    ${
      reason
        ? nothing
        : html`<div class="bar">${segmented({
            label: "Where the text ends",
            choices: [
              [
                1,
                "Up to the model’s turn",
                "add_generation_prompt: the template also writes the marks that begin an answer",
              ],
              [0, "After what was said"],
            ],
            chosen: Number(ctx.controls.answer ?? 1),
            choose: (answer) => ctx.control("answer", answer),
          })}</div>`
    }`;
}

/** @param {SpecialTokensConversation} data */
function without({ reason, lead }) {
  return html`
    <p class="readout">${reason}</p>
    <p class="readout">${
      lead.length
        ? html`This tokenizer puts ${lead.map((id) => chip(id, "special", { first: true }))} before every text.`
        : "This tokenizer puts nothing before a text."
    }</p>`;
}

/** @param {SpecialTokensConversation} data */
function summary({ ids, special, said, names, chunks, pieces }) {
  const marks = special.filter(Boolean).length;
  const own = said.filter(Boolean).length;
  const wrote = new Set(chunks.map(({ piece }) => piece)).size;
  return html`
    <p class="readout">
      <b>${counted(ids.length, "token")}</b>: <b>${marks}</b> special, <b>${own}</b> of what was said,
      <b>${whole(ids.length - marks - own)}</b> of the template’s own words. ${wrote} of the template’s
      ${counted(pieces.length, "piece")} wrote something.
      ${
        names.length
          ? html`A person typed the name <span class="mono">${names.join(" ")}</span>: it stayed text.`
          : nothing
      }
    </p>
    ${legend([
      ["special", "special token"],
      ["said", "what a person says"],
      ["written", "written by the template"],
    ])}`;
}

/** @param {SpecialTokensConversation} data @param {Context} ctx */
function both(data, ctx) {
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
