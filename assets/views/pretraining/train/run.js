// @ts-check
/**
 * A run as it trains: losses, gradient and rate over the steps, how fast it is, what it writes, where it may be forked.
 *
 * @import { TrainedRun } from "../../../types/pretraining"
 * @import { Check, Row, View, ViewContext } from "../../../kit/view"
 */
import { plot } from "../../../kit/chart/plot.js";
import { openCheckpoints } from "../../../kit/checkpoint.js";
import { logAxis } from "../../../kit/drawing/log_axis.js";
import { counted, decimal, percent, scientific, whole } from "../../../kit/numbers/format.js";
import { scaled } from "../../../kit/numbers/magnitude.js";
import { table } from "../../../kit/numbers/table.js";
import { worst } from "../../../kit/numbers/worst.js";
import { html, nothing } from "../../../vendor/lit.js";
import { changed, forking } from "./fork.js";
import { model, settings } from "./settings.js";

const HEIGHT = 300;
const SMALL = 190;
const ROUNDED = 1e-6;
const FAINT = { color: "river-deep", alpha: 0.45, width: 1, hoverinfo: "skip" };

/** @type {View<TrainedRun, any>} */
export function run(data, ctx) {
  return html`
    <div class="train">
      ${settings(ctx)}
      ${bar(data, ctx)}
      <p class="readout lead">${said(data)}</p>
      ${losses(data)}
      <div class="side-by-side">
        <div><h3 class="sub3">Gradient norm <small>before clipping</small></h3>
          ${line(data, data.grad_norms, "Gradient norm of each step", "neg")}</div>
        <div><h3 class="sub3">Learning rate</h3>
          ${line(data, data.rates, "Learning rate of each step", "prob")}</div>
      </div>
      ${speed(data)}
      ${samples(data)}
      ${forking(data, ctx)}
      ${openCheckpoints(ctx, data.checkpoints, { names: { run: "the run" } })}
      <p class="hint">${method(data)}</p>
    </div>`;
}

/** @param {TrainedRun} data @returns {Row[]} */
export const rows = (data) => [
  ...data.losses.map((loss, step) => ({
    what: "step",
    step: step + 1,
    loss,
    grad_norm: data.grad_norms[step],
    rate: data.rates[step],
  })),
  ...data.measured.map((step, at) => ({ what: "held out", step, loss: data.held[at] })),
];

/** @param {TrainedRun} data @returns {Check[]} */
export const checks = ({ work }) => [
  {
    statement: "The shares of a step’s operations add up to 1",
    error: worst([Math.abs(work.reduce((sum, { share }) => sum + share, 0) - 1)]),
    tolerance: ROUNDED,
    word: "error",
  },
];

/** @param {TrainedRun} data @param {ViewContext<any, any>} ctx */
function bar(data, ctx) {
  if (ctx.recorded || data.done || data.stopped) return nothing;
  const step = data.losses.length;
  return ctx.busy()
    ? html`<div class="settings-row"><button class="btn" type="button" @click=${() => ctx.halt()}>Pause</button>
        <span class="hint">Paused, the run keeps its state, and goes on from this step.</span></div>`
    : html`<div class="settings-row"><button class="btn primary" type="button"
        @click=${() => ctx.measure()}>Go on from step ${step}</button></div>`;
}

/** @param {TrainedRun} data */
function said(data) {
  const { losses: all, steps, of, stopped, went_on, held, measured } = data;
  const ends = held.length
    ? html` Held-out loss after ${counted(last(measured), "step")}: <b>${decimal(last(held), 3)}</b> nats a ${of.unit};
      guessing each ${of.unit} by its frequency costs ${decimal(data.by_frequency, 3)}.`
    : "";
  const from = went_on && went_on < all.length ? ` It went on from step ${went_on}.` : "";
  const trouble = stopped
    ? html` <b>It stopped at step ${stopped.step}: ${stopped.tensor} is not a number.</b> The weights after step
        ${stopped.step - 1} are kept.`
    : "";
  const full = data.unkept ? " Its state cannot be written: the disk is full, or may not be written to." : "";
  return html`${model(of)}. ${all.length} of ${counted(steps, "step")},
    ${whole(data.tokens)} ${of.unit}s read.${changed(data)}${ends}${from}${trouble}${full}`;
}

