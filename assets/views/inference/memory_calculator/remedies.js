// @ts-check
/**
 * What would make a model fit, one thing changed at a time, and the controls that do it: the twin of
 * `stack/inference/serving_remedies.py`.
 *
 * @import { ServingRemedy } from "../../../types/inference"
 * @import { Serving } from "./serving.js"
 */
import { whole } from "../../../kit/numbers/format.js";
import { range } from "../../../vendor/d3.js";
import { stored } from "./schemes.js";
import { divides, fits, largest, mostUsers, perCard } from "./serving.js";

/** Smaller caches that are tried, the most exact first. */
const SMALLER = ["fp8", "int4"];

/**
 * In the order of what they cost; nothing where it fits, or cannot.
 * @param {Serving} of
 * @returns {ServingRemedy[]}
 */
export function remedies(of) {
  if (fits(of)) return [];
  const users = mostUsers(of);
  return [
    fewerUsers(of, users),
    shorter(of),
    smallerCache(of, users),
    lighter(of),
    moreCards(of),
    otherCard(of),
  ].filter((found) => found !== null);
}

/** @param {string} words @param {ServingRemedy["controls"]} controls @param {Serving} made @returns {ServingRemedy} */
const remedy = (words, controls, made) => ({
  words,
  controls,
  total: perCard(made).total,
  capacity: made.card.memory,
});

/** @param {number} users */
const atMost = (users) => (users === 1 ? "1 user" : `${users} users at most`);

/** @param {Serving} of @param {number} users that fit */
function fewerUsers(of, users) {
  if (users <= 0 || users >= of.users) return null;
  return remedy(`${atMost(users)} instead of ${whole(of.users)}`, { batch: users }, { ...of, users });
}

/** @param {Serving} of */
function shorter(of) {
  const { step } = of.ground;
  const length = step * largest((n) => fits({ ...of, length: step * n }), Math.floor(of.length / step));
  if (length <= 0 || length >= of.length) return null;
  return remedy(`${whole(length)} tokens each`, { length }, { ...of, length });
}

/**
 * A cache of fewer bits, and where that alone does not do, fewer users as well.
 * @param {Serving} of
 * @param {number} users
 */
function smallerCache(of, users) {
  const smaller = of.ground.caches.filter(({ name, bytes }) => SMALLER.includes(name) && bytes < of.cache.bytes);
  for (const cache of smaller) {
    const made = { ...of, cache };
    if (fits(made)) return remedy(`a cache of ${cache.title}`, { cache: cache.name }, made);
  }
  const cache = smaller.at(-1);
  const more = cache ? mostUsers({ ...of, cache }) : 0;
  if (!cache || more <= users) return null;
  const controls = { cache: cache.name, batch: more };
  return remedy(`a ${cache.title} cache and ${atMost(more)}`, controls, { ...of, cache, users: more });
}

/** The heaviest format that is lighter than this one and fits. @param {Serving} of */
function lighter(of) {
  const { ground, sizes } = of;
  const weigh = (/** @type {Serving["scheme"]} */ scheme) => stored(ground, sizes, scheme);
  const now = weigh(of.scheme);
  const heavier = ground.schemes
    .filter((scheme) => weigh(scheme) < now)
    .sort((a, b) => weigh(b) - weigh(a) || (a.name < b.name ? 1 : -1));
  const scheme = heavier.find((each) => fits({ ...of, scheme: each }));
  return scheme ? remedy(`weights in ${scheme.title}`, { weights: scheme.name }, { ...of, scheme }) : null;
}

/** @param {Serving} of */
function moreCards(of) {
  const counts = range(of.cards + 1, of.ground.most_cards + 1);
  const cards = counts.find((each) => divides(of.sizes, each) && fits({ ...of, cards: each }));
  return cards ? remedy(`${cards} cards instead of ${of.cards}`, { cards }, { ...of, cards }) : null;
}

/** @param {Serving} of */
function otherCard(of) {
  const larger = of.ground.cards.filter(({ memory }) => memory > of.card.memory).sort((a, b) => a.memory - b.memory);
  const card = larger.find((each) => fits({ ...of, card: each }));
  return card ? remedy(`${of.cards} × ${card.title}`, { card: card.name }, { ...of, card }) : null;
}
