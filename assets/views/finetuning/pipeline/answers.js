// @ts-check
/**
 * One sum: what each stage answers, and how likely.
 *
 * @import { ThroughAnswers } from "../../../types/finetuning"
 * @import { Drafts } from "../../../kit/controls/typed.js"
 * @import { Row, View, ViewContext } from "../../../kit/view"
 */
import { typed, typedText } from "../../../kit/controls/typed.js";
import { legend } from "../../../kit/drawing/legend.js";
import { bar, rule, text } from "../../../kit/drawing/marks.js";
import { items, picture } from "../../../kit/drawing/picture.js";
import { decimal, percent, precise, whole } from "../../../kit/numbers/format.js";
import { table } from "../../../kit/numbers/table.js";
import { html } from "../../../vendor/lit.js";
import { COLOURS, opened } from "./colours.js";

/** Of the bars, in pixels. */
const THICK = 6;
const GAP = 12;
const TOP = 8;
const NAMES = 74;

/** @type {View<ThroughAnswers, Drafts>} */
export function answers(data, ctx) {
  const field = (/** @type {"sum" | "answer"} */ name, /** @type {string} */ value) =>
    typed({ name, value: typedText(name, value, ctx), single: true, named: true }, ctx);
  return html`
    <div class="settings-row fields">${field("sum", data.prompt)} ${field("answer", data.watched)}</div>
    <p class="readout lead">${said(data)}</p>
    ${legend(data.stages.map(({ name, title }) => [{ color: COLOURS[name] }, title]))}
    ${drawn(data, ctx)}
    <p class="hint">A check mark stands at an answer whose value is ${data.total}. An answer in parts gives the units’
      sum, then the tens’; it ends with its fifth token. A pressed answer is shown below, token by token.</p>
    ${table({
      label: `What each stage does on ${data.prompt}`,
      columns: [
        { name: "stage", cell: ({ title }) => title },
        { name: "right", number: true, cell: ({ right }) => percent(right) },
        { name: "in parts", number: true, cell: (each) => percent(each.in_parts) },
        { name: "other texts", number: true, cell: ({ other }) => precise(other) },
        { name: "entropy, nats", number: true, cell: ({ entropy }) => decimal(entropy) },
        { name: "KL to the base, nats", number: true, cell: (each) => decimal(each.kl_base) },
        { name: "KL to SFT, nats", number: true, cell: (each) => decimal(each.kl_sft) },
      ],
      rows: [...data.stages],
    })}
    <h3 class="sub3">The answer ${data.watched}, token by token <small>log-probability, nats</small></h3>
    ${table({
      label: `Log-probability of each token of ${data.watched}`,
      columns: [
        { name: "stage", cell: ({ title }) => title },
        ...data.written.map((token, at) => ({
          name: token,
          number: true,
          cell: (/** @type {{ tokens: readonly number[] }} */ { tokens }) => decimal(tokens[at]),
        })),
        { name: "all", number: true, cell: ({ tokens }) => decimal(sum(tokens)) },
        { name: "probability", number: true, cell: ({ tokens }) => precise(Math.exp(sum(tokens))) },
      ],
      rows: [...data.stages],
    })}
    <p class="hint">The base is a model trained here on lines of sums, four of five with another sum’s answer: it knows
      the form. SmolLM2 of the shelf is an instruct model already, and its base is not here. KL is over
      ${whole(data.counted)} answers and all other texts as one: at most that over texts.</p>
    ${opened(data.stages, ctx)}`;
}

/** @param {ThroughAnswers} data @returns {Row[]} */
export const rows = (data) =>
  data.stages.flatMap(({ name, p }) =>
    data.answers.map((answer, at) => ({ stage: name, answer, probability: p[at], right: Number(data.right[at]) })),
  );

/** @param {ThroughAnswers} data @param {ViewContext<any>} ctx */
function drawn(data, ctx) {
  const each = data.stages.length * THICK + GAP;
  const middle = (/** @type {number} */ at) => TOP + at * each + each / 2;
  return picture({
    label: `Probability of each answer to ${data.prompt}, by stage; press one to see its tokens`,
    width: ctx.width,
    height: TOP + data.answers.length * each + 34,
    margin: { left: NAMES, right: 16, top: TOP, bottom: 34 },
    x: [0, 1],
    bottom: { title: "probability", format: (/** @type {number} */ value) => percent(value, 0), grid: true },
    marks: [
      rule({ x: 0 }),
      items({
        data: data.answers,
        told: (answer, at) => ({
          title: `${answer}${data.right[at] ? ", right" : ""}`,
          lines: data.stages.map(({ title, p }) => [title, precise(p[at])]),
        }),
        press: (answer) => ctx.control("answer", answer),
        chosen: (answer) => answer === data.watched,
        className: "bar row",
        hit: (_, at) => ({ y: middle(at), thick: each }),
        marks: (answer, at) => [
          text({ x: 0, y: middle(at), dx: -7, anchor: "end", text: `${data.right[at] ? "✓ " : ""}${answer}` }),
          data.stages.map(({ name, p }, place) =>
            bar({
              x: [0, p[at]],
              y: middle(at) + (place - (data.stages.length - 1) / 2) * THICK,
              thick: THICK - 1,
              color: COLOURS[name],
            }),
          ),
        ],
      }),
    ],
  });
}

/** @param {ThroughAnswers} data */
function said({ stages, prompt, answers: listed }) {
  const of = (/** @type {string} */ name) => stages.find((each) => each.name === name);
  const [base, sft, dpo, grpo] = ["base", "sft", "dpo", "grpo"].map(of);
  if (!base || !sft || !dpo || !grpo) return "";
  const first = listed[grpo.p.indexOf(Math.max(...grpo.p))];
  return html`On ${prompt} the base is right with <b>${percent(base.right)}</b>, after SFT with
    <b>${percent(sft.right)}</b>, then with <b>${percent(dpo.right)}</b> after DPO and
    <b>${percent(grpo.right)}</b> after GRPO, whose likeliest answer is <b class="mono">${first}</b>.`;
}

/** @param {readonly number[]} values */
const sum = (values) => values.reduce((total, each) => total + each, 0);
