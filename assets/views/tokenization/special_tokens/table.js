// @ts-check
/**
 * Every special token: its name, its roles in the model's files, what it is for.
 *
 * @import { SpecialToken, SpecialTokensTable } from "../../../types/tokenization"
 * @import { Row, View } from "../../../kit/view"
 */
import { counted, decimal, whole } from "../../../kit/numbers/format.js";
import { table as tableOf } from "../../../kit/numbers/table.js";
import { token, tokenText } from "../../../kit/text/tokens.js";
import { html, nothing } from "../../../vendor/lit.js";

/** @type {View<SpecialTokensTable>} */
export function table(data) {
  const { tokens, count, d_vocab } = data;
  if (!count)
    return html`<p class="readout">This vocabulary of ${whole(d_vocab)} has no special token: every id stands for
      text.</p>`;
  const named = tokens.filter(({ roles, template, stops }) => roles.length || template || stops).length;
  return html`
    <p class="readout"><b>${counted(count, "special token")}</b> in a vocabulary of ${whole(d_vocab)}; the model’s files
      use <b>${named}</b> of them. The median length of a row of the embedding is ${decimal(data.typical_norm)}.</p>
    ${tableOf({
      label: "Special tokens",
      className: "specials",
      rows: tokens,
      columns: [
        {
          name: "Token",
          cell: ({ id }) => html`<span class="chip-token special">${token(id, { className: "" })}</span>`,
        },
        { name: "Id", number: true, cell: ({ id }) => whole(id) },
        { name: "In the files", cell: roles },
        { name: "What it is for", className: "for", cell: ({ words }) => words },
        {
          name: "Length of its row",
          number: true,
          title: "Length of its vector in the embedding",
          cell: ({ norm }) => (norm === null ? "no row" : decimal(norm)),
        },
      ],
    })}
    ${
      count > tokens.length ? html`<p class="hint">${whole(count - tokens.length)} more are not listed.</p>` : nothing
    }`;
}

/** @param {SpecialTokensTable} data @returns {Row[]} */
export function rows({ tokens }) {
  return tokens.map(({ roles, ...each }) => ({ token: tokenText(each.id), ...each, roles: roles.join(" ") }));
}

/** What the files say of it. @param {SpecialToken} token */
function roles({ roles, template, stops, lead }) {
  const said = [
    ...roles.map((role) => [role, `${role}_token of the tokenizer`]),
    ...(template ? [["template", "The chat template writes it"]] : []),
    ...(stops ? [["stop", "A reply ends with it"]] : []),
    ...(lead ? [["lead", "The tokenizer puts it before every text"]] : []),
  ];
  if (!said.length) return html`<span class="muted">nothing</span>`;
  return html`<span class="roles">${said.map(
    ([name, title]) => html`<span class="role" title=${title}>${name}</span>`,
  )}</span>`;
}
