// @ts-check
/**
 * How fast memory and arithmetic let a serving write: the twin of the second half of `stack/inference/serving_fit.py`.
 *
 * @import { Pace, Sizes } from "../../../types/inference"
 * @import { Serving } from "./serving.js"
 * @import { Tensors } from "./sizes.js"
 */
import { sum } from "../../../vendor/d3.js";
import { sized } from "./schemes.js";
import { cardCache, share } from "./serving.js";
import { counted, heldTokens, tensors, windowGroups } from "./sizes.js";

/** What a step looks up instead of reading it. @param {Sizes} sizes @param {Tensors} each */
const isTable = ({ tied }, { kind }) => kind === "position_embd" || (kind === "token_embd" && !tied);

/**
 * The part of the experts that a step's tokens visit, if they choose evenly and each for itself.
 * @param {Serving} of
 */
function visited({ sizes: { n_experts, experts_per_token }, users }) {
  return n_experts ? (n_experts * (1 - (1 - experts_per_token / n_experts) ** users)) / n_experts : 1;
}

/** Bytes of weights that a step reads on a card. @param {Serving} of */
function readWeights(of) {
  const { ground, sizes, scheme, cards } = of;
  const part = visited(of);
  return sum(sized(ground, sizes, scheme), ([nbytes, each]) =>
    isTable(sizes, each) ? 0 : (each.copies > 1 ? part : 1) * share(sizes, each, cards) * nbytes,
  );
}

/** Bytes of weights on a card of which a step looks up a row a token. @param {Serving} of */
export function tables({ ground, sizes, scheme, cards }) {
  const held = sized(ground, sizes, scheme).filter(([, each]) => isTable(sizes, each));
  return sum(held, ([nbytes, each]) => share(sizes, each, cards) * nbytes);
}

/** Operations of one token that reads so many cached ones, summed over blocks. @param {Sizes} s @param {number} read */
function tokenFlops(s, read) {
  const passed = tensors(s, true);
  const lookedUp = s.tied ? 0 : counted(passed, "embedding");
  const pair = s.latent ? 4 * s.latent.kv_rank + 2 * s.latent.d_rope : 4 * s.d_head;
  return 2 * (counted(passed) - lookedUp - counted(passed, "positions")) + s.n_heads * pair * read;
}

/** Tokens that a token of a prompt reads on average, summed over blocks. @param {Sizes} sizes @param {number} length */
function meanRead(sizes, length) {
  return sum(windowGroups(sizes), ([blocks, window]) => {
    const reach = Math.min(length, window || length);
    return (blocks * reach * (length - (reach - 1) / 2)) / length;
  });
}

/**
 * The bounds of decoding and of reading a prompt.
 * @param {Serving} of
 * @returns {Pace}
 */
export function pace(of) {
  const { sizes: s, card, cards, users, length } = of;
  const [weights_read, cache_read] = [readWeights(of), cardCache(of)];
  const byMemory = (weights_read + cache_read) / card.bandwidth;
  const peak = card.flops ? cards * card.flops : Number.POSITIVE_INFINITY;
  const byArithmetic = (users * tokenFlops(s, heldTokens(s, length))) / peak;
  const unembedding = 2 * s.d_vocab * s.d_model; // for the prompt's last token alone
  const prefill_flops = length * (tokenFlops(s, meanRead(s, length)) - unembedding) + unembedding;
  return {
    ...{ weights_read, cache_read, step: Math.max(byMemory, byArithmetic), memory_bound: byMemory >= byArithmetic },
    ...{ prefill_flops, prefill: card.flops ? prefill_flops / peak : null },
  };
}
