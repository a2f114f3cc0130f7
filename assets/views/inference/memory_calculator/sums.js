// @ts-check
/**
 * The formulas of weights, a token, and keys and values, with the numbers in them.
 *
 * @import { MemoryModels, MemoryRow } from "../../../types"
 * @import { Settings } from "./arithmetic.js"
 */
import { derivation } from "../../../kit/derivation.js";
import { whole } from "../../../kit/format.js";
import { memory, parameters } from "../../../kit/magnitude.js";
import { FORMATS, weigh } from "./arithmetic.js";

/** Bytes a number of a format that groups share a scale in: fewer than these. */
const HALF = 2;
/** Up to so many bytes are written out. */
const WRITTEN_OUT = 1e7;

/**
 * @param {MemoryModels} data
 * @param {Settings} now
 * @param {MemoryRow} row
 */
export function sums(data, now, row) {
  const { weights, cache, token } = weigh(data, row, now);
  const each = data.formats[now.cache].bytes_each;
  const { n_kv_heads, d_head, n_layers } = row.sizes;
  const pair = `2 · ${n_kv_heads} · ${d_head}`;
  const windows = row.windows.some(([, window]) => window !== null && window < now.length);
  return derivation([
    { name: "weights", ...weightsOf(data, now, row), result: memory(weights) },
    {
      name: "a token",
      formula: `${pair} · ${n_layers} · ${each}`,
      result: token < WRITTEN_OUT ? `${whole(token)} bytes` : memory(token),
      note: `key and value, of each key/value head and block${each < HALF ? `; ${storage(data, now.cache)}` : ""}`,
    },
    {
      name: "keys and values",
      formula: `${pair} · ${heldTokens(row, now.length, windows)} · ${whole(now.batch)} · ${each}`,
      result: memory(cache),
      note: windows ? "Blocks with a window hold no more than their window." : undefined,
    },
  ]);
}

/**
 * Vectors are not squeezed below 16 bits.
 * @param {MemoryModels} data
 * @param {Settings} now
 * @param {MemoryRow} row
 */
function weightsOf(data, now, row) {
  const each = data.formats[now.weights].bytes_each;
  const apart = each < HALF && row.vectors > 0;
  const formula = `${whole(apart ? row.matrices : row.total)} · ${each}${apart ? ` + ${whole(row.vectors)} · 2` : ""}`;
  const idle = row.active < row.total;
  const used = idle
    ? `A token passes ${parameters(row.active)} of ${parameters(row.total)}, but all must be there.`
    : "";
  const squeezed = `${apart ? "Norms and biases stay in 16 bits. " : ""}${storage(data, now.weights)}.`;
  return { formula, note: each < HALF ? squeezed : used };
}

/**
 * @param {MemoryRow} row
 * @param {number} length
 * @param {boolean} windows
 */
function heldTokens(row, length, windows) {
  if (!windows) return `${row.sizes.n_layers} blocks · ${whole(length)}`;
  return `(${row.windows.map(([blocks, window]) => `${blocks} · ${whole(Math.min(window ?? length, length))}`).join(" + ")})`;
}

/**
 * What a number takes: its bits, and its part of a scale that a group of them shares.
 * @param {MemoryModels} data
 * @param {string} format
 */
function storage(data, format) {
  const { group, scale_bits, bytes_each } = data.formats[format];
  return `${FORMATS[format]} codes in groups of ${group} that share a ${scale_bits}-bit scale: ${bytes_each} bytes a number`;
}
