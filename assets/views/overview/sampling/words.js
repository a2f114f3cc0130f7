// @ts-check
/**
 * What the sampler's steps are called, and what is said of a token on its way through them.
 *
 * @import { Sampler } from "../../../kit/view"
 * @import { Scene } from "./scene.js"
 * @import { Stage } from "./stage.js"
 */

import { counted, decimal, percent, signed, whole } from "../../../kit/numbers/format.js";
import { SETTINGS } from "../../../shell/server/tables.js";
import { placeOf } from "./ranking.js";
import { OFF, SETTING } from "./sampler.js";
import { kept, share } from "./stage.js";
import { shareThere } from "./there.js";

/** @type {Record<string, string>} */
const NAMES = Object.fromEntries(SETTINGS.map(({ stage, label }) => [stage, label]));
/** In a column that is too narrow for the whole word. */
const BRIEF = 58;

/** Steps that move tokens. @type {string[]} */
export const PENALTIES = SETTINGS.filter(({ penalises }) => penalises).map(({ stage }) => stage);
/** Steps that have no column while they are off. @type {string[]} */
const RARE = SETTINGS.filter(({ rare }) => rare).map(({ stage }) => stage);

/** @param {string} step */
export const nameOf = (step) => NAMES[step];

/** @param {string} step @param {Sampler} settings */
export const isOff = (step, settings) => settings[SETTING[step]] === OFF[SETTING[step]];

/** @param {string} step @param {Sampler} settings */
export const isHidden = (step, settings) => RARE.includes(step) && isOff(step, settings);

/** A setting's number, with the digits of its step. @param {{ name: string, neutral: number, step: number }} setting */
export const written = ({ name, neutral, step }) => {
  const digits = (String(step).split(".")[1] ?? "").length;
  return (/** @type {number} */ value) =>
    value === neutral && name !== "temperature" ? "off" : decimal(value, digits);
};

/**
 * Above a column.
 * @param {string} step
 * @param {{ width: number, narrow: boolean }} room
 */
export function heading(step, { width, narrow }) {
  if (step === "model") return "Model";
  if (step === "left") return narrow ? "Sampler" : "Result, and 1,000 draws";
  return step === "temperature" && width < BRIEF ? "Temp." : nameOf(step);
}

/**
 * Under its heading: what the step is set to, or how many tokens it leaves.
 * @param {string} step
 * @param {Stage} stage
 * @param {{ settings: Sampler, size: number }} of `size` of the vocabulary
 */
export function subheading(step, stage, { settings, size }) {
  switch (step) {
    case "model":
      return "T = 1";
    case "temperature":
      return settings.temperature === 0 ? "T = 0, greedy" : `T = ${decimal(settings.temperature)}`;
    case "penalty":
      return `× ${decimal(settings.repetition_penalty)}`;
    case "presence":
      return signed(-settings.presence_penalty);
    case "frequency":
      return `${signed(-settings.frequency_penalty)} each`;
    default:
      return stage.left === size && step !== "left" ? "off" : `${whole(stage.left)} left`;
  }
}

/**
 * A token's numbers.
 * @param {Scene} scene
 * @param {number} id
 * @returns {[name: string, value: string][]}
 */
export function told({ subject, stages, settings, drawn, beside }, id) {
  const { base, counts, there } = subject;
  const end = stages[stages.length - 1];
  const before = shareThere(there, id);
  const times = counts.get(id);
  const penalised = times !== undefined && PENALTIES.some((step) => !isOff(step, settings));
  const cut = stages.find((stage) => !kept(stage, id));
  /** @type {([string, string] | false)[]} */
  const lines = [
    ["rank", whole(placeOf(base.order, id) + 1)],
    ["model", percent(share(base, id))],
    before !== undefined && [beside, percent(before)],
    penalised && ["already in the text", times ? `written ${counted(times, "time")}` : "in the prompt only"],
    cut ? ["removed by", cutter(cut)] : ["after the cuts", percent(share(end, id))],
    !cut && ["drawn", `${whole(drawn.get(id) ?? 0)} of 1,000`],
  ];
  return lines.filter((line) => line !== false);
}

/** @param {Stage} stage */
const cutter = ({ step }) => (step === "temperature" ? "temperature 0" : nameOf(step).toLowerCase());

/** @param {number} count */
export const tokens = (count) => counted(count, "token");
