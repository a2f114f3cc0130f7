// @ts-check
/**
 * What a model's token costs, for what the page's controls say. Parameters are counted by the server; here they are
 * multiplied by the tokens read and by bytes.
 *
 * @import { MoeGpu, MoeRow, MoeSizes } from "../../../types/architectures"
 * @import { Check, ViewContext } from "../../../kit/view"
 *
 * @typedef {object} Settings
 * @property {string} weights the format
 * @property {string} bits what the page calls it
 * @property {MoeGpu} gpu
 * @property {number} context tokens read
 * @property {number} sequences that are served at once
 * @property {MoeRow} row the chosen model
 */
import { counted, whole } from "../../../kit/numbers/format.js";
import { memory as bytes } from "../../../kit/numbers/magnitude.js";
import { worst } from "../../../kit/numbers/worst.js";
import { sum } from "../../../vendor/d3.js";

/** More cards than these are not counted. */
const MOST_CARDS = 4096;
/** Keys and values are counted in 16 bits. */
const KEY_VALUE_BYTES = 2;

/**
 * Cached tokens that all blocks read together: those with a window read no more than that.
 * @param {MoeRow} row
 * @param {number} length
 */
const tokensRead = (row, length) => sum(row.windows, ([blocks, window]) => blocks * Math.min(length, window ?? length));

/**
 * Operations of attention to the cached tokens.
 * @param {MoeRow} row
 * @param {number} length
 */
const attentionFlops = (row, length) => tokensRead(row, length) * row.attention;

/**
 * Operations of a token that has so many tokens to read: two for each parameter that is multiplied, and attention.
 * @param {MoeRow} row
 * @param {number} length
 */
export const flops = (row, length) => 2 * (row.active - row.lookup) + attentionFlops(row, length);

/**
 * @param {MoeSizes} data
 * @param {MoeRow} row
 * @param {Pick<Settings, "weights" | "gpu" | "context" | "sequences">} settings
 */
export function costs(data, row, { weights, gpu, context, sequences }) {
  const stored = row.total * data.formats[weights];
  const token = flops(row, context);
  const attention = attentionFlops(row, context);
  const keysAndValues = tokensRead(row, context) * row.kv * KEY_VALUE_BYTES;
  const cache = sequences * keysAndValues;
  return {
    stored,
    /** Keys and values of all sequences. */
    cache,
    /** Cards that hold weights, cache and overhead; null where no number of them does. */
    gpus: cardsFor({ stored, cache, parts: row.kv_heads, room: gpu.memory - data.overhead }),
    token,
    /** Share of a token's operations that is attention. */
    attention: attention / token,
    /** Operations of a dense model of all its parameters. */
    dense: 2 * (row.total - row.lookup) + attention,
    keysAndValues,
  };
}

/**
 * The fewest cards that hold it: weights are cut evenly, the cache into no more parts than there are key/value heads.
 * @param {{ stored: number, cache: number, parts: number, room: number }} need `room` of a card, without its overhead
 */
export function cardsFor({ stored, cache, parts, room }) {
  for (let cards = 1; cards <= MOST_CARDS; cards += 1) {
    if (onCard({ stored, cache, parts }, cards) <= room) return cards;
  }
  return null;
}

/**
 * Bytes of weights and cache on each of so many cards.
 * @param {{ stored: number, cache: number, parts: number }} need
 * @param {number} cards
 */
export const onCard = ({ stored, cache, parts }, cards) => stored / cards + cache / Math.min(cards, parts);

/**
 * The GPU of a step, which is what cards of its memory are sold as.
 * @param {MoeSizes} data
 * @param {number} step
 */
export const gpuOf = ({ gpus }, step) => gpus.find((gpu) => gpu.step === step) ?? gpus[0];

/**
 * A GPU, and what a program can have of it.
 * @param {MoeGpu} gpu
 */
export const gpuNamed = ({ name, memory }) => `${name} of ${bytes(memory)}`;

/**
 * @param {MoeSizes} data
 * @param {ViewContext} ctx
 * @returns {Settings}
 */
export function settings(data, ctx) {
  const { weights, memory, context, sequences, model } = ctx.controls;
  const named = data.rows.find(({ name }) => name === model);
  const mixtures = data.rows.filter(({ n_experts }) => n_experts);
  return {
    weights: String(weights),
    bits: ctx.declared("weights").choices?.find(([format]) => format === weights)?.[1] ?? "",
    gpu: gpuOf(data, Number(memory)),
    context: Number(context),
    sequences: Number(sequences),
    row: named ?? mixtures.find(({ own }) => own) ?? mixtures[0] ?? data.rows[0],
  };
}

/**
 * The page's count of operations against the module's own.
 * @param {MoeSizes} data
 * @returns {Check[]}
 */
export function provedFlops({ rows, proved_at }) {
  const known = rows.flatMap((row) => (row.proved === null ? [] : [Math.abs(flops(row, proved_at) - row.proved)]));
  return [
    {
      statement: `The page’s FLOPs = the module’s at ${whole(proved_at)} tokens, ${counted(known.length, "model")}`,
      error: worst(known),
      tolerance: 0,
      word: "difference",
    },
  ];
}
