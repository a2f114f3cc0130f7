// @ts-check
/**
 * Dictionaries on vectors of known features: which of the true directions each has found, by how often they are on.
 *
 * @import { IsItRealTruth, KnownRun } from "../../../types/inside"
 * @import { Row, View } from "../../../kit/view"
 */
import { plot } from "../../../kit/chart/plot.js";
import { control } from "../../../kit/controls/declared.js";
import { legend } from "../../../kit/drawing/legend.js";
import { halfWidth } from "../../../kit/layout.js";
import { decimal, percent, whole } from "../../../kit/numbers/format.js";
import { extent, mean } from "../../../vendor/d3.js";
import { html } from "../../../vendor/lit.js";
import { metrics } from "./metrics.js";

const HEIGHT = 300;

/** @type {View<IsItRealTruth>} */
export function truth(data, ctx) {
  const trained = data.runs.filter(({ role }) => role === "trained");
  const placebos = data.runs.filter(({ role }) => role === "placebo");
  return html`
    <div class="is-it-real">
      <div class="settings-row ruled">
        ${control(ctx, "features")} ${control(ctx, "on")} ${control(ctx, "width")} ${control(ctx, "k")}
        ${control(ctx, "steps")}
      </div>
      <p class="readout said">${said(data, trained, placebos)}</p>
      <div class="side-by-side">
        <div>
          <h3 class="sub3">Each true direction: its best cosine, by how often it is on</h3>
          ${found(data)}
          ${legend([
            [{ color: "ink", shape: "dot" }, "trained, seed 0"],
            [{ color: "river-deep", shape: "dot", hollow: true }, "placebo, seed 0"],
          ])}
        </div>
        <div>
          <h3 class="sub3">Of all seeds</h3>
          ${metrics(listed(data, trained, placebos), halfWidth(ctx.width))}
        </div>
      </div>
    </div>`;
}

/** @param {KnownRun[]} all @param {(each: KnownRun) => number} of */
function spread(all, of) {
  const [low, high] = extent(all, of);
  return all.length > 1 ? html` (${percent(low ?? 0)} to ${percent(high ?? 0)})` : "";
}

/** @param {IsItRealTruth} data @param {KnownRun[]} trained @param {KnownRun[]} placebos */
function said({ runs, of, features, d_model, width, vectors, threshold }, trained, placebos) {
  const average = (/** @type {KnownRun[]} */ all, /** @type {(each: KnownRun) => number} */ what) =>
    mean(all, what) ?? 0;
  const explained = (/** @type {KnownRun} */ each) => each.explained;
  const recovered = (/** @type {KnownRun} */ each) => each.recovered;
  return html`
    ${runs.length < of ? `${runs.length} of ${of} dictionaries so far. ` : ""}${whole(vectors)} vectors of ${d_model}
    dimensions are sums of ${features} known directions. Dictionaries of ${width} explain
    <b>${percent(average(trained, explained))}</b>${spread(trained, explained)} of their variance and have
    <b>${percent(average(trained, recovered))}</b>${spread(trained, recovered)} of the directions (cosine above
    ${threshold}); placebos explain <b>${percent(average(placebos, explained))}</b> and have
    <b>${percent(average(placebos, recovered))}</b>.`;
}

/** @param {IsItRealTruth} data */
function found({ runs, often, threshold, chance }) {
  const first = runs.filter(({ seed }) => seed === 0);
  return plot({
    label: "Best cosine of each true direction by how often it is on; arrow keys walk the directions",
    height: HEIGHT,
    traces: first.map(({ role, best }) => ({
      x: often,
      y: best,
      mode: "markers",
      size: 6,
      ...(role === "trained" ? { color: "ink" } : { color: "river-deep", hollow: true }),
      hover: `%{y:.2f}, on in %{x:.1%}<extra>${role}</extra>`,
    })),
    x: { title: "share of the vectors with it on", type: "log", tickformat: ".1%" },
    y: { range: [0, 1.03], tickformat: ".1f" },
    marks: [
      { y: threshold, label: "counts as recovered", side: "left" },
      { y: chance, label: `by chance ${decimal(chance)}`, side: "left", below: true },
    ],
    margin: { r: 12, t: 10 },
  });
}

/** @param {IsItRealTruth} data @param {KnownRun[]} trained @param {KnownRun[]} placebos */
function listed({ chance }, trained, placebos) {
  /** @type {(name: string, about: string, of: (each: KnownRun) => number) => import("./metrics.js").Metric} */
  const metric = (name, about, of) => ({
    name,
    about,
    trained: trained.map(of).filter(Number.isFinite),
    placebo: placebos.map(of).filter(Number.isFinite),
  });
  return [
    metric("Explained variance", "of vectors held out", ({ explained }) => explained),
    metric("Recovered", "true directions, cosine above 0.9", ({ recovered }) => recovered),
    { ...metric("Best cosine", "mean over true directions", ({ mean: cosine }) => cosine), chance },
    metric("Absorbed", "parent on, its feature silent", ({ absorbed }) => absorbed ?? Number.NaN),
  ];
}

/**
 * @param {IsItRealTruth} data
 * @returns {Row[]}
 */
export const rows = ({ runs, often, order }) =>
  runs.flatMap(({ role, seed, explained, recovered, absorbed, best }) =>
    Array.from(best.a, (cosine, at) => ({
      dictionary: role,
      seed,
      explained_variance: explained,
      recovered,
      absorbed,
      true_feature: order.a[at],
      share_on: often.a[at],
      best_cosine: cosine,
    })),
  );
