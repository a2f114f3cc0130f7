// @ts-check
/**
 * The stream turned: the largest activation of each channel, and what rounding to nearest loses, before and after.
 *
 * @import { AwareTurned } from "../../../types/systems"
 * @import { Row, View } from "../../../kit/view"
 */

import { plot } from "../../../kit/chart/plot.js";
import { control } from "../../../kit/controls/declared.js";
import { decimal, percent, whole } from "../../../kit/numbers/format.js";
import { table } from "../../../kit/numbers/table.js";
import { max, median, range } from "../../../vendor/d3.js";
import { html } from "../../../vendor/lit.js";
import { namedFormats, ROLES } from "../gptq/names.js";

/** @type {View<AwareTurned>} */
export function turned(data, ctx) {
  return html`
    <div class="bar">
      <p class="readout lead">${found(data)}</p>
      <div class="go">
        ${control(ctx, "format", { as: "select", choices: namedFormats(data.formats), own: data.format })}
      </div>
    </div>
    <div class="halves">
      <div>
        <h3 class="sub3">Largest activation of each channel <small>inputs of Q, K and V of block ${data.layer}; log
            scale</small></h3>
        ${channels(data)}
      </div>
      <div>
        <h3 class="sub3">Loss of rounding to nearest <small>as a share of the outputs’ squares</small></h3>
        ${losses(data)}
      </div>
    </div>
    <p class="hint">The norms’ weights are folded into the matrices before the rotation. Weights that a file stores in
    few bits lie on a grid, and rounding them in the same groups nearly finds this grid again. Folded or rotated
    weights no longer lie on it. ${order(data)} W_O and W_out do not read the stream, so only their outputs are
    rotated.</p>`;
}

/** @param {AwareTurned} data @returns {Row[]} */
export const rows = (data) => data.rows.map((each) => ({ ...each }));

/** @param {{ a: ArrayLike<number> }} tensor */
const peak = ({ a }) => {
  const all = Array.from(a);
  return (max(all) ?? 0) / Math.max(median(all) ?? 1, 1e-12);
};

/** By less a loss hardly changes: another draw of the rotation moves it as far. */
const ALIKE = 0.05;

/** @param {AwareTurned} data */
export function found(data) {
  const changes = data.rows.map(({ folded, after }) => after / folded - 1);
  const less = changes.filter((change) => change < -ALIKE).length;
  const more = changes.filter((change) => change > ALIKE).length;
  const alike = changes.length - less - more;
  return html`The largest channel is <b>${decimal(peak(data.before), 1)} ×</b> the median channel before the rotation
      and
    <b>${decimal(peak(data.after), 1)} ×</b> after it. Compared with folded norms alone,
    the loss of rounding falls by more than ${percent(ALIKE)} in
    <b>${whole(less)}</b> of ${whole(data.rows.length)} matrices and grows by more in <b>${whole(more)}</b>${
      alike ? `; ${whole(alike)} ${alike > 1 ? "stay" : "stays"} within ${percent(ALIKE)}` : ""
    }. One rotation was drawn.`;
}

/** @param {AwareTurned} data */
function order({ d_model, core }) {
  const rest = d_model / core;
  if (core > 1)
    return (
      `${whole(d_model)} = ${core} × ${whole(rest)}: the rotation is Paley’s matrix of order ${core} times ` +
      "Sylvester’s."
    );
  const part = d_model & -d_model; // the largest power of two that divides it
  return part === d_model
    ? `Sylvester’s matrix rotates all ${whole(d_model)} channels.`
    : `The rotation turns ${whole(d_model)} channels in parts of ${whole(part)}, because Paley has no matrix for all.`;
}

/** @param {AwareTurned} data */
function channels({ before, after }) {
  const sorted = (/** @type {{ a: ArrayLike<number> }} */ { a }) => Array.from(a).sort((one, other) => other - one);
  const x = range(1, before.a.length + 1);
  return plot({
    label: "Largest activation of each channel before and after the rotation, sorted",
    height: 260,
    traces: [
      { x, y: sorted(before), name: "before", color: "river-deep" },
      { x, y: sorted(after), name: "rotated", color: "prob" },
    ],
    x: { title: "channels, sorted by size" },
    y: { type: "log", dtick: "D2" },
  });
}

/** @param {AwareTurned} data */
function losses(data) {
  const lost = (/** @type {number} */ share) => `${decimal(100 * share, 3)} %`;
  return table({
    label: "What rounding to nearest loses, before and after the rotation",
    columns: [
      { name: "matrix", cell: ({ role }) => ROLES[role] ?? role },
      { name: "as loaded", number: true, cell: ({ before }) => lost(before) },
      { name: "norm folded in", number: true, cell: ({ folded }) => lost(folded) },
      { name: "rotated", number: true, cell: ({ after }) => lost(after) },
      { name: "rotated ÷ folded", number: true, cell: ({ folded, after }) => percent(after / folded) },
    ],
    rows: data.rows,
  });
}
