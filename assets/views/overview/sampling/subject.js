// @ts-check
/**
 * What is worked out once for a position: the sorted vocabulary, what was said before it, and what the run's own
 * settings leave. Kept for the last few positions only.
 *
 * @import { SamplingStages } from "../../../types/overview"
 * @import { Run, Sampler, ViewContext } from "../../../kit/view"
 * @import { Stage } from "./stage.js"
 * @import { Counts } from "./steps.js"
 * @import { There } from "./there.js"
 *
 * @typedef {object} Subject
 * @property {SamplingStages} data
 * @property {Stage} base the model's own distribution
 * @property {There | null} there the other run's
 * @property {Counts} counts
 * @property {Stage[]} own with the settings that the run was made with
 * @property {Run["steps"][number] | undefined} step the run's own draw at this position
 * @property {number | undefined} next the token that follows in the text
 * @property {boolean} free whether the model chose that token, or the prompt gave it
 */
import { STAGES } from "../../../shell/server/tables.js";
import { completed, OFF, pipeline } from "./sampler.js";
import { begin, share, shareAt } from "./stage.js";
import { thereOf } from "./there.js";

const RECENT = 12;
/** @type {Map<SamplingStages, Subject>} */
const recent = new Map();

/**
 * @param {SamplingStages} data
 * @param {ViewContext<any>} ctx
 * @returns {Subject}
 */
export function subjectOf(data, { run, there }) {
  const found = recent.get(data);
  if (found && (found.there?.data ?? null) === there) return found;
  const base = begin(data.logits.a);
  const counts = countsBefore(data.position, run);
  const subject = {
    data,
    base,
    there: there && thereOf(base, there),
    counts,
    own: pipeline(base, counts, run.sampler),
    step: run.steps.find(({ position }) => position === data.position),
    next: run.ids[data.position + 1],
    free: data.position >= run.nPrompt - 1,
  };
  recent.set(data, subject);
  if (recent.size > RECENT) recent.delete([...recent.keys()][0]);
  return subject;
}

/**
 * How often the model has written each token so far; 0 where it stands in the prompt only.
 * @param {number} position
 * @param {Run} run
 */
function countsBefore(position, { ids, nPrompt }) {
  /** @type {Map<number, number>} */
  const counts = new Map();
  for (let at = 0; at <= position; at++) counts.set(ids[at], (counts.get(ids[at]) ?? 0) + (at >= nPrompt ? 1 : 0));
  return counts;
}

/**
 * What the sliders say.
 * @param {ViewContext<any>} ctx
 * @returns {Sampler}
 */
export function settingsOf(ctx) {
  const said = { ...OFF, ...ctx.run.sampler, ...ctx.sampler };
  return { ...said, order: completed(said.order ?? STAGES) };
}

/**
 * Whether two samplers differ anywhere.
 * @param {Sampler} one
 * @param {Sampler} other
 */
export function differ(one, other) {
  const names = /** @type {(keyof typeof OFF)[]} */ (Object.keys(OFF));
  const full = { ...OFF, ...other };
  return names.some((name) => one[name] !== full[name]) || one.order.join() !== completed(full.order).join();
}

/** @type {WeakMap<Stage, number>} */
const entropies = new WeakMap();

/** In bits. @param {Stage} stage */
export function entropyOf(stage) {
  let entropy = entropies.get(stage);
  if (entropy === undefined) {
    entropy = 0;
    for (let at = 0; at < stage.left; at++) {
      const p = shareAt(stage, at);
      if (p > 0) entropy -= p * Math.log2(p);
    }
    entropies.set(stage, entropy);
  }
  return entropy;
}

/** @type {WeakMap<Stage, number>} */
const held = new WeakMap();

/**
 * The part of the model's own probability that the tokens of a stage hold.
 * @param {Subject} subject
 * @param {Stage} stage
 */
export function heldBy({ base }, stage) {
  let sum = held.get(stage);
  if (sum === undefined) {
    sum = 0;
    for (let at = 0; at < stage.left; at++) sum += share(base, stage.order[at]);
    held.set(stage, sum);
  }
  return Math.min(1, sum);
}
