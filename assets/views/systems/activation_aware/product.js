// @ts-check
/**
 * One output of one token as the integer product makes it: codes, products, the sum, two scales.
 *
 * @import { AwareProduct } from "../../../types/systems"
 * @import { Row, View } from "../../../kit/view"
 */
import { control } from "../../../kit/controls/declared.js";
import { derivation } from "../../../kit/numbers/derivation.js";
import { counted, percent, signed, whole } from "../../../kit/numbers/format.js";
import { table } from "../../../kit/numbers/table.js";
import { tokenText } from "../../../kit/text/tokens.js";
import { range } from "../../../vendor/d3.js";
import { html } from "../../../vendor/lit.js";
import { namedSeams } from "./scales.js";

/** @type {View<AwareProduct>} */
export function product(data, ctx) {
  return html`
    <div class="bar">
      <p class="readout lead">${found(data)}</p>
      <div class="go">
        ${control(ctx, "seam", { choices: namedSeams(data.roles), own: data.role })}
        ${control(ctx, "alpha")} ${control(ctx, "token", { as: "number", most: data.tokens - 1 })}
        ${control(ctx, "output", { as: "number", most: data.outputs - 1 })}
      </div>
    </div>
    <div class="halves">
      <div>
        <h3 class="sub3">The largest products <small>of ${whole(data.d_in)}</small></h3>
        ${products(data)}
      </div>
      <div>
        <h3 class="sub3">From whole numbers to the output</h3>
        ${derivation([
          {
            name: "Activations",
            formula: `step of this token = largest |x ÷ s| ÷ 127`,
            result: data.step_x.toPrecision(4),
            note: `${counted(data.noughts, "channel")} of ${whole(data.d_in)} round to zero`,
          },
          { name: "Weights", formula: "step of this row = largest |w · s| ÷ 127", result: data.step_w.toPrecision(4) },
          { name: "Sum", formula: "Σ code of x · code of w, in 32 bits", result: whole(data.total) },
          {
            name: "Output",
            formula: `${whole(data.total)} × ${data.step_x.toPrecision(4)} × ${data.step_w.toPrecision(4)}`,
            result: signed(data.y, 4),
          },
          { name: "Unrounded", formula: "x · w in float64", result: signed(data.exact, 4) },
          { name: "No smoothing", formula: "the same in eight bits with s = 1", result: signed(data.unsmoothed, 4) },
        ])}
      </div>
    </div>`;
}

/** @param {AwareProduct} data @returns {Row[]} */
export const rows = (data) =>
  range(data.channels.a.length).map((at) => ({
    channel: data.channels.a[at],
    x: data.x.a[at],
    x_code: data.x_codes.a[at],
    w: data.w.a[at],
    w_code: data.w_codes.a[at],
  }));

/** @param {AwareProduct} data */
function found(data) {
  const off = (/** @type {number} */ value) => percent(Math.abs(value / data.exact - 1));
  return html`Output ${whole(data.output)} of ${data.reader} for ${tokenText(data.id)} is <b>${signed(data.y, 4)}</b> in
    whole numbers and ${signed(data.exact, 4)} unrounded. The error is <b>${off(data.y)}</b>; without smoothing it is
    ${off(data.unsmoothed)}.`;
}

/** @param {AwareProduct} data */
function products(data) {
  const whole4 = (/** @type {number} */ value) => signed(value, 4);
  const listed = [...range(data.channels.a.length), -1, -2];
  const cell =
    (/** @type {(at: number) => string} */ of, rest = "", total = "") =>
    (/** @type {number} */ at) =>
      at >= 0 ? of(at) : at === -1 ? rest : total;
  return table({
    label: "Codes and products by channel, the largest products first",
    columns: [
      { name: "channel", cell: cell((at) => whole(data.channels.a[at]), "all others", "sum") },
      { name: "x ÷ s", number: true, cell: cell((at) => whole4(data.x.a[at])) },
      { name: "code", number: true, cell: cell((at) => whole(data.x_codes.a[at])) },
      { name: "w · s", number: true, cell: cell((at) => whole4(data.w.a[at])) },
      { name: "code", number: true, cell: cell((at) => whole(data.w_codes.a[at])) },
      {
        name: "product",
        number: true,
        cell: cell((at) => whole(data.x_codes.a[at] * data.w_codes.a[at]), whole(data.rest), whole(data.total)),
      },
    ],
    rows: listed,
    rowClass: (at) => (at === -2 ? "total" : ""),
  });
}
