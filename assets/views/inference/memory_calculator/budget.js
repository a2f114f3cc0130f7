// @ts-check
/**
 * What fits: weights, and keys and values of every token in flight, against an amount of memory.
 *
 * @import { MemoryModels, MemoryRow } from "../../../types"
 * @import { Row, View, ViewContext } from "../../../kit/view"
 * @import { Settings } from "./arithmetic.js"
 */
import { segmented } from "../../../kit/controls.js";
import { whole } from "../../../kit/format.js";
import { ladder } from "../../../kit/ladder.js";
import { legend } from "../../../kit/legend.js";
import { memory, parameters, three } from "../../../kit/magnitude.js";
import { select } from "../../../kit/select.js";
import { html, nothing } from "../../../vendor/lit.js";
import {
  againstWeights,
  BATCHES,
  FORMATS,
  GB,
  LENGTHS,
  MEMORIES,
  provedProducts,
  runningModel,
  settings,
  weigh,
} from "./arithmetic.js";
import { formats } from "./formats.js";
import { ownModel } from "./own_model.js";
import { sums } from "./sums.js";

/** From this width on the controls stand beside the picture; pixels that they and the gap take. */
const BESIDE = 760;
const CONTROLS = 268;

/** @type {View<MemoryModels>} */
export function budget(data, ctx) {
  const now = settings(data, ctx);
  const beside = ctx.width >= BESIDE;
  return html`
    <div class="budget ${beside ? "beside" : ""}">
      <div class="settings">
        ${chooseModel(data, ctx, now)}
        ${now.model === "own" ? ownModel(data, ctx) : nothing}
        <p class="hint wrong" role="status">${now.model === "own" ? data.wrong : nothing}</p>
        ${chooseFormat("weights", "Weights", ctx, now)}
        ${chooseFormat("cache", "Keys and values", ctx, now)}
        ${ladder({ label: "Sequences", steps: BATCHES, value: now.batch, format: whole, choose: (value) => ctx.control("batch", value) })}
        ${ladder({ label: "Tokens each", steps: LENGTHS, value: now.length, format: whole, choose: (value) => ctx.control("length", value) })}
        ${ladder({ label: "Memory", steps: MEMORIES, value: now.memory, format: gigabytes, choose: (value) => ctx.control("memory", value) })}
      </div>
      <div class="answer" ?hidden=${!now.row}>
        ${now.row ? answer(data, ctx, { now, row: now.row, width: ctx.width - (beside ? CONTROLS : 0) }) : nothing}
      </div>
    </div>`;
}

/**
 * @param {MemoryModels} data
 * @param {ViewContext} ctx
 * @param {{ now: Settings, row: MemoryRow, width: number }} chosen
 */
function answer(data, ctx, { now, row, width }) {
  return html`
    <div class="bar">
      <p class="readout lead">${said(data, now, row)}</p>
      ${legend([
        ["weights", "weights"],
        ["keys-values", "keys and values"],
      ])}
    </div>
    <div class="figure">${formats({ data, now, row, width, choose: (format) => ctx.control("weights", format) })}</div>
    ${sums(data, now, row)}`;
}

/**
 * The numbers of the chosen model, in each format of its weights.
 * @param {MemoryModels} data
 * @param {ViewContext} ctx
 * @returns {Row[]}
 */
export function rows(data, ctx) {
  const now = settings(data, ctx);
  const { row } = now;
  if (!row) return [];
  return Object.keys(FORMATS).map((format) => {
    const { weights, cache, token } = weigh(data, row, { ...now, weights: format });
    const room = now.memory * GB;
    return {
      model: row.name,
      parameters: row.total,
      weights: format,
      cache: now.cache,
      sequences: now.batch,
      tokens: now.length,
      weight_bytes: weights,
      token_bytes: token,
      cache_bytes: cache,
      memory_bytes: room,
      fits: weights + cache <= room,
    };
  });
}

/**
 * @param {MemoryModels} data
 * @param {ViewContext} ctx
 */
export const checks = (data, ctx) => provedProducts(data, ctx);

/**
 * @param {MemoryModels} data
 * @param {ViewContext} ctx
 * @param {Settings} now
 */
function chooseModel(data, ctx, { model }) {
  const here = runningModel(ctx);
  /** @type {[string, string][]} */
  const published = data.models.map(({ name, total }) => [name, `${name}, ${parameters(total)}`]);
  return html`
    <div class="setting model">
      ${select({
        label: "Model",
        choices: [...named("here", here && `This model: ${here.name}`), ...published, ...named("own", "Own numbers")],
        chosen: model,
        choose: (name) => ctx.control("model", name),
      })}
    </div>`;
}

/**
 * @param {string} key
 * @param {string | null} name
 * @returns {[string, string][]}
 */
const named = (key, name) => (name ? [[key, name]] : []);

/**
 * @param {"weights" | "cache"} control
 * @param {string} label
 * @param {ViewContext} ctx
 * @param {Settings} now
 */
function chooseFormat(control, label, ctx, now) {
  return html`
    <div class="setting">
      <span class="label">${label}</span>
      ${segmented({ label, choices: Object.entries(FORMATS), chosen: now[control], choose: (format) => ctx.control(control, format) })}
    </div>`;
}

/**
 * @param {MemoryModels} data
 * @param {Settings} now
 * @param {MemoryRow} row
 */
function said(data, now, row) {
  const { weights, cache, one, equal } = weigh(data, row, now);
  const room = gigabytes(now.memory);
  const most = Math.max(0, Math.floor((now.memory * GB - weights) / one));
  const fit = most
    ? html`In <b>${room}</b> at most <b>${whole(most)}</b> such ${most === 1 ? "sequence fits" : "sequences fit"}.`
    : html`Not one such sequence fits in <b>${room}</b>.`;
  const amounts = `${memory(weights)} of weights and ${memory(cache)} of keys and values`;
  const ratio = html`<b>${againstWeights(cache / weights)}</b>`;
  return html`<b>${row.name}</b>: ${amounts}, ${ratio}. ${fit} The cache weighs as much as the model at ${three(equal)} of them.`;
}

/** @param {number} amount in GB */
const gigabytes = (amount) => `${whole(amount)} GB`;
