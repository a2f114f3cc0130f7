// @ts-check
/**
 * One sum, answer by answer: the reference, the best policy at β, and what trainings made of it.
 *
 * @import { OptimumAnswers } from "../../../types/finetuning"
 * @import { Drafts } from "../../../kit/controls/typed.js"
 * @import { Row, View } from "../../../kit/view"
 */
import { STAGES as COLOURS } from "../../../kit/colour/stages.js";
import { typed, typedText } from "../../../kit/controls/typed.js";
import { answerBars } from "../../../kit/drawing/answer_bars.js";
import { legend } from "../../../kit/drawing/legend.js";
import { decimal, percent, precise } from "../../../kit/numbers/format.js";
import { table } from "../../../kit/numbers/table.js";
import { html, nothing } from "../../../vendor/lit.js";
import { chosenAt, slider } from "./common.js";

/** @type {View<OptimumAnswers, Drafts>} */
export function optimum(data, ctx) {
  const all = policies(data, chosenAt(data.frontier, ctx));
  return html`
    <div class="settings-row">
      ${typed({ name: "sum", value: typedText("sum", data.prompt, ctx), single: true, named: true }, ctx)}
      ${slider(ctx)}
    </div>
    ${
      data.refused
        ? html`<p class="readout" role="alert">${data.refused} <span class="mono">${data.prompt}</span> is shown.</p>`
        : nothing
    }
    <p class="readout lead">${said(data, all)}</p>
    ${legend(all.map(({ name, title }) => [{ color: COLOURS[name] }, title]))}
    ${answerBars({
      label: `Probability of each answer to ${data.prompt}`,
      width: ctx.width,
      answers: data.answers.map((name, at) => ({ name, right: data.right[at] })),
      rows: all.map(({ name, title, p }) => ({ title, p, color: COLOURS[name] })),
    })}
    ${table({
      label: `Each policy on ${data.prompt}`,
      columns: [
        { name: "policy", cell: ({ title }) => title },
        { name: "right", number: true, cell: ({ reward }) => percent(reward) },
        { name: "KL from SFT, nats", number: true, cell: ({ kl }) => decimal(kl) },
        ...data.answers
          .filter((_, at) => data.right[at])
          .map((answer) => ({
            name: html`<span class="mono">${answer}</span> ✓`,
            number: true,
            cell: (/** @type {Policy} */ { p }) => precise(p[data.answers.indexOf(answer)]),
          })),
        { name: "odds of the two", number: true, cell: ({ p }) => odds(data, p) },
      ],
      rows: all,
    })}
    <p class="hint">π* = SFT · exp(r / β) / Z, where r is 1 for a right answer and 0 for any other; Z makes it add up
      to 1. This sum was ${data.held_out ? "held out of" : "in"} the trainings.</p>`;
}

/** @param {OptimumAnswers} data @returns {Row[]} */
export const rows = (data) => [
  ...data.stages.flatMap(({ name, p }) =>
    data.answers.map((answer, at) => ({ policy: name, answer, right: Number(data.right[at]), probability: p[at] })),
  ),
  ...data.frontier.flatMap(({ beta }, row) =>
    data.answers.map((answer, at) => ({
      ...{ policy: "optimum", beta, answer, right: Number(data.right[at]) },
      probability: data.best.a[row * data.answers.length + at],
    })),
  ),
];

/** @typedef {{ name: string, title: string, p: readonly number[], reward: number, kl: number }} Policy */

/** The reference, π*, then the trainings. @param {OptimumAnswers} data @param {number} at @returns {Policy[]} */
function policies(data, at) {
  const n = data.answers.length;
  const { beta, reward, kl } = data.frontier[at];
  const best = {
    ...{ name: "best", title: `π* at β ${beta}`, reward, kl },
    p: data.answers.map((_, answer) => data.best.a[at * n + answer]),
  };
  const [reference, ...trained] = data.stages;
  return [reference, best, ...trained];
}

/** Of the two right answers. @param {OptimumAnswers} data @param {readonly number[]} p */
function odds(data, p) {
  const [one, other] = p.filter((_, at) => data.right[at]);
  const by = one / other;
  return by >= 1 ? `${decimal(by, by < 100 ? 2 : 0)} : 1` : `1 : ${decimal(1 / by, 1 / by < 100 ? 2 : 0)}`;
}

/** @param {OptimumAnswers} data @param {Policy[]} all */
function said(data, [reference, best, ...trained]) {
  const [one, other] = data.answers.filter((_, at) => data.right[at]);
  const at = data.right.indexOf(true);
  const times = best.p[at] / reference.p[at];
  return html`π* multiplies every right answer by <b>${decimal(times, 2)}</b>: the odds of
    <span class="mono">${one}</span> to <span class="mono">${other}</span> stay <b>${odds(data, best.p)}</b>. After
    ${trained.map(
      ({ title, p }, place) => html`${place ? ", after " : ""}${title} they are <b>${odds(data, p)}</b>`,
    )}.`;
}
