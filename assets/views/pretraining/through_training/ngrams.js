// @ts-check
/**
 * How far each checkpoint is from counting tokens, pairs and triples.
 *
 * @import { GramsThrough } from "../../../types/pretraining"
 * @import { Row, View } from "../../../kit/view"
 */
import { plot } from "../../../kit/chart/plot.js";
import { decimal, whole } from "../../../kit/numbers/format.js";
import { html } from "../../../vendor/lit.js";
import { GRAM_COLOURS, GRAMS } from "./next_token.js";
import { choice, chosen, here, place, pressed, stepAxis } from "./steps.js";

const HEIGHT = 280;

/** @type {View<GramsThrough>} */
export function ngrams(data, ctx) {
  const x = stepAxis(data.steps);
  const at = data.steps.map(place);
  return html`
    ${choice(data, ctx)}
    <p class="readout lead">${said(data, chosen(data, ctx))}</p>
    <h3 class="sub3">Distance <small>D_KL from the n-gram to the model, nats a token</small></h3>
    ${plot({
      label: "Mean divergence of each n-gram’s distribution from the model’s, over the steps",
      height: HEIGHT,
      traces: GRAMS.map((name, order) => ({
        x: at,
        y: data.steps.map((_, column) => kl(data, order, column)),
        mode: "lines+markers",
        name,
        color: GRAM_COLOURS[order],
      })),
      x,
      y: { title: "nats" },
      marks: [here(data, ctx)],
      onClick: pressed(data, ctx),
    })}
    <h3 class="sub3">Loss on the same text <small>nats a token</small></h3>
    ${plot({
      label: "The model’s loss over the steps, beside the losses of the three n-grams",
      height: HEIGHT,
      traces: [
        { x: at, y: data.loss, mode: "lines+markers", name: "the model", color: "pos" },
        ...GRAMS.map((name, order) => ({
          x: x.range,
          y: [data.gram_loss.a[order], data.gram_loss.a[order]],
          name: `${name}: ${decimal(data.gram_loss.a[order])}`,
          color: GRAM_COLOURS[order],
          dash: "4px,3px",
        })),
      ],
      x,
      y: { title: "nats" },
      marks: [here(data, ctx)],
      onClick: pressed(data, ctx),
    })}
    <p class="hint">Means over ${whole(data.contexts)} contexts of passages that neither the run nor the counts have
      read. The n-grams are counted on ${whole(data.counted)} tokens, a part of the training text, and smoothed as
      Kneser and Ney do. A nearest n-gram is no proof that the model counts: it may say the same for other
      reasons.</p>`;
}

/** @param {GramsThrough} data @returns {Row[]} */
export const rows = (data) =>
  data.steps.map((step, at) => ({
    step,
    loss: data.loss.a[at],
    ...Object.fromEntries(GRAMS.map((name, order) => [`kl_from_${name}`, kl(data, order, at)])),
  }));

/** @param {GramsThrough} data @param {number} order @param {number} at */
const kl = (data, order, at) => data.kl.a[order * data.steps.length + at];

/** @param {GramsThrough} data @param {number} at */
function said(data, at) {
  const far = GRAMS.map((_, order) => kl(data, order, at));
  const near = far.indexOf(Math.min(...far));
  return html`After <b>${whole(data.steps[at])}</b> steps the model is nearest to the <b>${GRAMS[near]}</b>,
    ${decimal(far[near])} nats a token away: ${GRAMS.map(
      (name, order) => html`${order ? ", " : ""}${name} ${decimal(far[order])}`,
    )}. Its loss is <b>${decimal(data.loss.a[at])}</b> nats.`;
}
