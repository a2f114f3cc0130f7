// @ts-check
/**
 * The two trainings that are compared, without a counterweight and with it.
 *
 * @import { BalancingEnd, BalancingTask } from "../../../types/architectures"
 * @typedef {"plain" | "chosen"} Side
 */
import { percent } from "../../../kit/numbers/format.js";

/** @type {Record<string, string>} */
const SHORT = { loss: "with loss", noise: "with noise", bias: "with bias", choice: "expert choice" };

/** The counterweight in two words. @param {BalancingTask} task */
export const shortName = ({ method }) => SHORT[method];

/** @param {BalancingTask} task */
function counterweight({ method, alpha, rate }) {
  if (method === "loss") return `Balancing loss, α = ${alpha}`;
  if (method === "bias") return `Bias, moved by ${rate} a step`;
  return method === "noise" ? "Noise" : "Expert choice";
}

/**
 * @param {BalancingTask} task
 * @returns {[Side, string][]}
 */
export const sides = (task) => [
  ["plain", "No counterweight"],
  ["chosen", counterweight(task)],
];

/** A share with one digit, however small. @param {number} share */
export const share = (share) => `${(100 * share).toFixed(1)} %`;

/**
 * How a training has ended, or how far it is.
 * @param {BalancingTask} task
 * @param {BalancingEnd} end
 * @param {{ side: Side, trained: number }} which
 */
export function verdict(task, end, { side, trained }) {
  const when = trained < task.steps ? `After ${trained} of ${task.steps} steps` : "At the end";
  const over = end.steps === 1 ? "" : ` (mean of the last ${end.steps} steps, as in the names at the bands)`;
  const idle = end.idle === 0 ? "no expert is" : end.idle === 1 ? "1 expert is" : `${end.idle} experts are`;
  const left =
    side === "chosen" && task.method === "choice" ? ` No expert chose ${percent(end.unserved)} of the tokens.` : "";
  return (
    `${when}${over} ${idle} idle. The load is worth ${end.effective.toFixed(1)} equally busy experts; ` +
    `the busiest has ${end.busiest.toFixed(1)} times an even share.${left}`
  );
}
