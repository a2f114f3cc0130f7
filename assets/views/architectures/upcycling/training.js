// @ts-check
/**
 * A dense model becomes a mixture: the loss at the change, three trainings on the same windows, and the experts' loads.
 *
 * @import { UpcyclingArm, UpcyclingTraining } from "../../../types"
 * @import { Row, View } from "../../../kit/view"
 */
import { decimal, percent, whole } from "../../../kit/format.js";
import { plot } from "../../../kit/plot.js";
import { table } from "../../../kit/table.js";
import { stepTime } from "../../../kit/timing.js";
import { html, nothing } from "../../../vendor/lit.js";
import { loads } from "./loads.js";
import { settings } from "./settings.js";

const HEIGHT = 300;
/** Nats that tell two losses apart on an axis. */
const ALIKE = 0.01;
const WIDE = 760;
/** Nats that are shown as a difference. */
const LEAST = 0.0005;

/** @type {Record<string, { name: string, color: string, dash?: string }>} */
const ARMS = {
  dense: { name: "dense, trained on", color: "ink2", dash: "4px,3px" },
  upcycled: { name: "upcycled", color: "prob" },
  fresh: { name: "mixture from random weights", color: "neg", dash: "1px,3px" },
};

/** @type {View<UpcyclingTraining>} */
export function training(data, ctx) {
  const wide = ctx.width >= WIDE;
  return html`
    <div class="upcycling trained">
      ${settings(data, ctx)}
      <p class="readout said">${atTheChange(data)}</p>
      <div class="two-sides">
        <div class="side">
          <h3 class="sub3">Loss on the passages held out</h3>
          ${curves(data.arms, data.steps)}
        </div>
        <div class="side">
          <h3 class="sub3">The same, the dense model and the upcycled one alone</h3>
          ${curves(
            data.arms.filter(({ name }) => name !== "fresh"),
            data.steps,
          )}
        </div>
      </div>
      ${numbers(data)}
      <p class="hint">${verdict(data)}</p>
      <div class="two-sides">
        ${data.arms.map((arm) =>
          arm.load
            ? html`<div class="side">
                <h3 class="sub3">Load of the experts: ${ARMS[arm.name].name}</h3>
                ${loads(arm.load, wide ? Math.floor((ctx.width - 36) / 2) : ctx.width)}
              </div>`
            : nothing,
        )}
      </div>
    </div>`;
}

/**
 * Every step's batch, and each time that the passages held out were asked.
 * @param {UpcyclingTraining} data
 * @returns {Row[]}
 */
export function rows({ arms }) {
  return arms.flatMap(({ name, losses, measured, held, apart }) => [
    ...measured.map((step, at) => ({
      training: name,
      what: "held out",
      steps_done: step,
      loss: held[at],
      experts_apart: apart[at],
    })),
    ...losses.map((loss, step) => ({ training: name, what: "batch", steps_done: step, loss, experts_apart: null })),
  ]);
}

/** @param {UpcyclingTraining} data */
function atTheChange({ before, at, raw, experts, k }) {
  return html`
    Held-out loss of the dense model <b>${decimal(before, 3)}</b>; of the mixture at the change, ${experts} copies and
    a new router, <b>${decimal(at, 3)}</b>. Were the ${k === 1 ? "one weight" : `${k} weights`} not brought back to a
    sum of 1, it would be <b>${decimal(raw, 3)}</b>: each block would write too little.`;
}

/**
 * Over all steps that there will be; losses that are the same to a hundredth lie in the middle.
 * @param {UpcyclingArm[]} arms
 * @param {number} steps
 */
function curves(arms, steps) {
  const losses = arms.flatMap(({ held }) => held);
  const [low, high] = [Math.min(...losses), Math.max(...losses)];
  const range = high - low < ALIKE ? { range: [low - ALIKE, high + ALIKE] } : {};
  return plot({
    label: `Held-out loss over the steps: ${arms.map(({ name }) => ARMS[name].name).join(", ")}; arrow keys walk`,
    height: HEIGHT,
    traces: arms.map(({ name, measured, held }) => ({
      x: measured,
      y: held,
      mode: "lines+markers",
      size: 6,
      hover: `%{y:.3f} after %{x} steps<extra>${ARMS[name].name}</extra>`,
      ...ARMS[name],
    })),
    x: { title: "steps", range: [-steps / 40, steps * (1 + 1 / 40)] },
    y: { title: "nats a token", ...range },
    margin: { r: 14, t: 34 },
  });
}

/** @param {UpcyclingTraining} data */
function numbers({ arms }) {
  return table({
    label: "The three trainings in numbers",
    rows: arms,
    columns: [
      { name: "Model", cell: ({ name }) => ARMS[name].name },
      { name: "Parameters", cell: ({ parameters }) => whole(parameters), number: true },
      { name: "Active", title: "what one token passes through", cell: ({ active }) => whole(active), number: true },
      { name: "Loss at first", cell: ({ held }) => decimal(held[0], 3), number: true },
      { name: "Loss now", cell: ({ held }) => decimal(held[held.length - 1], 3), number: true },
      {
        name: "Experts apart",
        title: "mean distance of an expert from the mean of its block’s experts, as a share of that mean’s length",
        cell: ({ apart }) => (apart.length ? percent(apart[apart.length - 1]) : ""),
        number: true,
      },
      { name: "Peak rate", cell: ({ peak }) => String(peak), number: true },
      stepTime(({ step }) => step),
    ],
  });
}

/** @param {UpcyclingTraining} data */
function verdict({ arms, steps, tokens_per_step, held_tokens, texts, seed }) {
  const [dense, upcycled] = arms;
  const trained = upcycled.measured[upcycled.measured.length - 1];
  const read =
    `${whole(trained * tokens_per_step)} tokens of ` +
    `${texts === "texts" ? "the texts that the dense model was trained on" : "passages, read again and again"}`;
  if (trained < steps) return `After ${trained} of ${steps} steps, ${read}.`;
  const gap = upcycled.held[upcycled.held.length - 1] - dense.held[dense.held.length - 1];
  const apart =
    Math.abs(gap) < LEAST ? "level with" : `${decimal(Math.abs(gap), 3)} nats ${gap < 0 ? "below" : "above"}`;
  return `After ${read}, the upcycled mixture is ${apart} the dense model on
    ${whole(held_tokens)} tokens held out, with more work for each token. This is one training of each, seed ${seed},
    and short: the dense model before it had read 10 million tokens. Other seeds say how much is luck.`;
}
