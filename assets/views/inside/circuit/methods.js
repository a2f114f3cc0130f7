// @ts-check
/**
 * Ways to find a circuit, held to the same measure: faithfulness and completeness by size, beside random parts.
 *
 * @import { CircuitMethod, CircuitMethods } from "../../../types/inside"
 * @import { Row, View } from "../../../kit/view"
 */
import { plot } from "../../../kit/chart/plot.js";
import { control } from "../../../kit/controls/declared.js";
import { faint, refusedTask, taskControl } from "../../../kit/controls/fitting_task.js";
import { percent } from "../../../kit/numbers/format.js";
import { table } from "../../../kit/numbers/table.js";
import { html } from "../../../vendor/lit.js";
import { kept as share } from "./shares.js";

const HEIGHT = 300;
/** @type {Record<string, string>} */
const COLOURS = { EAP: "river-deep", "EAP-IG": "prob", ACDC: "neg", random: "ink3" };

/** @type {View<CircuitMethods>} */
export function methods(data, ctx) {
  const settings = html`<div class="settings-row ruled">
    ${taskControl(ctx, data.task)} ${control(ctx, "kept")} ${control(ctx, "threshold")} ${control(ctx, "seed")}</div>`;
  if (!data.pair) return html`${settings}${refusedTask(ctx, data.problem, data.task)}`;
  return html`
    ${settings}
    <p class="readout lead">${lead(data)}</p>
    ${faint(data.pair)}
    <div class="side-by-side">
      ${curves(data, "Alone", "faithfulness: 1 is the whole model", ({ faithful }) => faithful)}
      ${curves(data, "Left out", "completeness: 0 is nothing left", ({ complete }) => complete)}
    </div>
    ${table({
      label: "Ways to find a circuit",
      rows: data.methods,
      columns: [
        { name: "Found by", cell: ({ name }) => name },
        { name: "parts", number: true, cell: (each) => opened(each, data.kept).size },
        { name: "alone", number: true, cell: (each) => share(opened(each, data.kept).faithful, 0) },
        { name: "left without them", number: true, cell: (each) => share(opened(each, data.kept).complete, 0) },
        {
          name: "needed",
          number: true,
          title: `Of its first ${data.singly} parts, those without which it keeps ${percent(data.needed, 0)} less`,
          cell: ({ needed }) => (Number.isFinite(needed) ? percent(needed, 0) : "–"),
        },
        { name: "passes", number: true, title: "Through the model, to find it", cell: ({ runs }) => runs },
      ],
    })}
    <p class="hint">Parts are heads and MLPs, ${data.parts} in all; a part’s estimate is the sum of those of all edges
      out of it. ACDC keeps a part without which the lead changes by at least ${percent(data.threshold, 1)} of the
      difference between the two prompts, and so finds one circuit. The grey line is the mean of ${data.orders} random
      orders, its whiskers the least and the most faithful one. On one pair of prompts no way is better in
      general.</p>`;
}

/** The largest measured size up to the chosen one. @param {CircuitMethod} method @param {number} kept */
function opened({ sizes, faithful, complete }, kept) {
  const at = sizes.length === 1 ? 0 : sizes.reduce((best, size, place) => (size <= kept ? place : best), 0);
  return { size: sizes[at], faithful: faithful.a[at], complete: complete.a[at] };
}

/** @param {CircuitMethods} data */
function lead({ methods, kept }) {
  const said = methods.map((each) => {
    const { size, faithful } = opened(each, kept);
    return html`${each.name} <b>${share(faithful, 0)}</b> with ${size} ${size === 1 ? "part" : "parts"}`;
  });
  return html`Kept of what the two prompts differ by: ${said.map((each, at) => html`${at ? "; " : ""}${each}`)}.`;
}

/**
 * @param {CircuitMethods} data
 * @param {string} title
 * @param {string} small
 * @param {(method: CircuitMethod) => CircuitMethod["faithful"]} of
 */
function curves(data, title, small, of) {
  return html`<div><h3 class="sub3">${title} <small>${small}</small></h3>
    ${plot({
      label: `${title}: what circuits of each way keep, by their number of parts`,
      height: HEIGHT,
      traces: data.methods.map((each) => ({
        ...{ x: each.sizes, y: of(each), name: each.name, color: COLOURS[each.name], mode: "lines+markers", size: 6 },
        ...(each.sizes.length === 1 ? { mode: "markers", size: 11, symbol: "diamond" } : {}),
        ...(title === "Alone" && each.low.a.length ? { whiskers: { low: each.low.a, high: each.high.a } } : {}),
        hover: `%{y:.0%} with %{x} parts<extra>${each.name}</extra>`,
      })),
      x: { title: "parts", type: "log" },
      y: { tickformat: ".0%" },
      marks: [{ y: title === "Alone" ? 1 : 0, color: "ink3", dash: "dot" }],
      margin: { r: 14, t: 44 },
    })}</div>`;
}

/** @type {(data: CircuitMethods) => Row[]} */
export const rows = (data) =>
  data.methods.flatMap(({ name, sizes, faithful, complete, needed, runs }) =>
    sizes.map((parts, at) => ({
      ...{ found_by: name, parts, faithfulness: faithful.a[at], completeness: complete.a[at] },
      ...{ needed: Number.isFinite(needed) ? needed : null, passes: runs },
    })),
  );
