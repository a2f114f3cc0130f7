// @ts-check
/**
 * Accuracy against the number of worked examples: three draws and one reversed order, with intervals.
 *
 * @import { ShotsCurve, ShotsPoint } from "../../../types/evaluation"
 * @import { Row, View } from "../../../kit/view"
 */

import { plot } from "../../../kit/chart/plot.js";
import { control } from "../../../kit/controls/declared.js";
import { counted, percent } from "../../../kit/numbers/format.js";
import { html, nothing } from "../../../vendor/lit.js";

const HEIGHT = 320;
/** Of a finding. */
const LEVEL = 0.05;
/** Each arm's name and colour. @type {Record<ShotsPoint["arm"], readonly [name: string, color: string]>} */
const ARMS = {
  "as drawn": ["as lm-eval draws", "prob"],
  reversed: ["the same, in reverse order", "ink3"],
  "second draw": ["a second draw", "pos"],
  "third draw": ["a third draw", "neg"],
};
const NAMES = /** @type {ShotsPoint["arm"][]} */ (Object.keys(ARMS));
/** Examples by which arms are set apart, so that their intervals do not cover each other. */
const ASIDE = 0.09;

/** @type {View<ShotsCurve>} */
export function curve(data, ctx) {
  return html`
    <div class="settings-row">
      ${control(ctx, "task")} ${control(ctx, "items", { as: "segmented" })} ${control(ctx, "most", { as: "segmented" })}
    </div>
    <p class="readout lead">${lead(data)}</p>
    ${data.stopped ? html`<p class="readout" role="alert">${data.stopped}</p>` : nothing}
    ${plot({
      label: "Accuracy and its interval by number of examples",
      height: HEIGHT,
      traces: NAMES.map((arm, at) => trace(data, arm, at)),
      x: { title: "examples before each item", tickvals: [...new Set(data.points.map(({ shots }) => shots))] },
      y: { title: "right", range: [0, 1.02], tickformat: ".0%" },
      marks: [{ y: data.chance, dash: "4px,3px", color: "ink3" }],
      margin: { t: 34 },
    })}
    <p class="hint">The bars are intervals of 95 % over ${counted(data.items, "item")} (Wilson); the dashed line is
      chance, ${percent(data.chance)}. Each item has examples of its own, never itself among them; the likeliest choice
      counts (acc).</p>`;
}

/** @param {ShotsCurve} data @param {ShotsPoint["arm"]} arm @param {number} at */
function trace({ points }, arm, at) {
  const own = points.filter((point) => point.arm === arm || (point.shots === 0 && arm === "as drawn"));
  return {
    x: own.map(({ shots }) => shots + ASIDE * (at - 1.5)),
    y: own.map(({ accuracy }) => accuracy),
    whiskers: { low: own.map(({ low }) => low), high: own.map(({ high }) => high) },
    name: ARMS[arm][0],
    color: ARMS[arm][1],
    mode: "lines+markers",
    size: 6,
    customdata: own.map(({ shots }) => shots),
    hover: "%{customdata} examples: %{y:.1%} right<extra></extra>",
  };
}

/** @param {ShotsCurve} data */
function lead({ points, total, stopped, items }) {
  if (points.length < total && !stopped) return `${points.length} of ${total} points are measured.`;
  const most = points[points.length - 1].shots;
  const [none] = points;
  const last = points.filter(({ shots }) => shots === most);
  if (!most) return html`Without examples <b>${percent(none.accuracy, 1)}</b> of ${counted(items, "item")} are right.`;
  const parts = last.map(({ accuracy }) => accuracy);
  const drawn = last[0];
  return html`Without examples <b>${percent(none.accuracy, 1)}</b> of ${counted(items, "item")} are right, with ${most}
    as lm-eval draws them <b>${percent(drawn.accuracy, 1)}</b>: ${drawn.won} won and ${drawn.lost} lost, exact test
    p = ${drawn.p.toFixed(3)}. ${
      drawn.p < LEVEL ? "The examples change the accuracy." : "These items do not tell the two apart."
    } By draw and order alone the accuracy with ${counted(most, "example")} lies between
    ${percent(Math.min(...parts), 1)} and ${percent(Math.max(...parts), 1)}.`;
}

/** @param {ShotsCurve} data @returns {Row[]} */
export const rows = (data) =>
  data.points.map(({ arm, ...point }) => ({
    ...point,
    examples: ARMS[arm][0],
    task: data.task,
    items: data.items,
    chance: data.chance,
  }));
