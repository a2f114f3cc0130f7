// @ts-check
/**
 * Bytes that a rank sends against the number of ranks: keys and values that go round, or heads for positions.
 *
 * @import { RingSending, SentByRank } from "../../../types/systems"
 * @import { Row, View } from "../../../kit/view"
 */
import { control } from "../../../kit/controls/declared.js";
import { counted, decimal, whole } from "../../../kit/numbers/format.js";
import { memory } from "../../../kit/numbers/magnitude.js";
import { table } from "../../../kit/numbers/table.js";
import { html, nothing } from "../../../vendor/lit.js";

const OWN = "own";

/** @type {View<RingSending>} */
export function sending(data, ctx) {
  return html`
    <div class="cluster controls">
      ${control(ctx, "heads", {
        choices: data.models.map((each) => [each, each === OWN ? "This model" : each]),
        value: data.model,
      })}
    </div>
    ${
      data.instead
        ? html`<p class="hint">With the heads of this model Ulysses never sends less than a ring, so the page shows
          ${data.model}.</p>`
        : nothing
    }
    <p class="readout">${said(data)}</p>
    ${table({
      label: "Bytes that a rank sends",
      columns: [
        { name: "Ranks", cell: (/** @type {SentByRank} */ { ranks }) => String(ranks) },
        { name: "ring", cell: ({ ring }) => memory(ring), number: true },
        {
          name: "Ulysses",
          cell: ({ ulysses }) => (ulysses === null ? "not possible" : memory(ulysses)),
          number: true,
        },
        {
          name: "Ulysses ÷ ring",
          cell: ({ ring, ulysses }) => {
            if (ulysses === null) return "";
            const said = decimal(ulysses / ring);
            return ulysses < ring ? html`<b>${said}</b>` : said;
          },
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
export function rows({ ranks, length, model, n_heads, n_kv_heads }) {
  return ranks.map((each) => ({
    heads_of: model === OWN ? "this model" : model,
    query_heads: n_heads,
    key_heads: n_kv_heads,
    tokens: length,
    ranks: each.ranks,
    ring_bytes: each.ring,
    ulysses_bytes: each.ulysses,
  }));
}

/** @param {RingSending} data */
function said({ model, n_heads, n_kv_heads, possible, ranks }) {
  const least = 1 + n_heads / n_kv_heads;
  const whose = model === OWN ? "A layer of this model" : `A layer of ${model}`;
  const heads = `${counted(n_heads, "query head")} and ${counted(n_kv_heads, "key head")}`;
  const few = possible.length
    ? `Ulysses can share them among ${listed(possible)} ranks, because these numbers divide both`
    : "No number of ranks above one divides both, so Ulysses cannot share them";
  const more = `more than ${decimal(least, Number.isInteger(least) ? 0 : 1)} ranks`;
  const less = ranks.filter(({ ring, ulysses }) => ulysses !== null && ulysses < ring);
  const best = less.at(-1);
  const end = best?.ulysses
    ? `. By the formulas Ulysses sends less than a ring with ${more}: with ${best.ranks} ranks it sends ` +
      `${memory(best.ulysses)}, the ring ${memory(best.ring)}.`
    : `. By the formulas Ulysses sends less than a ring with ${more}, and so many ranks cannot share these heads.`;
  return `${whose} has ${heads}. ${few}${end}`;
}

/** @param {readonly number[]} numbers */
const listed = (numbers) =>
  numbers.length > 1 ? `${numbers.slice(0, -1).join(", ")} or ${numbers[numbers.length - 1]}` : String(numbers[0]);

/** @param {RingSending} data */
function honest({ length, number, n_heads, n_kv_heads, d_head, source, counted: ranks }) {
  const b = number * d_head;
  return html`FORMULA for rank 0 of R ranks in a contiguous layout: ${whole(length)} tokens, of which it holds n =
      ${whole(
        length,
      )} ÷ R; H = ${n_heads} query heads and K = ${n_kv_heads} key heads of d = ${d_head} numbers, each of ${number}
      bytes,
    so one head takes d · ${number} = ${b} bytes a position. A ring sends 2 · K · ${b} · (${whole(length)} − n) bytes.
    Ulysses sends (R − 1) ÷ R · n · (2 H + 2 K) · ${b} bytes. ${counted(ranks[0], "rank")}, run as threads on a short
    text with these heads, sent what the formulas say.${source ? ` The numbers of heads come from ${source}.` : ""}`;
}
