// @ts-check
/**
 * What the load curve rests on: the price of a call, real runs beside it, and queueing theory.
 *
 * @import { CallTime, ThroughputByLoad } from "../../../types/inference"
 */

import { plot } from "../../../kit/chart/plot.js";
import { derivation } from "../../../kit/numbers/derivation.js";
import { decimal, percent, whole } from "../../../kit/numbers/format.js";
import { figures, timed } from "../../../kit/numbers/magnitude.js";
import { table } from "../../../kit/numbers/table.js";
import { range, verdicts } from "../../../kit/numbers/timing.js";
import { html, nothing } from "../../../vendor/lit.js";
import { NAMES } from "./loads.js";

const MILLI = 1000;

/** @param {ThroughputByLoad} data */
export function costs({ decode, prefill }) {
  /** @type {[string, CallTime[], string, string][]} */
  const kinds = [
    ["decode, by rows", decode, "prob", "square"],
    ["prefill, by tokens", prefill, "river-deep", "circle"],
  ];
  const ticks = [1, 2, 4, 8, 16, 32, 64, 128];
  return plot({
    label: "Milliseconds of a call by its rows or tokens",
    height: 230,
    traces: kinds.flatMap(([name, calls, color, symbol]) =>
      byHeld(calls).map(([held, each], at) => ({
        x: each.map(({ tokens }) => tokens),
        y: each.map(({ time }) => time.ms),
        name,
        legend: at === 0,
        color,
        symbol,
        dash: at ? "dash" : undefined,
        width: at ? 1.2 : 2,
        mode: "lines+markers",
        whiskers: { low: each.map(({ time }) => time.low), high: each.map(({ time }) => time.high) },
        hover: `%{x} after ${held} tokens: %{y:.1f} ms<extra>${name}</extra>`,
      })),
    ),
    x: { type: "log", title: "rows or tokens of the call", tickvals: ticks, ticktext: ticks.map(String) },
    y: { rangemode: "tozero", nticks: 5 },
    margin: { t: 30 },
  });
}

/**
 * The calls behind few tokens and those behind many.
 * @param {CallTime[]} calls
 * @returns {[number, CallTime[]][]}
 */
const byHeld = (calls) =>
  [...new Set(calls.map(({ held }) => held))].map((held) => [held, calls.filter((call) => call.held === held)]);

/** @param {ThroughputByLoad} data */
export function grounds(data) {
  return html`${data.real.length ? real(data) : nothing}${data.queue ? theory(data.queue) : nothing}`;
}

/** @param {ThroughputByLoad} data */
function real({ real, spread }) {
  return html`
    <h3 class="sub3">Real runs beside the simulation</h3>
    ${table({
      label: "Real runs and the simulation of the same requests",
      columns: [
        { name: "Batching", cell: ({ way }) => NAMES[way] },
        { name: "passes", number: true, cell: ({ passes }) => passes },
        { name: "a pass", number: true, cell: ({ real }) => timed(MILLI * real), title: "median of the real passes" },
        {
          name: "its price",
          number: true,
          cell: ({ priced }) => timed(MILLI * priced),
          title: "median of the same passes, as their calls were timed alone",
        },
        {
          name: "times its price",
          number: true,
          title: "each pass against its own price: the median, and the middle half",
          cell: ({ times }) => html`${figures(times.median)}<small>${range(times)}</small>`,
        },
        { name: "latency", number: true, cell: (run) => timed(MILLI * run.real_latency), title: "mean, real run" },
        { name: "simulated", number: true, cell: (run) => timed(MILLI * run.simulated_latency) },
      ],
      rows: real,
      className: "real-runs",
    })}
    <p class="readout priced">${priced(real)}</p>
    <p class="hint">The model serves six requests in each way. The price of a pass is the time that its calls take
    alone,
      as in the chart. Latency is the mean from arrival to answer; the simulation serves the same requests without the
      model. The middle half of a call’s timings spreads over ${percent(spread, 0)} of its median.</p>`;
}

/**
 * Whether passes take their price, of each way on its own: a median over all would hide one that does not.
 * @param {ThroughputByLoad["real"]} real
 */
const priced = (real) =>
  verdicts(
    real.map(({ way, times }) => ({ on: NAMES[way], times })),
    (off) => html`<b>Real passes differ from their price</b>:
      ${off.map(({ on, times }) => `${on} ${figures(times.median)} times (${range(times)})`).join(", ")}. The curves
      above are off by as much.`,
  );

/** @param {NonNullable<ThroughputByLoad["queue"]>} queue */
function theory({ requests, wait, theory, found, little, service }) {
  return html`
    <h3 class="sub3 next">One slot, equal requests: an M/D/1 queue</h3>
    ${derivation([
      {
        name: "Wait",
        formula: `ρ D / (2 (1 − ρ)), ρ = 0.7, D = ${timed(service)}`,
        result: timed(theory),
        note:
          "ρ: share of time the slot is busy; D: time of one request. " +
          `In the simulation ${whole(requests)} requests wait ${timed(wait)} on average.`,
      },
      {
        name: "Little’s law",
        formula: "L = λ W",
        result: decimal(little),
        note:
          "λ: arrivals a second; W: mean time in the system. " +
          `An arrival finds ${decimal(found)} requests in the system on average.`,
      },
    ])}`;
}
