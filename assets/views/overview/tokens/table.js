// @ts-check
/**
 * The text cut at its token boundaries, each token's numbers, and what stands beside it in another run.
 *
 * @import { TokensTable } from "../../../types/overview"
 * @import { Row, View, ViewContext } from "../../../kit/view"
 */

import { legend } from "../../../kit/drawing/legend.js";
import { inSight } from "../../../kit/in_sight.js";
import { counted, decimal, percent, whole } from "../../../kit/numbers/format.js";
import { table as rowsOf } from "../../../kit/numbers/table.js";
import { token, tokenText } from "../../../kit/text/tokens.js";
import { html, nothing, ref } from "../../../vendor/lit.js";
import { bothTexts } from "./both_texts.js";
import { kindOf, partsOf, sharedBy } from "./pieces.js";
import { elsewhere, elsewhereAt, other, parting, there } from "./table_beside.js";
import { text } from "./text.js";

/** @type {View<TokensTable>} */
export function table(data, ctx) {
  return html`
    ${facts(data, ctx)} ${text(data, ctx)} ${bothTexts(data, ctx)} ${parting(data, ctx)}
    <div class="bar">
      <p class="hint">Point at a token to read its id and bytes; click it to select it in every panel.
        <button class="linkbtn" type="button" @click=${() => elsewhere(ctx)}>See the same text in other
          tokenizers</button></p>
      ${legend([
        ["prompt", "prompt (two alternating shades)"],
        ["generated", "generated"],
        ["special", "special"],
      ])}
    </div>
    <div class="token-table" @keydown=${(/** @type {KeyboardEvent} */ event) => step(event, ctx)}
      ${ref(inSight(ctx.focus.position, "tr.on"))}>
      ${tokens(data, ctx)}
    </div>`;
}

/**
 * @param {TokensTable} data
 * @param {ViewContext} ctx
 * @returns {Row[]}
 */
export function rows(data, ctx) {
  return ctx.run.ids.map((id, position) => ({
    position,
    token: tokenText(id),
    id,
    bytes: data.bytes[position],
    origin: kindOf(data, ctx, position),
    part_of: partsOf(data, position),
    embedding_norm: data.norm.a[position],
    next: tokenText(data.next_id.a[position]),
    next_probability: data.next_p.a[position],
    ...(data.beside ? other(data.beside, position) : {}),
  }));
}

/**
 * How much text a token carries.
 * @param {TokensTable} data
 * @param {ViewContext} ctx
 */
function facts({ prompt }, ctx) {
  const generated = ctx.run.ids.length - ctx.run.nPrompt;
  /** @type {([number: string, words: string] | null)[]} */
  const facts = [
    [whole(prompt.tokens), prompt.tokens === 1 ? "token in the prompt" : "tokens in the prompt"],
    prompt.special ? [whole(prompt.special), "of them special"] : null,
    [whole(prompt.characters), prompt.characters === 1 ? "character" : "characters"],
    [whole(prompt.bytes), prompt.bytes === 1 ? "byte" : "bytes"],
    [decimal(prompt.bytes_per_token), "bytes per token"],
    [decimal(prompt.characters_per_token), "characters per token"],
    generated ? [whole(generated), generated === 1 ? "token generated" : "tokens generated"] : null,
  ];
  return html`<ul class="compression">${facts.map((fact) => fact && html`<li><b>${fact[0]}</b> ${fact[1]}</li>`)}</ul>`;
}

/**
 * @param {TokensTable} data
 * @param {ViewContext} ctx
 */
function tokens(data, ctx) {
  const { beside } = data;
  return rowsOf({
    label: `Table of ${counted(ctx.run.ids.length, "token")}; the arrow keys move the selection`,
    rows: ctx.run.ids,
    selected: (_, position) => position === ctx.focus.position,
    select: (_, position) => ctx.select({ position }),
    columns: [
      { name: "Position", number: true, cell: (_, position) => position },
      { name: "Token", cell: (id, position) => named(data, id, position) },
      { name: "Id", number: true, cell: (id) => whole(id) },
      { name: "Bytes", className: "bytes", cell: (_, position) => data.bytes[position] },
      { name: "Origin", cell: (_, position) => kindOf(data, ctx, position) },
      { name: "Embedding |x|", number: true, cell: (_, position) => decimal(data.norm.a[position]) },
      {
        name: "Model’s next token",
        cell: (_, position) => html`${token(data.next_id.a[position])} ${percent(data.next_p.a[position])}`,
      },
      ...(beside
        ? [
            {
              name: "In the other run",
              cell: (/** @type {number} */ id, /** @type {number} */ at) => there(beside, id, at),
            },
          ]
        : []),
      ...(beside?.apart
        ? [
            {
              name: "Probability on other tokens",
              number: true,
              cell: (/** @type {number} */ _, /** @type {number} */ at) => elsewhereAt(beside, at),
            },
          ]
        : []),
    ],
  });
}

/**
 * @param {TokensTable} data
 * @param {number} id
 * @param {number} position
 */
function named(data, id, position) {
  const part = sharedBy(data, position).length ? html`<small class="part">${partsOf(data, position)}</small>` : nothing;
  return html`${token(id, { className: `mono tokword ${data.special[position] ? "special" : ""}` })}${part}`;
}

/**
 * Arrow keys on the table itself move the selection; on one of its rows they move the focus, and Enter selects.
 * @param {KeyboardEvent} event
 * @param {ViewContext} ctx
 */
function step(event, ctx) {
  const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  const isTable = /** @type {Element} */ (event.target).matches(".scroll");
  if (!by || !isTable) return;
  event.preventDefault();
  const position = Math.max(0, Math.min(ctx.run.ids.length - 1, (ctx.focus.position ?? 0) + by));
  ctx.select({ position });
}
