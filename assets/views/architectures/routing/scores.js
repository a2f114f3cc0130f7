// @ts-check
/**
 * A router's scores in one place.
 *
 * @import { RoutingDecision } from "../../../types/architectures"
 * @import { Floats } from "../../../types/shared"
 * @import { Visit } from "./wording.js"
 */
import { range } from "../../../vendor/d3.js";

/** Experts that are listed; the rest is one row. */
const LISTED = 16;

/**
 * The experts that are used, heaviest first.
 * @param {{ weights: Floats }} choice
 * @returns {Visit[]}
 */
export function weighted({ weights }) {
  /** @type {Visit[]} */
  const all = Array.from(weights.a, (weight, expert) => [expert, weight]);
  return all.filter(([, weight]) => weight > 0).sort(([, one], [, other]) => other - one);
}

/**
 * Which experts have a row of their own: those that matter here, and those of the greatest scores.
 * @param {RoutingDecision} data
 * @param {RoutingDecision | null} there
 * @param {number | null} chosen
 * @returns {{ listed: number[], rest: number[] }}
 */
export function listing(data, there, chosen) {
  const all = range(data.n_experts);
  if (data.n_experts <= LISTED) return { listed: all, rest: [] };
  const used = [...weighted(data), ...(there ? weighted(there) : [])].map(([expert]) => expert);
  const kept = new Set(used);
  for (const expert of [data.runner_up, chosen]) if (expert !== null && expert < data.n_experts) kept.add(expert);
  for (const expert of all.toSorted((one, other) => data.logits.a[other] - data.logits.a[one]))
    if (kept.size < LISTED - 2) kept.add(expert);
  return { listed: all.filter((expert) => kept.has(expert)), rest: all.filter((expert) => !kept.has(expert)) };
}
