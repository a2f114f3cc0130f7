// @ts-check
/**
 * The outputs' error by exponent: AWQ's weights, SmoothQuant's weights and activations.
 *
 * @import { AwareErrors } from "../../../types"
 * @import { Row, View } from "../../../kit/view"
 */
import { counted, decimal, percent } from "../../../kit/format.js";
import { plot } from "../../../kit/plot.js";
import { minIndex } from "../../../vendor/d3.js";
import { html } from "../../../vendor/lit.js";
import { formatOf } from "../gptq/settings.js";
import { seamOf } from "./settings.js";

/** A change that the text does not show. */
const SAME = 0.001;

/** @type {View<AwareErrors>} */
export function errors(data, ctx) {
  return html`
    <div class="bar">
      <p class="readout lead">${found(data)}</p>
      <div class="go">${seamOf(data, ctx)} ${formatOf(data, ctx)}</div>
    </div>
    <div class="halves">
      <div>
        <h3 class="sub3">AWQ <small>weights alone, ${title(data)}</small></h3>
        ${curve(data, data.awq, data.nearest, "rounded to nearest", "AWQ’s error by exponent")}
        <p class="hint">${clipped(data)}</p>
        <p class="hint">On ${counted(data.tokens, "token")}. Scales are relative to each other: one that grows takes
          room in its group from the rest, which is why far is too far.</p>
      </div>
      <div>
        <h3 class="sub3">SmoothQuant <small>weights and activations in 8-bit integers</small></h3>
        ${curve(data, data.smooth, data.eight, "not smoothed", "SmoothQuant’s error by exponent")}
        <p class="hint">On ${counted(data.tokens_eight, "token")}, with a scale a token and a scale a row of weights. At
          0 the weights are made even and the activations take it all; at 1 it is the other way round.</p>
      </div>
    </div>`;
}

/** @param {AwareErrors} data @returns {Row[]} */
export const rows = (data) =>
  data.alphas.map((alpha, at) => ({ alpha, awq: data.awq[at], smooth_quant: data.smooth[at] }));

/** @param {AwareErrors} data */
const title = ({ formats, format }) => formats.find(({ name }) => name === format)?.title ?? format;

/** @param {AwareErrors} data */
function found(data) {
  const [a, s] = [minIndex(data.awq), minIndex(data.smooth)];
  const awq =
    a === 0
      ? html`No exponent helps AWQ here: rounding to nearest is best`
      : html`AWQ is best at α = <b>${decimal(data.alphas[a])}</b>, with <b>${percent(data.awq[a] / data.nearest)}</b> of
        rounding’s error`;
  const ratio = data.smooth[s] / data.eight;
  const smooth =
    ratio < 1
      ? html`SmoothQuant at <b>${decimal(data.alphas[s])}</b>, with <b>${percent(ratio)}</b> of that in eight bits
        unsmoothed`
      : html`SmoothQuant helps at no exponent: at its best, ${decimal(data.alphas[s])}, it errs ${decimal(ratio)} times
        as much as unsmoothed`;
  return html`${awq}; ${smooth}.`;
}

/** What clipping adds to the best exponent. @param {AwareErrors} data */
function clipped({ awq, clipped, cut }) {
  const change = clipped / Math.min(...awq) - 1;
  const verdict =
    Math.abs(change) < SAME
      ? html`the error stays as it is`
      : html`the error ${change < 0 ? "falls" : "grows"} by another <b>${percent(Math.abs(change))}</b>`;
  return html`Clipped as well, with the largest weight of ${percent(cut)} of the groups cut off because the rest gain by
    it,
    ${verdict}.`;
}

/**
 * @param {AwareErrors} data
 * @param {number[]} y
 * @param {number} plain
 * @param {string} named
 * @param {string} label
 */
function curve(data, y, plain, named, label) {
  const best = minIndex(y);
  const percents = y.map((each) => 100 * each);
  return plot({
    label,
    height: 280,
    traces: [
      { x: data.alphas, y: percents, name: "error", color: "prob", mode: "lines+markers", size: 4 },
      {
        x: [data.alphas[best]],
        y: [percents[best]],
        name: `best, α = ${decimal(data.alphas[best])}`,
        color: "ink",
        mode: "markers",
        size: 11,
        hollow: true,
      },
    ],
    x: { title: "exponent α" },
    y: { title: "% of the outputs’ squares, log", type: "log", dtick: "D2" },
    marks: [{ y: 100 * plain, label: named, side: "right" }],
  });
}
