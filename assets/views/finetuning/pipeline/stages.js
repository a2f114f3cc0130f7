// @ts-check
/**
 * Held-out sums, stage by stage, and the trainings' curves.
 *
 * @import { ThroughExam, ThroughStages } from "../../../types/finetuning"
 * @import { Row, View } from "../../../kit/view"
 */

import { plot } from "../../../kit/chart/plot.js";
import { STAGES as COLOURS } from "../../../kit/colour/stages.js";
import { decimal, percent, whole } from "../../../kit/numbers/format.js";
import { table } from "../../../kit/numbers/table.js";
import { html } from "../../../vendor/lit.js";

const HEIGHT = 300;

/** @type {View<ThroughStages>} */
export function stages(data) {
  return html`
    <p class="readout lead">${said(data)}</p>
    ${table({
      label: "Each stage on held-out sums",
      columns: [
        { name: "stage", cell: ({ title }) => title },
        { name: "exact", number: true, title: "The likeliest tokens are right", cell: ({ exact }) => percent(exact) },
        { name: "exact, a digit carried", number: true, cell: ({ carried }) => percent(carried) },
        { name: "exact, none carried", number: true, cell: ({ plain }) => percent(plain) },
        { name: "a drawn answer is right", number: true, cell: ({ chance }) => percent(chance) },
        { name: "drawn in parts", number: true, cell: (each) => percent(each.in_parts) },
        { name: "KL to the base, nats", number: true, cell: (each) => decimal(each.kl_base) },
        { name: "KL to SFT, nats", number: true, cell: (each) => decimal(each.kl_sft) },
      ],
      rows: [...data.exams],
    })}
    <p class="hint">Exact: of ${whole(data.held_out)} held-out sums. The columns on drawn answers, parts and KL count
      all answers to ${whole(data.few)} of them, at temperature 1.</p>
    <h3 class="sub3">The trainings <small>held-out sums that the likeliest tokens add right</small></h3>
    ${plot({
      label: "Exact share of held-out sums over the steps of each training",
      height: HEIGHT,
      traces: traced(data),
      x: { title: "steps of the stage" },
      y: { title: "exact", tickformat: ".0%", range: [0, 1] },
    })}
    <p class="hint">${whole(data.parameters)} parameters. DPO and GRPO begin at the SFT model; a pair is ${data.pairs}.
      GRPO was run with ${whole(seedsOf(data).length)} seeds, all from one SFT model: they differ by the prompts and
      answers drawn. The other stages have one seed each. The recipe, the weights and the curves lie in
      models/sums.</p>`;
}

/** @param {ThroughStages} data @returns {Row[]} */
export const rows = (data) => [
  ...data.exams.map((each) => ({ ...each, what: "held out" })),
  ...data.points.map((each) => ({ ...each, what: "recorded" })),
];

/** @param {ThroughStages} data */
const seedsOf = ({ points }) => [...new Set(points.filter(({ stage }) => stage === "grpo").map(({ seed }) => seed))];

/** @param {ThroughStages} data */
function traced({ points, exams }) {
  const place = (/** @type {string} */ run) => exams.findIndex(({ name }) => run.startsWith(name));
  const runs = [...new Set(points.map(({ stage, seed }) => `${stage} ${seed}`))]
    .sort()
    .sort((one, other) => place(one) - place(other));
  return runs.map((run) => {
    const own = points.filter(({ stage, seed }) => `${stage} ${seed}` === run);
    const [{ stage, seed }] = own;
    const title = exams.find(({ name }) => name === stage)?.title ?? stage;
    return {
      x: own.map(({ step }) => step),
      y: own.map(({ exact }) => exact),
      mode: "lines",
      name: stage === "grpo" ? `GRPO, seed ${seed}` : title,
      color: COLOURS[stage],
    };
  });
}

/** @param {ThroughStages} data */
function said({ exams, points, held_out: n }) {
  const of = (/** @type {string} */ name) => exams.find((each) => each.name === name);
  const [base, sft, dpo, grpo] = ["base", "sft", "dpo", "grpo"].map(of);
  if (!base || !sft || !dpo || !grpo) return `${exams.length} of 4 stages are measured.`;
  const last = new Map(points.filter(({ stage }) => stage === "grpo").map((each) => [each.seed, each]));
  const ends = [...last.values()];
  return html`The likeliest answer to ${n} held-out sums is right in <b>${percent(base.exact)}</b> from the base,
    <b>${percent(sft.exact)}</b> after SFT, <b>${percent(dpo.exact)}</b> after DPO and
    <b>${percent(grpo.exact)}</b> after GRPO ${spread(ends.map(({ exact }) => exact))}. Of answers that GRPO draws at
    temperature 1, <b>${between(ends.map(({ sampled }) => sampled))}</b> are right. ${parts(sft, grpo)}`;
}

/** @param {readonly number[]} ends */
const between = (ends) => html`${percent(Math.min(...ends))} to ${percent(Math.max(...ends))}`;

/** @param {readonly number[]} ends */
const spread = (ends) => (ends.length > 1 ? html`(${between(ends)} over ${ends.length} seeds)` : "");

/** @param {ThroughExam} sft @param {ThroughExam} grpo */
const parts = (sft, grpo) =>
  html`SFT gives ${percent(sft.in_parts)} of its answers in parts, GRPO ${percent(grpo.in_parts)}.`;
