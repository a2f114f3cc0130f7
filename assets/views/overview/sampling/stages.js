// @ts-check
/**
 * One distribution through the sampler's stages, on the run's own full logits; 1,000 seeded draws over it, and the
 * run's own draw. All of it is computed here, in the page.
 *
 * @import { SamplingStages } from "../../../types/overview"
 * @import { Check, Row, View, ViewContext } from "../../../kit/view"
 * @import { Layout, Scene } from "./scene.js"
 * @import { Subject } from "./subject.js"
 *
 * @typedef {object} State
 * @property {SamplingStages} of the position to which `picked` and `again` belong
 * @property {number | null} picked the token whose row is chosen
 * @property {number} again how often it was drawn again
 * @property {boolean} logarithmic
 * @property {string} middle the stage that is shown, where there is no room for all
 */

import { segmented } from "../../../kit/controls/controls.js";
import { baseNote } from "../../../kit/runs/beside.js";
import { tokenText } from "../../../kit/text/tokens.js";
import { html, nothing } from "../../../vendor/lit.js";
import { chosen, comparison, facts, notices } from "./around.js";
import { chart } from "./chart.js";
import { controls } from "./controls.js";
import { dice } from "./dice.js";
import { draw } from "./draws.js";
import { prove } from "./proofs.js";
import { placeOf } from "./ranking.js";
import { pipeline } from "./sampler.js";
import { isNarrow, layout } from "./scene.js";
import { share } from "./stage.js";
import { settingsOf, subjectOf } from "./subject.js";
import { shareThere } from "./there.js";
import { nameOf } from "./words.js";

/** Pixels of the column of controls and the gap beside it, and from which width on it stands beside the picture. */
const CONTROLS = 236 + 32;
const BESIDE = 800;
/** Rows of the table that is exported. */
const EXPORTED = 5000;

/** @type {View<SamplingStages, State>} */
export function stages(data, ctx) {
  const scene = sceneOf(data, ctx);
  const { subject, settings, width } = scene;
  const laid = layout({ stages: scene.stages, settings, width, middle: ctx.kept.middle ?? "top_p" });
  const drawAgain = () => ctx.keep({ of: data, picked: scene.picked, again: againOf(data, ctx) + 1 });
  return html`
    ${notices(subject, settings, ctx)}
    <div class="sampling ${ctx.width >= BESIDE ? "beside" : ""} ${scene.narrow ? "narrow" : ""}">
      ${controls(settings, ctx, { logarithmic: scene.logarithmic, drawAgain })}
      <div class="distribution">
        ${baseNote(ctx, subject.there, comparison(subject, ctx))}
        ${chosen(scene, ctx)}
        ${laid.middle === null ? nothing : stageChoice(laid, ctx)}
        <div class="figure">${chart(scene, laid.columns)}</div>
        ${dice(scene)} ${facts(scene, ctx, againOf(data, ctx))}
      </div>
    </div>`;
}

/**
 * @param {SamplingStages} data
 * @param {ViewContext<State>} ctx
 * @returns {Scene}
 */
function sceneOf(data, ctx) {
  const subject = subjectOf(data, ctx);
  const settings = settingsOf(ctx);
  const through = pipeline(subject.base, subject.counts, settings);
  const width = ctx.width >= BESIDE ? ctx.width - CONTROLS : ctx.width;
  const again = againOf(data, ctx);
  const picked = ctx.kept.of === data ? (ctx.kept.picked ?? null) : null;
  const pick = (/** @type {number} */ id) => ctx.keep({ of: data, picked: id, again });
  return {
    subject,
    settings,
    runSampler: ctx.run.sampler,
    stages: through,
    drawn: draw(through[through.length - 1], ctx.run.seed, again),
    picked,
    width,
    narrow: isNarrow(width),
    logarithmic: ctx.kept.logarithmic ?? true,
    pick,
    beside: ctx.beside.short,
    press: (id) => (id === picked && subject.free ? ctx.force(data.position, id) : pick(id)),
  };
}

/** @param {SamplingStages} data @param {ViewContext<State>} ctx */
const againOf = (data, { kept }) => (kept.of === data ? (kept.again ?? 0) : 0);

/** @param {Layout} laid @param {ViewContext<State>} ctx */
function stageChoice({ steps, middle }, ctx) {
  return html`
    <div class="stage-choice">
      ${segmented({
        label: "Stage shown in the middle",
        choices: steps.map((step) => [step, nameOf(step)]),
        chosen: middle ?? undefined,
        choose: (step) => ctx.keep({ middle: step }),
      })}
    </div>`;
}

/**
 * The tokens that can be drawn, likeliest first, through all stages.
 * @param {SamplingStages} data
 * @param {ViewContext<State>} ctx
 * @returns {Row[]}
 */
export function rows(data, ctx) {
  const { subject, stages, settings, drawn } = sceneOf(data, ctx);
  const end = stages[stages.length - 1];
  const { order, ...numbers } = settings;
  return Array.from(end.order.subarray(0, Math.min(end.left, EXPORTED)), (id) => ({
    id,
    token: tokenText(id),
    rank: placeOf(subject.base.order, id) + 1,
    model: share(subject.base, id),
    [ctx.beside.column]: shareThere(subject.there, id),
    written: subject.counts.get(id),
    ...Object.fromEntries(stages.slice(1).map((stage) => [`after_${stage.step}`, share(stage, id)])),
    drawn: drawn.get(id) ?? 0,
    position: data.position,
    seed: ctx.run.seed,
    ...numbers,
    order: order.join(" "),
  }));
}

/** What was found for each position: it depends on the run alone. @type {WeakMap<Subject, Check[]>} */
const found = new WeakMap();

/**
 * The page's arithmetic against Python's, with the settings of the run; of this run alone: the page does not know the
 * other's.
 * @param {SamplingStages} data
 * @param {ViewContext<State>} ctx
 * @returns {Check[]}
 */
export function checks(data, ctx) {
  const subject = subjectOf(data, ctx);
  const known = found.get(subject) ?? prove(subject);
  found.set(subject, known);
  return known;
}
