// @ts-check
/**
 * Which tokens under the arcs have a name, and which a number, where there is not room for all.
 */
import { range } from "../../../vendor/d3.js";

/** Weights that have an arc, a number, and a name where there is no room for all. */
export const LEAST = { arc: 0.008, number: 0.005, name: 0.02 };
const NUMBER = 22;
const NAME = 13;

/**
 * The heaviest tokens, the query first, whose names do not run into each other.
 * @param {Float64Array} weights
 * @param {number} query
 * @param {number} pitch
 */
export function heavyNames(weights, query, pitch) {
  const rank = (/** @type {number} */ at) => (at === query ? 2 : Math.abs(weights[at]));
  const heavy = range(query + 1).filter((at) => Math.abs(weights[at]) >= LEAST.name || at === query);
  /** @type {Set<number>} */
  const named = new Set();
  for (const at of heavy.sort((one, other) => rank(other) - rank(one))) {
    if (![...named].some((other) => Math.abs(other - at) * pitch < NAME)) named.add(at);
  }
  return named;
}

/**
 * The tokens whose weight is written out: from left to right, while there is room.
 * @param {Float64Array} weights
 * @param {number} query
 * @param {number} pitch
 */
export function numbered(weights, query, pitch) {
  /** @type {Set<number>} */
  const found = new Set();
  let free = 0;
  for (let at = 0; at <= query; at++) {
    if (Math.abs(weights[at]) < LEAST.number || at * pitch < free) continue;
    found.add(at);
    free = at * pitch + NUMBER;
  }
  return found;
}
