// @ts-check
/**
 * What the parts, the stages and the moments of a shared step are called.
 *
 * @import { ParallelHeld, ParallelMoment, ParallelStage } from "../../../types/systems"
 * @import { ViewContext } from "../../../kit/view"
 */

/** By number. */
export const STAGES = ["data parallel", "ZeRO 1", "ZeRO 2", "ZeRO 3"];

/** From the bottom of a bar. @type {{ name: keyof ParallelHeld, title: string, color: string }[]} */
export const PARTS = [
  { name: "weights", title: "weights", color: "river-deep" },
  { name: "optimizer", title: "optimizer", color: "line2" },
  { name: "gradients", title: "gradients", color: "prob" },
  { name: "gathered", title: "gathered weights", color: "pos" },
  { name: "activations", title: "activations", color: "neg" },
];

/** @param {ParallelHeld} held */
export const total = (held) => PARTS.reduce((sum, { name }) => sum + held[name], 0);

/** The moment that is shown. @param {ParallelStage} stage @param {ViewContext<any>} ctx */
export const at = (stage, ctx) => Math.min(stage.moments.length - 1, Number(ctx.controls.moment));

/** @param {string} unit */
export const unitName = (unit) =>
  unit === "embed"
    ? "embedding"
    : unit === "ln_final"
      ? "last norm"
      : unit.startsWith("blocks.")
        ? `block ${unit.slice(7)}`
        : unit;

/** What the ranks have done. @param {ParallelMoment} moment */
export function happened({ kind, unit }) {
  const name = unitName(unit);
  return {
    start: "Before the step",
    forward: `Forward pass: ${name}`,
    backward: `Backward pass: ${name}`,
    gather: `All-gather: every rank has the ${name} whole`,
    free: `Freed: what other ranks hold of the ${name}`,
    reduce: `The gradient of the ${name} is summed over the ranks`,
    ready: "All gradients are means over all tokens",
    step: "The optimizer has stepped what each rank owns, and the gradients are freed",
    end: "The step is over",
  }[kind];
}
