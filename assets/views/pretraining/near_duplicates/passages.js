// @ts-check
/**
 * Passages that a crawl holds more than once.
 *
 * @import { DuplicatePassages } from "../../../types/pretraining"
 * @import { Row, View } from "../../../kit/view"
 */
import { control } from "../../../kit/controls/declared.js";
import { counted, percent, whole } from "../../../kit/numbers/format.js";
import { table } from "../../../kit/numbers/table.js";
import { html } from "../../../vendor/lit.js";

/** @type {View<DuplicatePassages>} */
export function passages(data, ctx) {
  return html`
    <div class="settings-row">
      ${control(ctx, "least", { as: "segmented" })} ${control(ctx, "documents", { as: "segmented", format: whole })}
      ${control(ctx, "seed")}
    </div>
    <p class="readout lead">${said(data)}</p>
    ${table({
      label: "Passages that stood before",
      columns: [
        { name: "passage", className: "passage", cell: ({ text }) => text },
        { name: "copies cut", number: true, title: "how often it stood before", cell: ({ count }) => whole(count) },
        { name: "bytes", number: true, title: "that this takes off the crawl", cell: ({ bytes }) => whole(bytes) },
      ],
      rows: [...data.passages],
    })}
    <p class="hint">The first place of a passage stays. No passage reaches over the end of a page. Of a long one its
      beginning is shown.</p>`;
}

/** @param {DuplicatePassages} data @returns {Row[]} */
export const rows = ({ passages }) => passages.map((each) => ({ ...each }));

/** @param {DuplicatePassages} data */
function said({ documents, bytes, at_least, copies, covered, different, passages }) {
  return html`
    Of ${counted(bytes, "byte")} on ${counted(documents, "page")}, <b>${percent(covered / bytes, 1)}</b> stood before in
    passages of ${at_least} bytes or more: ${counted(copies, "place")} with ${counted(different, "different passage")}.
    The ${passages.length} that take most off are listed.`;
}
