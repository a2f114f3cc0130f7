// @ts-check
/**
 * A sparse autoencoder and its placebo as they are trained: explained variance, active and dead features, the loss.
 *
 * @import { AutoencoderCurves, TrainingSae } from "../../../types/inside"
 * @import { Row, View, ViewContext } from "../../../kit/view"
 * @import { Axis, Trace } from "../../../kit/chart/chart_layout"
 */
import { plot } from "../../../kit/chart/plot.js";
import { control } from "../../../kit/controls/declared.js";
import { decimal, percent, whole } from "../../../kit/numbers/format.js";
import { html, nothing } from "../../../vendor/lit.js";

const HEIGHT = 210;
const MARGIN = { r: 86, t: 12 };
/**
 * The terms of the loss in words, and how each is drawn.
 * @type {Record<string, { name: string, color: string, dash?: string }>}
 */
const TERMS = {
  reconstruction: { name: "missed", color: "ink" },
  sparsity: { name: "sparsity", color: "prob" },
  auxk: { name: "AuxK", color: "neg" },
  gates: { name: "gates", color: "pos" },
};

/** @type {View<TrainingSae>} */
export function live(data, ctx) {
  return html`
    <div class="training-sae">
      <div class="settings-row ruled">${settings(ctx)}</div>
      <p class="readout said">${said(data)}</p>
      <div class="side-by-side">
        ${chart(data, {
          title: "Explained variance, held-out tokens",
          of: ({ explained }) => explained,
          y: { range: [Math.min(0, ...data.trained.explained.a, ...data.placebo.explained.a), 1], tickformat: ".1f" },
        })}
        ${chart(data, { title: "L0: active features a token", of: ({ l0 }) => l0, y: { rangemode: "tozero" } })}
        ${chart(data, {
          title: `Dead features: silent for ${whole(data.dead_after)} tokens`,
          of: ({ dead }) => dead,
          y: { rangemode: "tozero" },
        })}
        ${terms(data)}
      </div>
    </div>`;
}

/** @param {ViewContext} ctx */
function settings(ctx) {
  const kind = String(ctx.controls.kind);
  const isTopK = kind === "topk" || kind === "batchtopk";
  return html`
    ${control(ctx, "kind")} ${control(ctx, "width")} ${isTopK ? control(ctx, "k") : nothing}
    ${kind === "standard" || kind === "gated" ? control(ctx, "sum_weight") : nothing}
    ${kind === "jumprelu" ? control(ctx, "count_weight") : nothing} ${isTopK ? control(ctx, "auxk") : nothing}
    ${control(ctx, "text")} ${control(ctx, "steps")} ${control(ctx, "seed")}`;
}

/** @param {TrainingSae} data */
const stepsSoFar = ({ trained }) => trained.step.a[trained.step.a.length - 1];

/** The last value. @param {{ a: ArrayLike<number> }} values */
const last = ({ a }) => a[a.length - 1];

/** @param {TrainingSae} data */
function said(data) {
  const { trained, placebo, width, steps, batch, tokens, held } = data;
  const step = stepsSoFar(data);
  const [own, random] = [last(trained.explained), last(placebo.explained)];
  return html`
    ${step < steps ? `After ${step} of ${steps} steps` : `After ${steps} steps of ${batch} tokens`} the learned
    directions explain <b>${percent(own)}</b> of the variance of ${whole(held)} held-out tokens with
    <b>${decimal(last(trained.l0), 1)}</b> of ${whole(width)} features a token; random ones <b>${percent(random)}</b>.
    Dead: <b>${last(trained.dead)}</b> and ${last(placebo.dead)}. Both read ${whole(tokens)} different tokens; the first
    token of a window is left out, since its stream is many times as long as the others’ in most models.`;
}

/**
 * @param {TrainingSae} data
 * @param {{ title: string, of: (curves: AutoencoderCurves) => { a: ArrayLike<number> }, y: Axis }} what
 */
function chart(data, { title, of, y }) {
  const { trained, placebo, steps } = data;
  return html`
    <div>
      <h3 class="sub3">${title}</h3>
      ${plot({
        label: `${title}, of both trainings over the steps; arrow keys walk the steps`,
        height: HEIGHT,
        traces: [
          { x: placebo.step, y: of(placebo).a, name: "placebo", color: "river-deep", dash: "5px,4px", labelled: true },
          { x: trained.step, y: of(trained).a, name: "learned", color: "ink", labelled: true },
        ],
        x: { title: "step", range: [0, steps] },
        y,
        margin: MARGIN,
      })}
    </div>`;
}

/** The terms of the learned one's loss. @param {TrainingSae} data */
function terms({ trained, steps }) {
  const title = "Terms of the loss, learned directions";
  const traces = Object.entries(trained.losses).map(([name, values]) => {
    const { name: word, ...look } = TERMS[name];
    /** @type {Trace} */
    const trace = { x: trained.loss_step, y: values, name: word, labelled: true, ...look };
    return trace;
  });
  return html`
    <div>
      <h3 class="sub3">${title}</h3>
      ${plot({
        label: `${title}; arrow keys walk the steps`,
        height: HEIGHT,
        traces,
        x: { title: "step", range: [0, steps] },
        y: { rangemode: "tozero" },
        margin: MARGIN,
      })}
    </div>`;
}

/**
 * @param {TrainingSae} data
 * @returns {Row[]}
 */
export function rows({ trained, placebo }) {
  return [
    { training: "learned", curves: trained },
    { training: "placebo", curves: placebo },
  ].flatMap(({ training, curves }) => [
    ...Array.from(curves.step.a, (step, at) => ({
      training,
      step,
      explained_variance: curves.explained.a[at],
      l0: curves.l0.a[at],
      dead: curves.dead.a[at],
    })),
    ...Array.from(curves.loss_step.a, (step, at) => ({
      training,
      step,
      ...Object.fromEntries(Object.entries(curves.losses).map(([name, { a }]) => [`loss_${name}`, a[at]])),
    })),
  ]);
}
