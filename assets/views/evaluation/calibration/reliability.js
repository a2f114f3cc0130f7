// @ts-check
/**
 * Confidence against accuracy in bins, and accuracy when the least sure predictions are left out.
 *
 * @import { CalibrationPredictions } from "../../../types/evaluation"
 * @import { Check, Row, View, ViewContext } from "../../../kit/view"
 */

import { plot } from "../../../kit/chart/plot.js";
import { control } from "../../../kit/controls/declared.js";
import { counted, decimal, percent, whole } from "../../../kit/numbers/format.js";
import { worst } from "../../../kit/numbers/worst.js";
import { mean } from "../../../vendor/d3.js";
import { html } from "../../../vendor/lit.js";
import { binned, calibrationError, surest } from "./binned.js";

const HEIGHT = 300;
const COUNTS_HEIGHT = 130;
/** One room at the left for both pictures of confidence; at the right for half of the last tick’s "100%". */
const MARGIN = { l: 68, r: 24 };
/** Points of the second chart. */
const STEPS = 100;
/** The bins in which page and server are compared. */
const PROVED = 15;
const ROUNDED = 1e-6;
/** Of the interval of 95 %, in standard errors. */
const Z = 1.96;

/** @type {View<CalibrationPredictions>} */
export function reliability(data, ctx) {
  const bins = binsOf(data, ctx);
  return html`
    <div class="settings-row">
      ${control(ctx, "bins", { as: "segmented" })} ${control(ctx, "edge")}
      ${control(ctx, "scaled")} ${control(ctx, "excerpts", { as: "segmented" })}
    </div>
    <p class="readout lead">${said(data, ctx)}</p>
    <div class="two">
      <div>
        <h3>Accuracy by confidence</h3>${diagram(bins)}
        <h3>Predictions by confidence</h3>${counts(bins)}
      </div>
      <div><h3>Accuracy of the surest predictions</h3>${selective(data, ctx)}</div>
    </div>`;
}

/** @param {CalibrationPredictions} data @param {ViewContext} ctx @returns {Row[]} */
export const rows = (data, ctx) => binsOf(data, ctx).map((bin) => ({ ...bin }));

/**
 * The page's own bins against the module's.
 * @param {CalibrationPredictions} data
 * @returns {Check[]}
 */
export function checks(data) {
  if (data.done < data.total) return [];
  const gaps = Object.entries(data.proved).flatMap(([edge, [plain, tempered]]) => [
    calibrationError(binned(data.confidence.a, data.correct.a, PROVED, edge)) - plain,
    calibrationError(binned(data.tempered.a, data.correct.a, PROVED, edge)) - tempered,
  ]);
  const kept = surest(data.confidence.a, data.correct.a);
  return [
    {
      statement: `The page’s calibration error in ${PROVED} bins = the module’s, by both edge rules and temperatures`,
      error: worst(gaps.map(Math.abs)),
      tolerance: ROUNDED,
      word: "largest difference",
    },
    {
      statement: "The page’s accuracy of the surer half = the module’s",
      error: Math.abs(kept[Math.ceil(kept.length / 2) - 1] - data.half),
      tolerance: ROUNDED,
      word: "difference",
    },
  ];
}

/** @param {CalibrationPredictions} data @param {ViewContext} ctx */
const confidences = (data, { controls }) => (controls.scaled === "yes" ? data.tempered : data.confidence).a;

/** @param {CalibrationPredictions} data @param {ViewContext} ctx */
const binsOf = (data, ctx) =>
  binned(confidences(data, ctx), data.correct.a, Number(ctx.controls.bins), String(ctx.controls.edge));

