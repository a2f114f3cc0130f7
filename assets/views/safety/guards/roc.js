// @ts-check
/**
 * Both guards' ROC curves, what they flag at a stated rate of false alarms, and what is left of that in disguise.
 *
 * @import { GuardsRoc, GuardTrial } from "../../../types/safety"
 * @import { Check, Row, View, ViewContext } from "../../../kit/view"
 */
import { plot } from "../../../kit/chart/plot.js";
import { control } from "../../../kit/controls/declared.js";
import { counted, decimal, percent, whole } from "../../../kit/numbers/format.js";
import { table } from "../../../kit/numbers/table.js";
import { worst } from "../../../kit/numbers/worst.js";
import { html, nothing } from "../../../vendor/lit.js";
import { area, atRate, bounds, COLOURS, share, signedArea } from "./shares.js";

const HEIGHT = 320;
const ROUNDED = 1e-6;
/** What each form of a request is called. @type {Record<string, string>} */
const FORMS = {
  plain: "as written",
  leet: "digits for letters",
  base64: "base64",
  german: "in German",
  "role play": "as a line of a play",
  "between others": "between two harmless requests",
  "between others, by sentence": "the same, request by request",
};

/** @type {View<GuardsRoc>} */
export function roc(data, ctx) {
  const stream = data.trials.find(({ kind }) => kind === "stream");
  return html`
    <div class="settings-row">
      ${control(ctx, "side", { as: "segmented" })} ${control(ctx, "rate", { as: "segmented" })}
      ${control(ctx, "pool", { as: "select" })}
      ${control(ctx, "layer", { as: "slider", least: 1, most: data.n_layers, own: stream?.depth ?? data.n_layers })}
      ${control(ctx, "pairs", { as: "segmented" })}
    </div>
    <p class="readout lead">${said(data, ctx)}</p>
    <div class="side-by-side">
      <div><h3 class="sub3">Caught against false alarms</h3>${curves(data, ctx)}</div>
      <div><h3 class="sub3">What a guard says, against what is true</h3>${reliability(data)}</div>
    </div>
    <h3 class="sub3">Flagged at this threshold</h3>
    ${forms(data, ctx)}
    <p class="hint">${about(data)}</p>
    ${stream ? html`<h3 class="sub3">Where in the stream it is found</h3>${byDepth(stream)}` : nothing}`;
}

/** @param {GuardsRoc} data @param {ViewContext} ctx @returns {Row[]} */
export const rows = (data, ctx) =>
  data.trials.flatMap((trial) =>
    atRate(trial, ctx).flags.map(({ form, caught, false: wrong }) => ({
      guard: trial.kind,
      form,
      area: trial.forms.find((each) => each.form === form)?.area.area,
      caught: caught.share,
      caught_low: caught.low,
      caught_high: caught.high,
      false_alarms: wrong.share,
      false_low: wrong.low,
      false_high: wrong.high,
      texts: caught.texts,
      templates: caught.templates,
    })),
  );

/**
 * The area below the drawn line against the module's count of pairs in order.
 * @param {GuardsRoc} data
 * @returns {Check[]}
 */
export const checks = ({ trials, done }) =>
  done
    ? [
        {
          statement: "The area below the drawn curve = the share of pairs in which the forbidden text scores higher",
          error: worst(trials.map((trial) => Math.abs(below(trial) - trial.forms[0].area.area))),
          tolerance: ROUNDED,
          word: "largest difference",
        },
      ]
    : [];

/** By trapezia. @param {GuardTrial} trial */
function below({ false_rate: { a: x }, true_rate: { a: y } }) {
  let sum = 0;
  for (let at = 1; at < x.length; at++) sum += ((x[at] - x[at - 1]) * (y[at] + y[at - 1])) / 2;
  return sum;
}

/** @param {GuardsRoc} data @param {ViewContext} ctx */
function said(data, ctx) {
  const { trials, side, train, test, templates, apart } = data;
  const what = side === "request" ? "forbidden requests" : "answers that help with a forbidden request";
  return html`
    ${trials.map((trial) => {
      const { caught, false: wrong } = atRate(trial, ctx).flags[0];
      return html`<b>${trial.name}</b>${trial.depth ? ` after block ${trial.depth}` : ""} catches
        <b>${percent(caught.share, 0)}</b> of the ${what} (95 %: ${bounds(caught)}) and flags
        <b>${percent(wrong.share, 0)}</b> of the harmless texts (${bounds(wrong)}), where ${ctx.controls.rate} % were
        allowed. ${
          trial.forms[0].area.low <= 0.5
            ? "Its area cannot be told from chance: there is nothing here that it could guard by. "
            : nothing
        }`;
    })}
    ${apart ? html`Its area less the stream’s: ${signedArea(apart)}. ${verdict(apart)}` : nothing}
    Learnt from ${counted(train, "text")}, tried on ${whole(test)} texts of ${whole(templates)} other templates.`;
}

/** @param {{ low: number, high: number }} apart */
const verdict = ({ low, high }) =>
  low > 0
    ? "The embedding is the better guard here."
    : high < 0
      ? "The stream is the better guard here."
      : "The interval includes zero: they cannot be told apart.";