/** @param {TrainedRun} data */
function losses(data) {
  const { losses: all, measured, held, steps, parent, changes } = data;
  const fork = changes.length ? last(changes).step : 0;
  const past = parent.length
    ? [
        {
          x: parent.map((_, step) => step).slice(fork),
          y: parent.slice(fork),
          name: "without the last change",
          color: "ink3",
          dash: "dot",
          width: 1,
        },
      ]
    : [];
  return html`<h3 class="sub3">Loss <small>points: held-out text; faint: each batch</small></h3>
    ${plot({
      label: "Loss of each step, and of held-out text; arrow keys walk the steps when it was measured",
      height: HEIGHT,
      traces: [
        { x: all.map((_, step) => step), y: all, ...FAINT },
        ...past,
        {
          x: measured,
          y: held,
          mode: "lines+markers",
          size: 6,
          color: "ink",
          hover: "%{y:.3f} after %{x} steps<extra>held out</extra>",
        },
      ],
      x: { title: "steps", range: [-0.02 * steps, 1.02 * steps] },
      y: { title: `nats a ${data.of.unit}` },
      marks: [
        { y: data.ln_v, label: `ln ${data.of.d_vocab}`, side: "right", dash: "dot", color: "ink3" },
        { y: data.by_frequency, label: "guessing by frequency", side: "left", dash: "dot", color: "ink3" },
        ...changes.map(({ step }) => ({ x: step, label: "fork", color: "prob" })),
      ],
      margin: { r: 14, t: 30 },
    })}`;
}

/** @param {TrainedRun} data @param {number[]} values @param {string} label @param {string} color */
function line({ steps }, values, label, color) {
  return plot({
    label,
    height: SMALL,
    traces: [{ x: values.map((_, step) => step), y: values, color, width: 1.5, hover: "%{y:.3g}<extra></extra>" }],
    x: { title: "steps", range: [-0.02 * steps, 1.02 * steps] },
    y: values.some((each) => each > 0) ? logAxis(values.filter((each) => each > 0)) : {},
    margin: { r: 14, t: 10 },
  });
}

/** @param {TrainedRun} data */
function speed({ speed: now, of, work }) {
  if (!now) return nothing;
  return html`
    ${table({
      label: "How fast it is",
      columns: [
        {
          name: `${of.unit}s a second`,
          number: true,
          cell: (/** @type {typeof now} */ each) => whole(Math.round(each.tokens_per_second)),
        },
        {
          name: "MFU",
          number: true,
          title: "Model FLOPs utilization: these operations by the most that was measured on this machine",
          cell: ({ mfu }) => (mfu === null ? "…" : percent(mfu, 1)),
        },
        { name: "peak", number: true, cell: ({ peak }) => (peak === null ? "…" : scaled(peak, "FLOP/s")) },
        {
          name: `operations a ${of.unit}`,
          number: true,
          cell: ({ flops_of_a_token }) => scaled(flops_of_a_token, "FLOP"),
        },
      ],
      rows: [now],
    })}
    <p class="hint">Of a step’s operations:
      ${work.map(({ name, share }) => `${name} ${percent(share, 0)}`).join(", ")}.</p>`;
}

/** @param {TrainedRun} data */
function samples({ samples: written }) {
  if (!written.length) return nothing;
  return html`<h3 class="sub3">What it writes <small>after the grey beginning</small></h3>
    <ol class="samples" tabindex="0" aria-label="Samples, the last first">
      ${[...written].reverse().map(
        (each) => html`<li><b>step ${each.step}</b>
          <bdi class="mono"><span class="given">${each.given}</span>${each.written}</bdi></li>`,
      )}
    </ol>`;
}

/** @param {TrainedRun} data */
const method = ({ of, losses: all, rates }) =>
  `RMSNorm, RoPE, SwiGLU. Each step reads ${of.rows} windows of ${of.context} ${of.unit}s. Held out: ` +
  `${whole(of.held_tokens)} ${of.unit}s in ${counted(of.kinds, "kind")} of text, each kind with an equal say. ` +
  `${all.length ? `The rate of the last step is ${scientific(last(rates))}. ` : ""}MFU is counted as PaLM does, ` +
  "6 N + 12 L H Q T operations a token, embedding included; of a mixture N has the experts that a token visits. " +
  "Speed is that of the last 50 steps on this server, which others use as well. Samples: temperature 0.8, the " +
  "40 likeliest tokens. One seed is one run: another seed gives another curve.";

/** @template Value @param {readonly Value[]} values @returns {Value} */
const last = (values) => values[values.length - 1];
