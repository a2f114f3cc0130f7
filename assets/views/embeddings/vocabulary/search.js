// @ts-check
/**
 * Tokens by their text, bytes or id.
 *
 * @import { VocabularySearch } from "../../../types/embeddings"
 * @import { Row, View, ViewContext } from "../../../kit/view"
 *
 * @typedef {{ draft: string | null }} Kept what is typed and not yet taken
 */
import { control } from "../../../kit/controls/declared.js";
import { counted, decimal, whole } from "../../../kit/numbers/format.js";
import { table } from "../../../kit/numbers/table.js";
import { token, tokenText } from "../../../kit/text/tokens.js";
import { html, nothing } from "../../../vendor/lit.js";
import { choose } from "./chosen.js";

const PAUSE = 300;
/** @type {ReturnType<typeof setTimeout> | undefined} */
let typing;

/** @type {View<VocabularySearch, Kept>} */
export function search(data, ctx) {
  return html`
    ${asked(data, ctx)}
    <p class="readout">${said(data)} ${follows(data, ctx)}</p>
    ${
      data.found.length
        ? table({
            label: "Tokens that were found",
            className: "found",
            rows: data.found,
            selected: ({ id }) => id === data.chosen,
            select: ({ id }) => choose(ctx, id),
            columns: [
              { name: "Token", cell: ({ id }) => token(id) },
              { name: "Id", number: true, cell: ({ id }) => whole(id) },
              { name: "Bytes", className: "bytes", cell: ({ bytes }) => bytes || "none" },
              { name: "Made of", cell: ({ kind }) => kind },
              { name: "Script", cell: ({ script }) => script || html`<span class="muted">none</span>` },
              {
                name: "Length of its row",
                number: true,
                title: "of its vector in W_E",
                cell: ({ norm }) => decimal(norm),
              },
            ],
          })
        : nothing
    }`;
}

/** @param {VocabularySearch} data @returns {Row[]} */
export const rows = ({ found }) => found.map((each) => ({ token: tokenText(each.id), ...each }));

/** @param {VocabularySearch} data @param {ViewContext<Kept>} ctx */
function asked({ query, by, wrong }, ctx) {
  const { label, longest } = ctx.declared("find");
  const take = (/** @type {string} */ text) => {
    clearTimeout(typing);
    if (text !== ctx.controls.find) ctx.control("find", text);
  };
  const typed = (/** @type {Event} */ event) => {
    const { value } = /** @type {HTMLInputElement} */ (event.target);
    ctx.keep({ draft: value });
    clearTimeout(typing);
    typing = setTimeout(() => take(value), PAUSE);
  };
  return html`
    <div class="bar">
      <input type="search" class="find" maxlength=${longest ?? nothing} autocomplete="off" spellcheck="false"
        aria-label=${label} aria-invalid=${Boolean(wrong)}
        placeholder=${{ text: "a word or a part of one", bytes: "bytes, such as e2 9c", id: "an id" }[by] ?? ""}
        .value=${ctx.kept.draft ?? query}
        @input=${typed} @change=${(/** @type {Event} */ event) =>
          take(/** @type {HTMLInputElement} */ (event.target).value)} />
      ${control(ctx, "by")}
    </div>`;
}

/** @param {VocabularySearch} data */
function said({ query, wrong, count, d_vocab, found, chosen }) {
  if (wrong) return html`<b>${wrong}</b>`;
  const more = count > found.length ? ` The table lists the first ${found.length}.` : "";
  if (!query)
    return html`${token(chosen)} and all tokens that contain its text: <b>${whole(count)}</b> of
      ${whole(d_vocab)}.${more}`;
  return html`<b>${counted(count, "token")}</b> of ${whole(d_vocab)} ${count === 1 ? "matches" : "match"}.${more}`;
}

/** @param {VocabularySearch} data @param {ViewContext<Kept>} ctx */
function follows({ own, position, chosen }, ctx) {
  if (!own) return html`The views below show ${token(chosen)}, the token at position ${position}.`;
  return html`The views below show ${token(chosen)}, which you chose.
    <button type="button" class="linklike" @click=${() => choose(ctx, -1)}>Follow the selected position</button>`;
}
