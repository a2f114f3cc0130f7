// @ts-check
/**
 * HumanEval as it was recorded: pass@k of each model with its interval over problems, and the programs of one problem.
 *
 * @import { CodeSample, HumanEvalModel, HumanEvalRecorded } from "../../../types/evaluation"
 * @import { Row, View, ViewContext } from "../../../kit/view"
 *
 * @typedef {{ problem: string, writer: string }} Kept the problem and the model whose programs are listed
 */

import { control } from "../../../kit/controls/declared.js";
import { intervals } from "../../../kit/drawing/intervals.js";
import { counted, decimal, percent, signed, whole } from "../../../kit/numbers/format.js";
import { rightOrWrong } from "../../../kit/numbers/right_wrong.js";
import { table } from "../../../kit/numbers/table.js";
import { html, nothing } from "../../../vendor/lit.js";

const COLOURS = ["river-deep", "prob", "ok", "neg"];

/** @type {View<HumanEvalRecorded, Kept>} */
export function human_eval(data, ctx) {
  const at = placeOf(data, ctx);
  const names = data.models[data.models.length - 1].tasks.map(({ name }) => name);
  const name = names.find((each) => each === ctx.kept.problem) ?? names[0];
  return html`
    <div class="settings-row">${control(ctx, "k", { most: data.models[0].samples, live: true })}</div>
    <p class="readout lead">${verdict(data, at)}</p>
    <h3 class="sub3">pass@${at + 1} <small>mean of the problems, 95 % interval over them</small></h3>
    ${intervals({
      label: `pass@${at + 1} of each model`,
      width: ctx.width,
      domain: [0, 1],
      format: (value) => percent(value, 0),
      title: "part of the problems",
      rows: data.models.map(({ title, curve }, place) => ({
        ...{ name: title, value: curve[at].mean, low: curve[at].low, high: curve[at].high },
        ...{ words: percent(curve[at].mean, 1), color: COLOURS[place % COLOURS.length] },
      })),
    })}
    <h3 class="sub3">Problems <small>press one to read its programs</small></h3>
    ${table({
      label: "Problems, and how many programs of each model pass",
      columns: [
        { name: "problem", cell: (each) => each },
        ...data.models.map((model) => ({
          name: `${model.title}, passed`,
          number: true,
          cell: (/** @type {string} */ each) => passed(model, each),
        })),
      ],
      rows: names,
      selected: (each) => each === name,
      select: (each) => ctx.keep({ problem: each }),
    })}
    ${programs(data, name)}
    <p class="hint">Recorded by <code>python -m explorer humaneval qwen2.5-coder-0.5b</code>, or with another name of
      the shelf; <code>python -m explorer fetch qwen2.5-coder-0.5b</code> fetches Qwen 2.5 Coder first
      (${data.models.map(({ title, weights, dtype }) => `${title}: ${weights}, computed in ${dtype}`).join("; ")}). Of
      the ${whole(data.problems)} problems ${whole(data.readable)} can be asked here: those whose tests are constants,
      and whose own solution passes. The models read the plain beginnings, without a chat template, at temperature
      ${decimal(data.models[0].temperature, 1)}. Published figures are of all problems, other prompts and unquantized
      weights, so these are not comparable with them; the problems are also old enough to stand in training texts.</p>`;
}

/** @param {HumanEvalRecorded} data @returns {Row[]} */
export const rows = (data) =>
  data.models.flatMap(({ name, tasks }) =>
    tasks.flatMap((task) =>
      task.samples.map((sample, at) => ({ model: name, problem: task.name, sample: at + 1, ...sample })),
    ),
  );

/** @param {HumanEvalRecorded} data @param {ViewContext<any>} ctx */
const placeOf = ({ models }, ctx) =>
  Math.min(...models.map(({ samples }) => samples), Math.max(1, Number(ctx.controls.k ?? 1))) - 1;

/** @param {HumanEvalModel} model @param {string} problem */
function passed(model, problem) {
  const found = model.tasks.find(({ name }) => name === problem);
  return found ? `${found.passed} of ${model.samples}` : "not asked";
}

/** @param {HumanEvalRecorded} data @param {number} at */
function verdict(data, at) {
  const [one, two] = [data.models[0], data.models[data.models.length - 1]];
  return html`${data.models.map(
    ({ title, curve, tasks, samples }) => html`${title}: pass@${at + 1} is <b>${percent(curve[at].mean, 1)}</b>
      (${counted(tasks.length, "problem")}, ${counted(samples, "program")} each). `,
  )}${
    data.apart && data.apart.low !== null && data.apart.high !== null
      ? html`On the ${counted(data.paired, "problem")} that both were asked, pass@1 of ${two.title} less that of
          ${one.title} is <b>${signed(100 * data.apart.mean, 1)}</b> points
          (${signed(100 * data.apart.low, 1)} to ${signed(100 * data.apart.high, 1)}).`
      : nothing
  }`;
}

/** @param {HumanEvalRecorded} data @param {string} problem */
function programs(data, problem) {
  const own = data.models.flatMap(({ title, tasks }) =>
    tasks.filter(({ name }) => name === problem).map((task) => ({ title, task })),
  );
  return html`<pre>${own[0].task.prompt}</pre>
    ${own.map(({ title, task }) =>
      table({
        label: `Programs of ${title} for ${problem}`,
        columns: [
          { name: `written by ${title}`, className: "text", cell: ({ written }) => written || "nothing" },
          { name: "verdict", cell: (sample) => rightOrWrong(sample.verdict === "passed", sample.verdict) },
          { name: "calls right", number: true, cell: ({ right }) => `${right} of ${task.calls}` },
          { name: "message", className: "text", cell: ({ message }) => message },
        ],
        rows: /** @type {CodeSample[]} */ ([...task.samples]),
      }),
    )}`;
}
