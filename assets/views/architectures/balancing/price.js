// @ts-check
/**
 * What balance costs: the task's own loss of both trainings, and what a fixed capacity would drop.
 *
 * @import { BalancingCost, BalancingPrice } from "../../../types/architectures"
 * @import { Row, View } from "../../../kit/view"
 *
 * @typedef {object} Line of the table
 * @property {string} name
 * @property {string} note
 * @property {number | null} plain
 * @property {number | null} chosen
 * @property {boolean} [share] the numbers are shares
 * @property {boolean} [dropless] nothing can be dropped by the counterweight
 */

import { plot } from "../../../kit/chart/plot.js";
import { decimal, whole } from "../../../kit/numbers/format.js";
import { table } from "../../../kit/numbers/table.js";
import { mean, range } from "../../../vendor/d3.js";
import { html } from "../../../vendor/lit.js";
import { share, shortName } from "./sides.js";

/** Steps that a point of the curves is the mean of. */
const SMOOTH = 12;
const HEIGHT = 290;
const WIDE = 760;

/** @type {View<BalancingPrice>} */
export function price(data, ctx) {
  return html`
    <div class="balancing">
      <div class="two-sides ${ctx.width >= WIDE ? "wide" : ""}">
        <div class="side">
          <h3 class="sub3">The task’s loss; 1 is the loss of always writing the mean</h3>
          ${curves(data)}
        </div>
        <div class="side">
          ${numbers(data)}
          <p class="hint">${note(data)}</p>
        </div>
      </div>
    </div>`;
}

/**
 * @param {BalancingPrice} data
 * @returns {Row[]}
 */
export function rows(data) {
  const ends = lines(data).map(({ name, note, plain, chosen }) => ({
    what: name,
    note,
    step: null,
    none: plain,
    counterweight: chosen,
  }));
  const losses = range(trainedSteps(data)).map((step) => ({
    what: "Task loss",
    note: "of the step",
    step: step + 1,
    none: data.plain.loss.a[step],
    counterweight: data.chosen.loss.a[step],
  }));
  return [...ends, ...losses];
}

/** @param {BalancingPrice} data */
const trainedSteps = ({ plain }) => plain.loss.shape[0];

/** @param {BalancingPrice} data */
const isGoing = (data) => trainedSteps(data) < data.steps;

/** Each loss as the mean of the last steps. @param {BalancingCost} cost */
const smoothed = ({ loss }) =>
  Array.from(loss.a, (_, at) => mean(loss.a.subarray(Math.max(0, at - SMOOTH + 1), at + 1)) ?? 0);

/** @param {BalancingPrice} data */
function curves(data) {
  const x = range(1, trainedSteps(data) + 1);
  return plot({
    label: "The task’s loss over the steps of both trainings; arrow keys walk the steps",
    height: HEIGHT,
    traces: [
      { x, y: smoothed(data.plain), name: "no counterweight", color: "ink2", dash: "4px,3px", width: 1.8 },
      { x, y: smoothed(data.chosen), name: shortName(data), color: "prob", width: 2 },
    ],
    x: { title: "step", range: [0, data.steps] },
    y: { rangemode: "tozero" },
    margin: { r: 14, t: 30 },
  });
}

/**
 * @param {BalancingPrice} data
 * @returns {Line[]}
 */
function lines(data) {
  const { plain, chosen, factors, method } = data;
  const [one, other] = [plain.end, chosen.end];
  const dropless = method === "choice";
  return [
    { name: "Task loss", note: "last 20 steps", plain: one.loss, chosen: other.loss },
    { name: "Task loss", note: `${whole(data.held)} held-out tokens`, plain: one.held_out, chosen: other.held_out },
    { name: "Balance, n Σ f P", note: `last 20 steps; even: ${data.k}`, plain: one.balance, chosen: other.balance },
    ...factors.map((factor, at) => ({
      name: `Dropped at capacity factor ${factor}`,
      note: "share of the choices, last 20 steps",
      plain: one.dropped[at],
      chosen: dropless ? null : other.dropped[at],
      share: true,
      dropless,
    })),
    ...factors.map((factor, at) => ({
      name: `Held-out loss at factor ${factor}`,
      note: "choices over the limit are dropped",
      plain: plain.limits?.[at][1] ?? null,
      chosen: chosen.limits?.[at][1] ?? null,
      dropless,
    })),
    ...(dropless
      ? [
          {
            name: "Tokens that no expert chose",
            note: "last 20 steps",
            plain: one.unserved,
            chosen: other.unserved,
            share: true,
          },
        ]
      : []),
  ];
}

/** @param {BalancingPrice} data */
function numbers(data) {
  const going = isGoing(data);
  const written = (/** @type {number | null} */ value, /** @type {Line} */ line, side = "plain") => {
    if (value !== null) return line.share ? share(value) : decimal(value, 3);
    return side === "chosen" && line.dropless && !going ? "drops none" : "";
  };
  return table({
    label: "Both trainings in numbers",
    className: "costs",
    rows: lines(data),
    columns: [
      { name: "Counterweight", cell: ({ name, note }) => html`${name}<small>${note}</small>` },
      { name: "none", cell: (line) => written(line.plain, line), number: true },
      { name: shortName(data), cell: (line) => written(line.chosen, line, "chosen"), number: true },
    ],
  });
}

/** @param {BalancingPrice} data */
function note(data) {
  if (isGoing(data)) {
    return `${trainedSteps(data)} of ${data.steps} steps are trained. The held-out loss is measured at the end.`;
  }
  const gap = (data.chosen.end.held_out ?? 0) / (data.plain.end.held_out || 1) - 1;
  return (
    `In this one pair of trainings, without dropping, the balanced one’s held-out loss is ${share(Math.abs(gap))} ` +
    `${gap > 0 ? "higher" : "lower"}. One pair does not show how much of that is luck: try other seeds. ` +
    `Lines are means of ${SMOOTH} steps. Excerpts are held out whole, so no held-out token was next to a training ` +
    "token."
  );
}
