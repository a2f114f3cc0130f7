// @ts-check
/**
 * What the charts over the steps share: their axis, the selected step, and what a click on them chooses.
 *
 * @import { Mark, Point } from "../../../kit/chart/chart_layout"
 * @import { ViewContext } from "../../../kit/view"
 *
 * @typedef {{ start: number, n_steps: number }} Steps the prompt's tokens, and how many are fed one by one after them
 * @typedef {{ color?: string, dash?: string }} Look
 */
import { range } from "../../../vendor/d3.js";
import { stepAt } from "./held.js";

export const HEIGHT = 236;
/** Room at the right for the lines' names. */
export const NAMES = 92;
/** From so many pixels on, two charts stand side by side; then the room between them. */
const PAIR = { from: 900, gap: 40 };
const TICKS = 6;

/**
 * How a policy's line is called at its end, and drawn: by its dashes, so that no colour need tell them apart.
 * @type {Record<string, { name: string, dash?: string }>}
 */
export const LINES = {
  full: { name: "full" },
  int8: { name: "8-bit", dash: "dot" },
  int4: { name: "4-bit", dash: "dashdot" },
  window: { name: "window" },
  heavy: { name: "heavy hitters", dash: "dash" },
};

/**
 * The line of a policy, violet where it is chosen.
 * @param {string} name
 * @param {boolean} chosen
 */
export const lineOf = (name, chosen) => ({
  ...LINES[name],
  color: chosen ? "prob" : "river-deep",
  width: chosen ? 2.2 : 1.5,
  labelled: true,
});

/** @param {number} width */
export const columnWidth = (width) => (width >= PAIR.from ? (width - PAIR.gap) / 2 : width);

/** @param {Steps} steps */
export function stepAxis({ start, n_steps }) {
  const tickvals = range(0, n_steps + 1, Math.max(1, Math.ceil(n_steps / TICKS)));
  const ticktext = tickvals.map((step) => (step === 0 ? "prompt" : String(start + step - 1)));
  return { tickvals, ticktext, range: [-0.3, n_steps + 0.3], title: "position fed" };
}

/**
 * A line at the selected position's step, where it has one.
 * @param {Steps} steps
 * @param {ViewContext} ctx
 * @returns {Mark[]}
 */
export function selectedStep(steps, ctx) {
  const step = stepAt(steps, ctx.focus.position ?? 0);
  return step >= 0 && step <= steps.n_steps ? [{ x: step, color: "prob" }] : [];
}

/**
 * @param {Steps} steps
 * @param {ViewContext} ctx
 * @returns {(point?: Point) => void}
 */
export const selectStep =
  ({ start }, ctx) =>
  (point) =>
    point && ctx.select({ position: Math.round(Number(point.x)) + start - 1 });
