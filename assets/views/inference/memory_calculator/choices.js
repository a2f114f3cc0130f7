// @ts-check
/**
 * What is asked: the model and how it is stored, who uses it, and on what.
 *
 * @import { MemoryCalibration, ServingAsked, ServingFit } from "../../../types/inference"
 * @import { ViewContext } from "../../../kit/view"
 */

import { select } from "../../../kit/controls/select.js";
import { doublings } from "../../../kit/controls/steps.js";
import { whole } from "../../../kit/numbers/format.js";
import { roofOf } from "../../../kit/numbers/machine.js";
import { memory, parameters } from "../../../kit/numbers/magnitude.js";
import { html, nothing } from "../../../vendor/lit.js";
import { configField } from "./config_field.js";
import { numberField } from "./number_field.js";
import { ownModel } from "./own_model.js";
import { counted, tensors } from "./sizes.js";

const USERS = doublings(1, 1024);
const TOKENS = doublings(512, 1 << 20);
const CARDS = [1, 2, 3, 4, 6, 8, 16, 32, 64];
const GB = 1e9;

/**
 * @param {ServingFit} data
 * @param {ServingAsked} asked
 * @param {ViewContext} ctx
 */
export function choices(data, asked, ctx) {
  const { ground } = data;
  const measured = /** @type {MemoryCalibration | undefined} */ (ctx.payload("calibration"));
  /** @type {[string, string][]} */
  const models = Object.entries(ground.models).map(([name, sizes]) => [
    name,
    `${name}, ${parameters(counted(tensors(sizes)))}`,
  ]);
  /** @type {[string, string][]} */
  const others = [
    ["own", "Own numbers"],
    ["config", "A config.json, or a hub's name"],
  ];
  const model = (/** @type {string} */ name) =>
    name === "here" ? here(ctx, measured?.config ?? "") : ctx.control("model", name);
  return html`
    <div class="settings">
      ${one(
        "Model",
        [
          ...models,
          ...others,
          ...(measured?.config ? [/** @type {[string, string]} */ (["here", `This model: ${measured.model}`])] : []),
        ],
        asked.model,
        model,
      )}
      ${asked.model === "own" ? ownModel(data, ctx) : nothing}
      ${asked.model === "config" ? configField(data, ctx) : nothing}
      ${one("Weights", named(ground.schemes), asked.weights, (key) => ctx.control("weights", key))}
      ${one("Keys and values", named(ground.caches), asked.cache, (key) => ctx.control("cache", key))}
      <div class="pair">
        ${steps("batch", USERS, asked, ctx)} ${steps("length", TOKENS, asked, ctx)}
      </div>
      <div class="pair narrow">
        ${steps("cards", CARDS, asked, ctx)}
        ${one("Card", devices(data, measured), asked.card, (key) => card(ctx, measured, key))}
      </div>
      ${asked.card === "own" ? otherCard(data, asked, ctx) : nothing}
    </div>`;
}

/**
 * @param {string} label
 * @param {[string, string][]} choices
 * @param {string} chosen
 * @param {(key: string) => void} choose
 */
const one = (label, choices, chosen, choose) =>
  html`<div class="setting">${select({ label, spoken: label, choices, chosen, choose })}</div>`;

/** @param {{ name: string, title: string }[]} all @returns {[string, string][]} */
const named = (all) => all.map(({ name, title }) => [name, title]);

/** @type {Record<"batch" | "length" | "cards", string>} */
const LABELS = { batch: "Users", length: "Tokens each", cards: "Cards" };

/**
 * @param {"batch" | "length" | "cards"} name
 * @param {number[]} usual any other number is among them too, and what the link says where that is refused
 * @param {ServingAsked} asked
 * @param {ViewContext} ctx
 */
function steps(name, usual, asked, ctx) {
  const value = asked[name];
  const all = usual.includes(value) ? usual : [...usual, value].sort((a, b) => a - b);
  /** @type {[string, string][]} */
  const choices = all.map((each) => [String(each), whole(each)]);
  const refused = name in asked.wrong ? String(ctx.controls[name]) : "";
  if (refused) choices.unshift([refused, refused.replace("-", "−")]);
  const label = LABELS[name];
  return one(label, choices, refused || String(value), (key) => ctx.control(name, key));
}

/**
 * @param {ServingFit} data
 * @param {MemoryCalibration | undefined} measured
 * @returns {[string, string][]}
 */
const devices = (data, measured) => [
  ...data.ground.cards.map(
    (card) => /** @type {[string, string]} */ ([card.name, `${card.title}: ${memory(card.memory)}`]),
  ),
  ["own", "Another card"],
  ...(measured?.run ? [/** @type {[string, string]} */ (["here", "This machine, measured"])] : []),
];

/**
 * @param {ViewContext} ctx
 * @param {string} config
 */
function here(ctx, config) {
  ctx.control("config", config);
  ctx.control("model", "config");
}

/**
 * @param {ViewContext} ctx
 * @param {MemoryCalibration | undefined} measured
 * @param {string} key
 */
function card(ctx, measured, key) {
  const run = measured?.run;
  if (key === "here" && run) {
    ctx.control("memory", (run.memory / GB).toFixed(1));
    const { flops, bandwidth } = roofOf(run.machine);
    ctx.control("gbs", Math.round(bandwidth / GB));
    ctx.control("tflops", (flops / 1e12).toPrecision(2));
  }
  ctx.control("card", key === "here" ? "own" : key);
}

/**
 * Its memory begins with what an older link says in another unit.
 * @param {ServingFit} data
 * @param {ServingAsked} asked
 * @param {ViewContext} ctx
 */
function otherCard({ ground }, asked, ctx) {
  return html`
    <div class="own">
      ${Object.entries(ground.card_limits).map(([name, limits]) =>
        numberField(ctx, name, name === "memory" ? { ...limits, start: asked.memory } : limits),
      )}
    </div>`;
}
