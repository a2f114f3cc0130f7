// @ts-check
/**
 * Bytes that a rank hands over against the number of ranks: keys and values that go round, or heads for positions.
 *
 * @import { RingSending, SentByRank } from "../../../types"
 * @import { Row, View } from "../../../kit/view"
 */
import { counted, decimal, whole } from "../../../kit/format.js";
import { memory } from "../../../kit/magnitude.js";
import { table } from "../../../kit/table.js";
import { html } from "../../../vendor/lit.js";

/** @type {View<RingSending>} */
export function sending(data) {
  return html`
    <p class="readout">${said(data)}</p>
    ${table({
      label: "Bytes that a rank hands over",
      columns: [
        { name: "Ranks", cell: (/** @type {SentByRank} */ { ranks }) => String(ranks) },
        { name: "ring", cell: ({ ring }) => memory(ring), number: true },
        {
          name: "Ulysses",
          cell: ({ ulysses }) => (ulysses === null ? "cannot share the heads" : memory(ulysses)),
          number: true,
        },
        {
          name: "Ulysses / ring",
          cell: ({ ring, ulysses }) => (ulysses === null ? "" : decimal(ulysses / ring)),
          number: true,
        },
      ],
      rows: data.ranks,
      className: "keeps-names",
    })}
    <p class="hint">${honest(data)}</p>`;
}

/**
 * @param {RingSending} data
 * @returns {Row[]}
 */
export function rows({ ranks, length }) {
  return ranks.map((each) => ({
    tokens: length,
    ranks: each.ranks,
    ring_bytes: each.ring,
    ulysses_bytes: each.ulysses,
  }));
}

/** @param {RingSending} data */
function said({ n_heads, n_kv_heads, possible }) {
  const least = 1 + n_heads / n_kv_heads;
  const heads = `${counted(n_heads, "query head")} and ${counted(n_kv_heads, "key head")}`;
  const few = possible.length
    ? `${possible.join(", ")} ranks can share them by Ulysses, which must divide both numbers`
    : "no number of ranks above one divides both, so Ulysses cannot share them";
  return (
    `This model’s layer has ${heads}: ${few}. By the formulas Ulysses hands over less than a ring with more than ` +
    `${decimal(least, Number.isInteger(least) ? 0 : 1)} ranks.`
  );
}

/** @param {RingSending} data */
function honest({ length, number, d_head, counted: ranks }) {
  return (
    `FORMULA: ${whole(length)} tokens, ${number} bytes a number, heads of ${d_head}; rank 0 of a contiguous layout. ` +
    "A ring: 2 b (N − n). Ulysses: (R − 1) / R · n (2 H + 2 K) b. The formulas were held against what " +
    `${counted(ranks[0], "rank")}, as threads, really handed over with these heads on a short text.`
  );
}