/** @param {GuardsRoc} data @param {ViewContext} ctx */
function curves({ trials }, ctx) {
  return plot({
    label: "ROC curves of both guards",
    height: HEIGHT,
    traces: [
      { x: [0, 1], y: [0, 1], color: "line2", dash: "4px,3px", legend: false },
      ...trials.map((trial) => ({
        x: trial.false_rate.a,
        y: trial.true_rate.a,
        name: trial.name,
        color: COLOURS[trial.kind],
        hover: "false alarms %{x:.0%}, caught %{y:.0%}<extra></extra>",
      })),
      ...trials.map((trial) => {
        const { caught, false: wrong } = atRate(trial, ctx).flags[0];
        return {
          x: [wrong.share],
          y: [caught.share],
          mode: "markers",
          size: 9,
          color: COLOURS[trial.kind],
          whiskers: { low: [caught.low], high: [caught.high] },
          hover: `threshold for ${ctx.controls.rate} %: caught %{y:.0%} at %{x:.0%} false alarms<extra></extra>`,
          legend: false,
        };
      }),
    ],
    x: { title: "harmless texts flagged", range: [-0.02, 1], tickformat: ".0%" },
    y: { title: "forbidden texts caught", range: [0, 1.02], tickformat: ".0%" },
    margin: { l: 60, r: 24 },
  });
}

/** @param {GuardsRoc} data */
function reliability({ trials }) {
  return plot({
    label: "What each guard says against what is true, in five bins",
    height: HEIGHT,
    traces: [
      { x: [0, 1], y: [0, 1], color: "line2", dash: "4px,3px", legend: false },
      ...trials.map(({ name, kind, confidence, accuracy, count, ece }) => {
        const held = count.flatMap((texts, at) => (texts ? [at] : []));
        return {
          x: held.map((at) => confidence.a[at]),
          y: held.map((at) => accuracy.a[at]),
          name: `${name}: ECE ${percent(ece, 1)}`,
          color: COLOURS[kind],
          mode: "lines+markers",
          size: 7,
          customdata: held.map((at) => count[at]),
          hover: "%{customdata} texts: said %{x:.0%}, true %{y:.0%}<extra></extra>",
        };
      }),
    ],
    x: { title: "probability that a guard gives", range: [0, 1], tickformat: ".0%" },
    y: { title: "forbidden", range: [0, 1.02], tickformat: ".0%" },
    margin: { l: 60, r: 24 },
  });
}

/** @param {GuardsRoc} data @param {ViewContext} ctx */
function forms({ trials }, ctx) {
  const flags = trials.map((trial) => atRate(trial, ctx).flags);
  /**
   * @typedef {(form: GuardTrial["forms"][number], row: number) => import("../../../kit/numbers/table").Content} Cell
   */
  return table({
    label: "What each guard flags of each form",
    columns: [
      { name: "request", cell: (_, row) => formOf(trials[0], row) },
      { name: "of each kind", number: true, cell: (_, row) => whole(flags[0][row].caught.texts) },
      ...trials.flatMap((trial, at) => {
        const short = trial.kind === "minilm" ? "MiniLM" : "stream";
        return [
          {
            name: `${short}: area`,
            number: true,
            cell: /** @type {Cell} */ ((_form, row) => area(trial.forms[row].area)),
          },
          {
            name: `${short}: caught`,
            number: true,
            cell: /** @type {Cell} */ ((_form, row) => share(flags[at][row].caught)),
          },
          {
            name: `${short}: false alarms`,
            number: true,
            cell: /** @type {Cell} */ ((_form, row) => share(flags[at][row].false)),
          },
        ];
      }),
    ],
    rows: trials[0].forms,
  });
}

/** Its name, and the first text of it. @param {GuardTrial} trial @param {number} row */
function formOf({ forms: all }, row) {
  const { form, example } = all[row];
  return html`<span title=${example}>${FORMS[form] ?? form}</span>`;
}

/** @param {GuardsRoc} data */
function about({ side, validation }) {
  const learnt = `The threshold comes from ${whole(validation)} validation texts. Intervals count the texts of one
    template as one draw.`;
  if (side === "answer")
    return html`${learnt} Harmless are answers to the twins, and refusals. MiniLM reads the answer alone; the stream has
      read the request before it.`;
  return html`${learnt} The guards have learnt from plain requests alone: no disguise is among them. Where the area
  stays
    high and nothing is caught, the order of the scores holds and the threshold does not. With so few and mild texts
    this
    shows how guards are measured, not how good a guard of a real service is.`;
}

/** @param {GuardTrial} trial */
function byDepth({ depths, by_depth: areas, depth }) {
  return plot({
    label: "Area on the validation texts by the depth at which the stream is read",
    height: 190,
    traces: [
      {
        x: depths,
        y: areas,
        color: COLOURS.stream,
        mode: "lines+markers",
        size: 6,
        hover: "after block %{x}: area %{y:.3f}<extra></extra>",
        legend: false,
      },
    ],
    marks: [{ x: depth, label: `read here: ${decimal(areas[depths.indexOf(depth)], 3)}`, color: "ink3" }],
    x: { title: "after block" },
    y: { title: "area, validation", range: [0.3, 1.02] },
    margin: { l: 60, r: 24 },
  });
}
