// @ts-check
/**
 * The choice of a format for every matrix under a budget, as `stack.systems.quantization.budget` makes it: up the lower
 * convex hull of (bytes, KL) of each matrix, always the step that saves most for a byte.
 *
 * @import { QuantizedBudget } from "../../../types/systems"
 *
 * @typedef {{ nbytes: number, kl: number }} Offer
 * @typedef {{ matrix: number, to: number, cost: number, rate: number }} Step
 * @typedef {{ hulls: number[][], steps: Step[], ladders: Offer[][], least: number, most: number }} Ladders
 * @typedef {{ chosen: number[], nbytes: number, kl: number }} Choice
 */
import { max, min, range, sum } from "../../../vendor/d3.js";

/** What is made of one measurement. @type {WeakMap<QuantizedBudget, Ladders>} */
const known = new WeakMap();

/** @param {QuantizedBudget} data @returns {Ladders} */
export function laddersOf(data) {
  const found = known.get(data);
  if (found) return found;
  const count = data.weights.a.length;
  const ladders = range(count).map((matrix) =>
    data.formats.map((_, format) => ({
      nbytes: data.nbytes.a[format * count + matrix],
      kl: data.kl.a[format * count + matrix],
    })),
  );
  const of = (/** @type {typeof min | typeof max} */ pick) =>
    sum(ladders, (offers) => Number(pick(offers, ({ nbytes }) => nbytes)));
  const made = {
    ladders,
    hulls: ladders.map(hull),
    steps: stepsOf(ladders),
    least: of(min),
    most: of(max),
  };
  known.set(data, made);
  return made;
}

/**
 * Which offers lie on the hull, from the cheapest to the one of least KL.
 * @param {Offer[]} offers
 */
export function hull(offers) {
  const order = range(offers.length).sort((a, b) => offers[a].nbytes - offers[b].nbytes || offers[a].kl - offers[b].kl);
  /** @type {number[]} */
  const found = [];
  for (const at of order) {
    const last = found.at(-1);
    if (last !== undefined && offers[at].kl >= offers[last].kl) continue;
    while (found.length > 1) {
      const [before, top] = found.slice(-2);
      if (rate(offers[before], offers[top]) > rate(offers[top], offers[at])) break;
      found.pop();
    }
    found.push(at);
  }
  return found;
}

/** Nats saved for a byte. @param {Offer} here @param {Offer} there */
const rate = (here, there) => (here.kl - there.kl) / (there.nbytes - here.nbytes);

/** @param {Offer[][]} ladders @returns {Step[]} */
function stepsOf(ladders) {
  return ladders
    .flatMap((offers, matrix) => {
      const on = hull(offers);
      return on.slice(1).map((to, at) => ({
        matrix,
        to,
        cost: offers[to].nbytes - offers[on[at]].nbytes,
        rate: rate(offers[on[at]], offers[to]),
      }));
    })
    .sort((a, b) => b.rate - a.rate);
}

/**
 * @param {Ladders} of
 * @param {number} budget bytes of all matrices
 * @returns {Choice}
 */
export function greedy({ ladders, hulls, steps }, budget) {
  const chosen = hulls.map(([cheapest]) => cheapest);
  let nbytes = sum(chosen, (at, matrix) => ladders[matrix][at].nbytes);
  const over = new Set();
  for (const { matrix, to, cost } of steps) {
    if (over.has(matrix)) continue;
    if (nbytes + cost > budget) {
      over.add(matrix);
      continue;
    }
    chosen[matrix] = to;
    nbytes += cost;
  }
  return { chosen, nbytes, kl: sum(chosen, (at, matrix) => ladders[matrix][at].kl) };
}
