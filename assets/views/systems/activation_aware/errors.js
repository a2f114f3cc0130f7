// @ts-check
/**
 * The outputs' error by exponent: AWQ's weights, SmoothQuant's weights and activations.
 *
 * @import { AwareErrors } from "../../../types/systems"
 * @import { Row, View, ViewContext } from "../../../kit/view"
 */

import { plot } from "../../../kit/chart/plot.js";
import { control } from "../../../kit/controls/declared.js";
import { counted, decimal, percent } from "../../../kit/numbers/format.js";
import { minIndex } from "../../../vendor/d3.js";
import { html, nothing } from "../../../vendor/lit.js";
import { namedFormats } from "../gptq/names.js";
import { namedSeams } from "./scales.js";

/** A change that the text does not show. */
const SAME = 0.001;

/** @type {View<AwareErrors>} */
export function errors(data, ctx) {
  return html`
    <div class="bar">
      <p class="readout lead">${found(data)}</p>
      <div class="go">
        ${control(ctx, "seam", { choices: namedSeams(data.roles), own: data.role })}
        ${control(ctx, "format", { as: "select", choices: namedFormats(data.formats), own: data.format })}
      </div>
    </div>
    ${ctx.there ? compared(data, ctx.there, ctx) : nothing}
    <div class="halves">
      <div>
        <h3 class="sub3">AWQ <small>weights alone, ${title(data)}</small></h3>
        ${curve(data, data.awq, {
          plain: data.nearest,
          named: "rounded to nearest",
          label: "AWQ’s error by exponent",
          other: ctx.there?.awq,
          ctx,
        })}
        <p class="hint">${clipped(data)}</p>
        <p class="hint">The text has ${counted(data.tokens, "token")}. Weights of a group share a step: a channel with a
          large scale widens the step of its whole group, so large exponents harm the other channels.</p>
      </div>
      <div>
        <h3 class="sub3">SmoothQuant <small>weights and activations in 8-bit integers</small></h3>
        ${curve(data, data.smooth, {
          plain: data.eight,
          named: "without smoothing",
          label: "SmoothQuant’s error by exponent",
          other: ctx.there?.smooth,
          ctx,
        })}
        <p class="hint">The text has ${counted(data.tokens_eight, "token")}. Each token and each row of weights has
        its own scale. At α = 0 the weights become even and the activations take all outliers. At α = 1 the
        activations become even and the weights take them.</p>
      </div>
    </div>`;
}

/** @param {AwareErrors} data @param {ViewContext<object, AwareErrors>} ctx @returns {Row[]} */
export const rows = ({ alphas, awq, smooth }, { there, beside }) =>
  alphas.map((alpha, at) => ({
    alpha,
    awq: awq[at],
    smooth_quant: smooth[at],
    ...(there ? { [`awq_${beside.column}`]: there.awq[at], [`smooth_quant_${beside.column}`]: there.smooth[at] } : {}),
  }));

/** @param {AwareErrors} data @param {AwareErrors} base @param {ViewContext} ctx */
function compared({ alphas, awq, nearest }, base, { beside, other }) {
  const [there, here] = [minIndex(base.awq), minIndex(awq)];
  const smooth = minIndex(base.smooth);
  return html`<p class="readout basenote">${beside.start}, ${other?.model?.title}, AWQ’s error is smallest at α =
    <b data-alpha=${alphas[there]}>${decimal(alphas[there])}</b>: <b>${percent(base.awq[there] / base.nearest)}</b> of
    the error of rounding to nearest. Here it is smallest at ${decimal(alphas[here])}: ${percent(awq[here] / nearest)}.
    SmoothQuant’s error there is smallest at <b>${decimal(alphas[smooth])}</b>:
    ${percent(base.smooth[smooth] / base.eight)} of the error without smoothing.</p>`;
}

/** @param {AwareErrors} data */
const title = ({ formats, format }) => formats.find(({ name }) => name === format)?.title ?? format;

/** @param {AwareErrors} data */
function found(data) {
  const [a, s] = [minIndex(data.awq), minIndex(data.smooth)];
  const awq =
    a === 0
      ? html`No exponent helps AWQ here: rounding to nearest has the smallest error`
      : html`AWQ’s error is smallest at α = <b>${decimal(data.alphas[a])}</b>:
        <b>${percent(data.awq[a] / data.nearest)}</b> of the error of rounding to nearest`;
  const ratio = data.smooth[s] / data.eight;
  const smooth =
    ratio < 1
      ? html`SmoothQuant’s error is smallest at <b>${decimal(data.alphas[s])}</b>: <b>${percent(ratio)}</b> of the error
        without smoothing`
      : html`SmoothQuant helps at no exponent: its smallest error, at ${decimal(data.alphas[s])}, is ${decimal(ratio)}
          times the error without smoothing`;
  return html`${awq}. ${smooth}.`;
}

/** What clipping adds to the best exponent. @param {AwareErrors} data */
function clipped({ awq, clipped, cut }) {
  const change = clipped / Math.min(...awq) - 1;
  const verdict =
    Math.abs(change) < SAME
      ? html`the error stays the same`
      : html`the error ${change < 0 ? "falls" : "grows"} by another <b>${percent(Math.abs(change))}</b>`;
  return html`Clipping cuts the largest weight of a group where the other weights gain by it: in ${percent(cut)} of the
    groups. With clipping ${verdict}.`;
}

/**
 * @param {AwareErrors} data
 * @param {number[]} y
 * @param {{ plain: number, named: string, label: string, other: number[] | undefined, ctx: ViewContext }} of
 */
function curve(data, y, { plain, named, label, other, ctx }) {
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
      ...(other
        ? [{ x: data.alphas, y: other.map((each) => 100 * each), name: ctx.beside.name, color: "ink", dash: "dot" }]
        : []),
    ],
    x: { title: "exponent α" },
    y: { title: "% of the outputs’ squares, log scale", type: "log", dtick: "D2" },
    marks: [{ y: 100 * plain, label: named, side: "right" }],
  });
}
