// @ts-check
/**
 * What passes a choice of layers: the twin of `stack/safety/layers.py`.
 *
 * @import { LayeredRun, SafetyLayersFlow } from "../../../types/safety"
 * @import { ViewContext } from "../../../kit/view"
 *
 * @typedef {"front" | "probe" | "model" | "back"} Stage in the order in which a request meets them
 * @typedef {Record<"front" | "probe" | "system" | "taught" | "back", boolean>} Chosen which layers are on
 * @typedef {{ share: number, low: number, high: number, count: number, of: number }} Rate
 *
 * @typedef {object} Through
 * @property {Stage[]} stages that a request meets; the model always answers
 * @property {(Stage | "")[]} stopped by which stage each request is stopped; nothing where it passes
 * @property {Record<Stage, (at: number) => boolean>} stops whether a stage would stop a request if it met it
 * @property {LayeredRun} run
 */

/** Of an interval of 95 %. */
const Z = 1.959964;

/** @param {ViewContext<any>} ctx @returns {Chosen} */
export const chosenOf = ({ controls }) => ({
  front: controls.front === "on",
  probe: controls.probe === "on",
  system: controls.system === "on",
  taught: controls.taught === "on",
  back: controls.back === "on",
});

/**
 * @param {SafetyLayersFlow} data @param {Chosen} chosen @param {number} rate percent of false alarms
 * @returns {Through}
 */
export function through(data, chosen, rate) {
  const taught = chosen.taught && data.runs.some((run) => run.taught);
  const run =
    data.runs.find((each) => each.system === chosen.system && each.taught === taught) ??
    data.runs[data.runs.length - 1];
  const level = data.levels.find((each) => each.rate === rate) ?? data.levels[0];
  /** @type {Record<Stage, (at: number) => boolean>} */
  const stops = {
    front: (at) => data.before.a[at] >= level.before,
    probe: (at) => run.probe.a[at] >= level.probe,
    model: (at) => run.verdicts[at] === "refused",
    back: (at) => run.behind.a[at] >= level.behind,
  };
  const stages = /** @type {Stage[]} */ (["front", "probe", "model", "back"]).filter(
    (stage) => stage === "model" || chosen[stage],
  );
  const stopped = data.texts.map((_, at) => stages.find((stage) => stops[stage](at)) ?? "");
  return { stages, stopped, stops, run };
}

/**
 * The share of some requests, with Wilson’s interval in which those of one template count as one.
 * @param {SafetyLayersFlow} data @param {number[]} some @param {(at: number) => boolean} holds
 * @returns {Rate}
 */
export function rateOf(data, some, holds) {
  const count = some.filter(holds).length;
  const n = new Set(some.map((at) => data.template.a[at])).size;
  return { ...wilson(count / some.length, n), count, of: some.length };
}

/** @param {number} share @param {number} n */
export function wilson(share, n) {
  const middle = share * n + Z ** 2 / 2;
  const half = Z * Math.sqrt(share * n * (1 - share) + Z ** 2 / 4);
  const bound = (/** @type {number} */ value) => Math.min(1, Math.max(0, value / (n + Z ** 2)));
  return { share, low: bound(middle - half), high: bound(middle + half) };
}

/** The places of the forbidden requests, or of the harmless; of one form, or of all.
 * @param {SafetyLayersFlow} data @param {boolean} forbidden @param {string} [form] */
export const placesOf = (data, forbidden, form) =>
  data.texts.flatMap((_, at) =>
    Boolean(data.forbidden.a[at]) === forbidden && (!form || data.forms[at] === form) ? [at] : [],
  );
