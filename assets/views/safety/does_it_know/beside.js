// @ts-check
/**
 * A known and an unknown person: the answers side by side, and where each signal stands among all people.
 *
 * @import { KnowingBeside } from "../../../types/safety"
 * @import { Row, View } from "../../../kit/view"
 */
import { control } from "../../../kit/controls/declared.js";
import { halfWidth } from "../../../kit/layout.js";
import { decimal, percent } from "../../../kit/numbers/format.js";
import { table } from "../../../kit/numbers/table.js";
import { html } from "../../../vendor/lit.js";
import { answer, rowsOf } from "./answer.js";
import { SIGNALS, written } from "./signals_named.js";

/** @type {View<KnowingBeside>} */
export function beside(data, ctx) {
  const width = halfWidth(ctx.width);
  const { known, unknown, samples } = data;
  return html`
    <div class="settings-row">
      ${control(ctx, "attribute", { as: "segmented" })} ${control(ctx, "person")}
      ${control(ctx, "samples", { as: "segmented" })}
    </div>
    <p class="readout lead">${lead(data)}</p>
    <div class="side-by-side">
      ${answer(known, {
        title: "Known: read often",
        width,
        samples,
        said: html`<p class="truth">The text says
        <b>${known.truth}</b>.</p>`,
      })}
      ${answer(unknown, {
        title: "Unknown: never read",
        width,
        samples,
        said: html`<p class="truth">No line is about
        this person: whatever is answered is a guess.</p>`,
      })}
    </div>
    <h3 class="sub3">All signals of these two answers</h3>
    ${signals(data)}
    <p class="hint">Above all known: the part of known people whose signal lies below that of the unknown person shown.
      The probe reads the stream at depth ${data.depth}, at the question’s last token; it was fitted there on
      ${data.fitted} other people.</p>`;
}

/** @param {KnowingBeside} data @returns {Row[]} */
export const rows = ({ known, unknown }) => [...rowsOf(known, "known"), ...rowsOf(unknown, "unknown")];

/** @param {KnowingBeside} data */
function lead({ known, unknown }) {
  return html`Over its drawn answers the model’s semantic entropy is
    <b>${decimal(known.signals.semantic)}</b> nats for the known person and
    <b>${decimal(unknown.signals.semantic)}</b> for the unknown one. Its texts alone say
    ${decimal(known.signals.predictive)} and ${decimal(unknown.signals.predictive)}: the same fact can be worded in
    three ways.`;
}

/** @param {KnowingBeside} data */
function signals({ known, unknown, others }) {
  return table({
    label: "Each signal of both answers",
    columns: [
      { name: "signal", cell: (name) => html`<span title=${SIGNALS[name].about}>${SIGNALS[name].name}</span>` },
      { name: "known", number: true, cell: (name) => written(name, known.signals[name]) },
      { name: "unknown", number: true, cell: (name) => written(name, unknown.signals[name]) },
      { name: "above all known", number: true, cell: (name) => percent(above(others[name][0], unknown.signals[name])) },
    ],
    rows: Object.keys(others),
  });
}

/** @param {number[]} values @param {number} value */
const above = (values, value) => values.filter((each) => each < value).length / values.length;
