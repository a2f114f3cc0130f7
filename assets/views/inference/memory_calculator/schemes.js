// @ts-check
/**
 * How a whole model is stored under the names that people download: the twin of `stack/inference/weight_schemes.py`
 * and of llama.cpp's mixes in `stack/systems/quantization/mix.py`.
 *
 * @import { ServingGround, Sizes, StoredAs } from "../../../types/inference"
 * @import { Tensors } from "./sizes.js"
 *
 * @typedef {{ kind: string, block: number, blocks: number, d_in: number, experts: number }} Place
 */
import { sum } from "../../../vendor/d3.js";
import { isVector, tensors } from "./sizes.js";

/** Weights of a K type's super-block, and of a block. */
const [SUPER, BLOCK] = [256, 32];
/** Blocks by which llama.cpp knows a 70B. */
const SEVENTY = 80;
/** Experts by which it knows a Mixtral. */
const MIXTRAL = 8;
const MORE = ["q4_k_m", "q5_k_m"];

/** @type {WeakMap<Sizes, Map<string, [nbytes: number, each: Tensors][]>>} */
const known = new WeakMap();

/**
 * The model's tensors, each with its bytes in all its blocks.
 * @param {ServingGround} ground
 * @param {Sizes} sizes
 * @param {StoredAs} scheme
 */
export function sized(ground, sizes, scheme) {
  const found = known.get(sizes) ?? new Map();
  known.set(sizes, found);
  /** @returns {[number, Tensors][]} */
  const counted = () => tensors(sizes).map((each) => [tensorBytes(ground, sizes, scheme, each), each]);
  if (!found.has(scheme.name)) found.set(scheme.name, counted());
  return /** @type {[nbytes: number, each: Tensors][]} */ (found.get(scheme.name));
}

/**
 * Bytes by part.
 * @param {[nbytes: number, each: Tensors][]} all
 * @param {(each: Tensors) => number} share of a tensor
 */
export function byPart(all, share) {
  /** @type {Record<string, number>} */
  const parts = {};
  for (const [nbytes, each] of all) parts[each.part] = (parts[each.part] ?? 0) + nbytes * share(each);
  return parts;
}

/** Of all weights. @param {ServingGround} ground @param {Sizes} sizes @param {StoredAs} scheme */
export const stored = (ground, sizes, scheme) => sum(Object.values(byPart(sized(ground, sizes, scheme), () => 1)));

/** @param {ServingGround} ground @param {Sizes} sizes @param {StoredAs} scheme @param {Tensors} each */
function tensorBytes(ground, sizes, scheme, each) {
  const { first, count } = each.blocks;
  if (scheme.packs !== "mix") return (each.count * ground.bits[plain(sizes, scheme, each)]) / 8;
  let bits = 0;
  for (let at = 0; at < Math.max(1, count); at++) {
    bits += each.each * ground.bits[mixed(ground, sizes, scheme, { ...each, block: first + at })];
  }
  return bits / 8;
}

/**
 * The format of a tensor where all blocks are alike.
 * @param {Sizes} sizes
 * @param {StoredAs} scheme
 * @param {Tensors} each
 */
function plain(sizes, scheme, each) {
  if (scheme.packs === "all") return scheme.format;
  const matrix = each.blocks.count > 0 && !isVector(each) && each.kind !== "ffn_gate_inp";
  const others = scheme.packs === "experts" && sizes.n_experts > 0 && !each.kind.endsWith("_exps");
  return matrix && !others ? scheme.format : "f16";
}

/**
 * @param {ServingGround} ground
 * @param {Sizes} sizes
 * @param {StoredAs} scheme
 * @param {Tensors & { block: number }} each
 */
function mixed(ground, sizes, scheme, each) {
  if (isVector(each) || each.kind === "ffn_gate_inp") return "fp32";
  const { n_layers, n_experts, n_heads, n_kv_heads } = sizes;
  const bare = each.kind.replace(/_(exps|shexp)$/, "");
  const kind = bare === "token_embd" && sizes.tied ? "output" : bare;
  const place = { kind, block: each.block, blocks: n_layers, d_in: each.d_in, experts: n_experts };
  const name = chosen(ground, scheme, place);
  const seventy = kind === "attn_v" && n_layers === SEVENTY && n_heads > n_kv_heads;
  return seventy && ["q3_k", "q4_k"].includes(name) ? "q5_k" : name;
}

/**
 * The format of one matrix, fall-back included.
 * @param {ServingGround} ground
 * @param {StoredAs} scheme
 * @param {Place} at
 */
function chosen(ground, { format: name, base }, at) {
  if (at.kind === "output") {
    const fits = at.d_in % (base.endsWith("_k") ? SUPER : BLOCK) === 0;
    return fallback(ground, fits && base !== "q8_0" ? "q6_k" : "q8_0", at.d_in);
  }
  return fallback(ground, SPECIAL[at.kind]?.(name, at) ?? base, at.d_in);
}

/** What takes another format than most. @type {Record<string, (name: string, at: Place) => string | null>} */
const SPECIAL = {
  attn_v(name, at) {
    if (at.experts === MIXTRAL) return "q8_0";
    if (name === "q3_k_m") return at.block < 2 ? "q5_k" : "q4_k";
    return MORE.includes(name) && moreBits(at) ? "q6_k" : null;
  },
  attn_k: (_, at) => (at.experts === MIXTRAL ? "q8_0" : null),
  ffn_down(name, at) {
    if (name === "q3_k_m") return at.block < Math.floor(at.blocks / 16) ? "q5_k" : "q4_k";
    return MORE.includes(name) && moreBits(at) ? "q6_k" : null;
  },
  attn_output(name, at) {
    if (at.experts === MIXTRAL) return ["q3_k_m", "q4_k_m"].includes(name) ? "q5_k" : null;
    return name === "q3_k_m" ? "q4_k" : null;
  },
};

/** Whether values and the way down of that block are kept more exactly. @param {Place} at */
function moreBits({ block, blocks }) {
  const eighth = Math.floor(blocks / 8);
  return block < eighth || block >= Math.floor((7 * blocks) / 8) || (block - eighth) % 3 === 2;
}

/**
 * The format itself where rows of so many weights fit.
 * @param {ServingGround} ground
 * @param {string} name
 * @param {number} d_in
 */
function fallback({ smaller }, name, d_in) {
  const taken = name in smaller && d_in % SUPER ? smaller[name] : name;
  return d_in % BLOCK ? "f16" : taken;
}
