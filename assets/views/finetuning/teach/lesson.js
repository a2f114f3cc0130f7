// @ts-check
/**
 * A lesson as it goes: losses, exact answers, what the model says to a prompt, and the adapter that is kept.
 *
 * @import { LessonMade } from "../../../types/finetuning"
 * @import { Drafts } from "../../../kit/controls/typed.js"
 * @import { Check, Row, View, ViewContext } from "../../../kit/view"
 */
import { plot } from "../../../kit/chart/plot.js";
import { control } from "../../../kit/controls/declared.js";
import { typed, typedText } from "../../../kit/controls/typed.js";
import { counted, decimal, percent, scientific, whole } from "../../../kit/numbers/format.js";
import { timed } from "../../../kit/numbers/magnitude.js";
import { table } from "../../../kit/numbers/table.js";
import { html, nothing } from "../../../vendor/lit.js";

const OWN = "own";
const HEIGHT = 260;
/** Milliseconds: a text is long, and a lesson begins anew for each. */
const PAUSE = 2500;
const FILES = ["adapter_model.safetensors", "adapter_config.json"];

/** @type {View<LessonMade, Drafts>} */
export function lesson(data, ctx) {
  return html`
    ${settings(ctx)}
    ${halting(data, ctx)}
    <p class="readout lead">${said(data)}</p>
    ${kept(data, ctx)}
    <div class="side-by-side">
      <div>${losses(data)}</div>
      <div>${exact(data)}</div>
    </div>
    <h3 class="sub3">What it says to the prompt <small>the likeliest token each time</small></h3>
    <ol class="samples" tabindex="0" aria-label="What it says to the prompt, the last first">
      ${[...data.samples]
        .reverse()
        .map(
          ({ step, said: words }) => html`<li><b>step ${step}</b> <bdi class="mono">${words || "(nothing)"}</bdi></li>`,
        )}
    </ol>
    ${answers(data)}
    <p class="hint">${method(data)}</p>`;
}

/** @param {LessonMade} data @returns {Row[]} */
export const rows = (data) => [
  ...data.losses.map((loss, at) => ({ what: "step", step: at + 1, loss, rate: data.rates[at] })),
  ...data.measured.map((step, at) => ({ what: "held out", step, loss: data.held[at], exact: data.exact[at] })),
];

/** @param {LessonMade} data @returns {Check[]} */
export const checks = ({ answers: all, exact: found }) => [
  {
    statement: "The answers that are marked exact are as many as the last point of the curve counts",
    error: found.length ? Math.abs(all.filter(({ exact: right }) => right).length - found[found.length - 1]) : 0,
    tolerance: 0,
    word: "answers",
  },
];

/** @param {ViewContext<Drafts>} ctx */
function settings(ctx) {
  const lists = (/** @type {string[]} */ names) => names.map((name) => control(ctx, name, { as: "select" }));
  const own = String(ctx.controls.task) === OWN;
  const ia3 = String(ctx.controls.method) === "ia3";
  const field = (/** @type {string} */ name, /** @type {[number, number]} */ lines) =>
    typed({ name, value: typedText(name, undefined, ctx), lines, plain: true, named: true, pause: PAUSE }, ctx);
  return html`
    <div class="settings-row">${lists(["task", "method", ...(ia3 ? [] : ["matrices", "rank"]), "steps"])}</div>
    ${own ? field("pairs", [5, 12]) : nothing}
    <div class="settings-row fields">${field("ask", [1, 4])} ${field("name", [1, 1])}</div>
    <details class="more">
      <summary>All settings</summary>
      <div class="settings-row">
        ${lists([...(ia3 ? [] : ["alpha"]), "rate", "rows", "leave"])} ${control(ctx, "seed")}
      </div>
    </details>`;
}

/** @param {LessonMade} data @param {ViewContext<Drafts>} ctx */
function halting(data, ctx) {
  if (ctx.recorded || data.done) return nothing;
  return ctx.busy()
    ? html`<div class="settings-row"><button class="btn" type="button" @click=${() => ctx.halt()}>Stop</button>
        <span class="hint">A lesson that is stopped keeps nothing, and begins anew.</span></div>`
    : nothing;
}

/** @param {LessonMade} data */
function said(data) {
  const { losses: all, steps, step_seconds, seconds_left, stopped, unkept, held, exact: found, asked, measured } = data;
  const pace = step_seconds === null ? "" : html`, ${timed(1000 * step_seconds)} a step`;
  const left = seconds_left === null ? "" : html`, about <b>${timed(1000 * seconds_left)}</b> left`;
  const trouble = stopped
    ? html` <b>It stopped: ${stopped}.</b> Nothing is kept. Choose a lower rate.`
    : unkept
      ? html` <b>The adapter cannot be written: the disk is full, or may not be written to.</b>`
      : "";
  const where = data.fresh ? "held-out requests" : "requests, which it is trained on";
  const now = found.length
    ? html` After ${counted(last(measured), "step")}, <b>${last(found)} of ${asked}</b> ${where} are answered exactly;
        before the first step, ${found[0]}. Their loss goes from ${decimal(held[0], 2)} to
        <b>${decimal(last(held), 2)}</b> nats a token.`
    : "";
  const read = data.read ? " This lesson was taught before, and is read." : "";
  return html`${all.length} of ${counted(steps, "step")}${pace}${left}.${now}${read}${trouble}`;
}

