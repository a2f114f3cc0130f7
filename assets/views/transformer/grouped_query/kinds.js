// @ts-check
/**
 * Which known model shares its key-value heads, and how.
 *
 * @import { AttentionKind, AttentionKinds } from "../../../types/transformer"
 * @import { BesideWords, Row, View, ViewContext } from "../../../kit/view"
 */
import { whole } from "../../../kit/numbers/format.js";
import { figures, memory } from "../../../kit/numbers/magnitude.js";
import { table } from "../../../kit/numbers/table.js";
import { html, nothing } from "../../../vendor/lit.js";
import { againstHere } from "./compared_cost.js";

const TOLD = {
  MHA: "multi-head: each query head has its own keys and values",
  GQA: "grouped-query: groups of query heads share keys and values",
  MQA: "multi-query: all query heads share the same keys and values",
  MLA: "multi-head latent: keys and values of all heads are computed from one latent vector",
};

/** @type {View<AttentionKinds>} */
export function kinds(data, ctx) {
  const { own } = data;
  const there = ctx.there?.own;
  const opened = there ? [own, there] : [own];
  const named = (/** @type {AttentionKind} */ each, /** @type {number} */ at) =>
    at < opened.length ? html`<b>${each.name}</b>${at ? html` <small>other run</small>` : nothing}` : each.name;
  return html`
    ${there ? html`<p class="readout basenote">${compared(own, there, ctx.beside)}</p>` : nothing}
    ${table({
      label: "Known models and how their heads share keys and values",
      rows: [...opened, ...data.known],
      columns: [
        { name: "Model", cell: named },
        { name: "Kind", cell: ({ kind }) => html`<span title=${TOLD[kind]}>${kind}</span>` },
        { name: "Query heads", cell: ({ n_heads }) => n_heads, number: true },
        {
          name: "Key-value heads",
          cell: ({ kind, n_kv_heads }) => (kind === "MLA" ? "a latent" : n_kv_heads),
          number: true,
        },
        { name: "Blocks", cell: ({ n_layers }) => n_layers, number: true },
        {
          name: "Cache a token",
          title: "keys and values, 16-bit numbers",
          cell: ({ bytes }) => memory(bytes),
          number: true,
        },
        { name: "Multi-head would take", cell: less, number: true },
      ],
      selected: (_, at) => at === 0,
    })}
    <p class="hint">
      The first row is this model${there ? "; the second is the other run’s" : ""}. The kind comes from each
      model’s own config: models of one family differ. The cache has 16-bit numbers and counts no sliding window.
    </p>`;
}

/** @param {AttentionKinds} data @param {ViewContext<any, AttentionKinds>} ctx @returns {Row[]} */
export function rows({ own, known }, { there }) {
  return [own, ...(there ? [there.own] : []), ...known].map((each) => ({ ...each }));
}

/**
 * @param {AttentionKind} own
 * @param {AttentionKind} other
 * @param {BesideWords} words
 */
function compared(own, other, { The }) {
  const alike = own.kind === other.kind ? `${other.kind}, as here` : `${other.kind}; here ${own.kind}`;
  return html`${The} uses <b>${other.name}</b> (${alike}). Each token takes
    <b data-bytes=${other.bytes}>${memory(other.bytes)}</b>, ${againstHere(other.bytes, own.bytes)}. With multi-head
    attention it would take ${memory(other.multi_head_bytes)}, and here ${memory(own.multi_head_bytes)}.`;
}

/** What multi-head attention would take of it. @param {AttentionKind} model */
const less = ({ bytes, multi_head_bytes }) =>
  bytes === multi_head_bytes ? "the same" : `${whole(Number(figures(multi_head_bytes / bytes)))} times as much`;
