// @ts-check
/**
 * What the fullest card holds, and how many users fit: the twin of `stack/inference/serving_fit.py`, which says why.
 *
 * @import { CacheAs, CardNeed, CardOffered, ServingGround, Sizes, StoredAs } from "../../../types/inference"
 * @import { Tensors } from "./sizes.js"
 *
 * @typedef {object} Serving what is asked: a model, how it is stored, who uses it, and on what
 * @property {ServingGround} ground
 * @property {Sizes} sizes
 * @property {StoredAs} scheme
 * @property {CacheAs} cache
 * @property {number} users
 * @property {number} length
 * @property {number} cards
 * @property {CardOffered} card
 */
import { sum } from "../../../vendor/d3.js";
import { byPart, sized } from "./schemes.js";
import { cached, heldTokens } from "./sizes.js";

/**
 * Key/value heads on a card; of a latent, which has no heads to cut, all.
 * @param {Sizes} sizes
 * @param {number} cards
 */
export const kvHeads = ({ latent, n_kv_heads }, cards) =>
  latent ? n_kv_heads : Math.max(1, Math.ceil(n_kv_heads / cards));

/**
 * The part of a tensor that the fullest of so many cards has.
 * @param {Sizes} sizes
 * @param {Tensors} each
 * @param {number} cards
 */
export function share(sizes, { cut }, cards) {
  if (cut === "heads") return Math.ceil(sizes.n_heads / cards) / sizes.n_heads;
  if (cut === "kv") return kvHeads(sizes, cards) / sizes.n_kv_heads;
  return cut === "none" ? 1 : 1 / cards;
}

/** Bytes of all users' keys and values on a card. @param {Serving} of */
export function cardCache({ sizes, cards, users, length, cache }) {
  const numbers = (cached(sizes) * kvHeads(sizes, cards)) / sizes.n_kv_heads;
  return users * heldTokens(sizes, length) * numbers * cache.bytes;
}

/** An estimate, in 16 bits. @param {Serving} of */
function activations({ ground, sizes: s, users, length, cards }) {
  const tokens = Math.min(ground.chunk, users * length);
  const attention = 2 * s.d_head * (s.n_heads + s.n_kv_heads);
  const passes = s.n_experts ? s.experts_per_token + s.n_shared : 1;
  const feedForward = (s.gated ? 3 : 2) * Math.max(passes * s.d_mlp, s.d_dense);
  const rows = tokens * (2 * s.d_model + Math.max(attention, feedForward) / cards);
  return 2 * rows + (4 * users * s.d_vocab) / cards;
}

/**
 * What the fullest card holds.
 * @param {Serving} of
 * @returns {CardNeed & { weights: number, total: number }}
 */
export function perCard(of) {
  const { ground, sizes, scheme, cards } = of;
  const all = sized(ground, sizes, scheme);
  const parts = byPart(all, (each) => share(sizes, each, cards));
  const weights = sum(Object.values(parts));
  const copied = cards > 1 ? sum(all, ([nbytes, { cut }]) => (cut === "none" ? nbytes : 0)) : 0;
  const rest = { cache: cardCache(of), activations: activations(of), overhead: ground.overhead };
  return { parts, copied, weights, ...rest, total: weights + rest.cache + rest.activations + rest.overhead };
}

/** @param {Serving} of */
export const fits = (of) => perCard(of).total <= of.card.memory;

/** Whether heads are shared evenly: engines refuse to cut a head. @param {Sizes} sizes @param {number} cards */
export const divides = ({ n_heads }, cards) => n_heads % cards === 0;

/** Users of this length that fit at most; 0 when not even one does. @param {Serving} of */
export const mostUsers = (of) => largest((users) => fits({ ...of, users }), of.ground.most_users);

/**
 * The largest number up to `most` that holds, of what holds up to some number; 0 if 1 does not.
 * @param {(count: number) => boolean} holds
 * @param {number} most
 */
export function largest(holds, most) {
  let [low, high] = [0, 1];
  while (high <= most && holds(high)) [low, high] = [high, 2 * high];
  high = Math.min(high, most + 1);
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (holds(middle)) low = middle;
    else high = middle;
  }
  return low;
}
