// @ts-check
/**
 * Which stages and which tokens the picture shows, and where.
 *
 * @import { Sampler } from "../../../kit/view"
 * @import { Stage } from "./stage.js"
 * @import { Subject } from "./subject.js"
 *
 * @typedef {object} Column
 * @property {string} step the stage's, or "left" for what the sampler leaves
 * @property {Stage} stage
 * @property {Stage} [before]
 * @property {number} x
 * @property {number} width
 *
 * @typedef {object} Layout
 * @property {Column[]} columns
 * @property {string[]} steps that stand between the first column and the last
 * @property {string | null} middle the one of them that is shown, where there is no room for all
 *
 * @typedef {object} Scene
 * @property {Subject} subject
 * @property {Sampler} settings
 * @property {Sampler} runSampler the settings that the run was made with
 * @property {Stage[]} stages
 * @property {ReadonlyMap<number, number>} drawn how often each token was drawn
 * @property {number | null} picked
 * @property {string} beside how the other run is called
 * @property {number} width in pixels
 * @property {boolean} narrow
 * @property {boolean} logarithmic
 * @property {(id: number) => void} pick the row of a token
 * @property {(id: number) => void} press what Enter does: it picks, and forces the token that is picked
 *
 * @typedef {object} Rows
 * @property {number[]} ids
 * @property {number} shown so many of them are the likeliest
 * @property {boolean} far whether one more stands after them, apart
 */
import { nearby } from "../../../kit/nearby.js";
import { byLogit } from "./ranking.js";
import { isHidden, isOff } from "./words.js";

/** Pixels for the tokens' names, the numbers at the right, and between columns. */
const WIDE = { names: 104, numbers: 122, gap: 22 };
const NARROW = { names: 84, numbers: 54, gap: 16 };
/** The narrowest column, and how much wider the last one is than the others. */
const LEAST = 56;
const LAST = 1.7;
/** Rows, and how many of them show likelier tokens that a typical cut has taken. */
const ROWS = 26;
const ABOVE = 6;

/** Below this width there is room for the middle stage only. */
export const isNarrow = (/** @type {number} */ width) => width < 620;

/** @param {boolean} narrow */
export const margins = (narrow) => (narrow ? NARROW : WIDE);

/**
 * A column for each stage that does something; as many around the chosen one as there is room for.
 * @param {{ stages: Stage[], settings: Sampler, width: number, middle: string }} options
 * @returns {Layout}
 */
export function layout({ stages, settings, width, middle }) {
  const { names, numbers, gap } = margins(isNarrow(width));
  const unit = (/** @type {number} */ columns) =>
    (width - names - numbers - gap * (columns - 1)) / (columns - 1 + LAST);
  const fits = (/** @type {number} */ between) => unit(between + 2) >= LEAST;
  let between = stages.slice(1).filter(({ step }) => !isHidden(step, settings));
  if (!fits(between.length)) {
    const working = between.filter(({ step }) => !isOff(step, settings));
    if (working.length) between = working;
  }
  const steps = between.map(({ step }) => step);
  const all = fits(between.length);
  const chosen = steps.includes(middle) ? steps.indexOf(middle) : steps.length - 1;
  const room = all ? steps.length : steps.filter((_, at) => fits(at + 1)).length;
  const { first, shown } = nearby(steps.length, room, chosen);
  const end = stages[stages.length - 1];
  const columns = [stages[0], ...between.slice(first, first + shown), { ...end, step: "left" }];
  const each = unit(columns.length);
  return {
    steps,
    middle: all ? null : steps[chosen],
    columns: columns.map((stage, at) => ({
      step: stage.step,
      stage: stage.step === "left" ? end : stage,
      before: stage.before,
      x: names + at * (each + gap),
      width: at === columns.length - 1 ? LAST * each : each,
    })),
  };
}

/**
 * The tokens of the rows: the likeliest after the last step, before them some that a typical cut took, and at the end
 * the token that the text goes on with, where it is not among them.
 * @param {Stage[]} stages
 * @param {number | undefined} marked
 * @returns {Rows}
 */
export function rowsOf(stages, marked) {
  const end = stages[stages.length - 1];
  const lost = Math.min(ABOVE, Math.max(...stages.map(({ above }) => above)));
  const above = stages.findLast((stage) => stage.above)?.before?.order.subarray(0, lost) ?? [];
  const ids = [...new Set([...above, ...end.order.subarray(0, ROWS - above.length)])];
  if (above.length) ids.sort(byLogit(end.logits));
  const far = marked !== undefined && !ids.includes(marked);
  return { ids: far ? [...ids, marked] : ids, shown: ids.length, far };
}
