// @ts-check
/**
 * Ways to find a circuit of edges, held to the same measure, and the edges of one of them.
 *
 * @import { EdgeWay, EdgeWays } from "../../../types/inside"
 * @import { Row, View, ViewContext } from "../../../kit/view"
 */
import { plot } from "../../../kit/chart/plot.js";
import { control } from "../../../kit/controls/declared.js";
import { faint, refusedTask, taskControl } from "../../../kit/controls/fitting_task.js";
import { legend } from "../../../kit/drawing/legend.js";
import { percent, signed, whole } from "../../../kit/numbers/format.js";
import { table } from "../../../kit/numbers/table.js";
import { html, nothing } from "../../../vendor/lit.js";
import { kept as share } from "./shares.js";
import { wireName, wires } from "./wires.js";

const HEIGHT = 320;
/** @type {Record<string, string>} */
const COLOURS = { EAP: "river-deep", "EAP-IG": "prob", ACDC: "neg", random: "ink3" };

/** @type {View<EdgeWays>} */
export function edges(data, ctx) {
  const settings = html`<div class="settings-row ruled">
    ${taskControl(ctx, data.task)} ${control(ctx, "item")}
    ${data.recorded ? nothing : html`${control(ctx, "by")} ${control(ctx, "threshold")} ${control(ctx, "seed")}`}
  </div>`;
  if (!data.pair) return html`${settings}${refusedTask(ctx, data.problem, data.task)}`;
  const drawn = data.ways.filter((way) => way.wires.length);
  const measured = data.ways.filter(({ at, name }) => at >= 0 || name === "random");
  const way = drawn.find(({ name }) => name === ctx.controls.drawn) ?? drawn[0];
  return html`
    ${settings}
    <p class="readout lead">${lead(data)}</p>
    ${faint(data.pair)}
    ${curves(data)}
    ${measured.length ? ways(data, measured) : nothing}
    ${way ? circuit(data, way, ctx) : nothing}
    ${hint(data)}`;
}

/** @param {EdgeWays} data @param {EdgeWay[]} shown */
const ways = (data, shown) =>
  table({
    label: "Ways to find a circuit of edges",
    rows: shown,
    columns: [
      { name: "Found by", cell: ({ name }) => name },
      { name: "edges", number: true, cell: (each) => whole(each.sizes[opened(each, data)]) },
      {
        name: "on a way",
        number: true,
        title: "Edges that lie on a way from the tokens to the answer; the others change nothing",
        cell: (each) => whole(each.carrying[opened(each, data)]),
      },
      { name: "alone", number: true, cell: (each) => share(each.faithful.a[opened(each, data)], 0) },
      { name: "left without them", number: true, cell: (each) => share(each.complete.a[opened(each, data)], 0) },
      {
        name: "needed",
        number: true,
        title: `Of its ${data.each} strongest edges, those without which it keeps ${percent(data.least, 0)} less`,
        cell: ({ needed }) => (needed === null ? "–" : percent(needed, 0)),
      },
      { name: "passes", number: true, title: "Through the model, to find it", cell: ({ runs }) => whole(runs) },
    ],
  });

/** The place of the opened size. @param {EdgeWay} way @param {EdgeWays} data */
const opened = ({ at, sizes }, data) => (at >= 0 ? at : Math.max(0, sizes.indexOf(data.opened)));

/** @param {EdgeWays} data */
function lead(data) {
  const search = data.ways.find(({ name }) => name === "ACDC");
  if (search && search.done < 1)
    return html`The search has decided ${percent(search.done, 0)} of ${whole(data.edges)} edges and keeps
      <b>${whole(search.sizes[0])}</b> so far.`;
  const told = data.ways
    .filter(({ at, name }) => at >= 0 || name === "random")
    .map((each) => html`${each.name} <b>${share(each.faithful.a[opened(each, data)], 0)}</b>`);
  return html`${data.recorded ? "Recorded. " : ""}Of ${whole(data.edges)} edges, ${whole(data.opened)} alone keep of
    what the two prompts differ by: ${told.map((each, at) => html`${at ? "; " : ""}${each}`)}.`;
}

/** @param {EdgeWays} data */
function curves(data) {
  return html`<h3 class="sub3">Alone <small>by number of edges</small></h3>
    ${plot({
      label: "What circuits of each way keep, by their number of edges",
      height: HEIGHT,
      traces: data.ways.map((each) => ({
        ...{
          x: each.sizes,
          y: each.faithful,
          name: each.name,
          color: COLOURS[each.name],
          mode: "lines+markers",
          size: 6,
        },
        ...(each.name === "ACDC" ? { symbol: "diamond", size: 8 } : {}),
        ...(each.low.a.length ? { whiskers: { low: each.low.a, high: each.high.a } } : {}),
        hover: `%{y:.0%} with %{x} edges<extra>${each.name}</extra>`,
      })),
      x: { title: "edges", type: "log", range: [-0.05, Math.log10(data.edges) + 0.05] },
      y: { tickformat: ".0%" },
      marks: [{ y: 1, color: "ink3", dash: "dot" }],
      margin: { r: 14, t: 44 },
    })}`;
}

/** @param {EdgeWays} data @param {EdgeWay} way @param {ViewContext} ctx */
function circuit(data, way, ctx) {
  return html`<div class="side-by-side">
    <div><h3 class="sub3">The circuit by ${way.name} <small>its ${way.wires.length} strongest edges</small></h3>
      <div class="settings-row">${control(ctx, "drawn")}</div>
      ${wires(data, way, ctx)}
      ${legend([
        [{ color: "pos", shape: "line" }, "for the answer"],
        [{ color: "neg", shape: "line" }, "against it"],
      ])}</div>
    <div><h3 class="sub3">Its strongest <small>q, k, v: what a head reads for</small></h3>
      ${table({
        label: "The strongest edges of the circuit",
        rows: way.wires.slice(0, 12),
        columns: [
          { name: "Edge", cell: (wire) => wireName(wire, data.n_layers) },
          { name: "adds", number: true, title: "To the lead, by EAP-IG", cell: (wire) => signed(wire.estimate) },
        ],
      })}</div></div>`;
}

/** @param {EdgeWays} data */
const hint = (data) => html`<p class="hint">All other edges carry what the changed prompt gives. ACDC leaves an edge out
  if ${data.by === "kl" ? "KL from the whole model grows" : "the lead changes"} by less than
  ${percent(data.threshold, 1)} of what the two prompts differ by; its line shows the way down to its circuit. The
  rankings are opened at the same number of edges. The grey line is the mean of ${data.orders} random orders, its
  whiskers the least and the most faithful one. ${
    data.among && data.among < data.edges
      ? html`The search was made among the ${whole(data.among)} edges with the largest EAP-IG estimates: of all it takes
          hours. `
      : nothing
  }${
    data.searchable
      ? nothing
      : data.recorded
        ? "All of this was recorded on this pair of prompts; the circuits are run again now."
        : "A search of so many edges takes too long to wait for; it is recorded for some tasks’ example 0."
  } On one pair of prompts no way is better in general.</p>`;

/** @type {(data: EdgeWays) => Row[]} */
export const rows = (data) =>
  data.ways.flatMap(({ name, sizes, carrying, faithful, complete, needed, runs }) =>
    sizes.map((edges, at) => ({
      ...{ found_by: name, edges, on_a_way: carrying[at] },
      ...{ faithfulness: faithful.a[at], completeness: complete.a[at], needed, passes: runs },
    })),
  );
