// @ts-check
/**
 * Tasks, the open one's programs with their verdicts, and pass@k by two formulas.
 *
 * @import { CodeSample, CodeSamples, CodeTask } from "../../../types/evaluation"
 * @import { Row, View, ViewContext } from "../../../kit/view"
 *
 * @typedef {{ open: string }} Kept the task whose programs are listed
 */

import { plot } from "../../../kit/chart/plot.js";
import { control } from "../../../kit/controls/declared.js";
import { counted, decimal, percent, whole } from "../../../kit/numbers/format.js";
import { rightOrWrong } from "../../../kit/numbers/right_wrong.js";
import { table } from "../../../kit/numbers/table.js";
import { median } from "../../../vendor/d3.js";
import { html, nothing } from "../../../vendor/lit.js";

const HEIGHT = 280;

/** @type {View<CodeSamples, Kept>} */
export function samples(data, ctx) {
  const open = data.tasks.find(({ name }) => name === ctx.kept.open) ?? data.tasks[0];
  return html`
    <div class="settings-row">
      ${
        data.recorded
          ? nothing
          : html`${control(ctx, "samples", { as: "segmented" })} ${control(ctx, "temperature")} ${control(ctx, "seed")}`
      }
      ${control(ctx, "k", { most: data.samples, live: true })}
    </div>
    ${data.recorded ? html`<p class="readout lead" role="note">${data.recorded}</p>` : nothing}
    <p class="readout lead">${said(data, ctx)}</p>
    <div class="two">
      <div>${tasks(data, open, ctx)}</div>
      <div>${curve(data, ctx)}</div>
    </div>
    ${programs(open)}`;
}

/** @param {CodeSamples} data @returns {Row[]} */
export const rows = (data) =>
  data.tasks.flatMap(({ name, samples }) => samples.map((sample, at) => ({ task: name, sample: at + 1, ...sample })));

/** @param {CodeSamples} data @param {ViewContext<Kept>} ctx */
const chosenK = (data, ctx) => Math.min(data.samples, Math.max(1, Number(ctx.controls.k ?? 1)));

/** @param {CodeSamples} data @param {ViewContext<Kept>} ctx */
function said(data, ctx) {
  const point = data.curve[chosenK(data, ctx) - 1];
  const all = data.tasks.flatMap(({ samples }) => samples);
  const taken = median(all, ({ milliseconds }) => milliseconds) ?? Number.NaN;
  return html`${data.model} wrote ${counted(data.samples, "program")} for each of
    ${counted(data.tasks.length, "task")}${data.tasks.length < data.total ? " so far" : ""} at temperature
    ${decimal(data.temperature, 1)}. <b>pass@${point.k} is ${percent(point.estimated, 1)}</b>: so
    many of all choices of ${counted(point.k, "sample")} hold a right one, mean over the tasks. The naive formula gives
    ${percent(point.naive, 1)}; in ${percent(point.all_pass, 1)} all ${point.k} are right (pass^${point.k}). The median
    program takes ${whole(Math.round(taken))} ms, the start of its process included.`;
}

/** @param {CodeSamples} data @param {CodeTask} open @param {ViewContext<Kept>} ctx */
const tasks = (data, open, ctx) =>
  table({
    label: "Tasks",
    columns: [
      { name: "task", cell: ({ name }) => name },
      { name: "passed", number: true, cell: ({ passed }) => `${passed} of ${data.samples}` },
      { name: "pass@1", number: true, cell: ({ passed }) => percent(passed / data.samples) },
    ],
    rows: [...data.tasks],
    selected: (task) => task === open,
    select: ({ name }) => ctx.keep({ open: name }),
  });

/** @param {CodeSamples} data @param {ViewContext<Kept>} ctx */
function curve(data, ctx) {
  const k = data.curve.map((point) => point.k);
  const line = (/** @type {"estimated" | "naive" | "all_pass"} */ of) => data.curve.map((point) => point[of]);
  return plot({
    label: "pass@k by the estimator and by the naive formula, and pass^k",
    height: HEIGHT,
    traces: [
      { x: k, y: line("estimated"), name: "pass@k", color: "prob", mode: "lines+markers", size: 5 },
      { x: k, y: line("naive"), name: "naive", color: "ink3", dash: "4px,3px" },
      { x: k, y: line("all_pass"), name: "pass^k", color: "river-deep" },
    ],
    x: { title: "k", dtick: data.samples > 10 ? 5 : 1 },
    y: { title: "mean over tasks", range: [0, 1.02], tickformat: ".0%" },
    marks: [{ x: chosenK(data, ctx) }],
    margin: { t: 34 },
  });
}

/** @param {CodeTask} task */
function programs(task) {
  return html`
    <pre>${task.prompt}</pre>
    ${table({
      label: `Programs of the task ${task.name}`,
      columns: [
        { name: "written by the model", className: "text", cell: ({ written }) => written || "nothing" },
        { name: "verdict", cell: (sample) => rightOrWrong(sample.verdict === "passed", sample.verdict) },
        { name: "calls right", number: true, cell: ({ right }) => `${right} of ${task.calls}` },
        { name: "message", className: "text", cell: ({ message }) => message },
      ],
      rows: /** @type {CodeSample[]} */ ([...task.samples]),
    })}`;
}
