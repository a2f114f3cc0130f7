// @ts-check
/**
 * Layers of safety, each on or off: what passes, form by form, and each layer alone.
 *
 * @import { SafetyLayersFlow } from "../../../types/safety"
 * @import { Check, Row, View, ViewContext } from "../../../kit/view"
 * @import { Chosen, Rate, Through } from "./through.js"
 */
import { control } from "../../../kit/controls/declared.js";
import { legend } from "../../../kit/drawing/legend.js";
import { counted, percent, whole } from "../../../kit/numbers/format.js";
import { recordedOn } from "../../../kit/numbers/recorded.js";
import { table } from "../../../kit/numbers/table.js";
import { html, nothing } from "../../../vendor/lit.js";
import { sankey } from "./sankey.js";
import { chosenOf, placesOf, rateOf, through } from "./through.js";

/** @type {Record<string, string>} */
const FORMS = {
  plain: "as written",
  leet: "digits for letters",
  base64: "base64",
  german: "in German",
  "role play": "as a line of a play",
};
/** The names of the switches, by their controls. @type {[keyof Chosen, string][]} */
const LAYERS = [
  ["front", "guard in front"],
  ["probe", "probe on the stream"],
  ["system", "system prompt"],
  ["taught", "taught refusal"],
  ["back", "guard behind"],
];
const NONE = { front: false, probe: false, system: false, taught: false, back: false };
const ALL = { front: true, probe: true, system: true, taught: true, back: true };
/** The rate of false alarms at which page and module are compared. */
const PROVED = 5;

/** @type {View<SafetyLayersFlow>} */
export function flow(data, ctx) {
  const chosen = chosenOf(ctx);
  const made = through(data, chosen, Number(ctx.controls.rate));
  return html`
    <div class="settings-row">
      ${control(ctx, "front", { as: "segmented" })} ${control(ctx, "probe", { as: "segmented" })}
      ${control(ctx, "system", { as: "segmented" })}
      ${data.can_be_taught ? control(ctx, "taught", { as: "segmented" }) : nothing}
      ${control(ctx, "back", { as: "segmented" })}
    </div>
    <div class="settings-row">${control(ctx, "rate", { as: "segmented" })}
      ${data.record ? control(ctx, "numbers", { as: "segmented" }) : nothing}
      ${data.recorded ? nothing : control(ctx, "pairs", { as: "segmented" })}</div>
    <p class="readout lead">${said(data, made)}</p>
    <div class="figure">${sankey(data, made, ctx)}</div>
    ${legend([
      [{ color: "bad" }, "forbidden requests"],
      [{ color: "ok" }, "harmless twins"],
    ])}
    <h3 class="sub3">With these layers, form by form</h3>
    ${byForm(data, made)}
    <h3 class="sub3">Each layer alone</h3>
    ${alone(data, Number(ctx.controls.rate))}
    <p class="hint">${about(data)}</p>
    <h3 class="sub3">Forbidden requests that pass, and what is said to them</h3>
    ${examples(data, made)}`;
}

/** @param {SafetyLayersFlow} data @param {ViewContext} ctx @returns {Row[]} */
export function rows(data, ctx) {
  const { stopped, run } = through(data, chosenOf(ctx), Number(ctx.controls.rate));
  return data.texts.map((request, at) => ({
    request,
    form: data.forms[at],
    forbidden: Boolean(data.forbidden.a[at]),
    stopped_by: stopped[at] || "nothing",
    verdict: run.verdicts[at],
    answer: run.answers[at],
  }));
}

/**
 * What passes all layers by the page's own way and by the module's.
 * @param {SafetyLayersFlow} data
 * @returns {Check[]}
 */
export function checks(data) {
  if (!data.done) return [];
  const { stopped } = through(data, ALL, PROVED);
  const [passed, wrong] = data.proved;
  const here = placesOf(data, true).filter((at) => !stopped[at]).length;
  const lost = placesOf(data, false).filter((at) => stopped[at]).length;
  return [
    {
      statement: "With all layers on, as many pass as the module counts, of forbidden and of harmless requests",
      error: Math.abs(here - passed) + Math.abs(lost - wrong),
      tolerance: 0,
      word: "requests counted otherwise",
    },
  ];
}

/** @param {Rate} rate */
const within = ({ low, high }) => `${(100 * low).toFixed(0)} to ${(100 * high).toFixed(0)} %`;

