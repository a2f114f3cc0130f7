// @ts-check
/**
 * A conversation’s fields, how many of its tokens the template writes, and the template beside its text.
 *
 * @import { SpecialTokensConversation } from "../../../types/tokenization"
 * @import { Row, View, ViewContext } from "../../../kit/view"
 * @import { Drafts } from "../../../kit/controls/typed.js"
 *
 * @typedef {ViewContext<Drafts & { piece: number | null }>} Context
 */
import { control } from "../../../kit/controls/declared.js";
import { EMPTY } from "../../../kit/controls/typed.js";
import { legend } from "../../../kit/drawing/legend.js";
import { counted, whole } from "../../../kit/numbers/format.js";
import { tokenText } from "../../../kit/text/tokens.js";
import { html, nothing } from "../../../vendor/lit.js";
import { compared, marksThere, places } from "./around.js";
import { chip } from "./chips.js";
import { field } from "./fields.js";
import { both } from "./pieces.js";

const NONE = "leave empty for no such turn";
/** A template may write a system turn by itself: that an empty field is no turn would be false. */
const OWN = "empty: the template writes its own";

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
function fields(data, ctx) {
  const { turns, reason } = data;
  const said = (/** @type {string} */ role) => turns.find((turn) => turn.role === role)?.content ?? "";
  return html`
    <div class="fields">
      ${field({ name: "system", note: written(data) ? OWN : NONE, value: said("system") }, ctx)}
      ${field(
        {
          name: "user",
          note: ctx.controls.user ? "" : "the prompt of this run",
          value: said("user"),
          empty: EMPTY,
        },
        ctx,
      )}
      ${field({ name: "assistant", note: NONE, value: said("assistant") }, ctx)}
    </div>
    ${reason ? nothing : html`<div class="bar">${control(ctx, "answer")}</div>`}`;
}

/**
 * Whether the template writes a system turn that nobody has typed.
 * @param {SpecialTokensConversation} data
 */
const written = ({ chunks, turns, ids, said }) =>
  !turns.some(({ role }) => role === "system") &&
  chunks.some(({ tokens }) => tokens.some((at) => !said[at] && tokenText(ids[at]).trim() === "system"));

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
