// @ts-check
/**
 * Each kind of checkpointing: what is kept, the peak, and the time.
 *
 * @import { MemoryPolicy, MemoryRecompute } from "../../../types/pretraining"
 * @import { Row, View } from "../../../kit/view"
 */
import { bar, rule, text } from "../../../kit/drawing/marks.js";
import { items, picture } from "../../../kit/drawing/picture.js";
import { scientific } from "../../../kit/numbers/format.js";
import { figures, memory, timed } from "../../../kit/numbers/magnitude.js";
import { table } from "../../../kit/numbers/table.js";
import { cell, range, verdicts } from "../../../kit/numbers/timing.js";
import { html } from "../../../vendor/lit.js";
import { POLICIES, shape } from "./named.js";

const ROW = 44;

/** @type {View<MemoryRecompute>} */
export function recompute(data, ctx) {
  const compared = data.rows.flatMap(({ policy, times }) => (times ? [{ times, on: POLICIES[policy] }] : []));
  return html`
    ${shape(ctx)}
    <p class="readout lead">${verdicts(
      compared,
      (clear) =>
        html`Computed again, a step takes so many times as long: ${clear
          .map(({ on, times }) => `${on} ${figures(times.median)} (${range(times)})`)
          .join(", ")}.`,
    )}</p>
    ${bars(data, ctx.width)}
    ${table({
      label: "Kinds of activation checkpointing",
      columns: [
        { name: "computed again", cell: ({ policy }) => POLICIES[policy] },
        { name: "kept, formula", number: true, cell: ({ kept }) => memory(kept) },
        {
          name: "peak",
          number: true,
          title: "Most bytes at once of a forward and a backward pass, without weights and gradients",
          cell: ({ peak }) => memory(peak),
        },
        { name: "time", number: true, cell: ({ time }) => timed(time.ms) },
        { name: "middle half", number: true, cell: ({ time }) => `${timed(time.low)} to ${timed(time.high)}` },
        {
          name: "times as long",
          number: true,
          cell: ({ times }) => (times ? cell(times, ({ median }) => figures(median)) : "1"),
        },
        { name: "gradients apart", number: true, cell: ({ apart }) => (apart ? scientific(apart) : "0") },
      ],
      rows: [...data.rows],
    })}
    <p class="hint">${data.done} of ${data.rounds} rounds, one thread. A matrix product costs its forward pass once and
      its backward pass twice; one more forward pass of everything would be 4/3 of the time. ${kernel(data)}</p>`;
}

/** @param {MemoryRecompute} data */
const kernel = ({ kernel: which }) =>
  which === "sdpa"
    ? "The fused kernel keeps no scores, so that computing attention’s core again saves next to nothing."
    : "Written out, attention keeps a matrix of scores for each head: it grows with the square of the context.";

/** Time across, from nought; bytes as words. @param {MemoryRecompute} data @param {number} width */
function bars({ rows: all }, width) {
  const most = Math.max(...all.map(({ time }) => time.high));
  return picture({
    label: "Time of a forward and a backward pass under each kind of checkpointing, with the middle half of the rounds",
    width,
    height: all.length * ROW + 36,
    margin: { left: 26, right: 20, top: 4, bottom: 32 },
    x: [0, 1.05 * most],
    y: [all.length, 0],
    bottom: { format: timed, count: width < 600 ? 3 : 6 },
    marks: [
      items({
        data: all,
        key: ({ policy }) => policy,
        hit: (_, at) => ({ x: [0, most], y: [at, at + 0.9] }),
        told: (each) => ({ title: POLICIES[each.policy], lines: lines(each) }),
        marks: ({ policy, time, kept }, at) => [
          text({ x: 0, y: at + 0.2, text: `${POLICIES[policy]}: ${memory(kept)} kept` }),
          bar({ x: [0, time.ms], y: [at + 0.42, at + 0.78], color: policy === "none" ? "ink3" : "prob" }),
          rule({ x: [time.low, time.high], y: at + 0.6, color: "ink", stroke: 2 }),
        ],
      }),
    ],
  });
}

/** @param {MemoryPolicy} each @returns {[string, string][]} */
const lines = ({ time, peak, kept }) => [
  ["time", timed(time.ms)],
  ["middle half", `${timed(time.low)} to ${timed(time.high)}`],
  ["kept", memory(kept)],
  ["peak", memory(peak)],
];

/** @param {MemoryRecompute} data @returns {Row[]} */
export const rows = ({ rows: all }) =>
  all.map(({ time, times, ...each }) => ({
    ...each,
    ms: time.ms,
    low: time.low,
    high: time.high,
    times: times?.median ?? 1,
  }));
