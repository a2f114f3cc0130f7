// @ts-check
/**
 * Standard attention, ours in tiles and torch's, timed and weighed at each length.
 *
 * @import { TimesAsLong } from "../../../types/shared"
 * @import { FlashGrown, GrownRun } from "../../../types/systems"
 * @import { Row, View, ViewContext } from "../../../kit/view"
 */

import { control } from "../../../kit/controls/declared.js";
import { legend } from "../../../kit/drawing/legend.js";
import { counted, decimal, whole } from "../../../kit/numbers/format.js";
import { memory, timed } from "../../../kit/numbers/magnitude.js";
import { table } from "../../../kit/numbers/table.js";
import { cell, range, verdict } from "../../../kit/numbers/timing.js";
import { under } from "../../../kit/runs/beside.js";
import { html, nothing } from "../../../vendor/lit.js";
import { memoryChart, timeChart } from "./charts.js";
import { METHODS, runsOf } from "./methods.js";
import { besideWords, columnsThere, thereOf } from "./other.js";
import { peaks } from "./peaks.js";

/** Below so many pixels the table has only the times. */
const ROOM = 620;

/** @type {View<FlashGrown>} */
export function measured(data, ctx) {
  return html`
    <div class="bar">
      ${control(ctx, "pass")} ${control(ctx, "mask")}
      ${control(ctx, "longest", { format: (n) => `Up to ${whole(n)}` })}
      ${legend([
        data.stops.some(({ why }) => why === "memory") && ["hollow", "not run: memory by formula"],
        data.base && ["dot", `${ctx.beside.name}: ${data.base.model}, d = ${data.base.d}`],
      ])}
    </div>
    <p class="readout">${said(data)}</p>
    ${besideWords(data, ctx)}
    <div class="side-by-side">
      <div>
        <h3 class="sub3">Time <small>log scales; whiskers show the middle half of the rounds</small></h3>
        ${timeChart(data)}
      </div>
      <div>
        <h3 class="sub3">Memory at the peak <small>without Q, K and V; log scales</small></h3>
        ${memoryChart(data)}
      </div>
    </div>
    ${numbers(data, ctx)}
    <p class="hint">${method(data)}</p>`;
}

/**
 * Each method at each length.
 * @param {FlashGrown} data
 * @param {ViewContext} ctx
 * @returns {Row[]}
 */
export function rows(data, ctx) {
  const { d, causal, backward, threads } = data;
  const measured = data.runs.map((run) => ({
    ...{ method: run.method, n: run.n, ms: run.ms, low_ms: run.low, high_ms: run.high, rounds: run.rounds },
    ...{ peak_bytes: run.peak, needed_bytes: null, stopped: "" },
    ...columnsThere(data, run, ctx),
  }));
  const stopped = data.stops.map(({ method, n, why, needed }) => ({
    method,
    n,
    ms: null,
    low_ms: null,
    high_ms: null,
    rounds: 0,
    peak_bytes: null,
    needed_bytes: needed || null,
    stopped: why,
  }));
  return [...measured, ...stopped].map((row) => ({ ...row, d, causal, backward, threads }));
}

/** @param {FlashGrown} data */
const longest = ({ lengths }) => lengths[lengths.length - 1];

/** @param {FlashGrown} data */
function said(data) {
  const { stops, runs, free, allowed, whole: done } = data;
  const reached = runs.at(-1)?.n ?? 0;
  const far = done
    ? nothing
    : html`Measured so far: up to <b>${whole(reached)}</b> of ${whole(longest(data))} tokens. `;
  const stop = stops.find(({ method, why }) => method === "standard" && why === "memory");
  const full = stop
    ? html`At <b>${whole(stop.n)}</b> tokens one head of standard attention would need <b>${memory(stop.needed)}</b>
        for its squares. The machine had ${memory(free)} free, and a measurement may take ${memory(allowed)} of it, so
        standard attention stops there. `
    : nothing;
  const late = stops.filter(({ why }) => why === "time").map(({ n }) => n);
  const slow = late.length ? `The time limit ended the measurement before ${whole(Math.min(...late))} tokens. ` : "";
  return html`${far}${full}${slow}${peaks(data)}${ratio(data)}`;
}

/** Ours against torch’s at the longest length of both. @param {FlashGrown} data */
function ratio({ ratios }) {
  const last = ratios.at(-1);
  if (!last) return nothing;
  const said = (/** @type {TimesAsLong} */ times) =>
    html`At ${whole(last.n)} tokens ours takes <b>${decimal(times.median)} times</b> as long as torch’s (middle half of
      the rounds: ${range(times)}).`;
  return verdict(last, said, `ours against torch’s at ${whole(last.n)} tokens`);
}

/** @param {FlashGrown} data @param {ViewContext} ctx */
function numbers(data, ctx) {
  const reached = data.lengths.filter((n) => data.runs.some((run) => run.n === n));
  const at = (/** @type {string} */ method, /** @type {number} */ n) => runsOf(data, method).find((run) => run.n === n);
  const cells = (/** @type {(run: GrownRun) => string} */ say) =>
    METHODS.map(({ method, name }) => ({
      name,
      number: true,
      cell: (/** @type {number} */ n) => {
        const run = at(method, n);
        const there = run && thereOf(data, run);
        return run ? under(say(run), ctx.beside, there && say(there)) : "–";
      },
    }));
  const against = (/** @type {number} */ n) => {
    const found = data.ratios.find((each) => each.n === n);
    return found ? cell(found, ({ median }) => decimal(median)) : "–";
  };
  return table({
    label: "Time and memory at each length",
    columns: [
      { name: "tokens", cell: (n) => whole(n), number: true },
      ...cells(({ ms }) => timed(ms)),
      { name: "ours ÷ torch", title: "round by round", cell: against, number: true },
      ...(ctx.width < ROOM
        ? []
        : cells(({ peak }) => memory(peak)).map((each) => ({ ...each, name: `${each.name}, peak` }))),
    ],
    rows: reached,
    className: "grown",
  });
}

/** @param {FlashGrown} data */
const method = ({ d, threads, seconds, backward, base }) =>
  `One head of d = ${d}, float32, ${counted(threads, "thread")}. Times are medians. ${
    base ? "All six" : "The three methods"
  } take turns: 5 rounds where a round is quick, 3 or 2 where it is long, ${seconds} s in all. Freed memory is used ` +
  "again between rounds. The peak is the most memory that torch’s allocator held at once, from its profiler" +
  `${backward ? "; it includes what the forward pass saves for the backward pass" : ""}. The dotted and dashed lines ` +
  "have the slopes of N² and N and go through a measured point.";
