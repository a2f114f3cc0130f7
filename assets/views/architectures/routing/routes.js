// @ts-check
/**
 * Which experts a token visits in a layer, and what of it is selected on the page.
 *
 * @import { RoutedText, RoutingMatrix } from "../../../types/architectures"
 * @import { ViewContext } from "../../../kit/view"
 * @import { Visit } from "./wording.js"
 *
 * @typedef {object} Chosen
 * @property {number} row of the layer among those that have a router
 * @property {number} position
 * @property {number} expert
 * @property {Visit[]} visits
 */
import { leastIndex, range } from "../../../vendor/d3.js";

/**
 * Heaviest first. Slots that a token left empty hold −1.
 * @param {Pick<RoutedText, "indices" | "weights">} routes
 * @param {number} row
 * @param {number} position
 * @returns {Visit[]}
 */
export function visitsOf({ indices, weights }, row, position) {
  const [, tokens, slots] = indices.shape;
  const from = (row * tokens + position) * slots;
  /** @type {Visit[]} */
  const visits = Array.from(indices.a.subarray(from, from + slots), (expert, slot) => [expert, weights.a[from + slot]]);
  return visits.filter(([expert]) => expert >= 0);
}

/**
 * Each expert's part of what the layer wrote; its weight where the parts were not worked out.
 * @param {RoutingMatrix} data
 * @param {number} row
 * @param {number} position
 * @returns {Visit[]}
 */
export function partsOf(data, row, position) {
  const visits = visitsOf(data, row, position);
  if (!data.contribution) return visits;
  const [, tokens, slots] = data.contribution.shape;
  const from = (row * tokens + position) * slots;
  const parts = data.contribution.a.subarray(from, from + slots);
  return visits.map(([expert], slot) => [expert, parts[slot]]);
}

/** @typedef {{ there: RoutedText | null, shared: number }} OtherRoutes the other run's, as far as both have tokens */

/**
 * The other run's visits, where both runs read the token.
 * @param {OtherRoutes} other
 * @param {number} row
 * @param {number} position
 */
export function visitsThere({ there, shared }, row, position) {
  return there && position < shared ? visitsOf(there, row, position) : null;
}

/**
 * How many routes, a token in a layer each, visit other experts than in the other run, and the share of all weight that
 * lies on other experts.
 * @param {RoutedText} data
 * @param {OtherRoutes} other
 */
export function difference(data, other) {
  let [elsewhere, moved, all] = [0, 0, 0];
  for (const row of range(data.layers.length))
    for (const position of range(other.shared)) {
      const now = visitsOf(data, row, position);
      const was = visitsThere(other, row, position) ?? [];
      const experts = new Set([...now, ...was].map(([expert]) => expert));
      if (experts.size > Math.min(now.length, was.length)) elsewhere += 1;
      for (const expert of experts) moved += Math.abs(weightOf(now, expert) - weightOf(was, expert)) / 2;
      for (const [, weight] of was) all += weight;
    }
  return { elsewhere, moved: moved / all };
}

/**
 * Nought where the expert is not visited.
 * @param {Visit[]} visits
 * @param {number} expert
 */
export const weightOf = (visits, expert) => visits.find(([each]) => each === expert)?.[1] ?? 0;

/**
 * Whether both visit the same experts.
 * @param {Visit[]} one
 * @param {Visit[]} other
 */
export const same = (one, other) =>
  one.length === other.length && one.every(([expert]) => other.some(([each]) => each === expert));

/**
 * The selected layer, or the nearest that has a router; the selected expert, or the heaviest of the selected token.
 * @param {RoutedText} data
 * @param {Pick<ViewContext, "focus">} ctx
 * @returns {Chosen}
 */
export function chosenIn(data, { focus }) {
  const row = Math.max(0, leastIndex(data.layers, (layer) => Math.abs(layer - (focus.layer ?? 0))) ?? 0);
  const position = Math.min(focus.position ?? data.n, data.n - 1);
  const visits = visitsOf(data, row, position);
  const known = focus.expert !== null && focus.expert < data.n_experts;
  return { row, position, visits, expert: known ? Number(focus.expert) : (visits[0]?.[0] ?? 0) };
}
