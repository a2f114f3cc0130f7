// @ts-check
/**
 * A schedule in time, its idle time by both ways of counting, and every other schedule of the same size.
 *
 * @import { PipelineChart, PipelineOther, PipelineScheduled } from "../../../types/systems"
 * @import { Row, View, ViewContext } from "../../../kit/view"
 */

import { player } from "../../../kit/controls/controls.js";
import { control } from "../../../kit/controls/declared.js";
import { decimal, percent } from "../../../kit/numbers/format.js";
import { figures } from "../../../kit/numbers/magnitude.js";
import { table } from "../../../kit/numbers/table.js";
import { html, nothing } from "../../../vendor/lit.js";
import { gantt, letters, signs } from "./gantt.js";

/** @type {View<PipelineScheduled>} */
export function schedule(data, ctx) {
  const { chart, refused } = data;
  return html`
    <div class="settings-row">
      ${control(ctx, "schedule", { as: "select" })} ${control(ctx, "ranks", { as: "slider" })}
      ${control(ctx, "microbatches", { as: "slider" })}
      ${data.key === "interleaved" ? control(ctx, "chunks") : nothing}
    </div>
    <div class="settings-row ruled">
      ${["forward", "gradient", "weight", "link"].map((each) => control(ctx, each, { as: "number" }))}
    </div>
    ${refused ? html`<p class="readout lead claim">${data.name} cannot be. ${refused}</p>` : nothing}
    ${chart ? drawn(data, chart, ctx) : nothing}
    ${compared(data, ctx)}`;
}

/** @param {PipelineScheduled} data @param {PipelineChart} chart @param {ViewContext<any>} ctx */
function drawn(data, chart, ctx) {
  const follow = Number(ctx.controls.follow ?? -1);
  const count = Math.max(...chart.ranks.map(({ bars }) => bars.length));
  const step = Number(ctx.controls.step ?? 0);
  return html`
    <p class="readout lead"><b>${data.name}</b>, ${data.size}: ${figures(chart.step)} units. Ranks wait
      <b>${percent(chart.of_step, 1)}</b> of the step, <b>${percent(chart.over_work, 1)}</b> over the work: papers call
      either “bubble”. Rank 0 keeps ${chart.ranks[0].most} micro-batches at most.
      ${follow >= 0 ? followed(chart, follow) : "Press a block to follow its micro-batch."}</p>
    ${player({
      ctx,
      at: step || count,
      count: count + 1,
      choose: (at) => ctx.control("step", at >= count ? 0 : Math.max(1, at)),
      label: "Actions of each rank",
      noun: "action",
    })}
    ${gantt({
      chart,
      width: ctx.width,
      label: `${data.name} in time on ${data.size}`,
      format: (time) => figures(time),
      most: chart.step,
      follow,
      shown: step,
      choose: (microbatch) => ctx.control("follow", microbatch === follow ? -1 : microbatch),
    })}
    ${signs(letters(chart), false)}
    <details>
      <summary>The order as text, a line for each rank</summary>
      <pre class="order">${data.rows.map((row, at) => `rank ${at}: ${row}\n`)}</pre>
    </details>`;
}

/** @param {PipelineChart} chart @param {number} microbatch */
function followed(chart, microbatch) {
  const bars = chart.ranks.flatMap(({ bars }) => bars).filter((each) => each.microbatch === microbatch);
  if (!bars.length) return "";
  const first = chart.ranks[0].bars.filter((each) => each.microbatch === microbatch);
  const from = Math.min(...first.map(({ end }) => end));
  const to = Math.max(...first.map(({ end }) => end));
  return html`Micro-batch <b>${microbatch}</b> lies on rank 0 from ${figures(from)} to ${figures(to)}.`;
}

/** @param {PipelineScheduled} data @param {ViewContext<any>} ctx */
const compared = ({ others, key }, ctx) => html`
  <p class="sub3">Every schedule at this size and these costs</p>
  ${table({
    label: "Schedules of the same size; choose one",
    columns: [
      { name: "schedule", cell: ({ name }) => name },
      { name: "a step", number: true, cell: ({ step, refused }) => (step === null ? refused : figures(step)) },
      { name: "idle, of the step", number: true, cell: ({ of_step }) => share(of_step) },
      { name: "over the work", number: true, cell: ({ over_work }) => share(over_work) },
      { name: "idle, as its paper counts", number: true, cell: ({ idle }) => (idle === null ? "" : figures(idle)) },
      { name: "its formula", number: true, cell: formula },
      { name: "keeps at most", number: true, cell: ({ keeps }) => (keeps === null ? "" : decimal(keeps, 1)) },
      { name: "paper", className: "from", cell: ({ paper }) => paper },
    ],
    rows: [...others],
    selected: (each) => each.key === key,
    select: (each) => ctx.control("schedule", each.key),
  })}
  <p class="hint">Costs are those of all of a rank’s blocks; a rank with two stages has half in each. ZB-H2 and ZBV are
    said to have no bubble: that counts each rank from its own first action to its last. Formulas that need F = I = W
    are in brackets where that is not so, or where a link delays.</p>`;

/** @param {number | null} value */
const share = (value) => (value === null ? "" : percent(value, 1));

/** @param {PipelineOther} each */
const formula = ({ said, exact }) => (said === null ? "" : exact ? figures(said) : `(${figures(said)})`);

/** @param {PipelineScheduled} data @returns {Row[]} */
export const rows = ({ chart }) =>
  chart
    ? chart.ranks.flatMap(({ bars }, rank) =>
        bars.map(({ text, op, stage, microbatch, start, end }) => ({ rank, text, op, stage, microbatch, start, end })),
      )
    : [];
