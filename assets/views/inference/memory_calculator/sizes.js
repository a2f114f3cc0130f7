// @ts-check
/**
 * What a decoder's memory depends on, and the tensors that its sizes make: the twin of
 * `stack/inference/model_sizes.py`, which says why.
 *
 * @import { LatentAttention } from "../../../types/architectures"
 * @import { Sizes } from "../../../types/inference"
 *
 * @typedef {{ first: number, count: number }} Blocks which have one; none: it stands outside the blocks, once
 * @typedef {"heads" | "kv" | "features" | "vocabulary" | "none"} Cut
 * @typedef {{ part: string, kind: string, d_in: number, blocks: Blocks, copies: number, cut: Cut, each: number,
 *   count: number }} Tensors of one kind and shape; `each`: numbers in a block, `count`: in all
 */
import { sum } from "../../../vendor/d3.js";

const OUTSIDE = { first: 0, count: 0 };

/**
 * @param {string} part
 * @param {string} kind
 * @param {[out: number, into: number]} shape
 * @param {{ blocks?: Blocks, copies?: number, cut?: Cut }} [more]
 * @returns {Tensors}
 */
function made(part, kind, [out, into], { blocks = OUTSIDE, copies = 1, cut = "features" } = {}) {
  const each = out * into * copies;
  return { part, kind, d_in: into, blocks, copies, cut, each, count: each * Math.max(1, blocks.count) };
}

/** @param {Tensors} each */
export const isVector = ({ d_in }) => d_in === 1;

/**
 * Every weight once. `active`: only the experts that one token passes through.
 * @param {Sizes} s
 */
export function tensors(s, active = false) {
  const blocks = { first: 0, count: s.n_layers };
  const wide = s.d_model * (s.norm === "layer" ? 2 : 1);
  return [
    made("embedding", "token_embd", [s.d_vocab, s.d_model], { cut: "vocabulary" }),
    made("positions", "position_embd", [s.learned_positions, s.d_model], { cut: "none" }),
    ...(s.latent ? latent(s, s.latent, blocks) : attention(s, blocks)),
    ...feedForward(s, active),
    made("norms", "norm", [s.norms_per_block * wide, 1], { blocks, cut: "none" }),
    made("norms", "norm", [s.qk_norm ? 2 * s.d_head : 0, 1], { blocks, cut: "none" }),
    made("norms", "output_norm", [wide, 1], { cut: "none" }),
    made("unembedding", "output", [s.tied ? 0 : s.d_vocab, s.d_model], { cut: "vocabulary" }),
  ].filter(({ count }) => count > 0);
}

/** @param {Sizes} s @param {Blocks} blocks */
function attention(s, blocks) {
  const queries = s.n_heads * s.d_head;
  const keys = s.n_kv_heads * s.d_head;
  const bias = Number(s.qkv_bias);
  return [
    made("attention", "attn_q", [queries, s.d_model], { blocks, cut: "heads" }),
    made("attention", "attn_k", [keys, s.d_model], { blocks, cut: "kv" }),
    made("attention", "attn_v", [keys, s.d_model], { blocks, cut: "kv" }),
    made("attention", "attn_output", [s.d_model, queries], { blocks, cut: "heads" }),
    made("attention", "bias", [bias * queries, 1], { blocks, cut: "heads" }),
    made("attention", "bias", [bias * 2 * keys, 1], { blocks, cut: "kv" }),
    made("attention", "bias", [s.output_bias ? s.d_model : 0, 1], { blocks, cut: "none" }),
    made("attention", "attn_sinks", [s.sinks ? s.n_heads : 0, 1], { blocks, cut: "heads" }),
  ];
}

/**
 * Multi-head latent attention: what narrows is copied to all cards, what widens again is cut by heads.
 * @param {Sizes} s
 * @param {LatentAttention} m
 * @param {Blocks} blocks
 */
function latent(s, m, blocks) {
  const query = s.n_heads * (m.d_nope + m.d_rope);
  const rank = m.q_rank ?? 0;
  return [
    made("attention", "attn_q_a", [rank, s.d_model], { blocks, cut: "none" }),
    made("attention", "attn_q_b", [query, rank || s.d_model], { blocks, cut: "heads" }),
    made("attention", "attn_kv_a_mqa", [m.kv_rank + m.d_rope, s.d_model], { blocks, cut: "none" }),
    made("attention", "attn_kv_b", [s.n_heads * (m.d_nope + m.d_value), m.kv_rank], { blocks, cut: "heads" }),
    made("attention", "attn_output", [s.d_model, s.n_heads * m.d_value], { blocks, cut: "heads" }),
    made("attention", "norm", [rank + m.kv_rank, 1], { blocks, cut: "none" }),
  ];
}

/** @param {Sizes} s @param {boolean} active */
function feedForward(s, active) {
  const dense = { first: 0, count: s.n_experts ? Math.min(s.n_dense, s.n_layers) : s.n_layers };
  const sparse = { first: dense.count, count: s.n_layers - dense.count };
  const taken = active ? s.experts_per_token : s.n_experts;
  const found = dense.count ? mlp(s, dense, { width: s.d_dense || s.d_mlp }) : [];
  if (!sparse.count) return found;
  return [
    ...found,
    ...mlp(s, sparse, { width: s.d_mlp, copies: taken, ending: "_exps" }),
    ...(s.n_shared ? mlp(s, sparse, { width: s.d_mlp * s.n_shared, ending: "_shexp" }) : []),
    made("router", "ffn_gate_inp", [s.n_experts, s.d_model], { blocks: sparse, cut: "none" }),
    made("router", "bias", [s.router_bias ? s.n_experts : 0, 1], { blocks: sparse, cut: "none" }),
  ];
}

/** @param {Sizes} s @param {Blocks} blocks @param {{ width: number, copies?: number, ending?: string }} of */
function mlp(s, blocks, { width, copies = 1, ending = "" }) {
  const ways = s.gated ? ["ffn_gate", "ffn_up"] : ["ffn_up"];
  const matrices = [
    ...ways.map((name) => made("feed_forward", name + ending, [width, s.d_model], { blocks, copies })),
    made("feed_forward", `ffn_down${ending}`, [s.d_model, width], { blocks, copies }),
  ];
  if (!s.mlp_bias) return matrices;
  return [
    ...matrices,
    made("feed_forward", "bias", [ways.length * width, 1], { blocks, copies }),
    made("feed_forward", "bias", [s.d_model, 1], { blocks, copies, cut: "none" }),
  ];
}

/** How many weights there are, in all or in one part. @param {Tensors[]} all @param {string} [part] */
export const counted = (all, part) => sum(all, (each) => (part === undefined || each.part === part ? each.count : 0));

/** Numbers that one token leaves in the cache of one block. @param {Sizes} sizes */
export const cached = ({ latent: m, n_kv_heads, d_head }) => (m ? m.kv_rank + m.d_rope : 2 * n_kv_heads * d_head);

/**
 * How many blocks look back how far; null: over everything.
 * @param {Sizes} sizes
 * @returns {[blocks: number, window: number | null][]}
 */
export function windowGroups({ windows, n_layers }) {
  if (!windows.length) return [[n_layers, null]];
  return [...new Set(windows)].map((window) => [windows.filter((each) => each === window).length, window]);
}

/** Tokens that a user's cache holds, summed over blocks. @param {Sizes} sizes @param {number} length */
export const heldTokens = (sizes, length) =>
  sum(windowGroups(sizes), ([blocks, window]) => blocks * Math.min(length, window || length));
