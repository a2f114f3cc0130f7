// @ts-check
/**
 * The Hessian of one matrix's inputs: which channels move together, its eigenvalues, and whom act-order takes first.
 *
 * @import { GptqHessian } from "../../../types/systems"
 * @import { Row, ViewContext } from "../../../kit/view"
 */

import { matrix } from "../../../kit/cells/matrix.js";
import { plot } from "../../../kit/chart/plot.js";
import { ramp } from "../../../kit/colour/ramp.js";
import { segmented } from "../../../kit/controls/controls.js";
import { control } from "../../../kit/controls/declared.js";
import { counted, decimal, percent, whole } from "../../../kit/numbers/format.js";
import { figures } from "../../../kit/numbers/magnitude.js";
import { range, sum } from "../../../vendor/d3.js";
import { html } from "../../../vendor/lit.js";
import { namedRoles } from "./names.js";

const MOST = 420;
const LISTED = 6;

/**
 * @param {GptqHessian} data
 * @param {ViewContext<{ order?: string }>} ctx
 */
export function hessian(data, ctx) {
  const order = ctx.kept.order ?? "matrix";
  const { label, choices = [] } = ctx.declared("order");
  const width = Math.min(MOST, ctx.width);
  return html`
    <div class="bar">
      <p class="readout lead">${found(data)}</p>
      <div class="go">
        ${control(ctx, "role", { as: "select", choices: namedRoles(data.roles), own: data.role })}
        ${segmented({ label, choices, chosen: order, choose: (next) => ctx.keep({ order: String(next) }) })}
      </div>
    </div>
    <div class="thirds">
      <div>
        <h3 class="sub3">Which inputs move together <small>a cell shows the largest |correlation| of ${data.pooled} ×
            ${data.pooled} channels</small></h3>
        ${correlations(data, order, width)}
        <p class="hint"><i class="ramp ink"></i> 0 to 1. Where the correlation is strong, one channel can cancel a
        part of the other’s error.</p>
      </div>
      <div>
        <h3 class="sub3">Eigenvalues <small>log scale; the algorithm adds λ to each</small></h3>
        ${eigenvalues(data)}
        <h3 class="sub3">Each input in act-order: its size, and the part that later inputs do not explain
          <small>log scale</small></h3>
        ${sizes(data)}
        <p class="hint">The grey line is H’s diagonal, twice the mean square of a channel. The violet line, 1 ÷ U², is
        the part of the channel that all later channels together do not explain. An error in this part remains; GPTQ
          cancels the rest. So the distance between the lines is what GPTQ saves.</p>
      </div>
    </div>`;
}

/** @param {GptqHessian} data @returns {Row[]} */
export const rows = (data) =>
  Array.from(data.order.a, (channel, place) => ({
    place,
    channel,
    diagonal: data.diagonal.a[channel],
    left: data.left.a[place],
    eigenvalue: data.eigenvalues.a[place],
  }));

/** @param {GptqHessian} data */
function found(data) {
  const total = sum(data.diagonal.a);
  const first = Array.from(data.order.a.slice(0, LISTED), (each) => whole(each)).join(", ");
  const share = sum(data.order.a.slice(0, LISTED), (each) => data.diagonal.a[each]) / total;
  let taken = 0;
  const directions = data.eigenvalues.a.findIndex((/** @type {number} */ each) => {
    taken += each;
    return taken >= 0.9 * total;
  });
  return html`Over ${counted(data.tokens, "token")}, <b>${counted(directions + 1, "direction")}</b> of
    ${whole(data.d_in)} carry 90 % of the sum of the inputs’ squares. Act-order begins with channels ${first}, which
    carry <b>${percent(share)}</b> of it.`;
}

/** @param {GptqHessian} data @param {string} order @param {number} width */
function correlations(data, order, width) {
  const map = order === "act" ? data.ordered : data.plain;
  const side = map.shape[0];
  const names = (/** @type {number} */ cell) => {
    const [first, last] = [cell * data.pooled, Math.min((cell + 1) * data.pooled, data.d_in) - 1];
    if (order === "act") return `places ${first} to ${last} in act-order`;
    return first === last ? `channel ${first}` : `channels ${first} to ${last}`;
  };
  return matrix({
    rows: side,
    columns: side,
    width,
    height: width,
    pixels: true,
    of: [data, order],
    label: `Correlation of ${whole(data.d_in)} inputs with each other; arrow keys read the cells`,
    colour: (row, column) => ramp("ink", "sunken")(Math.min(1, map.a[row * side + column])),
    told: ({ row, column }) => ({
      title: names(row),
      details: [
        ["with", names(column)],
        ["largest |correlation|", decimal(map.a[row * side + column])],
      ],
    }),
    walked: () => {},
    start: { row: 0, column: 0 },
  });
}

/** @param {GptqHessian} data */
function eigenvalues(data) {
  const y = Array.from(data.eigenvalues.a, (each) => Math.max(each, 1e-12));
  return plot({
    label: "Eigenvalues of the Hessian, largest first",
    height: 210,
    traces: [{ x: range(1, y.length + 1), y, color: "river-deep" }],
    x: { title: "eigenvalue" },
    y: { type: "log", dtick: "D2", title: "size" },
    marks: [{ y: data.damping, label: `λ = ${figures(data.damping)}`, side: "left" }],
  });
}

/** @param {GptqHessian} data */
function sizes(data) {
  const x = range(1, data.d_in + 1);
  return plot({
    label: "Inputs by size, and the part of each that later inputs do not explain",
    height: 220,
    traces: [
      { x, y: Array.from(data.order.a, (each) => data.diagonal.a[each]), name: "H’s diagonal", color: "river-deep" },
      { x, y: data.left, name: "1 ÷ U²", color: "prob" },
    ],
    x: { title: "place in the order" },
    y: { type: "log", dtick: "D2" },
  });
}
