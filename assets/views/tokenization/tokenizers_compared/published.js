// @ts-check
/**
 * The reference's table of tokenizers beside what the files hold.
 *
 * @import { PublishedRow, TokenizersPublished } from "../../../types/tokenization"
 * @import { Row, View } from "../../../kit/view"
 */
import { whole } from "../../../kit/numbers/format.js";
import { table } from "../../../kit/numbers/table.js";
import { html } from "../../../vendor/lit.js";

export const follows = true;

/** @type {View<TokenizersPublished>} */
export function published({ rows }) {
  const open = rows.filter((row) => !row.reason);
  const wrong = open.filter((row) => !row.holds).length;
  return html`
    <p class="readout"><b>${wrong}</b> of ${open.length} rows whose file is downloaded
      ${wrong === 1 ? "disagrees" : "disagree"}
      with the file.</p>
    ${table({
      label: "The reference’s table and the files",
      className: "published",
      rows,
      columns: [
        {
          name: "The reference says",
          cell: (row) => html`<b>${row.tokenizer}</b>, ${row.algorithm}<br />${row.used_by}`,
        },
        { name: "The file says", className: "finding", cell: finding },
        { name: "Size", number: true, cell: (row) => whole(row.size) },
        { name: "Ids in the file", number: true, cell: (row) => (row.reason ? "–" : whole(row.ids)) },
        {
          name: "Single bytes",
          number: true,
          title: "How many of the 256 bytes are a token",
          cell: count("bytes_alone"),
        },
        {
          name: "With ▁",
          number: true,
          title: "Tokens that hold ▁, SentencePiece’s sign for a space",
          cell: count("marked"),
        },
        { name: "<0x0A>", number: true, title: "Tokens named after a byte", cell: count("named_bytes") },
        { name: "##", number: true, title: "Tokens that continue a word", cell: count("continuing") },
        {
          name: "Out of order",
          number: true,
          title: "Tokens of several bytes that do not join two tokens of lower id",
          cell: count("out_of_order"),
        },
      ],
    })}`;
}

/**
 * A row for each of the table's.
 * @param {TokenizersPublished} data
 * @returns {Row[]}
 */
export function rows({ rows }) {
  return rows.map(({ tokenizer, algorithm, size, used_by, ids, kind, holds, finding, reason, traits }) => ({
    tokenizer,
    algorithm,
    size,
    used_by,
    ids,
    kind,
    holds: reason ? null : holds,
    finding: finding || reason,
    ...traits,
  }));
}

/**
 * @param {"bytes_alone" | "marked" | "named_bytes" | "continuing" | "out_of_order"} name
 * @returns {(row: PublishedRow) => string}
 */
const count =
  (name) =>
  ({ traits }) =>
    traits ? whole(traits[name]) : "–";

/** @param {PublishedRow} row */
const finding = ({ reason, kind, finding }) =>
  reason ? html`<span class="muted">${reason}</span>` : html`<b>${kind}.</b> ${finding}`;
