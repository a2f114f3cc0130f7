// @ts-check
/**
 * The table's arithmetic: what weights, keys and values weigh, for what the page's controls say. The known models are
 * counted by the server, one's own by the page; here they are multiplied by batch and length.
 *
 * @import { MemoryCalibration, MemoryModels, MemoryRow, Sizes } from "../../../types/inference"
 * @import { ServingAsked, ServingGround } from "../../../types/inference"
 * @import { Check, ViewContext } from "../../../kit/view"
 */
import { decimal, percent, whole } from "../../../kit/numbers/format.js";
import { worst } from "../../../kit/numbers/worst.js";
import { sum } from "../../../vendor/d3.js";
import { read } from "./asked.js";
import { stored } from "./schemes.js";
import { cached, counted, tensors, windowGroups } from "./sizes.js";

/** Bytes by which sums may differ that are rounded at other places. */
const ROUNDED = 0.5;
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
 * @param {Shown} shown
 * @param {MemoryRow} row
 */
export function weigh({ asked, each }, row) {
  const { batch, length } = asked;
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
 * A model, counted by the page.
 * @param {ServingGround} ground
 * @param {string} name
 * @param {Sizes} sizes
 */
function rowOf(ground, name, sizes) {
  const bytes = Object.fromEntries(ground.schemes.map((scheme) => [scheme.name, stored(ground, sizes, scheme)]));
  const [total, active] = [counted(tensors(sizes)), counted(tensors(sizes, true))];
  return { name, sizes, total, active, quoted: null, bytes, kv_numbers: cached(sizes), windows: windowGroups(sizes) };
}

/**
 * @typedef {object} Shown what is asked, and of which models
 * @property {ServingAsked} asked
 * @property {string} title of the weights' format
 * @property {number} each bytes of a number in the cache
 * @property {MemoryRow | null} own
 * @property {MemoryRow[]} models to compare: one's own first, where one is chosen
 */

/**
 * @param {MemoryModels} data
 * @param {ViewContext["controls"]} controls
 * @returns {Shown}
 */
export function shownOf({ ground, models }, controls) {
  const { asked, name, sizes } = read(ground, controls);
  const each = ground.caches.find((cache) => cache.name === asked.cache)?.bytes ?? Number.NaN;
  const title = ground.schemes.find((scheme) => scheme.name === asked.weights)?.title ?? asked.weights;
  const own = sizes && !(name in ground.models) ? { ...rowOf(ground, name, sizes), proved: Number.NaN } : null;
  return { asked, title, each, own, models: own ? [own, ...models] : models };
}

/**
 * The page's own count of each model against the server's, and the product that it forms against the module's.
 * @param {MemoryModels} data
 * @param {ViewContext} ctx
 * @returns {Check[]}
 */
export function provedProducts(data, ctx) {
  const [batch, length] = data.proved;
  const all = [...data.models, runningModel(ctx), data.own].filter((row) => row !== null);
  const counts = data.models.flatMap((row) => {
    const made = rowOf(data.ground, row.name, data.ground.models[row.name]);
    return [made.total - row.total, ...Object.entries(row.bytes).map(([name, bytes]) => made.bytes[name] - bytes)];
  });
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
    {
      statement:
        `The page's weights = the server's, of ${data.models.length} models in ` +
        `${data.ground.schemes.length} formats`,
      error: worst(counts.map(Math.abs)),
      tolerance: ROUNDED,
      word: "largest difference, bytes",
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
