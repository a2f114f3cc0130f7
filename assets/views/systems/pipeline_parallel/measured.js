// @ts-check
/**
 * The schedule as processes ran it, beside what the simulator makes of the times of other repeats.
 *
 * @import { PipelineChart, PipelineMeasured } from "../../../types/systems"
 * @import { Row, View, ViewContext } from "../../../kit/view"
 */
import { control } from "../../../kit/controls/declared.js";
import { dot } from "../../../kit/drawing/marks.js";
import { items, picture } from "../../../kit/drawing/picture.js";
import { decimal, percent, signed, whole } from "../../../kit/numbers/format.js";
import { timed } from "../../../kit/numbers/magnitude.js";
import { table } from "../../../kit/numbers/table.js";
import { html, nothing } from "../../../vendor/lit.js";
import { gantt, letters, signs } from "./gantt.js";

/** The simulator is meant to come so near. */
const NEAR = 0.1;

/** @type {View<PipelineMeasured>} */
export function measured(data, ctx) {
  const { chart, simulated, cores } = data;
  const follow = Number(ctx.controls.follow ?? -1);
  const most = Math.max(chart?.step ?? 0, simulated?.step ?? 0);
  const drawn = (/** @type {PipelineChart} */ each, /** @type {string} */ label) =>
    gantt({
      chart: each,
      width: ctx.width,
      label,
      format: (time) => timed(1000 * time),
      most,
      follow,
      choose: (microbatch) => ctx.control("follow", microbatch === follow ? -1 : microbatch),
    });
  return html`
    <div class="settings-row ruled">
      ${control(ctx, "schedule", { as: "select" })} ${control(ctx, "processes")} ${control(ctx, "repeats")}
    </div>
    ${
      chart
        ? html`
          <p class="readout lead">${data.title}, ${whole(data.tokens)} tokens in ${data.microbatches} micro-batches:
            <b>${data.name}</b> took <b>${timed(1000 * chart.step)}</b>. ${predicted(data)} ${verdict(data)}</p>
          ${repeats(data, ctx)}
          <p class="sub3">Measured, repeat ${data.repeat + 1} of ${data.seconds.a.length}</p>
          ${drawn(chart, `${data.name} as ${chart.ranks.length} processes ran it`)} ${signs(letters(chart), true)}
          ${
            simulated
              ? html`
                <p class="sub3">Simulated: each kind of action and a hand-over take what they took in the first
                repeats</p>
                ${drawn(simulated, `${data.name} simulated with measured times`)}`
              : nothing
          }
          ${
            cores
              ? html`
                <p class="sub3">If every process had a core: each action takes its own processor time</p>
                ${drawn(cores, `${data.name} if every process had a core`)}`
              : nothing
          }
          <div class="side-by-side">
            <div>${idle(chart, simulated, cores)}</div>
            <div>${kept(data)}</div>
          </div>
          ${differs(data)}`
        : html`<p class="readout lead">The processes start.</p>`
    }`;
}

/** @param {PipelineMeasured} data */
function predicted({ simulated, typical }) {
  if (!simulated || !typical) return nothing;
  const off = simulated.step / typical - 1;
  return html`The simulator says ${timed(1000 * simulated.step)}, the median of the repeats that it has not seen is
    ${timed(1000 * typical)}: <b>${signed(100 * off, 1)} %</b>${
      Math.abs(off) > NEAR ? ", more than the 10 % that it is meant to meet on a quiet machine" : ""
    }.`;
}

/** @param {PipelineMeasured} data */
function verdict({ name, other, seconds, others }) {
  if (!seconds.a.length || !others.a.length) return nothing;
  const [low, high] = [Math.min(...seconds.a), Math.max(...seconds.a)];
  const [least, most] = [Math.min(...others.a), Math.max(...others.a)];
  if (high < least) return html`${name} is faster here than ${other} (${timed(1000 * least)} at least), in turns.`;
  if (most < low) return html`${other} is faster here (${timed(1000 * most)} at most), in turns.`;
  return html`Whether ${name} or ${other} is faster here is not clear: in turns they took ${timed(1000 * low)} to
    ${timed(1000 * high)} and ${timed(1000 * least)} to ${timed(1000 * most)}.`;
}

/** A dot for each repeat. @param {PipelineMeasured} data @param {ViewContext<any>} ctx */
function repeats({ seconds, repeat }, ctx) {
  const all = [...seconds.a];
  return picture({
    label: "Time of each repeat; arrow keys walk them",
    width: Math.min(ctx.width, 420),
    height: 58,
    margin: { left: 12, right: 12, top: 8, bottom: 28 },
    x: [0.97 * Math.min(...all), 1.03 * Math.max(...all)],
    y: [-1, 1],
    bottom: { format: (value) => timed(1000 * value), count: 4 },
    marks: [
      items({
        data: all.map((value, at) => ({ value, at })),
        told: ({ value, at }) => ({ title: `Repeat ${at + 1}`, lines: [["took", timed(1000 * value)]] }),
        press: ({ at }) => ctx.control("repeat", at),
        chosen: ({ at }) => at === repeat,
        key: ({ at }) => at,
        marks: ({ value, at }) =>
          dot({ x: value, y: 0, r: at === repeat ? 6 : 4.5, color: at === repeat ? "prob" : "river-deep" }),
      }),
    ],
  });
}

/**
 * @param {PipelineChart} chart
 * @param {PipelineChart | null} simulated
 * @param {PipelineChart | null} cores
 */
function idle(chart, simulated, cores) {
  const rows = [
    { name: "measured", one: chart },
    { name: "simulated", one: simulated },
    { name: "a core each", one: cores },
  ].filter(({ one }) => one);
  return html`
    <p class="sub3">Idle time, counted both ways</p>
    ${table({
      label: "Idle time by both ways of counting",
      columns: [
        { name: "what", cell: ({ name }) => name },
        { name: "a step", number: true, cell: ({ one }) => timed(1000 * (one?.step ?? 0)) },
        { name: "of the step", number: true, cell: ({ one }) => percent(one?.of_step ?? 0, 1) },
        { name: "over the work", number: true, cell: ({ one }) => percent(one?.over_work ?? 0, 1) },
      ],
      rows,
    })}`;
}

/** @param {PipelineMeasured} data */
const kept = ({ kept: ranks, name, other }) => html`
  <p class="sub3">Activations kept at the peak</p>
  ${table({
    label: "Bytes that autograd keeps on each rank at its peak",
    columns: [
      { name: "rank", number: true, cell: ({ rank }) => whole(rank) },
      { name: "blocks", cell: ({ blocks }) => blocks },
      { name, number: true, cell: ({ bytes }) => `${decimal(bytes / 1e6, 1)} MB` },
      { name: other, number: true, cell: (each) => (each.other === null ? "" : `${decimal(each.other / 1e6, 1)} MB`) },
    ],
    rows: [...ranks],
  })}`;

/** @param {PipelineMeasured} data */
const differs = ({ differs: count, last, key }) =>
  count && key === "1f1b"
    ? html`<p class="hint">torch’s list for 1F1B has ${count} slots otherwise, ${last} of them on its last stage:
        without a warm-up it counts forwards from 1, so that F0 never comes. What torch runs is right.</p>`
    : nothing;

/** @param {PipelineMeasured} data @returns {Row[]} */
export const rows = ({ chart }) =>
  chart
    ? chart.ranks.flatMap(({ bars }, rank) =>
        bars.map(({ text, op, stage, microbatch, start, end, processor }) => ({
          rank,
          text,
          op,
          stage,
          microbatch,
          start,
          end,
          processor,
        })),
      )
    : [];