/** @param {LessonMade} data @param {ViewContext<Drafts>} ctx */
function kept({ name, base, done }, ctx) {
  if (ctx.recorded || !done || !name) return nothing;
  const model = `adapter:${base}+${name}`;
  return html`
    <div class="settings-row">
      <button class="btn primary" type="button" @click=${() => ctx.open(model, "walk")}>Open it in the Walk</button>
      ${FILES.map((file) => html`<a class="btn" href="explorer/adapters/${name}/${file}" download=${file}>${file}</a>`)}
      <span class="hint">Its name is <code>${model}</code>: it opens in every panel. peft loads a folder with both
        files.</span>
    </div>
    ${strength(name, ctx)}`;
}

/**
 * How much of it is merged into the page's run.
 * @param {string} name
 * @param {ViewContext<Drafts>} ctx
 */
function strength(name, ctx) {
  const part = `adapter:${name}:`;
  const on = ctx.interventions.find(({ text, on: is }) => is && text.startsWith(part));
  return html`
    <div class="settings-row">
      ${control(ctx, "strength", {
        as: "slider",
        format: (value) => decimal(value, 2),
        choose: (value) => {
          ctx.control("strength", value);
          if (on) ctx.intervene(`${part}${value}`);
        },
      })}
      <button class="btn" type="button" aria-pressed=${Boolean(on)}
        @click=${() => (on ? ctx.restore(on.text) : ctx.intervene(`${part}${ctx.controls.strength}`))}>
        ${on ? "Take it off the stack" : "Put it on the stack"}</button>
      <span class="hint">W + strength · ΔW in this page’s run: all panels show the changed model.</span>
    </div>`;
}

/** @param {LessonMade} data */
function losses({ losses: all, measured, held, steps, fresh }) {
  return html`
    <h3 class="sub3">Loss <small>points: ${fresh ? "held-out items" : "its own pairs"}; faint: each batch</small></h3>
    ${plot({
      label: "Loss of each step, and of held-out items; arrow keys walk the steps when it was measured",
      height: HEIGHT,
      traces: [
        {
          x: all.map((_, at) => at),
          y: all,
          color: "river-deep",
          alpha: 0.45,
          width: 1,
          hover: "%{y:.3f}<extra>batch</extra>",
        },
        {
          x: measured,
          y: held,
          mode: "lines+markers",
          size: 6,
          color: "ink",
          hover: "%{y:.3f} after %{x} steps<extra></extra>",
        },
      ],
      x: { title: "steps", range: [-0.02 * steps, 1.02 * steps] },
      y: { title: "nats a token", rangemode: "tozero" },
      margin: { r: 14, t: 10 },
    })}`;
}

/** @param {LessonMade} data */
function exact({ exact: found, asked, measured, steps }) {
  return html`
    <h3 class="sub3">Answered exactly <small>of ${asked}, letter by letter</small></h3>
    ${plot({
      label: `Requests that are answered exactly, of ${asked}`,
      height: HEIGHT,
      traces: [
        {
          x: measured,
          y: found,
          mode: "lines+markers",
          size: 6,
          color: "pos",
          hover: "%{y} after %{x} steps<extra></extra>",
        },
      ],
      x: { title: "steps", range: [-0.02 * steps, 1.02 * steps] },
      y: { range: [-0.04 * asked, 1.04 * asked] },
      margin: { r: 14, t: 10 },
    })}`;
}

/** @param {LessonMade} data */
function answers({ answers: all, fresh, measured }) {
  if (!all.length) return nothing;
  const mark = (/** @type {boolean} */ right) =>
    right ? html`<b class="right">=</b> ` : html`<b class="wrong">≠</b> `;
  return html`
    <h3 class="sub3">${fresh ? "Held-out requests" : "The pairs"} <small>= exact, ≠ not</small></h3>
    ${table({
      label: "Requests, and what it says",
      className: "answers",
      columns: [
        { name: "request", cell: ({ request }) => html`<bdi>${request}</bdi>` },
        { name: "to be said", cell: ({ wanted }) => html`<bdi class="mono">${wanted}</bdi>` },
        {
          name: "before",
          cell: ({ before, exact_before: right }) => html`${mark(right)}<bdi class="mono">${before}</bdi>`,
        },
        {
          name: `after ${counted(last(measured), "step")}`,
          cell: ({ now, exact: right }) => html`${mark(right)}<bdi class="mono">${now}</bdi>`,
        },
      ],
      rows: all,
    })}`;
}

/** @param {LessonMade} data */
function method(data) {
  const { trained, parameters, rows: many, length, pairs, rates, seconds } = data;
  const template = data.template ? "in the model’s chat template" : "in a plain template, since the model has none";
  const rate = rates.length ? ` The rate of the last step is ${scientific(last(rates))}.` : "";
  return (
    `${whole(trained)} numbers are trained, ${percent(trained / parameters, 2)} of the model’s ${whole(parameters)}. ` +
    `${counted(pairs, "pair")} ${template}; a step reads ${counted(many, "row")} of ${length} tokens, with several ` +
    `conversations in each, and only answers count in the loss. AdamW, cosine, no weight decay.${rate} All steps and ` +
    `measurements took ${timed(1000 * seconds)} on this server, which others use as well. One seed is one run.`
  );
}

/** @template Value @param {readonly Value[]} values @returns {Value} */
const last = (values) => values[values.length - 1];
