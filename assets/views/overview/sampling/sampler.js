// @ts-check
/**
 * The sampler, in the page: its settings, and a distribution through all of its steps.
 *
 * @import { Sampler } from "../../../kit/view"
 * @import { StageName } from "../../../shell/protocol"
 * @import { Stage } from "./stage.js"
 * @import { Counts } from "./steps.js"
 */
import { SETTINGS, STAGES } from "../../../shell/server/tables.js";
import { STEPS } from "./steps.js";

/** @typedef {Exclude<keyof Sampler, "order">} SettingName */

/** The value of each setting that changes nothing. */
export const OFF = /** @type {Omit<Sampler, "order">} */ (
  Object.fromEntries(SETTINGS.map(({ name, neutral }) => [name, neutral]))
);
/** The setting of each step. */
export const SETTING = /** @type {Record<string, SettingName>} */ (
  Object.fromEntries(SETTINGS.map(({ stage, name }) => [stage, name]))
);

/**
 * Steps that an older link leaves out stand behind the step that they follow in `STAGES`, as in Python.
 * @param {readonly StageName[]} order
 */
export function completed(order) {
  const full = [...order];
  for (const { stage, later } of SETTINGS) {
    if (later && !full.includes(stage)) full.splice(full.indexOf(STAGES[STAGES.indexOf(stage) - 1]) + 1, 0, stage);
  }
  return full;
}

/**
 * The stages of the last two settings from each beginning: what a moved slider leaves as it was is not computed again.
 */
const PIPELINES = 2;
/** @type {WeakMap<Stage, { counts: Counts, recent: Stage[][] }>} */
const made = new WeakMap();

/**
 * The beginning and the distribution after each step.
 * @param {Stage} base
 * @param {Counts} counts
 * @param {Sampler} settings
 */
export function pipeline(base, counts, settings) {
  const said = { ...OFF, ...settings };
  const before = made.get(base);
  const recent = before?.counts === counts ? before.recent : [];
  const known = recent.flat();
  const stages = [base];
  for (const step of completed(said.order)) {
    const stage = stages[stages.length - 1];
    const value = said[SETTING[step]];
    const same = known.find((each) => each.before === stage && each.step === step && each.value === value);
    stages.push(same ?? { ...stage, above: 0, ...STEPS[step](stage, value, counts), step, value, before: stage });
  }
  made.set(base, { counts, recent: [stages, ...recent].slice(0, PIPELINES) });
  return stages;
}
