// @ts-check
/**
 * What each guard adds to a request, beside the model’s first token.
 *
 * @import { GuardsCost } from "../../../types/safety"
 * @import { Row, View } from "../../../kit/view"
 */
import { counted, percent, signed } from "../../../kit/numbers/format.js";
import { timed } from "../../../kit/numbers/magnitude.js";
import { table } from "../../../kit/numbers/table.js";
import { html } from "../../../vendor/lit.js";

/** @type {View<GuardsCost>} */
export function cost(data) {
  return html`
    <p class="readout lead">${said(data)}</p>
    ${table({
      label: "Milliseconds a request",
      columns: [
        { name: "what is done", cell: ({ case: name }) => name },
        { name: "median", number: true, cell: ({ median }) => timed(median) },
        { name: "p95", number: true, title: "95 of 100 requests take less", cell: ({ p95 }) => timed(p95) },
      ],
      rows: [...data.times],
    })}
    <p class="hint">One request at a time on this machine, the three in turns. The stream’s guard needs the model’s own
      pass up to block ${data.depth}, which is made in any case where the model answers.</p>`;
}

/** @param {GuardsCost} data @returns {Row[]} */
export const rows = ({ times }) => times.map(({ case: name, median, p95 }) => ({ case: name, median, p95 }));

/** @param {GuardsCost} data */
function said({ times: [first, , minilm], requests, added, added_low: low, added_high: high }) {
  return html`Over ${counted(requests, "request")}, MiniLM’s guard takes <b>${timed(minilm.median)}</b>
    (p95 ${timed(minilm.p95)}), ${percent(minilm.median / first.median, 0)} of the ${timed(first.median)} until the
    model’s first token. The stream’s guard changes that time by <b>${signed(added)} ms</b> (middle half
    ${signed(low)} to ${signed(high)} ms)${low <= 0 && high >= 0 ? ": less than the machine’s own spread" : ""}.`;
}
