// @ts-check
/**
 * What follows from rewards: weights, gradients as sums of token gradients, their norms and cosines, and steps.
 *
 * @import { PolicySwapped, PolicyState } from "../../../types/finetuning"
 * @import { Answer } from "./estimate.js"
 *
 * @typedef {{ u: Float64Array, pull: Float64Array, norm: number }} Vector of one estimator: weights of slots, the
 *   inner products of its gradient with each slot's, its norm
 */
import { sum } from "../../../vendor/d3_first.js";
import { estimates } from "./estimate.js";

/** Below it there is no gradient. */
export const NONE = 1e-9;

/** The prompt of a draw. @param {PolicySwapped} data @param {number} i */
export const promptOf = (data, i) => data.answers[data.draws[i].answer].prompt;

/** A row of a block. @param {{ a: ArrayLike<number>, shape: readonly number[] }} block @param {number} row
 * @param {number} count */
export const rowOf = ({ a, shape }, row, count) => Array.from({ length: count }, (_, t) => a[row * shape[1] + t]);

/** Rewards as they are and as they were pressed. @param {PolicySwapped} data @param {string} said */
export const rewardsOf = (data, said) =>
  data.draws.map(({ reward }, i) => (said[i] === "0" || said[i] === "1" ? Number(said[i]) : reward));

/**
 * @param {PolicySwapped} data
 * @param {PolicyState} state
 * @param {number[]} draws that count
 * @param {(number | null)[]} rewards of all draws
 */
export function solve(data, state, draws, rewards) {
  const [first] = data.states;
  /** @type {Answer[]} */
  const answers = draws.map((i) => {
    const { answer } = data.draws[i];
    const count = data.answers[answer].pieces.length;
    const logp = rowOf(state.logp, answer, count);
    const written = rowOf(first.logp, answer, count);
    return {
      reward: rewards[i],
      group: data.answers[answer].prompt,
      values: rowOf(data.values, answer, count),
      ratios: logp.map((each, t) => each - written[t]),
      logp,
    };
  });
  const found = estimates(answers, data.longest);
  const vectors = data.names.map((name) => vectorOf(data, state, draws, found.by[name].terms));
  const cosine = vectors.map((one) =>
    vectors.map((other) =>
      one.norm < NONE || other.norm < NONE
        ? Number.NaN
        : sum(one.u, (each, slot) => each * other.pull[slot]) / one.norm / other.norm,
    ),
  );
  return { ...found, answers, draws, vectors, cosine, longest: data.longest };
}

/** @typedef {ReturnType<typeof solve>} Solved */

/**
 * @param {PolicySwapped} data @param {PolicyState} state @param {number[]} draws
 * @param {import("./estimate.js").Term[][]} terms
 * @returns {Vector}
 */
function vectorOf(data, state, draws, terms) {
  const n = state.gram.shape[0];
  const u = new Float64Array(n);
  draws.forEach((i, row) => {
    const slots = rowOf(data.slots, data.draws[i].answer, terms[row].length);
    terms[row].forEach(({ weight }, t) => {
      u[slots[t]] += weight;
    });
  });
  const pull = new Float64Array(n);
  u.forEach((weight, slot) => {
    if (weight) for (let to = 0; to < n; to++) pull[to] += weight * state.gram.a[slot * n + to];
  });
  const norm = Math.sqrt(
    Math.max(
      sum(u, (each, slot) => each * pull[slot]),
      0,
    ),
  );
  const scale = Math.sqrt(sum(u, (each, slot) => each * each * state.gram.a[slot * n + slot]));
  // Rounding of what cancels is no gradient.
  return { u, pull, norm: norm < 1e-5 * scale ? 0 : norm };
}

/** The log-probability of an answer. @param {PolicySwapped} data @param {PolicyState} state @param {number} answer */
export const logpOf = (data, state, answer) => sum(rowOf(state.logp, answer, data.answers[answer].pieces.length));

/**
 * The probability of an answer after a step of so much along a gradient, to first order.
 * @param {PolicySwapped} data @param {PolicyState} state @param {number} answer @param {Vector} vector
 * @param {number} by times the gradient
 */
export function predicted(data, state, answer, vector, by) {
  const slots = rowOf(data.slots, answer, data.answers[answer].pieces.length);
  return Math.exp(logpOf(data, state, answer) + by * sum(slots, (slot) => vector.pull[slot]));
}

/**
 * Times each gradient: steps of one length, or of the rate with which GRPO's has it (Dr.GRPO's where GRPO has none).
 * @param {PolicySwapped} data @param {Vector[]} vectors @param {boolean} rate
 */
export function reach(data, vectors, rate) {
  const first = [3, 4].map((at) => vectors[at].norm).find((norm) => norm > NONE);
  return vectors.map(({ norm }) => (norm < NONE || (rate && !first) ? 0 : data.step / (rate ? (first ?? 1) : norm)));
}
