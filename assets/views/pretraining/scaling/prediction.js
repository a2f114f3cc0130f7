// @ts-check
/**
 * A loss that was predicted with an interval, the loss that was measured, and how far beyond the runs that is.
 *
 * @import { ScalingPrediction } from "../../../types/pretraining"
 * @import { Row, View } from "../../../kit/view"
 */
import { legend } from "../../../kit/drawing/legend.js";
import { area, bar, dot, line, rule } from "../../../kit/drawing/marks.js";
import { items, picture } from "../../../kit/drawing/picture.js";
import { tensWithin } from "../../../kit/drawing/round_ticks.js";
import { decimal, percent, power, signed } from "../../../kit/numbers/format.js";
import { parameters } from "../../../kit/numbers/magnitude.js";
import { max, min, scaleLog } from "../../../vendor/d3.js";
import { html, nothing } from "../../../vendor/lit.js";
import { curve } from "./runs.js";

const HEIGHT = { far: 320, near: 120 };

/** @type {View<ScalingPrediction>} */
export function prediction(data, ctx) {
  return html`
    <p class="readout lead">${said(data)}</p>
    ${far(data, ctx.width)}
    ${legend([
      [{ color: "river-deep", shape: "line" }, "the law’s least loss at each budget, and its band"],
      [{ color: "ink3", shape: "dot" }, "runs that the law was fitted to"],
      [{ color: "neg", shape: "box" }, "predicted interval"],
      data.found !== null && [{ color: "prob", shape: "dot" }, "measured"],
    ])}
    <h3 class="sub3">The interval</h3>
    ${near(data, ctx.width)}
    <p class="hint">Each thin line is the law of one resample, with one of the fit’s residuals added: laws of other runs
      would differ, and a run lies off its law. ${percent(data.share, 0)} of the lines lie within the interval. The
      prediction was committed before the training began.</p>
    ${data.trained.map(
      (run) => html`
        <h3 class="sub3">How it trained</h3>
        ${curve(run, "prob", ctx.width)}`,
    )}`;
}

export const follows = true;

/** @param {ScalingPrediction} data @returns {Row[]} */
export const rows = ({ points, run, parameters: count, tokens, loss, low, high, found }) => [
  { name: run, part: "predicted", parameters: count, tokens, loss: found, law: loss, low, high },
  ...points.map(({ name, parameters: sized, tokens: read, loss: measured, law }) => ({
    ...{ name, part: "fitted", parameters: sized, tokens: read, loss: measured, law },
  })),
];

/** @param {ScalingPrediction} data */
function said({ parameters: count, tokens, times, loss, low, high, share, found, noise, runs }) {
  const about = html`From ${runs} runs: ${parameters(count)} parameters on ${parameters(tokens)} tokens, with
    ${decimal(times, 1)} times the compute of the largest group, will reach <b>${decimal(loss, 3)}</b> nats, and
    ${percent(share, 0)} of the time between ${decimal(low, 3)} and ${decimal(high, 3)}.`;
  if (found === null) return html`${about} It is not trained yet.`;
  const inside = low <= found && found <= high;
  return html`${about} It reached <b>${decimal(found, 3)}</b>, ${signed(found - loss, 3)} from the prediction:
    <b data-inside=${String(inside)}>${inside ? "the prediction holds" : "the prediction fails"}</b>.
    ${noise ? html`One seed; over seeds a smaller model has a standard deviation of ${decimal(noise, 3)}.` : nothing}`;
}

/** @param {ScalingPrediction} data @param {number} width */
function far(data, width) {
  const { points, compute, loss, low, high, found } = data;
  const at = Array.from(data.spent.a, (power) => 10 ** power);
  const [first, last] = [at[0], at[at.length - 1]];
  const all = [...points.map((each) => each.loss), low, high, ...data.best_low.a, ...(found === null ? [] : [found])];
  return picture({
    label: "Loss by compute: the runs, the law’s least loss with its band, the prediction and what was measured",
    width,
    height: HEIGHT.far,
    margin: { left: 46, right: 20, top: 16, bottom: 46 },
    x: scaleLog().domain([first, last]),
    y: [Number(min(all)) - 0.05, Number(max(all)) + 0.05],
    left: { title: "held-out loss, nats a token" },
    bottom: { title: "compute, FLOP", values: tensWithin(first, last), format: power },
    marks: [
      area({
        ...{ data: data.best_low.a, x: (_, each) => at[each], y: (from, each) => [from, data.best_high.a[each]] },
        ...{ color: "river-deep", className: "band" },
      }),
      line({ data: data.best.a, x: (_, each) => at[each], y: Number, color: "river-deep" }),
      items({
        data: points,
        told: (each) => ({
          title: `${parameters(each.parameters)}, ${parameters(each.tokens)} tokens`,
          lines: [
            ["measured", `${decimal(each.loss, 3)} nats`],
            ["the law", `${decimal(each.law, 3)} nats`],
          ],
        }),
        key: ({ name }) => name,
        marks: (each) => dot({ x: each.compute, y: each.loss, r: 3.5, color: "ink3" }),
      }),
      rule({ x: compute, y: [low, high], color: "neg", stroke: 6 }),
      dot({ x: compute, y: loss, r: 4, color: "neg", hollow: true }),
      found !== null && dot({ x: compute, y: found, r: 5, color: "prob" }),
    ],
  });
}

/** @param {ScalingPrediction} data @param {number} width */
function near({ said: each, loss, low, high, found }, width) {
  const all = [...each.a, ...(found === null ? [] : [found])];
  return picture({
    label: [
      `Predicted ${decimal(low, 3)} to ${decimal(high, 3)}`,
      ...(found === null ? [] : [`measured ${decimal(found, 3)}`]),
    ].join(", "),
    width,
    height: HEIGHT.near,
    margin: { left: 16, right: 16, top: 26, bottom: 46 },
    x: [Number(min(all)) - 0.02, Number(max(all)) + 0.02],
    y: [0, 1],
    bottom: { title: "held-out loss, nats a token" },
    marks: [
      bar({ x: [low, high], y: [0.1, 0.9], color: "neg", className: "band" }),
      rule({ data: each.a, x: Number, y: [0.25, 0.75], color: "ink3", className: "thin" }),
      rule({ x: loss, color: "neg", label: ["predicted"] }),
      found !== null && rule({ x: found, y: [0, 1], color: "prob", stroke: 3 }),
    ],
  });
}
