// @ts-check
/**
 * Which known model shares its key-value heads, and how.
 *
 * @import { AttentionKind, AttentionKinds } from "../../../types"
 * @import { Row, View } from "../../../kit/view"
 */
import { whole } from "../../../kit/format.js";
import { memory } from "../../../kit/magnitude.js";
import { table } from "../../../kit/table.js";
import { html } from "../../../vendor/lit.js";

const TOLD = {
  MHA: "multi-head: each query head has keys and values of its own",
  GQA: "grouped: some query heads share them",
  MQA: "multi-query: all query heads share one",
  MLA: "multi-head latent: keys and values of all heads are made from one latent",
};

/** @type {View<AttentionKinds>} */
export function kinds(data) {
  const rows = [data.own, ...data.known];
  return html`
    ${table({
      label: "Known models and how their heads share keys and values",
      rows,
      columns: [
        { name: "Model", cell: ({ name }, at) => (at ? name : html`<b>${name}</b>`) },
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
        { name: "Against multi-head", cell: less, number: true },
      ],
      selected: (_, at) => at === 0,
    })}
    <p class="hint">
      The first row is this model. A family’s name does not tell: what counts is the config of each model. Cache in
      16-bit numbers, where no sliding window has filled.
    </p>`;
}

/** @param {AttentionKinds} data @returns {Row[]} */
export function rows({ own, known }) {
  return [own, ...known].map((each) => ({ ...each }));
}

/** @param {AttentionKind} model */
const less = ({ bytes, multi_head_bytes }) =>
  bytes === multi_head_bytes ? "the same" : `${whole(multi_head_bytes / bytes)} times less`;
