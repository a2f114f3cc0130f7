// @ts-check
/**
 * One training step on several processes: what each holds at each moment, in four stages of sharing.
 *
 * @import { ParallelMoment, ParallelStage, ParallelStep } from "../../../types/systems"
 * @import { Row, View, ViewContext } from "../../../kit/view"
 *
 * @typedef {{ playing?: boolean }} Kept
 */
import { player } from "../../../kit/controls/controls.js";
import { control } from "../../../kit/controls/declared.js";
import { counted, whole } from "../../../kit/numbers/format.js";
import { memory, parameters } from "../../../kit/numbers/magnitude.js";
import { html } from "../../../vendor/lit.js";
import { course } from "./course.js";
import { collectives, compared } from "./lists.js";
import { at, happened, PARTS, STAGES, total } from "./named.js";
import { slots } from "./slots.js";

/** @type {View<ParallelStep, Kept>} */
export function step(data, ctx) {
  const stage = data.stages.find((each) => each.stage === Number(ctx.controls.stage)) ?? data.stages[0];
  const moment = at(stage, ctx);
  const choose = (/** @type {number} */ to) => {
    ctx.keep({ playing: false });
    ctx.control("moment", to);
  };
  return html`
    <div class="cluster controls">
      ${["model", "ranks", "precision", "rows", "stage"].map((name) => control(ctx, name))}
    </div>
    <p class="readout lead">${counted(data.ranks, "process", "processes")} share one step of ${data.model}
      (${parameters(data.parameters)} parameters): ${whole(data.rows)} rows of ${whole(data.length)} tokens.
      ${said(data, stage)}</p>
    <h3 class="sub3">Memory of rank 0, moment by moment <small>triangles are collectives; press a moment</small></h3>
    ${course({ data, stage, moment, choose, width: ctx.width })}
    <div class="cluster">
      ${player({
        ctx,
        at: moment,
        count: stage.moments.length,
        choose: (to) => ctx.control("moment", to),
        label: "Step through the moments",
      })}
      ${control(ctx, "moment", {
        as: "slider",
        value: moment,
        most: stage.moments.length - 1,
        format: (to) => `${to + 1} of ${stage.moments.length}`,
        live: true,
        before: () => ctx.keep({ playing: false }),
      })}
    </div>
    <p class="readout" aria-live="polite"><b>${happened(stage.moments[moment])}.</b> ${holds(stage, moment)}</p>
    <h3 class="sub3">Which rank holds what now <small>a cell is a unit of the model, cut into
      ${counted(data.ranks, "part")}</small></h3>
    ${slots({ data, stage, moment: stage.moments[moment], width: ctx.width })}
    <h3 class="sub3">The stages side by side</h3>
    ${compared(data, stage, (to) => ctx.control("stage", to))}
    <h3 class="sub3">What is sent in a step of ${STAGES[stage.stage]}</h3>
    ${collectives(stage, data)}
    <p class="hint">The processes are real, on this machine. Bytes held are those of tensors’ storages. “Crossed the
      socket” counts the network of these processes alone, headers too; the other ranks’ messages as well. A row belongs
      to one rank; each rank’s loss counts by its share of the tokens. On gloo a reduce-scatter goes round a ring that
      is written out here: gloo’s own sends twice as much.</p>`;
}

/** Every moment of every stage. @param {ParallelStep} data @returns {Row[]} */
export function rows({ stages }) {
  return stages.flatMap(({ stage, moments }) =>
    moments.flatMap(({ kind, unit, held }, number) =>
      held.map((parts, rank) => ({ stage: STAGES[stage], moment: number + 1, what: kind, unit, rank, ...parts })),
    ),
  );
}

/** @param {ParallelStep} data @param {ParallelStage} stage */
function said(data, stage) {
  const peak = Math.max(...stage.moments.map(({ held }) => total(held[0])));
  const alone = data.stages.find((each) => each.stage === 0);
  const most = alone && Math.max(...alone.moments.map(({ held }) => total(held[0])));
  const than = stage.stage && most ? `, against ${memory(most)} with plain data parallelism` : "";
  return `With ${STAGES[stage.stage]} a rank holds ${memory(peak)} at its peak${than}.`;
}

/** @param {ParallelStage} stage @param {number} moment */
function holds(stage, moment) {
  const held = stage.moments[moment].held[0];
  const parts = PARTS.filter(({ name }) => held[name]).map(({ name, title }) => `${title} ${memory(held[name])}`);
  return `Rank 0 holds ${memory(total(held))}: ${parts.join(", ")}.`;
}
