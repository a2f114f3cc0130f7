// @ts-check
/**
 * The formulas of what is stored, what a token computes, and its keys and values, with the numbers in them.
 *
 * @import { MoeGpu, MoeSizes } from "../../../types/architectures"
 * @import { Settings } from "./arithmetic.js"
 */
import { derivation } from "../../../kit/numbers/derivation.js";
import { counted, percent, whole } from "../../../kit/numbers/format.js";
import { figures, memory, operations } from "../../../kit/numbers/magnitude.js";
import { costs, gpuNamed, onCard } from "./arithmetic.js";

/**
 * @param {MoeSizes} data
 * @param {Settings} now
 */
export function sums(data, now) {
  const { row, context } = now;
  const { stored, gpus, token, attention, dense, keysAndValues, cache } = costs(data, row, now);
  const gpu = gpuNamed(now.gpu);
  const need = { stored, cache, parts: row.kv_heads };
  const windows = row.windows.some(([, window]) => window !== null);
  return derivation([
    {
      name: "stored",
      formula: `${whole(row.total)} · ${data.formats[now.weights]} bytes`,
      result: memory(stored),
      note: "all experts, used or not",
    },
    {
      name: "GPUs",
      formula:
        gpus === null
          ? ""
          : `${memory(stored)} / ${gpus} + ${memory(cache)} / ` +
            `${Math.min(gpus, row.kv_heads)} + ${memory(data.overhead)}`,
      result: gpus === null ? "no number is enough" : memory(onCard(need, gpus) + data.overhead),
      note: `${gpusSaid(gpus, { gpu, sequences: now.sequences, kv_heads: row.kv_heads })}${soldAs(now.gpu)}`,
    },
    {
      name: "a token",
      formula:
        `2 · (${whole(row.active)} − ${whole(row.lookup)}) + ${whole(context)} · ` +
        `${whole(row.attention)} · ${row.n_layers}`,
      result: operations(token),
      note:
        `Attention to ${whole(context)} cached tokens is ${percent(attention)} of it. ` +
        `A dense model with all its parameters needs ${operations(dense)}, ${figures(dense / token)} times as much.`,
    },
    {
      name: "keys and values",
      formula: `${whole(context)} · ${whole(row.kv)} · ${row.n_layers} · 2 bytes`,
      result: memory(keysAndValues),
      note:
        `of one sequence, in 16 bits${windows ? "; blocks with a window keep only their window" : ""}. ` +
        "Experts change nothing here: only the feed-forward layer is copied.",
    },
  ]);
}

/**
 * Why a card has more than its maker says.
 * @param {MoeGpu} gpu
 */
const soldAs = ({ name, sold, memory: bytes }) =>
  sold
    ? ` ${name} is sold as ${sold}: makers count 2³⁰ bytes for a GB, 10⁹ are counted here. Its driver reports ` +
      `${memory(bytes)}.`
    : "";

/**
 * @param {number | null} gpus
 * @param {{ gpu: string, sequences: number, kv_heads: number }} asked
 */
function gpusSaid(gpus, { gpu, sequences, kv_heads }) {
  const caches = `the cache of ${counted(sequences, "sequence")}`;
  if (gpus === null) return `No number of ${gpu} holds ${caches}, because each card keeps a whole part of it.`;
  const cut =
    gpus > kv_heads
      ? ` The cache can be cut into at most ${counted(kv_heads, "part")}, so some cards keep the same part.`
      : "";
  const needs = gpus === 1 ? `Fits in one ${gpu}` : `Needs ${whole(gpus)} × ${gpu}`;
  return `${needs}: weights, ${caches}, and an assumed overhead on each.${cut}`;
}
