// @ts-check
/**
 * A dense model becomes a mixture: the loss at the change, three trainings on the same windows, and the experts' loads.
 *
 * @import { UpcyclingArm, UpcyclingTraining } from "../../../types/architectures"
 * @import { Row, View } from "../../../kit/view"
 */

import { plot } from "../../../kit/chart/plot.js";
import { openCheckpoints } from "../../../kit/checkpoint.js";
import { control } from "../../../kit/controls/declared.js";
import { counted, decimal, percent, whole } from "../../../kit/numbers/format.js";
import { table } from "../../../kit/numbers/table.js";
import { stepTime } from "../../../kit/numbers/timing.js";
import { html, nothing } from "../../../vendor/lit.js";
import { loads } from "./loads.js";

const HEIGHT = 300;
/** Nats that tell two losses apart on an axis. */
const ALIKE = 0.01;
const WIDE = 760;
/** Nats that are shown as a difference. */
const LEAST = 0.0005;

/** @type {Record<string, { name: string, color: string, dash?: string }>} */
const ARMS = {
  dense: { name: "dense, trained further", color: "ink2", dash: "4px,3px" },
  upcycled: { name: "upcycled", color: "prob" },
  fresh: { name: "mixture from random weights", color: "neg", dash: "1px,3px" },
};

/** @type {View<UpcyclingTraining>} */
export function training(data, ctx) {
  const wide = ctx.width >= WIDE;
  return html`
    <div class="upcycling trained">
      <div class="settings-row ruled">
        ${control(ctx, "experts")} ${control(ctx, "k")} ${control(ctx, "steps")} ${control(ctx, "rate")}
        ${control(ctx, "texts")} ${control(ctx, "seed")}
      </div>
      <p class="readout said">${atTheChange(data)}</p>
      <p class="readout said">${verdict(data)}</p>
      <div class="two-sides">
        <div class="side">
          <h3 class="sub3">Held-out loss</h3>
          ${curves(data.arms, data.steps)}
        </div>
        <div class="side">
          <h3 class="sub3">The same, without the mixture from random weights</h3>
          ${curves(
            data.arms.filter(({ name }) => name !== "fresh"),
            data.steps,
          )}
        </div>
      </div>
      ${numbers(data)}
      ${openCheckpoints(ctx, data.checkpoints, {
        names: Object.fromEntries(Object.entries(ARMS).map(([arm, { name }]) => [arm, name])),
      })}
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
    The dense model’s held-out loss is <b>${decimal(before, 3)}</b> nats. At the change, with ${experts} copies and a
    new router, the mixture’s is <b>${decimal(at, 3)}</b>. If the ${k === 1 ? "weight" : `${k} weights`} did not sum to
    1, it would be <b>${decimal(raw, 3)}</b>, because each block would write too little.`;
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
      { name: "Active", title: "parameters that one token uses", cell: ({ active }) => whole(active), number: true },
      { name: "Loss at first", cell: ({ held }) => decimal(held[0], 3), number: true },
      { name: "Loss now", cell: ({ held }) => decimal(held[held.length - 1], 3), number: true },
      {
        name: "Distance of experts",
        title: "mean distance of an expert from the mean of its block’s experts, as a share of that mean’s length",
        cell: ({ apart }) => (apart.length ? percent(apart[apart.length - 1]) : ""),
        number: true,
      },
      { name: "Peak rate", cell: ({ peak }) => String(peak), number: true },
      stepTime(({ step }) => step),
    ],
  });
}

/**
 * Why a loss rises, where it does: the dense model, which is unchanged, shows whether it is the training's doing.
 * @param {UpcyclingTraining} data
 */
function rise({ arms, fitted, fitted_steps, text_tokens }) {
  const [dense, upcycled] = arms.map(({ held }) => held[held.length - 1] - held[0]);
  if (Math.max(dense, upcycled) < LEAST) return "";
  if (dense < LEAST) return "The upcycled mixture’s held-out loss has risen. ";
  const both = upcycled >= LEAST;
  const rises = both
    ? "Both held-out losses rise. Upcycling is not the cause, because the dense model’s loss rises too. "
    : "The dense model’s held-out loss rises. ";
  if (fitted === null || fitted > -LEAST) return rises;
  return (
    `${rises}On the last ${counted(fitted_steps, "batch", "batches")} of training text the dense model’s loss is ` +
    `${decimal(-fitted, 3)} nats lower than before: it overfits the ${whole(text_tokens)} tokens that ` +
    "all three read. "
  );
}

/** @param {UpcyclingTraining} data */
function verdict(data) {
  const { arms, steps, tokens_per_step, held_tokens, texts, seed } = data;
  const [dense, upcycled] = arms;
  const trained = upcycled.measured[upcycled.measured.length - 1];
  const read =
    `${whole(trained * tokens_per_step)} tokens of ` +
    `${texts === "texts" ? "the texts that the dense model was trained on" : "passages, read repeatedly"}`;
  const rises = rise(data);
  if (trained < steps) return `${trained} of ${steps} steps are done: ${read}. ${rises}`;
  const gap = upcycled.held[upcycled.held.length - 1] - dense.held[dense.held.length - 1];
  const apart =
    Math.abs(gap) < LEAST ? "the same" : `${decimal(Math.abs(gap), 3)} nats ${gap < 0 ? "lower" : "higher"}`;
  return (
    `After ${read}, the upcycled mixture’s loss is ${apart} compared with the dense model’s, on ` +
    `${whole(held_tokens)} held-out tokens and with more work for each token. ${rises} Each is trained once, with ` +
    `seed ${seed}, which does not show how much of the difference is luck. The dense model had read 10 million ` +
    "tokens before."
  );
}
