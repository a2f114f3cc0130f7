// @ts-check
/**
 * What a serving is answered with: the twin of `figures/inference/serving_fit.py`.
 *
 * @import { FormatOnCard, ServingAnswer, ServingGround } from "../../../types/inference"
 * @import { Read } from "./asked.js"
 * @import { Serving } from "./serving.js"
 */
import { pace, tables } from "./pace.js";
import { remedies } from "./remedies.js";
import { stored } from "./schemes.js";
import { divides, kvHeads, mostUsers, perCard } from "./serving.js";
import { cached, counted, heldTokens, tensors } from "./sizes.js";

/** @param {ServingGround} ground @param {Read} read @returns {Serving | null} nothing where it cannot be calculated */
function servingOf(ground, { asked, card, sizes, wrong }) {
  if (!sizes || wrong !== null) return null;
  const scheme = /** @type {Serving["scheme"]} */ (ground.schemes.find(({ name }) => name === asked.weights));
  const cache = /** @type {Serving["cache"]} */ (ground.caches.find(({ name }) => name === asked.cache));
  return { ground, sizes, scheme, cache, users: asked.batch, length: asked.length, cards: asked.cards, card };
}

/**
 * Whether it fits, on what, and how fast.
 * @param {ServingGround} ground
 * @param {Read} read
 * @returns {ServingAnswer | null}
 */
export function answerOf(ground, read) {
  const of = servingOf(ground, read);
  if (!of) return null;
  const { sizes, scheme, card, cards, users, length } = of;
  const { weights, total, ...need } = perCard(of);
  const speed = pace(of);
  return {
    ...{ name: read.name, parameters: counted(tensors(sizes)), active: counted(tensors(sizes, true)) },
    ...{ weights_title: scheme.title, stays: scheme.stays, cache_bytes: of.cache.bytes },
    ...{ device: card.title, sold: card.sold, reported: card.reported, read_at: card.read_at },
    ...{ capacity: card.memory, bandwidth: card.bandwidth, flops: card.flops },
    ...{ need, weights, stored: stored(ground, sizes, scheme), tables: tables(of), total },
    ...{ fits: total <= card.memory, most_users: mostUsers(of), kv_heads: kvHeads(sizes, cards) },
    ...{ n_kv_heads: sizes.n_kv_heads, n_heads: sizes.n_heads, cached: cached(sizes), n_layers: sizes.n_layers },
    ...{ held: heldTokens(sizes, length), latent: sizes.latent !== null, divides: divides(sizes, cards) },
    ...{ remedies: remedies(of), pace: speed, together: users / speed.step },
  };
}

/**
 * What a card holds in each format.
 * @param {ServingGround} ground
 * @param {Read} read
 * @returns {FormatOnCard[]}
 */
export function formatsOf(ground, read) {
  const of = servingOf(ground, read);
  if (!of) return [];
  return ground.schemes.map((scheme) => {
    const { parts, cache, activations, overhead, total } = perCard({ ...of, scheme });
    const { name, title, stays } = scheme;
    return { name, title, stays, parts: { ...parts, cache, activations, overhead }, total };
  });
}
