// @ts-check
/**
 * Each block's strongest link from the selected token to each token that it can see, in this run and in another.
 *
 * @import { AttentionReads } from "../../../types/overview"
 * @import { Check, ViewContext } from "../../../kit/view"
 * @typedef {{ head: Uint16Array, weight: Uint8Array }} Strongest
 */
import { headName, percent } from "../../../kit/numbers/format.js";
import { worst } from "../../../kit/numbers/worst.js";
import { token } from "../../../kit/text/tokens.js";
import { max, maxIndex } from "../../../vendor/d3.js";
import { html } from "../../../vendor/lit.js";
import { WHOLE } from "./maps.js";

/**
 * In each block, for each token: the head with the largest weight on it, and that weight in bytes.
 * @param {AttentionReads} data
 * @param {AttentionReads["rows"]["a"]} weights of every head and key, this run's own or the other's
 * @returns {Strongest}
 */
export function strongest(data, weights = data.rows.a) {
  const known = found.get(weights);
  if (known) return known;
  const { n_layers, n_heads, position } = data;
  const keys = position + 1;
  const best = { head: new Uint16Array(n_layers * keys), weight: new Uint8Array(n_layers * keys) };
  for (let row = 0; row < n_layers * n_heads; row++) {
    const block = Math.floor(row / n_heads);
    for (let key = 0; key < keys; key++) {
      const weight = weights[row * keys + key];
      const at = block * keys + key;
      if (weight <= best.weight[at]) continue;
      best.weight[at] = weight;
      best.head[at] = row % n_heads;
    }
  }
  found.set(weights, best);
  return best;
}

/** @type {WeakMap<AttentionReads["rows"]["a"], Strongest>} */
const found = new WeakMap();

/** By how many 255ths each cell's strongest weight is larger here. @param {Strongest} best @param {Strongest} was */
export const differences = (best, was) => Int16Array.from(best.weight, (weight, at) => weight - was.weight[at]);

/**
 * The cell that differs most.
 * @param {AttentionReads} data
 * @param {ViewContext<any>} ctx
 * @param {Strongest} best
 * @param {Strongest} was
 */
export function comparison(data, ctx, best, was) {
  const at = maxIndex(differences(best, was), Math.abs);
  const keys = data.position + 1;
  const block = Math.floor(at / keys);
  if (best.weight[at] === was.weight[at])
    return html`The largest weights are those of ${ctx.beside.the}, in every block.`;
  return html`The runs differ most in <b>block ${block}</b>: its largest weight on ${token(ctx.run.ids[at % keys])} at
    position ${at % keys} is <b>${percent(best.weight[at] / WHOLE)}</b> (${headName(block, best.head[at])}), and
    ${percent(was.weight[at] / WHOLE)} (${headName(block, was.head[at])}) in ${ctx.beside.the}.`;
}

/**
 * The differences that are painted: each block's largest, against what the server made of the rows themselves. Each of
 * two bytes is off by half of 1/255 at most.
 * @param {AttentionReads} data
 * @returns {Check[]}
 */
export function checks(data) {
  if (!data.base) return [];
  const moved = differences(strongest(data), strongest(data, data.base.rows.a));
  const keys = data.position + 1;
  const errors = Array.from(data.base.most.a, (most, block) => {
    const painted = max(moved.subarray(block * keys, (block + 1) * keys), Math.abs) ?? 0;
    return Math.abs(painted / WHOLE - most);
  });
  return [
    {
      statement: `The largest painted difference = that of the weights, in each of ${errors.length} blocks`,
      error: worst(errors),
      tolerance: 1.001 / WHOLE,
      word: "largest error",
    },
  ];
}
