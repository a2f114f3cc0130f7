// @ts-check
/**
 * What both views share: curves of held-out loss, and what the trainings read.
 *
 * @import { BlockTraining, TrainedOn } from "../../../types/transformer"
 * @import { Row } from "../../../kit/view"
 * @typedef {{ name: string, color: string, dash?: string, symbol?: string }} Look
 */

import { plot } from "../../../kit/chart/plot.js";
import { decimal, whole } from "../../../kit/numbers/format.js";

export const HEIGHT = 320;

/**
 * Held-out loss over the steps; behind it, faint, every batch.
 * @param {TrainedOn} on
 * @param {{ training: BlockTraining, look: Look }[]} shown
 * @param {boolean} [batches]
 */
export function curves(on, shown, batches = true) {
  const named = new Set();
  const held = shown.map(({ training: { measured, held }, look }) => {
    const first = !named.has(look.name);
    named.add(look.name);
    const hover = `%{y:.3f} after %{x} steps<extra>${look.name}</extra>`;
    return { x: measured, y: held, mode: "lines+markers", size: 6, hover, ...look, legend: first };
  });
  const faint = shown.map(({ training: { losses }, look: { color } }) => ({
    x: losses.map((_, step) => step),
    y: losses,
    color,
    alpha: 0.28,
    width: 1,
    hoverinfo: "skip",
    zorder: -1,
  }));
  return plot({
    label: "Held-out loss over the steps; arrow keys walk the times when it was measured",
    height: HEIGHT,
    traces: batches ? [...faint, ...held] : held,
    x: { title: "steps", range: [-0.02 * on.steps, 1.02 * on.steps] },
    y: { title: "nats a byte" },
    marks: [{ y: on.by_frequency, label: "guessing by frequency", side: "left", dash: "dot", color: "ink3" }],
    margin: { r: 14, t: 34 },
  });
}

/**
 * @param {BlockTraining} training
 * @param {Row} own
 * @returns {Row[]}
 */
export const curveRows = ({ name, measured, held, losses }, own = {}) => [
  ...measured.map((step, at) => ({ ...own, training: name, what: "held out", steps_done: step, loss: held[at] })),
  ...losses.map((loss, step) => ({ ...own, training: name, what: "batch", steps_done: step, loss })),
];

/** @param {TrainedOn} on @param {string} more */
export const method = ({ steps, tokens_per_step, held_tokens, texts, d_model, peak, blocks }, more) =>
  `Decoders of ${blocks} blocks: d_model ${d_model}, 4 heads, RMSNorm before each sublayer, RoPE. They read bytes ` +
  `instead of tokens, so a few seconds of training show something. AdamW, ${steps} steps of ` +
  `${whole(tokens_per_step)} bytes of ${texts === "texts" ? "the six texts" : "the passages, read repeatedly"}, peak ` +
  `learning rate ${peak}. Held out: ${whole(held_tokens)} bytes of passages that no decoder is trained on. ${more}`;

/**
 * @template Value
 * @param {readonly Value[]} values
 * @returns {Value}
 */
export const last = (values) => values[values.length - 1];

/** @param {number} value */
export const nats = (value) => decimal(value, 3);
