// @ts-check
/**
 * One decoder trained with the residual path and without it: loss, and the gradient that reaches each block.
 *
 * @import { BlockGradients, ResidualCompared, ResidualTraining } from "../../../types/transformer"
 * @import { Row, View } from "../../../kit/view"
 * @import { Look } from "./trained.js"
 * @typedef {"weights" | "stream" | "sizes"} Quantity
 */

import { plot } from "../../../kit/chart/plot.js";
import { openCheckpoints } from "../../../kit/checkpoint.js";
import { slider } from "../../../kit/controls/controls.js";
import { control } from "../../../kit/controls/declared.js";
import { logAxis } from "../../../kit/drawing/log_axis.js";
import { html, nothing } from "../../../vendor/lit.js";
import { curveRows, curves, HEIGHT, last, method, nats } from "./trained.js";

/** @type {Record<string, Look>} */
const LOOKS = {
  with: { name: "with", color: "ink" },
  without: { name: "without", color: "neg", dash: "dash", symbol: "square" },
};
/** @type {Record<Quantity, string>} */
const TITLES = {
  weights: "Gradient of all weights of a block",
  stream: "Gradient of the stream that enters a block",
  sizes: "Size of the stream that enters a block, root mean square",
};

/** @type {View<ResidualCompared, { at?: number }>} */
export function residual_path(data, ctx) {
  const { on, arms } = data;
  const quantity = /** @type {Quantity} */ (ctx.controls.of);
  const times = Math.min(...arms.map(({ gradients }) => gradients.length));
  const at = Math.min(ctx.kept.at ?? times - 1, times - 1);
  return html`
    <div class="trained">
      <div class="settings-row ruled">
        ${control(ctx, "blocks")} ${control(ctx, "steps")} ${control(ctx, "texts")} ${control(ctx, "seed")}
      </div>
      <p class="readout said">${said(data)}</p>
      <div class="two-sides">
        <div class="side">
          <h3 class="sub3">Loss <small>points: held-out text; faint: each batch</small></h3>
          ${curves(
            on,
            arms.map(({ training }) => ({ training, look: LOOKS[training.name] })),
          )}
        </div>
        <div class="side">
          <h3 class="sub3">${TITLES[quantity]} <small>dotted: before the first step</small></h3>
          ${byBlock(arms, quantity, at)}
          ${missing(arms, quantity, at)}
          <div class="below">
            ${control(ctx, "of")}
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
      ${openCheckpoints(ctx, data.checkpoints, {
        names: { with: "with", without: "without" },
        step: arms[0].gradients[at]?.step,
      })}
      <p class="hint">${method(
        on,
        "Both start from the same weights. Gradients are those of the held-out loss, before clipping; their length " +
          "is the Frobenius norm. Each kind is trained once: another seed starts from other weights.",
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

/** @param {ResidualCompared} data */
function said({ on, arms }) {
  const [kept, cut] = arms;
  const steps = last(cut.training.measured);
  const top = on.blocks - 1;
  const span = (/** @type {BlockGradients} */ { weights }) => html`<b>${power(weights.a[top])}</b> at block ${top},
    <b>${power(weights.a[0])}</b> at block 0`;
  const ends = html`Held-out loss after ${steps} of ${on.steps} steps: <b>${nats(last(kept.training.held))}</b> nats
    with the residual path, <b>${nats(last(cut.training.held))}</b> without it. Guessing each byte by its frequency
    costs ${nats(on.by_frequency)}.`;
  const none = cut.training.stuck ? " Without it the decoder has learned no more than these frequencies." : "";
  return html`${ends}${none} Length of the gradient of a block’s weights at that step: with the path
    ${span(last(kept.gradients))}; without it ${span(last(cut.gradients))}.`;
}

/** A length that may be very small. @param {number} value */
function power(value) {
  if (value === 0) return "0 (too small for float32)";
  if (value >= 0.001) return value.toPrecision(2);
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

/**
 * A logarithmic axis has no place for nought: what is not drawn is said.
 * @param {ResidualTraining[]} arms @param {Quantity} quantity @param {number} at
 */
function missing(arms, quantity, at) {
  const said = arms.flatMap(({ training, gradients }) => {
    const blocks = Array.from(gradients[at][quantity].a, (value, block) => (value > 0 ? -1 : block));
    const lost = blocks.filter((block) => block >= 0);
    if (!lost.length) return [];
    const all = lost.length === blocks.length;
    const which = all ? "every block" : lost.length === 1 ? `block ${lost[0]}` : `blocks ${ranges(lost)}`;
    return [`“${LOOKS[training.name].name}” is 0 at ${which}${all ? ", so its line is not drawn" : ""}`];
  });
  return said.length
    ? html`<p class="hint" role="note">A log scale has no place for 0: ${said.join("; ")}. The numbers are smaller than
      float32 can hold.</p>`
    : nothing;
}

/** Whole numbers in order: 0 to 4, 6. @param {number[]} numbers */
export function ranges(numbers) {
  /** @type {[number, number][]} */
  const found = [];
  for (const each of numbers) {
    const open = found[found.length - 1];
    if (open && open[1] === each - 1) open[1] = each;
    else found.push([each, each]);
  }
  return found.map(([first, end]) => (first === end ? `${first}` : `${first} to ${end}`)).join(", ");
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
