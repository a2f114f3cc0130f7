// @ts-check
/**
 * The latencies of each way at the load that is chosen.
 *
 * @import { ThroughputByLoad } from "../../../types/inference"
 * @import { ViewContext } from "../../../kit/view"
 * @import { Latency } from "./loads.js"
 */
import { named } from "../../../kit/controls/declared.js";
import { counted, decimal, percent } from "../../../kit/numbers/format.js";
import { timed } from "../../../kit/numbers/magnitude.js";
import { table } from "../../../kit/numbers/table.js";
import { html } from "../../../vendor/lit.js";
import { chosenLoad, NAMES } from "./loads.js";

const MILLI = 1000;

/** @param {ThroughputByLoad} data @param {ViewContext} ctx */
export function atLoad(data, ctx) {
  const at = chosenLoad(data, ctx);
  const shown = data.ways.filter(({ points }) => points[at]).map(({ name, points }) => ({ name, point: points[at] }));
  const latencies = named(ctx, "latency");
  const column = (/** @type {Latency} */ of) => ({
    name: `${latencies[of].name}, p50 / p99`,
    title: latencies[of].title,
    number: true,
    cell: (/** @type {typeof shown[number]} */ { point }) =>
      `${timed(MILLI * point[of].p50)} / ${timed(MILLI * point[of].p99)}`,
  });
  return html`
    <h3 class="sub3">At an offered load of ${decimal(shown[0]?.point.offered ?? 0, 0)} tokens a second
      <small>press a point for another load</small></h3>
    ${table({
      label: "Latencies at the chosen load",
      columns: [
        { name: "Batching", cell: ({ name }) => NAMES[name] },
        column("first"),
        column("per_token"),
        column("whole"),
      ],
      rows: shown,
    })}
    <p class="hint">
      Every way serves the same ${counted(data.requests, "request")} of random tokens, ${percent(data.long_share, 0)}
      of them long; arrivals are a Poisson process with seed ${data.seed}. A static batch waits until it is full;
      at a light load this wait is most of its latency.
    </p>`;
}
