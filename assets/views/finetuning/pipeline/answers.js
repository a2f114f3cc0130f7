// @ts-check
/**
 * One sum: what each stage answers, and how likely.
 *
 * @import { ThroughAnswers } from "../../../types/finetuning"
 * @import { Drafts } from "../../../kit/controls/typed.js"
 * @import { Row, View } from "../../../kit/view"
 */
import { STAGES as COLOURS } from "../../../kit/colour/stages.js";
import { typed, typedText } from "../../../kit/controls/typed.js";
import { answerBars } from "../../../kit/drawing/answer_bars.js";
import { legend } from "../../../kit/drawing/legend.js";
import { decimal, percent, precise, whole } from "../../../kit/numbers/format.js";
import { table } from "../../../kit/numbers/table.js";
import { sum } from "../../../vendor/d3_first.js";
import { html, nothing } from "../../../vendor/lit.js";
import { opened } from "./opened.js";

/** @type {View<ThroughAnswers, Drafts>} */
export function answers(data, ctx) {
  const field = (/** @type {"sum" | "answer"} */ name, /** @type {string} */ value) =>
    typed({ name, value: typedText(name, value, ctx), single: true, named: true }, ctx);
  return html`
    <div class="settings-row">${field("sum", data.prompt)} ${field("answer", data.watched)}</div>
    ${
      data.refused
        ? html`<p class="readout" role="alert">${data.refused} <span class="mono">${data.prompt}</span> is shown.</p>`
        : nothing
    }
    <p class="readout lead">${said(data)}</p>
    ${legend(data.stages.map(({ name, title }) => [{ color: COLOURS[name] }, title]))}
    ${answerBars({
      label: `Probability of each answer to ${data.prompt}, by stage; press one to see its tokens`,
      width: ctx.width,
      answers: data.answers.map((name, at) => ({ name, right: data.right[at] })),
      rows: data.stages.map(({ name, title, p }) => ({ title, p, color: COLOURS[name] })),
      press: (answer) => ctx.control("answer", answer),
      chosen: data.watched,
    })}
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
      the form. SmolLM2 of the shelf is an instruct model already, and its base is not here. This sum was
      ${data.held_out ? "held out of" : "in"} the trainings. KL is over
      ${whole(data.counted)} answers and all other texts as one: at most that over texts.</p>
    ${opened(data.stages, ctx)}`;
}

/** @param {ThroughAnswers} data @returns {Row[]} */
export const rows = (data) =>
  data.stages.flatMap(({ name, p }) =>
    data.answers.map((answer, at) => ({ stage: name, answer, probability: p[at], right: Number(data.right[at]) })),
  );

/** @param {ThroughAnswers} data */
function said({ stages, prompt, answers: listed }) {
  const of = (/** @type {string} */ name) => stages.find((each) => each.name === name);
  const [base, sft, dpo, grpo] = ["base", "sft", "dpo", "grpo"].map(of);
  if (!base || !sft || !dpo || !grpo) return "";
  const first = listed[grpo.p.indexOf(Math.max(...grpo.p))];
  return html`Drawn answers to <span class="mono">${prompt}</span> are right in <b>${percent(base.right)}</b> from the
    base, <b>${percent(sft.right)}</b> after SFT, <b>${percent(dpo.right)}</b> after DPO and
    <b>${percent(grpo.right)}</b> after GRPO, whose likeliest answer is <b class="mono">${first}</b>.`;
}