/** @param {CalibrationPredictions} data @param {ViewContext} ctx */
function said(data, ctx) {
  const { bins, edge, scaled } = ctx.controls;
  const error = calibrationError(binsOf(data, ctx));
  const other = calibrationError(
    binned(confidences(data, ctx), data.correct.a, Number(bins), edge === "right" ? "left" : "right"),
  );
  const right = mean(data.correct.a) ?? Number.NaN;
  const sure = mean(confidences(data, ctx)) ?? Number.NaN;
  const loss = scaled === "yes" ? data.tempered_surprise : data.surprise;
  return html`
    The expected calibration error is <b>${percent(error, 2)}</b> in ${bins} bins that hold their ${edge} edge
    (${percent(other, 2)} with the other edge). Over ${counted(data.confidence.a.length, "token")} of
    ${counted(data.done, "excerpt")}${data.done < data.total ? " so far" : ""} the model is right in
    <b>${percent(right, 1)}</b> and says <b>${percent(sure, 1)}</b>: ${gap(data, ctx)} The temperature of least loss on
    ${whole(data.fitted_on)} tokens of other excerpts is <b>${decimal(data.temperature, 3)}</b>; the mean −log p is
    ${decimal(loss, 3)} nats
    ${scaled === "yes" ? `with it and ${decimal(data.surprise, 3)} without it` : "without it"}.`;
}

/**
 * Whether it says more than it gets, or no such thing can be told.
 * @param {CalibrationPredictions} data
 * @param {ViewContext} ctx
 */
function gap(data, ctx) {
  const gaps = Array.from(confidences(data, ctx), (p, at) => p - data.correct.a[at]);
  const over = mean(gaps) ?? Number.NaN;
  const spread = Math.sqrt(mean(gaps, (each) => (each - over) ** 2) ?? Number.NaN);
  const half = (Z * spread) / Math.sqrt(gaps.length);
  if (!(Math.abs(over) > half)) return html`a gap of less than ${percent(half, 1)} cannot be told from none here.`;
  return html`it is ${over > 0 ? "surer than it is right" : "right more often than it says"}.`;
}

/** @param {import("./binned.js").Bin[]} bins */
function diagram(bins) {
  const held = bins.filter(({ count }) => count > 0);
  return plot({
    label: "Accuracy of each bin against its mean confidence",
    height: HEIGHT,
    traces: [
      { x: [0, 1], y: [0, 1], color: "line2", dash: "4px,3px", legend: false },
      {
        x: held.map(({ confidence }) => confidence),
        y: held.map(({ accuracy }) => accuracy),
        color: "prob",
        mode: "lines+markers",
        size: 7,
        customdata: held.map(({ low, high, count }) => [low.toFixed(2), high.toFixed(2), count]),
        hover:
          "%{customdata[2]} predictions between %{customdata[0]} and %{customdata[1]}<br>" +
          "says %{x:.1%}, is right in %{y:.1%}<extra></extra>",
        legend: false,
      },
    ],
    x: { title: "mean confidence of a bin", range: [0, 1], tickformat: ".0%" },
    y: { title: "right", range: [0, 1], tickformat: ".0%" },
    margin: MARGIN,
  });
}

/** How many predictions each point above is a mean of. @param {import("./binned.js").Bin[]} bins */
function counts(bins) {
  return plot({
    label: "Predictions in each bin",
    height: COUNTS_HEIGHT,
    traces: [
      {
        x: bins.map(({ low, high }) => (low + high) / 2),
        y: bins.map(({ count }) => count),
        type: "bar",
        color: "prob",
        customdata: bins.map(({ low, high }) => [low.toFixed(2), high.toFixed(2)]),
        hover: "%{y} predictions between %{customdata[0]} and %{customdata[1]}<extra></extra>",
        legend: false,
      },
    ],
    x: { title: "confidence", range: [0, 1], tickformat: ".0%" },
    y: { title: "predictions" },
    margin: MARGIN,
    layout: { bargap: 0.06 },
  });
}

/** @param {CalibrationPredictions} data @param {ViewContext} ctx */
function selective(data, ctx) {
  const kept = surest(confidences(data, ctx), data.correct.a);
  const count = Math.min(STEPS, kept.length);
  const at = Array.from({ length: count }, (_, step) => Math.ceil(((step + 1) * kept.length) / count) - 1);
  return plot({
    label: "Accuracy when only the surest predictions count",
    height: HEIGHT,
    traces: [
      {
        x: at.map((rank) => (rank + 1) / kept.length),
        y: at.map((rank) => kept[rank]),
        color: "prob",
        hover: "of the surest %{x:.0%}: %{y:.1%} right<extra></extra>",
        legend: false,
      },
    ],
    x: { title: "share of the predictions, surest first", range: [0, 1], tickformat: ".0%" },
    y: { title: "right", range: [0, 1], tickformat: ".0%" },
    margin: MARGIN,
  });
}
