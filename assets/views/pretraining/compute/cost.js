// @ts-check
/**
 * What a training costs, line by line.
 *
 * @import { ComputeCost } from "../../../types/pretraining"
 * @import { Row, View, ViewContext } from "../../../kit/view"
 */
import { control } from "../../../kit/controls/declared.js";
import { derivation } from "../../../kit/numbers/derivation.js";
import { decimal, measured, percent, power, whole } from "../../../kit/numbers/format.js";
import { figures, parameters, scaled } from "../../../kit/numbers/magnitude.js";
import { html, nothing } from "../../../vendor/lit.js";

/** @type {View<ComputeCost>} */
export function cost(data, ctx) {
  return html`
    <div class="settings-row">
      ${control(ctx, "parameters", { label: "Parameters, B" })} ${control(ctx, "by")}
      ${ctx.controls.by === "ratio" ? control(ctx, "ratio") : control(ctx, "tokens", { label: "Tokens, B" })}
    </div>
    <div class="settings-row ruled">
      ${control(ctx, "devices")} ${control(ctx, "device", { as: "select" })}
      ${ctx.controls.device === "own" ? control(ctx, "peak", { label: "Peak, TFLOP/s" }) : nothing}
      ${control(ctx, "mfu", { label: "MFU, %", as: "number" })} ${control(ctx, "watts", { label: "Power, W" })}
      ${control(ctx, "price", { label: "Price, $ an hour" })}
    </div>
    <p class="readout lead">${parameters(data.parameters)} parameters and ${parameters(data.tokens)} tokens take
      <b>${power(data.flops)} FLOP</b>: <b>${figures(data.days)} days</b> on ${whole(data.devices)} devices at an MFU of
      ${measured(100 * data.mfu)} %, for <b>$${few(data.price)}</b>.</p>
    ${reference(data, ctx)} ${sums(data)}
    <p class="hint">6 N D counts the matrices: two operations a weight and token forward, four backward. Attention’s
      scores come on top (the last view), restarts and evaluation too. A mixture counts the parameters that a token
      uses. Energy is the hours times your watts, and price the hours times your dollars: neither holds anything else.
      “Published runs” holds the same sums against printed figures.</p>`;
}

/** The reference’s claim, where the inputs are its own. @param {ComputeCost} data @param {ViewContext} ctx */
function reference({ reference: { said, found, mfu, shown } }, ctx) {
  return shown
    ? html`
      <p class="readout claim">These inputs are an example of the text “LLM Architecture & Internals”, which
        the <button class="linkbtn" type="button" @click=${() => ctx.go("errata")}>ledger of
        claims</button> checks. It says
        <b>~${whole(said)} days</b>. They give <b>${decimal(found, 1)}</b>; ${whole(said)} days would be an MFU of
        ${percent(mfu, 1)}.</p>`
    : nothing;
}

/** Hours or dollars: whole up to six digits. @param {number} value */
const few = (value) => (value >= 100 && value < 1e6 ? whole(Math.round(value)) : parameters(value));

/** @param {ComputeCost} data */
const sums = (data) =>
  derivation([
    {
      name: "tokens",
      formula: `${decimal(data.tokens / data.parameters, 2)} a parameter`,
      result: parameters(data.tokens),
    },
    {
      name: "operations",
      formula: `6 · ${power(data.parameters)} · ${power(data.tokens)}`,
      result: `${power(data.flops)} FLOP`,
    },
    {
      name: "peak",
      formula: `${whole(data.devices)} · ${measured(data.peak / 1e12)} TFLOP/s`,
      result: scaled(data.devices * data.peak, "FLOP/s"),
      note: peakNote(data),
    },
    {
      name: "time",
      formula: `${power(data.flops)} / (${scaled(data.devices * data.peak, "FLOP/s")} · ${percent(data.mfu, 1)})`,
      result: `${figures(data.days)} days`,
    },
    {
      name: "device hours",
      formula: `${figures(data.days)} · 24 · ${whole(data.devices)}`,
      result: `${few(data.device_hours)} h`,
    },
    {
      name: "energy",
      formula: `${few(data.device_hours)} h · ${whole(data.watts)} W`,
      result: scaled(data.megawatt_hours * 1e6, "Wh"),
    },
    {
      name: "price",
      formula: `${few(data.device_hours)} h · $${decimal(data.hourly, 2)}`,
      result: `$${few(data.price)}`,
    },
  ]);

/** @param {ComputeCost} data */
const peakNote = ({ device, peak_said, source, note }) =>
  peak_said ? `${device}: ${peak_said}. ${source}.${note ? ` ${note}` : ""}` : "The peak is your own.";

/** @param {ComputeCost} data @returns {Row[]} */
export const rows = ({ reference: { said, found }, ...own }) => [
  { .../** @type {Row} */ (/** @type {unknown} */ (own)), reference_days: said, reference_days_found: found },
];
