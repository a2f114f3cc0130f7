// @ts-check
/**
 * One step of one matrix: what two optimizers make of the same gradient.
 *
 * @import { InsideStep, StepTaken, StepTerm } from "../../../types/pretraining"
 * @import { Check, Row, View } from "../../../kit/view"
 */

import { matrix } from "../../../kit/cells/matrix.js";
import { plot } from "../../../kit/chart/plot.js";
import { diverging } from "../../../kit/colour/ramp.js";
import { counted, decimal, percent, scientific, whole } from "../../../kit/numbers/format.js";
import { table } from "../../../kit/numbers/table.js";
import { worst } from "../../../kit/numbers/worst.js";
import { html } from "../../../vendor/lit.js";
import { choices, optimizer, powers, term } from "./named.js";

/** Of a corner, in pixels. */
const SIDE = 168;
const HEIGHT = 260;
const ROUNDED = 3e-5;

/** @type {View<InsideStep>} */
export function step(data, ctx) {
  const { taken, other, gradient } = data;
  return html`
    ${choices(ctx)}
    <p class="readout lead">${said(data)}</p>
    ${table({
      label: "The step by each optimizer",
      columns: [
        { name: "optimizer", cell: (/** @type {StepTaken} */ each) => optimizer(each.name) },
        { name: "learning rate", number: true, cell: ({ lr }) => scientific(lr) },
        {
          name: "moved ÷ weight",
          number: true,
          title: "The Frobenius norm of update and decay by that of the weight",
          cell: ({ ratio }) => percent(ratio, 3),
        },
        {
          name: "decay alone",
          number: true,
          title: "The Frobenius norm of the weight decay by that of the weight",
          cell: (each) => (decay(each, data) ? `${decimal(100 * decay(each, data), 3)} %` : "0 %"),
        },
        { name: "loss after, nats", number: true, cell: ({ loss }) => decimal(loss, 4) },
        { name: "change", number: true, cell: ({ loss }) => decimal(loss - before(data), 4) },
        {
          name: "to first order",
          number: true,
          title: "Minus the gradient times what the matrix moves by: what the change would be were the loss a plane",
          cell: ({ predicted }) => decimal(predicted, 4),
        },
      ],
      rows: taken.name === other.name ? [taken] : [taken, other],
    })}
    ${corners(`${optimizer(taken.name)}: from gradient to update`, [gradient, ...taken.terms])}
    ${taken.name === other.name ? "" : corners(`${optimizer(other.name)}, the same step`, other.terms)}
    <h3 class="sub3">How far weights move</h3>
    ${sizes(data)}
    <p class="hint">Each corner is coloured by its own largest amount: blue is above zero, orange below. The text has
      ${counted(data.read, "token")} and is read whole at every step; the losses before each of the
      ${counted(data.t, "step")} are ${data.losses.map((each) => decimal(each, 3)).join(", ")} nats a token.</p>`;
}

/** @param {InsideStep} data @returns {Row[]} */
export const rows = (data) =>
  [data.taken, data.other].map((each) => ({
    optimizer: each.name,
    matrix: data.matrix,
    step: data.t,
    lr: each.lr,
    moved_norm: each.moved_norm,
    ratio: each.ratio,
    loss_before: before(data),
    loss_after: each.loss,
    first_order: each.predicted,
  }));

/** @param {InsideStep} data @returns {Check[]} */
export const checks = (data) => [
  {
    statement: "The norm of what the matrix moves by = its root mean square times the root of the number of weights",
    error: worst(
      [data.taken, data.other].map(({ moved_rms: rms, moved_norm }) =>
        Math.abs((rms * Math.sqrt(data.rows * data.columns)) / moved_norm - 1),
      ),
    ),
    tolerance: ROUNDED,
    word: "relative difference",
  },
];

/** @param {InsideStep} data */
const before = ({ losses }) => losses[losses.length - 1];

/** What weight decay moves, by the weight’s norm. @param {StepTaken} each @param {InsideStep} data */
const decay = ({ terms }, data) =>
  ((terms.find(({ name }) => name === "decay")?.rms ?? 0) * Math.sqrt(data.rows * data.columns)) / data.weight_norm;

/** Where decay is most of the way, the step says so. @param {StepTaken} each @param {InsideStep} data */
const decayed = (each, data) => (decay(each, data) > each.ratio / 2 ? ", mostly by weight decay," : "");

/** @param {InsideStep} data */
function said(data) {
  const { taken, other } = data;
  const change = (/** @type {StepTaken} */ each) => decimal(each.loss - before(data), 3);
  const both =
    taken.name === other.name
      ? ""
      : html` ${optimizer(other.name)} would move it by
    <b>${percent(other.ratio, 2)}</b>${decayed(other, data) || ","} and change the loss by <b>${change(other)}</b>.`;
  return html`Step ${data.t} of <b>${data.matrix}</b> (${whole(data.rows)} × ${whole(data.columns)}):
    ${optimizer(taken.name)} moves it by <b>${percent(taken.ratio, 2)}</b> of its
    norm${decayed(taken, data) || ","} and changes the loss on this text by
    <b>${change(taken)}</b> nats a token.${both}`;
}

/** @param {string} title @param {readonly StepTerm[]} terms */
function corners(title, terms) {
  return html`
    <h3 class="sub3">${title}</h3>
    <div class="small-multiples">
      ${terms.map(
        (each) => html`
          <figure>
            <figcaption>${term(each.name)}</figcaption>
            ${corner(each)}
            <p class="hint">rms ${scientific(each.rms)}</p>
          </figure>`,
      )}
    </div>`;
}

/** @param {StepTerm} each */
function corner({ name, corner: cells, most }) {
  const [high, wide] = cells.shape;
  const colour = diverging();
  const value = (/** @type {number} */ row, /** @type {number} */ column) => cells.a[row * wide + column];
  return matrix({
    rows: high,
    columns: wide,
    width: SIDE,
    height: SIDE,
    colour: (row, column) => colour(most ? value(row, column) / most : 0),
    of: [cells],
    label: `${term(name)}: the first ${high} rows and ${wide} columns`,
    told: ({ row, column }) => ({
      title: `row ${row}, column ${column}`,
      details: [[term(name), scientific(value(row, column))]],
    }),
    pixels: true,
  });
}

/** @param {InsideStep} data */
function sizes({ bins, gradient_sizes, taken, other }) {
  const x = Array.from(bins.a, (each) => 10 ** each);
  const line = (/** @type {Float32Array} */ a, /** @type {string} */ name, /** @type {object} */ look) => ({
    x,
    y: Array.from(a),
    name,
    ...look,
  });
  return plot({
    label: "Share of weights by the size of the gradient and of what they move by",
    height: HEIGHT,
    traces: [
      line(gradient_sizes.a, "gradient", { color: "ink3" }),
      line(taken.sizes.a, optimizer(taken.name), { color: "prob" }),
      ...(taken.name === other.name
        ? []
        : [line(other.sizes.a, optimizer(other.name), { color: "pos", dash: "7px,3px" })]),
    ],
    x: { title: "amount", ...powers(-8, 0) },
    y: { title: "share of weights", tickformat: ".0%" },
  });
}
