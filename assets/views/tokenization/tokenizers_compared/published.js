// @ts-check
/**
 * The reference's table of tokenizers beside what the files hold.
 *
 * @import { PublishedRow, TokenizersPublished } from "../../../types"
 * @import { Row, View } from "../../../kit/view"
 */
import { whole } from "../../../kit/format.js";
import { table } from "../../../kit/table.js";
import { html } from "../../../vendor/lit.js";

export const follows = true;

/** @type {View<TokenizersPublished>} */
export function published({ rows }) {
  const open = rows.filter((row) => !row.reason);
  const wrong = open.filter((row) => !row.holds).length;
  return html`
    <p class="readout">Of ${open.length} rows with a file at hand, <b>${wrong}</b> ${wrong === 1 ? "does" : "do"} not
      agree with it.</p>
    ${table({
      label: "Published, and in the file",
      className: "published",
      rows,
      columns: [
        { name: "Published as", cell: (row) => html`<b>${row.tokenizer}</b>, ${row.algorithm}<br />${row.used_by}` },
        { name: "So it is", className: "finding", cell: finding },
        { name: "size", number: true, cell: (row) => whole(row.size) },
        { name: "ids in the file", number: true, cell: (row) => (row.reason ? "–" : whole(row.ids)) },
        {
          name: "bytes alone",
          number: true,
          title: "Of the 256 bytes, those that are a token",
          cell: count("bytes_alone"),
        },
        { name: "marked ▁", number: true, title: "Tokens in which ▁ stands for a space", cell: count("marked") },
        { name: "<0x0A>", number: true, title: "Tokens that are named after a byte", cell: count("named_bytes") },
        { name: "##", number: true, title: "Tokens that continue a word", cell: count("continuing") },
        {
          name: "out of order",
          number: true,
          title: "Longer tokens that do not join two of lower id",
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
