// @ts-check
/**
 * What the controls ask for, and why a number that they give is none: the twin of `figures/inference/serving_asked.py`,
 * `own_model.py` and `number_limits.py`.
 *
 * @import { CardOffered, NumberLimits, ServingAsked, ServingGround, Sizes } from "../../../types/inference"
 * @import { Controls } from "../../../kit/view"
 *
 * @typedef {{ asked: ServingAsked, card: CardOffered, name: string, sizes: Sizes | null, wrong: string | null }} Read
 *   `wrong`: why nothing can be calculated
 */
import { whole } from "../../../kit/numbers/format.js";

const GB = 1e9;
/** GB in 1 GiB: older links have another card's memory in it, as `gb`. */
const GIB = 2 ** 30 / GB;
/** What is taken for a number: no hexadecimal one, and none that is empty. */
const DIGITS = String.raw`\d+(?:_\d+)*`;
const NUMBER = new RegExp(`^[+-]?(?:${DIGITS}\\.?(?:${DIGITS})?|\\.${DIGITS})(?:e[+-]?${DIGITS})?$`, "i");
/** Characters of a refused number that are said. */
const SAID = 20;

/** @param {string | number} said */
function numberOf(said) {
  const text = String(said).trim();
  return NUMBER.test(text) ? Number(text.replaceAll("_", "")) : Number.NaN;
}

/** @param {NumberLimits} limits @param {string | number} said */
function refusal({ label, low, high, unit, broken }, said) {
  const written = [...String(said).trim()].slice(0, SAID).join("").replaceAll("-", "−") || "empty";
  const kind = broken ? "number" : "whole number";
  return `${label} is ${written}: a ${kind} from ${whole(low)} to ${whole(high)}${unit ? ` ${unit}` : ""} is needed.`;
}

/**
 * Each number, or its start where it is refused; and why those that are refused are.
 * @param {Controls} controls
 * @param {Record<string, NumberLimits>} limits
 */
function readAll(controls, limits) {
  /** @type {Record<string, string>} */
  const wrong = {};
  /** @param {string} name @param {NumberLimits} each */
  const read = (name, each) => {
    const said = controls[name] ?? each.start;
    const number = numberOf(said);
    if (number >= each.low && number <= each.high && (each.broken || Number.isInteger(number))) return number;
    wrong[name] = refusal(each, said);
    return each.start;
  };
  const numbers = Object.fromEntries(Object.entries(limits).map(([name, each]) => [name, read(name, each)]));
  return { numbers, wrong };
}

/** Another card's memory in GB, where the link has it in GiB. @param {Controls} controls @returns {Controls} */
function withMemory(controls) {
  const { gb, memory } = controls;
  if (gb === undefined || memory !== undefined) return controls;
  const there = numberOf(gb);
  return { ...controls, memory: Number.isNaN(there) ? gb : Number((there * GIB).toPrecision(15)) };
}

/**
 * The controls as they are read: what is unknown is the beginning's.
 * @param {ServingGround} ground
 * @param {Controls} controls
 * @returns {ServingAsked}
 */
function askedOf({ models, schemes, aliases, caches, cards, start, limits, card_limits }, controls) {
  const one = (/** @type {string} */ name, /** @type {string[]} */ known) => {
    const said = String(controls[name] ?? "");
    return known.includes(said) ? said : start[name];
  };
  const names = (/** @type {{ name: string }[]} */ all) => all.map(({ name }) => name);
  const weights = String(controls.weights ?? "");
  const known = names(schemes);
  const scheme = Object.hasOwn(aliases, weights) ? aliases[weights] : weights;
  const card = one("card", [...names(cards), "own"]);
  const { numbers, wrong } = readAll(controls, limits);
  const ofCard = readAll(card === "own" ? withMemory(controls) : {}, card_limits);
  return /** @type {ServingAsked} */ ({
    model: one("model", [...Object.keys(models), "own", "config"]),
    weights: known.includes(scheme) ? scheme : start.weights,
    cache: one("cache", names(caches)),
    card,
    ...numbers,
    ...ofCard.numbers,
    wrong: { ...wrong, ...ofCard.wrong },
  });
}

/**
 * The chosen card, or one of the given numbers.
 * @param {ServingGround} ground
 * @param {ServingAsked} asked
 * @returns {CardOffered}
 */
export function cardOf({ cards }, { card, memory, gbs, tflops }) {
  const found = cards.find(({ name }) => name === card);
  if (found) return found;
  const title = `card of ${whole(Number(memory.toFixed(1)))} GB`;
  const numbers = { memory: Math.round(memory * GB), bandwidth: gbs * GB, flops: tflops * 1e12 || null };
  return { name: "own", title, ...numbers, sold: null, reported: null, read_at: null };
}

/**
 * A model of one's own numbers, or a sentence that says which of them is wrong.
 * @param {ServingGround} ground
 * @param {Controls} controls
 * @returns {Sizes | string}
 */
function own({ plain, own_limits }, controls) {
  const { numbers, wrong } = readAll(controls, own_limits);
  const [first] = Object.values(wrong);
  if (first) return first;
  const made = /** @type {Sizes} */ ({ ...plain, ...numbers });
  if (made.n_heads % made.n_kv_heads)
    return `${made.n_heads} query heads cannot share ${made.n_kv_heads} key/value heads evenly.`;
  return { ...made, gated: controls.mlp !== "plain", tied: controls.unembedding === "tied" };
}

/** @param {ServingGround} ground @param {string} model @param {Controls} controls */
function modelOf({ models, pasted, ...ground }, model, controls) {
  if (model === "config") return pasted;
  const sizes = model === "own" ? own({ ...ground, models, pasted }, controls) : models[model];
  const name = model === "own" ? "Own numbers" : model;
  return typeof sizes === "string" ? { name, sizes: null, wrong: sizes } : { name, sizes, wrong: null };
}

/**
 * What is asked, of which model and on which card.
 * @param {ServingGround} ground
 * @param {Controls} controls
 * @returns {Read}
 */
export function read(ground, controls) {
  const asked = askedOf(ground, controls);
  const { name, sizes, wrong } = modelOf(ground, asked.model, controls);
  return { asked, card: cardOf(ground, asked), name, sizes, wrong: Object.values(asked.wrong)[0] ?? wrong };
}
