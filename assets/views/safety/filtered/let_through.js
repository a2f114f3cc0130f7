// @ts-check
/**
 * The filter against the rule that made the text, kind by kind, and one's own line.
 *
 * @import { FilterPassed, FilterShare } from "../../../types/safety"
 * @import { Drafts, Field } from "../../../kit/controls/typed.js"
 * @import { Row, View } from "../../../kit/view"
 */
import { typed, typedText } from "../../../kit/controls/typed.js";
import { percent, whole } from "../../../kit/numbers/format.js";
import { table } from "../../../kit/numbers/table.js";
import { html } from "../../../vendor/lit.js";

/** @type {Omit<Field, "value">} */
const FIELD = { name: "line", lines: [1, 3], plain: true, named: true };

/** @type {View<FilterPassed, Drafts>} */
export function let_through(data, ctx) {
  return html`
    <p class="readout lead">Of the lines that tell a hiding place the filter removes ${share(data.recall)}. Of the lines
      that it removes, ${share(data.precision)} tell one; the others are lost for nothing.</p>
    ${table({
      label: "Lines by what they tell, and what the filter does",
      columns: [
        { name: "lines", cell: ({ name }) => name },
        { name: "to be removed", cell: ({ meant }) => (meant ? "yes" : "no") },
        { name: "removed", number: true, cell: ({ removed }) => whole(removed) },
        { name: "kept", number: true, cell: ({ kept }) => whole(kept) },
        { name: "one of them", cell: ({ example }) => html`<bdi class="mono">${example}</bdi>` },
      ],
      rows: data.kinds,
    })}
    ${typed({ ...FIELD, value: typedText("line", undefined, ctx) }, ctx)}
    <p class="own"><bdi>${data.own.map(({ text, listed }) => (listed ? html`<mark>${text}</mark>` : text))}</bdi>
      <b>${data.kept ? "kept" : "removed"}</b></p>
    <p class="hint">The list has ${data.listed.map((word) => `“${word}”`).join(", ")}; a line goes where more than 2 %
    of
      its words are listed. Whole words count, so that a turkey, a monkey and a donkey stay.</p>`;
}

/** @param {FilterPassed} data @returns {Row[]} */
export const rows = ({ kinds }) => kinds.map((kind) => ({ ...kind }));

/** @param {FilterShare} share */
const share = ({ part, low, high }) =>
  html`<b>${percent(part, 1)}</b> <small>(${percent(low, 1)} to ${percent(high, 1)})</small>`;
