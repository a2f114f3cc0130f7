// @ts-check
/**
 * The same item with one thing of its prompt changed at a time.
 *
 * @import { ItemChange, OneItemOpened } from "../../../types/evaluation"
 */
import { decimal, signed } from "../../../kit/numbers/format.js";
import { table } from "../../../kit/numbers/table.js";
import { token } from "../../../kit/text/tokens.js";
import { html, nothing } from "../../../vendor/lit.js";
import { verdict } from "./rules.js";
import { RULES, said } from "./words.js";

/** Tokens of the right choice that are written out. */
const SHOWN = 3;

/** @param {OneItemOpened} data */
export function changes(data) {
  const plain = data.changes[0];
  const measured = data.changes.length < data.total ? `${data.changes.length} of ${data.total} are measured.` : nothing;
  return html`
    ${table({
      label: "What one change of the prompt does",
      className: "keeps-names",
      rows: [...data.changes],
      columns: [
        { name: "Change", cell: ({ name }) => html`<b>${said(name)}</b>` },
        { name: "prompt’s end | right choice", cell: boundary },
        {
          name: "log p, change",
          number: true,
          cell: ({ totals, name }) =>
            html`${decimal(totals[data.gold])} <small>${
              name === plain.name ? "" : signed(totals[data.gold] - plain.totals[data.gold])
            }</small>`,
        },
        ...[0, 1, 2, 3].map((rule) => ({
          name: RULES[data.rules[rule].rule].metric,
          cell: (/** @type {ItemChange} */ { winners }) => verdict(data, winners[rule]),
        })),
      ],
    })}
    <p class="hint">${measured}</p>`;
}

/** Where the prompt ends and the choice begins, in tokens. @param {ItemChange} change */
const boundary = ({ last, first, tokens }) => html`
  <span class="pieces">${last.map((id) => token(id, { className: "mono piece" }))}
  <b class="cut">|</b>${first.map((id) => token(id, { className: "mono piece new" }))}
  ${tokens > SHOWN ? "…" : ""}</span>`;
