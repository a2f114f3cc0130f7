// @ts-check
/**
 * What is asked: the model and how it is stored, who uses it, and on what.
 *
 * @import { MemoryCalibration, ServingFit } from "../../../types"
 * @import { ViewContext } from "../../../kit/view"
 */
import { number } from "../../../kit/controls.js";
import { whole } from "../../../kit/format.js";
import { parameters } from "../../../kit/magnitude.js";
import { select } from "../../../kit/select.js";
import { doublings } from "../../../kit/steps.js";
import { html, nothing } from "../../../vendor/lit.js";
import { configField } from "./config_field.js";
import { ownModel } from "./own_model.js";

const USERS = doublings(1, 1024);
const TOKENS = doublings(512, 1 << 20);
const CARDS = [1, 2, 3, 4, 6, 8, 16, 32, 64];
/** What the numbers of another card may be. @type {["gb" | "gbs" | "tflops", string, number, number][]} */
const OTHER = [
  ["gb", "GiB", 1, 4096],
  ["gbs", "GB/s", 1, 100_000],
  ["tflops", "TFLOP/s", 0, 100_000],
];

/**
 * @param {ServingFit} data
 * @param {ViewContext} ctx
 */
export function choices(data, ctx) {
  const { asked } = data;
  const measured = /** @type {MemoryCalibration | undefined} */ (ctx.payload("calibration"));
  /** @type {[string, string][]} */
  const models = data.models.map(([name, total]) => [name, `${name}, ${parameters(total)}`]);
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
      ${one("Weights", data.schemes, asked.weights, (key) => ctx.control("weights", key))}
      ${one("Keys and values", data.caches, asked.cache, (key) => ctx.control("cache", key))}
      <div class="pair">
        ${steps("Users", USERS, asked.batch, (value) => ctx.control("batch", value))}
        ${steps("Tokens each", TOKENS, asked.length, (value) => ctx.control("length", value))}
      </div>
      <div class="pair narrow">
        ${steps("Cards", CARDS, asked.cards, (value) => ctx.control("cards", value))}
        ${one("Card", devices(data, measured), asked.card, (key) => card(ctx, measured, key))}
      </div>
      ${asked.card === "own" ? otherCard(data, ctx) : nothing}
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

/**
 * @param {string} label
 * @param {number[]} usual
 * @param {number} value any other is among them too
 * @param {(value: number) => void} choose
 */
function steps(label, usual, value, choose) {
  const all = usual.includes(value) ? usual : [...usual, value].sort((a, b) => a - b);
  /** @type {[number, string][]} */
  const named = all.map((each) => [each, whole(each)]);
  return html`<div class="setting">${select({ label, spoken: label, choices: named, chosen: value, choose })}</div>`;
}

/**
 * @param {ServingFit} data
 * @param {MemoryCalibration | undefined} measured
 * @returns {[string, string][]}
 */
const devices = (data, measured) => [
  ...data.devices,
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
    ctx.control("gb", Math.round(run.memory / 2 ** 30));
    ctx.control("gbs", Math.round(run.bandwidth / 1e9));
    ctx.control("tflops", (run.flops / 1e12).toPrecision(2));
  }
  ctx.control("card", key === "here" ? "own" : key);
}

/**
 * @param {ServingFit} data
 * @param {ViewContext} ctx
 */
const otherCard = ({ asked }, ctx) => html`
  <div class="own">
    ${OTHER.map(([name, label, least, most]) =>
      number({ label, value: asked[name], least, most, written: (text) => ctx.control(name, text) }),
    )}
  </div>`;
