// @ts-check
/**
 * A pass of the model in numbers and words: its speed, its times, and how its operations and bytes are counted.
 *
 * @import { PhasesPicture, RoofPicture, TimedPass } from "../../../types/inference"
 * @import { TemplateResult } from "lit-html"
 *
 * @typedef {PhasesPicture | RoofPicture} Sizes the sizes of the model
 */
import { decimal, whole } from "../../../kit/numbers/format.js";
import { figures, memory, scaled, timed } from "../../../kit/numbers/magnitude.js";
import { html } from "../../../vendor/lit.js";

const GIGA = 1e9;
/** Bytes of a number in float32. */
const FLOAT = 4;

/** @param {{ flops: number, ms: number }} pass */
export const flopsASecond = ({ flops, ms }) => flops / (ms / 1000);

/** @param {{ bytes: number, ms: number }} pass */
export const bytesASecond = ({ bytes, ms }) => bytes / (ms / 1000);

/** @param {number} perSecond */
export const computed = (perSecond) => `${figures(perSecond / GIGA)} GFLOP/s`;

/** @param {number} perSecond */
export const moved = (perSecond) => `${figures(perSecond / GIGA)} GB/s`;

/** @param {number} flops */
export const operations = (flops) => scaled(flops, "FLOP");

/**
 * The middle half of the rounds, of so many parts of a pass.
 * @param {{ low: number, high: number }} pass
 * @param {number} [parts]
 */
export const half = ({ low, high }, parts = 1) => `${timed(low / parts)} to ${timed(high / parts)}`;

/**
 * The counting of one pass, line by line, and what it comes to.
 * @param {Sizes} sizes
 * @param {TimedPass} pass
 */
export function working(sizes, pass) {
  const { d_model, d_vocab, n_layers, n_heads, n_kv_heads, d_head, matrices, n_experts } = sizes;
  const times = pass.batch > 1 ? `${pass.batch} · ` : "";
  const all = pass.past + pass.new;
  const weights = n_experts ? `${taken(sizes, pass)} of ${n_experts} experts a block and all else, once` : "all, once";
  const position = whole(2 * n_layers * n_kv_heads * d_head * FLOAT);
  return html`
    <div class="working">
      ${line("matrices", `2 · ${times}${pass.new} · ${whole(matrices)}`, operations(pass.block_flops))}
      ${line("unembedding", `2 · ${times}${d_model} · ${whole(d_vocab)}`, operations(pass.unembed_flops))}
      ${line(
        "attention",
        `4 · ${times}${pass.new} · ${all} · ${n_layers} · ${n_heads} · ${d_head}`,
        operations(pass.attention_flops),
      )}
      ${line("weights", `${weights}, 4 bytes each`, memory(pass.weight_bytes))}
      ${line("cache", `${times}(${all} read + ${pass.new} written) · ${position} bytes`, memory(pass.cache_bytes))}
      ${line(
        "intensity",
        `${operations(pass.flops)} / ${memory(pass.bytes)}`,
        `${figures(pass.intensity)} FLOPs a byte`,
        true,
      )}
    </div>`;
}

/**
 * @param {string} name
 * @param {string} formula
 * @param {string} result
 * @returns {TemplateResult}
 */
const line = (name, formula, result, sum = false) => html`
  <div class="line ${sum ? "sum" : ""}">
    <b>${name}</b><span class="mono">${formula}</span><b class="result">${result}</b>
  </div>`;

/**
 * Of a mixture: how many experts of a block at least one of the tokens takes, if they choose evenly.
 * @param {Sizes} sizes
 * @param {TimedPass} pass
 */
function taken({ n_experts, k }, pass) {
  const expected = n_experts * (1 - (1 - k / n_experts) ** (pass.new * pass.batch));
  const nearest = Math.round(expected);
  return Math.abs(expected - nearest) < 1e-6 ? String(nearest) : `about ${decimal(expected, 1)}`;
}
