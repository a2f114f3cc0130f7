// @ts-check
/**
 * The table's arithmetic: what weights, keys and values weigh, for what the page's controls say. Parameters are counted
 * by the server; here they are multiplied by batch and length.
 *
 * @import { MemoryCalibration, MemoryModels, MemoryRow } from "../../../types"
 * @import { Check, ViewContext } from "../../../kit/view"
 */
import { decimal, percent, whole } from "../../../kit/format.js";
import { worst } from "../../../kit/worst.js";
import { sum } from "../../../vendor/d3.js";

/** From this many times on, digits after the point say nothing. */
const MANY_TIMES = 10;

/**
 * Tokens that the blocks hold together: those with a window hold no more than that.
 * @param {MemoryRow} row
 * @param {number} length
 */
const held = (row, length) => sum(row.windows, ([blocks, window]) => blocks * Math.min(length, window ?? length));

/**
 * Sequences, times the numbers of a token in a block, times the tokens that the blocks hold, times bytes a number.
 * @param {MemoryRow} row
 * @param {{ batch: number, length: number }} sequences
 * @param {number} each bytes of a number
 */
export const keyValueBytes = (row, { batch, length }, each) => batch * row.kv_numbers * held(row, length) * each;

/**
 * What the chosen sequences weigh in the chosen formats.
 * @param {MemoryModels} data
 * @param {MemoryRow} row
 */
export function weigh({ asked, cache_bytes }, row) {
  const { batch, length } = asked;
  const each = cache_bytes[asked.cache];
  const weights = row.bytes[asked.weights];
  const one = keyValueBytes(row, { batch: 1, length }, each);
  return {
    weights,
    /** Keys and values of all sequences. */
    cache: batch * one,
    token: keyValueBytes(row, { batch: 1, length: 1 }, each),
    /** Sequences whose keys and values weigh as much as the weights. */
    equal: weights / one,
  };
}

/**
 * The running model: weighed in the last view, and a model like the others from then on.
 * @param {ViewContext} ctx
 */
export const runningModel = (ctx) =>
  /** @type {MemoryCalibration | undefined} */ (ctx.payload("calibration"))?.here ?? null;

/**
 * The models to compare: one's own first, where one is chosen.
 * @param {MemoryModels} data
 */
export const compared = ({ own, models }) => (own ? [own, ...models] : models);

/**
 * The product that the page forms against the module's own.
 * @param {MemoryModels} data
 * @param {ViewContext} ctx
 * @returns {Check[]}
 */
export function provedProducts(data, ctx) {
  const [batch, length] = data.proved;
  const all = [...data.models, runningModel(ctx), data.own].filter((row) => row !== null);
  const gap = worst(all.map((row) => Math.abs(keyValueBytes(row, { batch, length }, 2) - row.proved)));
  return [
    {
      statement:
        `The page's product = the module's, ${whole(batch)} × ${whole(length)} ` +
        `tokens of ${data.models.length} models`,
      error: gap,
      tolerance: 0,
      word: "difference",
    },
  ];
}

/**
 * What the cache weighs against the weights.
 * @param {number} share
 */
export function againstWeights(share) {
  if (share < 1) return `${percent(share)} of the weights`;
  return `${share >= MANY_TIMES ? whole(Math.round(share)) : decimal(share)} × the weights`;
}
