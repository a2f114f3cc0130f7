// @ts-check
/**
 * Held-out puzzles solved by the number of cycles, against the same net of one cycle; easy and hard puzzles; halting.
 *
 * @import { CyclesArm, CyclesCurves, CyclesSpread } from "../../../types/frontier"
 * @import { Trace } from "../../../kit/chart/chart_layout"
 * @import { Row, View } from "../../../kit/view"
 */
import { plot } from "../../../kit/chart/plot.js";
import { counted, decimal, percent, whole } from "../../../kit/numbers/format.js";
import { table } from "../../../kit/numbers/table.js";
import { html } from "../../../vendor/lit.js";

const HEIGHT = 280;
/** @type {Record<string, { name: string, color: string }>} */
const ARMS = {
  recursive: { name: "recursive", color: "prob" },
  one_cycle: { name: "one cycle", color: "neg" },
};

/** @type {View<CyclesCurves>} */
export function curves(data) {
  const cycles = data.arms[0].held.mean.a.length;
  const x = Array.from({ length: cycles }, (_, at) => at + 1);
  return html`
    <p class="readout lead">${lead(data)}</p>
    <div class="side-by-side">
      <div><h3 class="sub3">By the number of cycles <small>held-out puzzles solved whole</small></h3>
        ${plot({
          label: "Share of held-out puzzles solved, by the number of cycles",
          height: HEIGHT,
          traces: data.arms.flatMap((arm) => [
            line(arm, x, arm.held, `${ARMS[arm.arm].name}, held out`),
            {
              ...line(arm, x, arm.trained, `${ARMS[arm.arm].name}, trained kind`),
              dash: "4px,4px",
              whiskers: undefined,
            },
          ]),
          x: { title: "cycles" },
          y: { range: [-0.02, 1.03], tickformat: ".0%" },
          margin: { r: 14, t: 62 },
        })}</div>
      <div><h3 class="sub3">By the number of cells given <small>15 given: one empty cell</small></h3>
        ${plot({
          label: "Share of held-out puzzles solved, by the number of cells given",
          height: HEIGHT,
          traces: data.arms.flatMap((arm) => [
            { ...line(arm, data.given, arm.first, `${ARMS[arm.arm].name}, after 1`), dash: "4px,4px" },
            line(arm, data.given, arm.last, `${ARMS[arm.arm].name}, after ${cycles}`),
          ]),
          x: { title: "cells given" },
          y: { range: [-0.02, 1.03], tickformat: ".0%" },
          margin: { r: 14, t: 62 },
        })}</div>
    </div>
    <h3 class="sub3">Halting and standing still <small>of ${data.puzzles} held-out puzzles, mean of the seeds and their
      range</small></h3>
    ${table({
      label: "Halting, fixed points and random first states of both nets",
      rows: data.arms,
      columns: [
        { name: "Trained", cell: ({ arm }) => ARMS[arm].name },
        { name: "says it is right", number: true, cell: ({ halted }) => shares(halted) },
        { name: "and is, then", number: true, cell: ({ halted_right }) => shares(halted_right) },
        { name: "after cycles", number: true, cell: ({ halted_at }) => decimal(mean(halted_at), 1) },
        { name: "stands still at the end", number: true, cell: ({ still }) => shares(still) },
        { name: "and is right", number: true, cell: ({ still_right }) => shares(still_right) },
        {
          name: "several answers",
          number: true,
          title: `From ${data.starts} random first states`,
          cell: ({ several }) => shares(several),
        },
      ],
    })}
    <h3 class="sub3">Training loss <small>blank cells in nats, and half of the halting head’s</small></h3>
    ${plot({
      label: "Training loss of all seeds of both nets over the steps",
      height: 180,
      traces: data.arms.flatMap(losses),
      x: { title: "step" },
      y: { title: "loss" },
      margin: { r: 14, t: 12 },
    })}
    <p class="hint">${whole(data.parameters)} parameters, trained on the 96 grids of one kind with
      ${data.least_given} to ${data.most_given} cells given,
      ${counted(data.arms[0].seeds, "seed")}; held out are the 192 grids of
      the other
      kind. Steps, puzzles a step and operations are the same for both nets; the recursive one carries its state on for
      up to ${data.most} cycles. Whiskers are 95 % intervals over the seeds. Recorded by
      <code>python -m explorer cycles models/sudoku-cycles/cycles.toml</code> in ${whole(data.seconds)} seconds of
      one processor.</p>`;
}

/** @param {CyclesCurves} data */
function lead({ arms, gain, given }) {
  const [own, one] = arms;
  const end = own.held.mean.a.length;
  const [low, high] = [gain.low.a[0], gain.high.a[0]];
  const sure = low > 0 || high < 0;
  const easy = given.length - 1;
  return html`Held-out puzzles solved: the recursive net <b>${percent(own.held.mean.a[0], 1)}</b> after one cycle,
    <b>${percent(own.held.mean.a[end - 1], 1)}</b> after ${end}; the net of one cycle
    <b>${percent(one.held.mean.a[0], 1)}</b>, and ${percent(one.held.mean.a[end - 1], 1)} if it is asked to go on.
    ${sure ? "Thinking longer" : "No clear difference: thinking longer"} against the net of one cycle:
    ${points(gain.mean.a[0])} points (95 %: ${points(low)} to ${points(high)}). Of puzzles with one empty cell the
    recursive net solves <b>${percent(own.first.mean.a[easy], 1)}</b> after one cycle and
    <b>${percent(own.last.mean.a[easy], 1)}</b> after ${end}.`;
}

/** @param {number} share */
const points = (share) => `${share < 0 ? "−" : "+"}${decimal(Math.abs(100 * share), 1)}`;

/** @param {CyclesArm} arm @param {Trace["x"]} x @param {CyclesSpread} spread @param {string} name @returns {Trace} */
const line = ({ arm }, x, { mean, low, high }, name) => ({
  ...{ x, y: mean, name, color: ARMS[arm].color, mode: "lines+markers", size: 5 },
  whiskers: { low: low.a, high: high.a },
  hover: `%{y:.1%}<extra>${name}</extra>`,
});

/** @param {CyclesArm} arm @returns {Trace[]} */
function losses({ arm, seeds, losses: all, loss_step }) {
  const points = loss_step.a.length;
  return Array.from({ length: seeds }, (_, seed) => ({
    ...{ x: loss_step, y: Array.from(all.a).slice(seed * points, (seed + 1) * points) },
    ...{ color: ARMS[arm].color, width: 1.2, legend: false, name: ARMS[arm].name },
    hover: `%{y:.3f} at step %{x}<extra>${ARMS[arm].name}, seed ${seed}</extra>`,
  }));
}

/** @param {readonly (number | null)[]} values */
const known = (values) => values.filter((each) => each !== null && Number.isFinite(each)).map(Number);

/** @param {readonly (number | null)[]} values */
const mean = (values) => known(values).reduce((sum, each) => sum + each, 0) / known(values).length;

/** @param {readonly (number | null)[]} values */
const shares = (values) => {
  const all = known(values);
  if (!all.length) return "–";
  return `${percent(mean(all), 1)} (${percent(Math.min(...all), 0)}–${percent(Math.max(...all), 0)})`;
};

/** @type {(data: CyclesCurves) => Row[]} */
export const rows = (data) =>
  data.arms.flatMap((arm) => {
    const places = arm.held.mean.a.length;
    return Array.from({ length: arm.seeds * places }, (_, at) => ({
      ...{ trained: arm.arm, seed: Math.floor(at / places), cycles: (at % places) + 1 },
      solved_of_held_out: arm.by_seed.a[at],
    }));
  });
