// @ts-check
/**
 * Throughput, latency and goodput against the offered load, three ways of batching; and what the simulation rests on.
 *
 * @import { ThroughputByLoad } from "../../../types/inference"
 * @import { Row, View, ViewContext } from "../../../kit/view"
 * @import { Latency } from "./loads.js"
 */
import { control, named } from "../../../kit/controls/declared.js";
import { counted, decimal, percent } from "../../../kit/numbers/format.js";
import { timed } from "../../../kit/numbers/magnitude.js";
import { html } from "../../../vendor/lit.js";
import { atLoad } from "./at_load.js";
import { costs, grounds } from "./grounds.js";
import { besideWords, knees, kneesThere } from "./load_other.js";
import { goodput, latency, NAMES, objectives, ok, throughput } from "./loads.js";

const MILLI = 1000;

/** @type {View<ThroughputByLoad>} */
export function load_curve(data, ctx) {
  const drawn = data.ways.length > 0;
  return html`
    ${settings(ctx)}
    <p class="readout">${drawn ? said(data) : `Calls are timed: round ${data.rounds} of ${data.of_rounds}.`}</p>
    ${besideWords(data, ctx)} ${knees(data, ctx)} ${drawn ? curves(data, ctx) : ""}
    <div class="side-by-side">
      <div>
        <h3 class="sub3">What a call takes <small>ms, medians of ${counted(data.rounds, "round")},
            ${counted(data.threads, "thread")}</small></h3>
        ${costs(data)}
        <p class="hint">These calls were measured with this model on this machine. Solid lines: 16 (decode) or 0
          (prefill) tokens are held before the call. Dashed lines: 144 or 128. Whiskers: middle half of the rounds.</p>
      </div>
      <div>${grounds(data)}</div>
    </div>`;
}

/** @param {ThroughputByLoad} data @param {ViewContext} ctx @returns {Row[]} */
export function rows(data, ctx) {
  const limits = objectives(data, ctx);
  const here = data.ways.flatMap(({ name, points, knee }) =>
    points.map((point, at) => ({
      way: NAMES[name],
      offered_tokens_per_s: point.offered,
      served_tokens_per_s: point.served,
      requests_per_s: point.rate,
      knee: at === knee,
      ...Object.fromEntries(
        Object.entries(named(ctx, "latency")).flatMap(([of, label]) => {
          const { p50, p99 } = point[/** @type {Latency} */ (of)];
          return [
            [`${label.name}_p50_s`, p50],
            [`${label.name}_p99_s`, p99],
          ];
        }),
      ),
      goodput_requests_per_s: point.rate * ok(point, limits),
      ...(data.base ? { run: "this run" } : {}),
    })),
  );
  return [...here, ...kneesThere(data, ctx)];
}

/** @param {ViewContext} ctx */
function settings(ctx) {
  return html`
    <div class="load">
      ${control(ctx, "batch")} ${control(ctx, "budget")}
      ${control(ctx, "long_share", { format: (share) => percent(share, 0) })} ${control(ctx, "arrivals")}
      ${control(ctx, "seed", { as: "number" })}
    </div>`;
}

/** @param {ThroughputByLoad} data @param {ViewContext} ctx */
function curves(data, ctx) {
  const of = /** @type {Latency} */ (ctx.controls.latency);
  const limits = objectives(data, ctx);
  return html`
    <div class="side-by-side">
      <div>
        <h3 class="sub3">Throughput <small>new tokens a second, served against offered</small></h3>
        ${throughput(data, ctx)}
      </div>
      <div>
        <h3 class="sub3">Latency <small>seconds, p99 and p50 (dashed)</small></h3>
        ${control(ctx, "latency")}
        ${latency(data, ctx, of)}
      </div>
      <div>
        <h3 class="sub3">Goodput <small>requests a second that meet both objectives</small></h3>
        ${goodput(data, ctx, limits)}
        <div class="objectives">
          ${control(ctx, "slo_ttft", { format: (steps) => timed(steps * data.step) })}
          ${control(ctx, "slo_tpot", { format: (steps) => timed(steps * data.step) })}
        </div>
      </div>
      <div>${atLoad(data, ctx)}</div>
    </div>`;
}

/** @param {ThroughputByLoad} data */
function said(data) {
  const { ways, loads, requests } = data;
  const made = ways[0].points.length;
  if (made < loads) return `Load ${made} of ${loads}: each way serves ${counted(requests, "request")}.`;
  return html`${ways.map(({ name, points, knee }, at) => {
    const end = at < ways.length - 1 ? "; " : ".";
    const way = at ? NAMES[name] : `${NAMES[name][0].toUpperCase()}${NAMES[name].slice(1)}`;
    if (knee === null) return html`<b>${way}</b> keeps up with none of the loads${end}`;
    const held = points[knee];
    const past = knee === points.length - 1 ? "at least " : "";
    return html`<b>${way}</b> keeps up with ${past}<b>${decimal(held.offered, 0)}</b> tokens a second (99 % of requests
      end within ${timed(MILLI * held.whole.p99)})${end}`;
  })} The knee is the last load of which the server writes nine tenths while it arrives.`;
}