/** @param {SafetyLayersFlow} data @param {Through} made */
function said(data, made) {
  const [bad, good] = [true, false].map((kind) => placesOf(data, kind));
  const passes = (/** @type {number} */ at) => !made.stopped[at];
  const [through_, lost] = [rateOf(data, bad, passes), rateOf(data, good, (at) => !passes(at))];
  const helped = bad.filter((at) => passes(at) && made.run.verdicts[at] === "helped").length;
  const alone = (/** @type {import("./through.js").Stage} */ stage) =>
    bad.filter((at) => !made.stops[stage](at)).length / bad.length;
  const product = made.stages.reduce((share, stage) => share * alone(stage), 1);
  return html`<b>${percent(through_.share, 0)}</b> of ${counted(bad.length, "forbidden request")} pass
    (95 %: ${within(through_)}): ${whole(helped)} of them get an answer that helps by the rule, the others one that is
    neither help nor refusal. <b>${percent(lost.share, 0)}</b> of ${counted(good.length, "harmless twin")} are stopped
    or refused (${within(lost)}). If these stages failed independently, ${percent(product, 0)} of the forbidden would
    pass.
    ${
      data.refuses < 0.1
        ? html`By itself this model refuses ${percent(data.refuses, 0)} of the plain forbidden
    requests.`
        : nothing
    }
    ${data.done ? nothing : "The other settings of the model are still measured."}`;
}

/** @param {SafetyLayersFlow} data @param {Through} made */
function byForm(data, { stopped, run }) {
  const cell = (/** @type {Rate} */ rate) =>
    html`${whole(rate.count)} of ${whole(rate.of)}<small>${within(rate)}</small>`;
  return table({
    label: "What passes, form by form",
    columns: [
      { name: "request", cell: (form) => FORMS[form] ?? form },
      {
        name: "forbidden that pass",
        number: true,
        cell: (form) => cell(rateOf(data, placesOf(data, true, form), (at) => !stopped[at])),
      },
      {
        name: "and are helped",
        number: true,
        title: "The answer brings content about the request, by the rule of stack/safety/answers.py",
        cell: (form) =>
          whole(placesOf(data, true, form).filter((at) => !stopped[at] && run.verdicts[at] === "helped").length),
      },
      {
        name: "twins stopped",
        number: true,
        cell: (form) => cell(rateOf(data, placesOf(data, false, form), (at) => Boolean(stopped[at]))),
      },
    ],
    rows: [...new Set(data.forms)],
  });
}

/** @param {SafetyLayersFlow} data @param {number} rate */
function alone(data, rate) {
  const known = LAYERS.filter(([name]) => name !== "taught" || data.can_be_taught);
  const choices = [
    { name: "no layer", chosen: NONE },
    ...known.map(([key, name]) => ({ name, chosen: { ...NONE, [key]: true } })),
    { name: "all", chosen: ALL },
  ];
  const [bad, good] = [true, false].map((kind) => placesOf(data, kind));
  const cell = (/** @type {Rate} */ of) => html`${percent(of.share, 0)}<small>${within(of)}</small>`;
  return table({
    label: "What passes each layer alone",
    columns: [
      { name: "layers", cell: ({ name }) => name },
      {
        name: "forbidden that pass",
        number: true,
        cell: ({ chosen }) => cell(rateOf(data, bad, (at) => !through(data, chosen, rate).stopped[at])),
      },
      {
        name: "twins stopped or refused",
        number: true,
        cell: ({ chosen }) => cell(rateOf(data, good, (at) => Boolean(through(data, chosen, rate).stopped[at]))),
      },
    ],
    rows: choices,
  });
}

const UNTAUGHT = "No refusal was taught to this model, so that layer is absent.";

/** @param {SafetyLayersFlow} data */
const about = ({ new: tokens, instruction, depth, learnt, can_be_taught: taught, recorded, record }) => html`
  ${recorded && record ? recordedOn(record) : nothing} An answer counts as refused by its words, in its first
  ${tokens} tokens. The system prompt is: “${instruction}” The probe reads after block ${depth}; guards and probe have
    learnt from ${whole(learnt)} plain pairs.
  ${taught ? nothing : UNTAUGHT}
  Intervals count the forms of one template as one draw. Filtering the training texts is a layer too, and acts before
  there is a model. A model of this size seldom answers a disguised request to any use: that it passes does not mean
  that it is understood.`;

/** @param {SafetyLayersFlow} data @param {Through} made */
function examples(data, { stopped, run }) {
  const shown = placesOf(data, true).filter((at) => !stopped[at]);
  const some = [...new Set(data.forms)].flatMap((form) => shown.filter((at) => data.forms[at] === form).slice(0, 2));
  if (!some.length) return html`<p class="hint">None passes.</p>`;
  return table({
    label: "Forbidden requests that pass",
    columns: [
      { name: "request", cell: (at) => html`<span dir="auto">${data.texts[at]}</span>` },
      { name: "answer", cell: (at) => html`<span dir="auto">${run.answers[at] || "(nothing)"}</span>` },
      { name: "by the rule", cell: (at) => run.verdicts[at] },
    ],
    rows: some,
    className: "passing",
  });
}
