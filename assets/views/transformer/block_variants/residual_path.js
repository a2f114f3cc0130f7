// @ts-check
/**
 * One decoder trained with the residual path and without it: loss, and the gradient that reaches each block.
 *
 * @import { BlockGradients, ResidualCompared, ResidualTraining } from "../../../types"
 * @import { Row, View, ViewContext } from "../../../kit/view"
 * @import { Look } from "./trained.js"
 * @typedef {"weights" | "stream" | "sizes"} Quantity
 */
import { segmented, slider } from "../../../kit/controls.js";
import { logAxis } from "../../../kit/log_axis.js";
import { plot } from "../../../kit/plot.js";
import { few } from "../../../kit/settings.js";
import { html } from "../../../vendor/lit.js";
import { curveRows, curves, HEIGHT, last, method, nats, source } from "./trained.js";

/** @type {Record<string, Look>} */
const LOOKS = {
  with: { name: "with", color: "ink" },
  without: { name: "without", color: "neg", dash: "dash", symbol: "square" },
};
/** @type {Record<Quantity, [short: string, title: string]>} */
const QUANTITIES = {
  weights: ["of all weights", "Gradient of all weights of a block"],
  stream: ["of the stream", "Gradient of the stream that enters a block"],
  sizes: ["The stream itself", "Size of the stream that enters a block, root mean square"],
};

/** @type {View<ResidualCompared, { at?: number }>} */
export function residual_path(data, ctx) {
  const { on, arms } = data;
  const quantity = quantityOf(ctx);
  const times = Math.min(...arms.map(({ gradients }) => gradients.length));
  const at = Math.min(ctx.kept.at ?? times - 1, times - 1);
  return html`
    <div class="trained">
      <div class="settings-row ruled">
        ${few(ctx, { name: "blocks", label: "Blocks", own: on.blocks, choices: [2, 4, 6, 8, 12] })}
        ${few(ctx, { name: "steps", label: "Steps", own: on.steps, choices: [60, 120, 240] })} ${source(on, ctx)}
      </div>
      <p class="readout said">${said(data)}</p>
      <div class="two-sides">
        <div class="side">
          <h3 class="sub3">Loss <small>points: held out; faint: each batch</small></h3>
          ${curves(
            on,
            arms.map(({ training }) => ({ training, look: LOOKS[training.name] })),
          )}
        </div>
        <div class="side">
          <h3 class="sub3">${QUANTITIES[quantity][1]} <small>dotted: before the first step</small></h3>
          ${byBlock(arms, quantity, at)}
          <div class="below">
            ${segmented({
              label: "What is drawn at each block",
              choices: Object.entries(QUANTITIES).map(([key, [short]]) => [key, short]),
              chosen: quantity,
              choose: (key) => ctx.control("of", key),
            })}
            ${slider({
              label: "After steps",
              value: at,
              least: 0,
              most: times - 1,
              format: (value) => String(arms[0].gradients[value]?.step ?? 0),
              move: (value) => ctx.keep({ at: value === times - 1 ? undefined : value }),
            })}
          </div>
        </div>
      </div>
      <p class="hint">${method(
        on,
        "Both begin with the same weights; gradients are of the held-out loss, Frobenius, before clipping. One " +
          "training of each: another seed begins from other weights.",
      )}</p>
    </div>`;
}

/**
 * @param {ResidualCompared} data
 * @returns {Row[]}
 */
export function rows({ arms }) {
  return arms.flatMap(({ training, gradients }) => [
    ...curveRows(training),
    ...gradients.flatMap(({ step, weights, stream, sizes }) =>
      Array.from(weights.a, (gradient, block) => ({
        training: training.name,
        what: "gradient",
        steps_done: step,
        block,
        gradient_of_weights: gradient,
        gradient_of_stream: stream.a[block],
        stream_size: sizes.a[block],
      })),
    ),
  ]);
}

/** @param {ViewContext<any>} ctx @returns {Quantity} */
function quantityOf(ctx) {
  const asked = String(ctx.controls.of);
  return asked in QUANTITIES ? /** @type {Quantity} */ (asked) : "weights";
}

/** @param {ResidualCompared} data */
function said({ on, arms }) {
  const [kept, cut] = arms;
  const steps = last(cut.training.measured);
  const top = on.blocks - 1;
  const span = (/** @type {BlockGradients} */ { weights }) => html`<b>${power(weights.a[top])}</b> at block ${top},
    <b>${power(weights.a[0])}</b> at block 0`;
  const ends = html`Held-out loss after ${steps} of ${on.steps} steps: <b>${nats(last(kept.training.held))}</b> with
    the residual path, <b>${nats(last(cut.training.held))}</b> without; guessing by how often each byte occurs costs
    ${nats(on.by_frequency)}.`;
  return html`${ends} Gradient of a block’s weights then, with it: ${span(last(kept.gradients))}; without:
    ${span(last(cut.gradients))}.`;
}

/** A length that may be very small. @param {number} value */
function power(value) {
  if (value >= 0.001 || value === 0) return value.toPrecision(2);
  const [digits, exponent] = value.toExponential(1).split("e-");
  return html`${digits} · 10<sup>−${exponent}</sup>`;
}

/** @param {ResidualTraining[]} arms @param {Quantity} quantity @param {number} at */
function byBlock(arms, quantity, at) {
  const traces = arms.flatMap(({ training, gradients }) => {
    const { dash: _, ...look } = LOOKS[training.name];
    const line = (/** @type {BlockGradients} */ found) => ({
      x: Array.from(found[quantity].a, (_, block) => block),
      y: Array.from(found[quantity].a),
      hover: `block %{x}: %{y:.2e} after ${found.step} steps<extra>${look.name}</extra>`,
    });
    const now = { ...line(gradients[at]), mode: "lines+markers", ...LOOKS[training.name], size: 7 };
    return at ? [{ ...line(gradients[0]), color: look.color, dash: "dot", width: 1.5 }, now] : [now];
  });
  return plot({
    label: "Each block, with and without the residual path; arrow keys walk the blocks",
    height: HEIGHT,
    traces,
    x: { title: "block", dtick: arms[0].gradients[0].weights.a.length > 8 ? 2 : 1, zeroline: false },
    y: { ...tens(traces.flatMap(({ y }) => y)) },
    margin: { r: 14, t: 34 },
  });
}

/** A logarithmic axis whose ticks are powers of ten. @param {number[]} values */
function tens(values) {
  const axis = logAxis(values);
  const [low, high] = axis.range;
  const every = Math.ceil((high - low) / 7);
  const powers = Array.from({ length: Math.floor(high) - Math.ceil(low) + 1 }, (_, at) => Math.ceil(low) + at);
  if (powers.length < 2) return axis;
  const kept = powers.filter((value) => value % every === 0);
  return {
    ...axis,
    tickvals: kept.map((value) => 10 ** value),
    ticktext: kept.map((value) => `10<sup>${value}</sup>`),
  };
}
