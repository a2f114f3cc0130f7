// @ts-check
/**
 * Planted pairs of a crawl on the S-curve of bands and rows.
 *
 * @import { DuplicateCurve } from "../../../types/pretraining"
 * @import { Check, Row, View, ViewContext } from "../../../kit/view"
 */

import { plot } from "../../../kit/chart/plot.js";
import { control } from "../../../kit/controls/declared.js";
import { counted, decimal, percent, whole } from "../../../kit/numbers/format.js";
import { table } from "../../../kit/numbers/table.js";
import { worst } from "../../../kit/numbers/worst.js";
import { html } from "../../../vendor/lit.js";
import { binned, foundWith } from "./banded.js";

const HEIGHT = 320;
const BINS = 10;
/** Points of the curve. */
const STEPS = 100;
const ROUNDED = 1e-9;

/** @type {View<DuplicateCurve>} */
export function curve(data, ctx) {
  return html`
    <div class="settings-row">
      ${control(ctx, "bands")} ${control(ctx, "documents", { as: "segmented", format: whole })} ${control(ctx, "seed")}
    </div>
    <p class="readout lead">${said(data)}</p>
    ${chart(data)}
    ${table({
      label: "Planted pairs by their similarity",
      columns: [
        { name: "Jaccard similarity", cell: ({ low, high }) => `${decimal(low, 1)} to ${decimal(high, 1)}` },
        { name: "planted pairs", number: true, cell: ({ pairs }) => whole(pairs) },
        { name: "found", number: true, cell: ({ pairs, found }) => percent(found / pairs, 0) },
        {
          name: "by the formula",
          number: true,
          title: "1 − (1 − J^r)^b at the mean similarity of these pairs",
          cell: ({ mean }) => percent(foundWith(mean, data.rows, data.bands), 0),
        },
      ],
      rows: binned(data.jaccard.a, data.caught.a, BINS),
    })}
    <p class="hint">The copies are planted by a recipe: words replaced, or a sentence added. Passages are real. Exact
      copies have similarity 1. A pair that was not planted can be a real copy: spam of one shop repeats itself, and
      documentation quotes itself. The formula stands for the bin’s mean similarity, so that it may differ from
      the share found where the curve bends within a bin.</p>`;
}

/** @param {DuplicateCurve} data @returns {Row[]} */
export const rows = (data) =>
  Array.from(data.jaccard.a, (jaccard, at) => ({
    jaccard,
    estimate: data.estimate.a[at],
    found: data.caught.a[at],
  }));

/** The page's own curve against the module's. @param {DuplicateCurve} data @returns {Check[]} */
export const checks = (data) => [
  {
    statement: "The page’s S-curve = the module’s at nine similarities",
    error: worst(data.proved.map(([s, p]) => Math.abs(foundWith(s, data.rows, data.bands) - p))),
    tolerance: ROUNDED,
    word: "largest difference",
  },
];

/** @param {DuplicateCurve} data */
function said(data) {
  const { rows: r, bands: b, jaccard, caught } = data;
  const found = caught.a.reduce((sum, each) => sum + each, 0);
  return html`
    <b>${whole(found)}</b> of ${counted(jaccard.a.length, "planted pair")} agree in all ${r} rows of one of ${b} bands.
    The curve is steep at <b>${decimal(data.threshold, 3)}</b>; of pairs of similarity 0.8 it finds
    <b>${percent(foundWith(0.8, r, b), 1)}</b>. Among ${counted(data.documents, "page")} there are
    ${counted(data.candidates, "candidate pair")}, of which ${whole(data.strange)} were not planted. Keeping one page a
    cluster removes <b>${counted(data.removed, "page")}</b>.`;
}

/** @param {DuplicateCurve} data */
function chart({ rows: r, bands: b, jaccard, caught, threshold }) {
  const x = Array.from({ length: STEPS + 1 }, (_, at) => at / STEPS);
  const bins = binned(jaccard.a, caught.a, BINS * 2);
  return plot({
    label: "Share of planted pairs found, by similarity",
    height: HEIGHT,
    traces: [
      { x: [threshold, threshold], y: [0, 1], name: "(1/b)^(1/r)", color: "line2", dash: "4px,3px" },
      { x, y: x.map((s) => foundWith(s, r, b)), name: "1 − (1 − J^r)^b", color: "river-deep" },
      {
        x: bins.map(({ mean }) => mean),
        y: bins.map(({ pairs, found }) => found / pairs),
        name: "planted pairs",
        color: "prob",
        mode: "markers",
        size: bins.map(({ pairs }) => 5 + Math.min(10, Math.sqrt(pairs))),
        customdata: bins.map(({ pairs, found }) => [pairs, found]),
        hover: "%{customdata[1]} of %{customdata[0]} pairs found<br>mean similarity %{x:.2f}<extra></extra>",
      },
    ],
    x: { title: "Jaccard similarity", range: [0, 1.02] },
    y: { title: "found", range: [-0.03, 1.05], tickformat: ".0%" },
  });
}
