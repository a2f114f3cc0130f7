// @ts-check
/**
 * The formulas of what is stored, what a token computes, and its keys and values, with the numbers in them.
 *
 * @import { MoeSizes } from "../../../types"
 * @import { Settings } from "./arithmetic.js"
 */
import { derivation } from "../../../kit/derivation.js";
import { percent, whole } from "../../../kit/format.js";
import { memory, operations, three } from "../../../kit/magnitude.js";
import { costs, GB } from "./arithmetic.js";

/**
 * @param {MoeSizes} data
 * @param {Settings} now
 */
export function sums(data, now) {
  const { row, context } = now;
  const { stored, gpus, token, attention, dense, keysAndValues } = costs(data, row, now);
  const gpu = `${whole(now.memory)} GB`;
  const left = memory(now.memory * GB - stored);
  const windows = row.windows.some(([, window]) => window !== null);
  return derivation([
    {
      name: "stored",
      formula: `${whole(row.total)} · ${data.formats[now.weights]} bytes`,
      result: memory(stored),
      note:
        gpus === 1
          ? `Fits in ${gpu}, with ${left} left for keys, values and activations.`
          : `Needs ${whole(gpus)} GPUs of ${gpu} for the weights alone.`,
    },
    {
      name: "a token",
      formula: `2 · (${whole(row.active)} − ${whole(row.lookup)}) + ${whole(context)} · ${whole(row.attention)} · ${row.n_layers}`,
      result: operations(token),
      note:
        `${percent(attention)} of it attention to ${whole(context)} cached tokens. ` +
        `A dense model of all its parameters: ${operations(dense)}, ${three(dense / token)} ×.`,
    },
    {
      name: "keys and values",
      formula: `${whole(context)} · ${whole(row.kv)} · ${row.n_layers} · 2 bytes`,
      result: memory(keysAndValues),
      note:
        `of one sequence, in 16 bits${windows ? "; blocks with a window hold no more than their window" : ""}. ` +
        "Experts change nothing here: attention is not copied.",
    },
  ]);
}
