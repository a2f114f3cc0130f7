// @ts-check
/**
 * Two trainings on the same pairs: log-ratios, margin and KL as they go, and what each says.
 *
 * @import { PreferencePoint, PreferenceRun, PreferenceRuns } from "../../../types/finetuning"
 * @import { Drafts, Field } from "../../../kit/controls/typed.js"
 * @import { Row, View, ViewContext } from "../../../kit/view"
 */
import { plot } from "../../../kit/chart/plot.js";
import { control } from "../../../kit/controls/declared.js";
import { typed, typedText } from "../../../kit/controls/typed.js";
import { legend } from "../../../kit/drawing/legend.js";
import { counted, decimal, percent, signed, whole } from "../../../kit/numbers/format.js";
import { table } from "../../../kit/numbers/table.js";
import { html, nothing } from "../../../vendor/lit.js";

const HEIGHT = 230;
/** Milliseconds: trainings begin anew for each text. */
const PAUSE = 2500;
const RATIO = "mean log-ratio on held-out pairs, in nats";
const COLORS = ["river-deep", "prob"];

/** @type {Omit<Field, "value">} */
const FIELD = { name: "ask", lines: [1, 3], plain: true, named: true, pause: PAUSE };

/** @type {View<PreferenceRuns, Drafts>} */
export function two(data, ctx) {
  return html`
    ${settings(ctx)}
    ${
      ctx.recorded || data.done || !ctx.busy()
        ? nothing
        : html`<div class="settings-row">
            <button class="btn" type="button" @click=${() => ctx.halt()}>Stop</button>
          </div>`
    }
    <p class="readout lead">${said(data)}</p>
    ${legend([
      ["one", data.runs[0].title],
      ["other", data.runs[1].title],
    ])}
    <div class="side-by-side">
      <div>${curves("Chosen answers", RATIO, data, ({ chosen }) => chosen)}</div>
      <div>${curves("Rejected answers", RATIO, data, ({ rejected }) => rejected)}</div>
    </div>
    <div class="side-by-side">
      <div>${curves("Margin", "chosen less rejected, in nats", data, ({ chosen, rejected }) => chosen - rejected)}</div>
      <div>${curves("KL from the reference", "nats a token, along its own answers", data, ({ kl }) => kl)}</div>
    </div>
    ${states(data)}
    <h3 class="sub3">Answers to the prompt <small>the likeliest token each time</small></h3>
    <div class="side-by-side">${data.runs.map((run) => html`<div>${samples(run)}</div>`)}</div>
    <p class="hint">${data.about} Each step sees ${counted(data.at_once, "pair")} of ${data.pairs}, the same in both
      trainings; ${counted(data.held_out, "pair")} are held out. A LoRA of rank 8 in the last
      ${counted(data.blocks, "block")} has ${whole(data.trained)} numbers; AdamW at one rate. KL is that of policy
      and reference at each token of ${counted(data.drawn, "answer")} to the prompt, which the policy draws at
      temperature 1, at most ${data.new_tokens} tokens each. Losses of different kinds cannot be compared, log-ratios
      can. This is one run of one seed.</p>`;
}

/** @param {PreferenceRuns} data @returns {Row[]} */
export const rows = (data) =>
  data.runs.flatMap((run) => [
    ...run.losses.map((loss, at) => ({
      loss_name: run.title,
      what: "batch",
      step: at,
      loss,
      chosen: run.chosen[at],
      rejected: run.rejected[at],
      gradient: run.norms[at],
    })),
    ...run.points.map(({ step, chosen, rejected, right, kl, said: words }) => ({
      loss_name: run.title,
      what: "held out",
      step,
      chosen,
      rejected,
      right,
      kl,
      said: words,
    })),
  ]);

/** @param {ViewContext<Drafts>} ctx */
function settings(ctx) {
  return html`
    <div class="settings-row">
      ${["rule", "one", "other", "steps"].map((name) => control(ctx, name, { as: "select" }))}
    </div>
    ${typed({ ...FIELD, value: typedText("ask", undefined, ctx) }, ctx)}
    <details class="more">
      <summary>All settings</summary>
      <div class="settings-row">
        ${["pairs", "beta", "rate"].map((name) => control(ctx, name, { as: "select" }))} ${control(ctx, "seed")}
      </div>
    </details>`;
}

/** @param {PreferenceRun} run @returns {PreferencePoint | undefined} */
const now = ({ points }) => points[points.length - 1];

/** @param {PreferenceRuns} data */
function said(data) {
  const lines = data.runs.map((run) => {
    const at = now(run);
    const stopped = run.stopped
      ? html` <b>It stopped: ${run.stopped}.</b> What it had is kept; choose a lower rate.`
      : nothing;
    if (!at) return html`${run.title}: not measured yet.${stopped}`;
    const falls =
      at.chosen < 0 && at.chosen > at.rejected
        ? html`, <b>and the chosen answers are less likely than before</b>`
        : nothing;
    return html`<b>${run.title}</b> after ${counted(at.step, "step")}: chosen <b>${signed(at.chosen, 2)}</b>, rejected
      <b>${signed(at.rejected, 2)}</b> nats, KL ${decimal(at.kl, 3)} a token${falls}.${stopped}`;
  });
  return html`${lines[0]} ${lines[1]}`;
}

/**
 * @param {string} title
 * @param {string} unit
 * @param {PreferenceRuns} data
 * @param {(point: PreferencePoint) => number} of
 */
function curves(title, unit, data, of) {
  const told = data.runs.map((run) => `${run.title} ${run.points.map((point) => decimal(of(point), 2)).join(", ")}`);
  return html`
    <h3 class="sub3">${title} <small>${unit}</small></h3>
    ${plot({
      label: `${title}, ${unit}: ${told.join("; ")}`,
      height: HEIGHT,
      traces: data.runs.map((run, at) => ({
        x: run.points.map(({ step }) => step),
        y: run.points.map(of),
        mode: "lines+markers",
        size: 6,
        color: COLORS[at],
        hover: `%{y:.3f} after %{x} steps<extra>${run.title}</extra>`,
      })),
      x: { title: "steps", range: [-0.02 * data.steps, 1.02 * data.steps] },
      y: { rangemode: "tozero" },
      margin: { r: 14, t: 10 },
    })}`;
}

/** @param {PreferenceRuns} data */
const states = (data) =>
  table({
    label: "Where both stand",
    columns: [
      { name: "loss", cell: ({ title }) => title },
      { name: "steps", number: true, cell: ({ losses }) => losses.length },
      {
        name: "loss of the last batch",
        number: true,
        cell: ({ losses }) => (losses.length ? decimal(losses[losses.length - 1], 3) : "–"),
      },
      {
        name: "norm of its gradient",
        number: true,
        cell: ({ norms }) => (norms.length ? decimal(norms[norms.length - 1], 3) : "–"),
      },
      { name: "held-out pairs with a margin above 0", number: true, cell: (run) => share(now(run)) },
    ],
    rows: [...data.runs],
  });

/** Before the first step every margin is 0. @param {PreferencePoint | undefined} point */
const share = (point) => (point?.step ? percent(point.right, 0) : "–");

/** @param {PreferenceRun} run */
const samples = (run) => html`
  <p class="hint"><b>${run.title}</b></p>
  <ol class="samples" tabindex="0" aria-label="What the training with ${run.title} says, the last first">
    ${[...run.points]
      .reverse()
      .map(
        ({ step, said: words }) => html`<li><b>step ${step}</b> <bdi class="mono">${words || "(nothing)"}</bdi></li>`,
      )}
  </ol>`;
