// @ts-check
/**
 * A task's circuit: how faithful each size of it is, and the chosen size drawn, block by block.
 *
 * @import { CircuitGraph } from "../../../types/inside"
 * @import { Row, View, ViewContext } from "../../../kit/view"
 */
import { control } from "../../../kit/controls/declared.js";
import { faint, refusedTask, taskControl } from "../../../kit/controls/fitting_task.js";
import { legend } from "../../../kit/drawing/legend.js";
import { signed } from "../../../kit/numbers/format.js";
import { table } from "../../../kit/numbers/table.js";
import { token } from "../../../kit/text/tokens.js";
import { html, nothing } from "../../../vendor/lit.js";
import { curve } from "./curve.js";
import { drawn, partName } from "./drawn.js";
import { kept as share } from "./shares.js";

/** @type {View<CircuitGraph>} */
export function graph(data, ctx) {
  const settings = html`<div class="settings-row ruled">
    ${taskControl(ctx, data.task)} ${control(ctx, "item")} ${control(ctx, "kept")} ${control(ctx, "steps")}</div>`;
  if (!data.pair) return html`${settings}${refusedTask(ctx, data.problem, data.task)}`;
  const { clean, answers, scores } = data.pair;
  const at = data.sizes.reduce((best, size, place) => (size <= data.kept ? place : best), 0);
  return html`
    ${settings}
    <p class="readout lead">${Array.from(clean.a, (id) => html`${token(id, { className: "mono" })}<wbr>`)} →
      ${token(answers[0])}, lead
      ${signed(scores[0])}. The first ${data.sizes[at]} of ${data.layers.a.length} parts alone keep
      <b>${share(data.faithful.a[at], 0)}</b> of what the two prompts differ by; without them
      <b>${share(data.complete.a[at], 0)}</b> is left.</p>
    ${faint(data.pair)}
    <div class="side-by-side">
      <div><h3 class="sub3">Alone, and left out <small>by number of parts</small></h3>${curve(data, ctx)}
        ${legend([
          [{ color: "river-deep", shape: "line" }, "these parts alone (faithfulness)"],
          [{ color: "neg", shape: "line" }, "all but these (completeness)"],
        ])}</div>
      <div><h3 class="sub3">The first ${data.kept} <small>and their strongest estimated edges</small></h3>
        ${drawn(data, ctx)}
        ${legend([
          [{ color: "pos", shape: "line" }, "for the answer"],
          [{ color: "neg", shape: "line" }, "against it"],
        ])}</div>
    </div>
    ${parts(data, ctx)}
    <p class="hint">Estimates rank the parts; what they do alone is measured. Over 100 % the circuit does better than
    the
      whole model, which holds parts that work against the answer. The features within the MLPs stand in the
      <button class="linkbtn" type="button" @click=${() => ctx.go("attribution_graph", "graph")}>attribution
        graph</button>.</p>`;
}

/** @param {CircuitGraph} data @param {ViewContext} ctx */
function parts(data, ctx) {
  const kept = Array.from({ length: data.kept }, (_, part) => part);
  return table({
    label: "The parts of the circuit",
    rows: kept,
    select: (part) => data.heads.a[part] >= 0 && ctx.select({ layer: data.layers.a[part], head: data.heads.a[part] }),
    columns: [
      { name: "Part", cell: (part) => partName(data, part) },
      {
        name: "estimate",
        number: true,
        cell: (part) => signed(-data.estimates.a[part]),
        title: "Of the lead it carries.",
      },
      {
        name: "circuit loses without it",
        number: true,
        cell: (part) => (Number.isFinite(data.minimal.a[part]) ? share(data.minimal.a[part], 1) : nothing),
      },
    ],
  });
}

/** @param {CircuitGraph} data @returns {Row[]} */
export const rows = (data) =>
  Array.from(data.estimates.a, (estimate, part) => ({
    part: partName(data, part),
    block: data.layers.a[part],
    estimate: -estimate,
    loses_without: part < data.kept && Number.isFinite(data.minimal.a[part]) ? data.minimal.a[part] : null,
  }));
