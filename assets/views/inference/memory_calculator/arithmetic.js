// @ts-check
/**
 * The calculator's arithmetic: what weights, keys and values weigh, for what the page's controls say. Parameters are
 * counted by the server; here they are added up and multiplied by batch and length.
 *
 * @import { MemoryCalibration, MemoryModels, MemoryRow } from "../../../types"
 * @import { Check, ViewContext } from "../../../kit/view"
 *
 * @typedef {object} Settings
 * @property {string} weights name of the format
 * @property {string} cache
 * @property {number} batch sequences
 * @property {number} length tokens of each
 * @property {number} memory in GB
 * @property {string} model its name, or "own" or "here"
 * @property {MemoryRow | null} row its sizes; null where own numbers are those of no model
 */
import { decimal, percent, whole } from "../../../kit/format.js";
import { doublings, nearestStep } from "../../../kit/steps.js";
import { max, sum } from "../../../vendor/d3.js";

export const BATCHES = doublings(1, 1024);
export const LENGTHS = doublings(128, 1 << 20);
export const MEMORIES = [1, 2, 4, 8, 12, 16, 24, 32, 48, 64, 80, 96, 141, 160, 192, 320, 640, 1128, 2256];
/** Bytes of 1 GB. */
export const GB = 1e9;
/** @type {Record<string, string>} */
export const FORMATS = { fp32: "32-bit", bf16: "16-bit", int8: "8-bit", int4: "4-bit" };
/** From this many times on, digits after the point say nothing. */
const MANY_TIMES = 10;
const START = { model: "Llama-2-70B", weights: "bf16", cache: "bf16", batch: 32, length: 4096, memory: 160 };

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
 * @param {MemoryRow} row
 * @param {string} format
 */
export const weightBytes = (row, format) => sum(Object.values(row.bytes[format]));

/**
 * What the chosen sequences weigh in the chosen formats.
 * @param {MemoryModels} data
 * @param {MemoryRow} row
 * @param {Settings} settings
 */
export function weigh(data, row, { weights, cache, batch, length }) {
  const each = data.formats[cache].bytes_each;
  const weight = weightBytes(row, weights);
  const one = keyValueBytes(row, { batch: 1, length }, each);
  return {
    weights: weight,
    /** Keys and values of all sequences. */
    cache: batch * one,
    /** Of one sequence. */
    one,
    token: keyValueBytes(row, { batch: 1, length: 1 }, each),
    /** Sequences whose keys and values weigh as much as the weights. */
    equal: weight / one,
  };
}

/**
 * The running model: weighed in the third view, and a model like the others from then on.
 * @param {ViewContext} ctx
 */
export const runningModel = (ctx) =>
  /** @type {MemoryCalibration | undefined} */ (ctx.payload("calibration"))?.here ?? null;

/**
 * @param {MemoryModels} data
 * @param {ViewContext} ctx
 * @returns {Settings}
 */
export function settings(data, ctx) {
  const { controls } = ctx;
  return {
    weights: format(controls.weights, START.weights),
    cache: format(controls.cache, START.cache),
    batch: nearestStep(BATCHES, controls.batch, START.batch),
    length: nearestStep(LENGTHS, controls.length, START.length),
    memory: nearestStep(MEMORIES, controls.memory, START.memory),
    ...chosen(data, ctx),
  };
}

/**
 * @param {string | number | undefined} said
 * @param {string} otherwise
 */
const format = (said, otherwise) => (said !== undefined && String(said) in FORMATS ? String(said) : otherwise);

/**
 * @param {MemoryModels} data
 * @param {ViewContext} ctx
 * @returns {{ model: string, row: MemoryRow | null }}
 */
function chosen(data, ctx) {
  const name = ctx.controls.model ?? START.model;
  if (name === "own") return { model: "own", row: data.own };
  const here = name === "here" ? runningModel(ctx) : null;
  if (here) return { model: "here", row: here };
  const named = (/** @type {string | number} */ wanted) => data.models.find((each) => each.name === wanted);
  const row = named(name) ?? named(START.model) ?? data.models[0];
  return { model: row.name, row };
}

/**
 * The models to compare: the chosen one first, where it is none of the published ones.
 * @param {MemoryModels} data
 * @param {ViewContext} ctx
 */
export function compared(data, ctx) {
  const { model, row } = settings(data, ctx);
  return row && (model === "own" || model === "here") ? [row, ...data.models] : data.models;
}

/**
 * The product that the page forms against the module's own.
 * @param {MemoryModels} data
 * @param {ViewContext} ctx
 * @returns {Check[]}
 */
export function provedProducts(data, ctx) {
  const [batch, length] = data.proved;
  const all = [...data.models, runningModel(ctx), data.own].filter((row) => row !== null);
  const gap = max(all, (row) => Math.abs(keyValueBytes(row, { batch, length }, 2) - row.proved)) ?? Number.NaN;
  return [
    {
      statement: `The page's product = the module's, ${whole(batch)} × ${whole(length)} tokens of ${data.models.length} models`,
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
