// @ts-check
/**
 * When the cache outgrows the weights: real models by the number of sequences that it takes, and their sizes.
 *
 * @import { DecoderSizes, MemoryModels, MemoryRow } from "../../../types"
 * @import { Row, View, ViewContext } from "../../../kit/view"
 * @import { Column } from "../../../kit/table.js"
 */
import { dots } from "../../../kit/dots.js";
import { counted, whole } from "../../../kit/format.js";
import { figures, memory } from "../../../kit/magnitude.js";
import { table as grid } from "../../../kit/table.js";
import { extent } from "../../../vendor/d3.js";
import { html, nothing } from "../../../vendor/lit.js";
import { againstWeights, compared, provedProducts, weigh } from "./arithmetic.js";

/** Room at both ends of the scale, as a factor. */
const MARGIN = 1.7;
/** @type {[keyof DecoderSizes, string][]} */
const SIZES = [
  ["n_layers", "blocks"],
  ["d_model", "d_model"],
  ["n_heads", "heads"],
  ["n_kv_heads", "kv heads"],
  ["d_head", "d_head"],
  ["d_mlp", "d_mlp"],
  ["d_vocab", "d_vocab"],
];

/** @type {View<MemoryModels>} */
export function table(data, ctx) {
  const models = compared(data);
  const wrong = refused(data);
  if (wrong) return html`<p class="hint wrong">${wrong}</p>`;
  return html`
    <p class="readout lead">${said(data, models)}</p>
    <div class="figure">${equalPoints(data, ctx, models)}</div>
    <div class="sizes-of-models">${sizes(data, ctx, models)}</div>`;
}

/**
 * @param {MemoryModels} data
 * @returns {Row[]}
 */
export function rows(data) {
  const now = data.asked;
  if (refused(data)) return [];
  return compared(data).map((model) => {
    const { weights, cache, token, equal } = weigh(data, model);
    return {
      model: model.name,
      ...model.sizes,
      parameters: model.total,
      weights: now.weights,
      cache: now.cache,
      sequences: now.batch,
      tokens: now.length,
      weight_bytes: weights,
      cache_bytes_per_token: token,
      cache_bytes: cache,
      equal_at_sequences: equal,
    };
  });
}

/**
 * @param {MemoryModels} data
 * @param {ViewContext} ctx
 */
export const checks = (data, ctx) => provedProducts(data, ctx);

/**
 * Why no sequences can be weighed: what they are is refused.
 * @param {MemoryModels} data
 */
const refused = ({ asked: { wrong } }) => wrong.batch ?? wrong.length;

/**
 * @param {MemoryModels} data
 * @param {MemoryRow[]} models
 */
function said(data, models) {
  const now = data.asked;
  const passed = models.filter((model) => weigh(data, model).equal <= now.batch).length;
  const batch = `${whole(now.batch)} × ${counted(now.length, "token")}`;
  const formats = `weights in ${data.weight_titles[now.weights]}`;
  const marked = models.find((model) => chosen(data, model));
  return html`<b>${passed}</b> of ${models.length} models have a cache larger than their weights at ${batch},
    ${formats}.
    ${marked ? example(data, marked) : nothing}`;
}

/**
 * @param {MemoryModels} data
 * @param {MemoryRow} model
 */
function example(data, model) {
  const { weights, cache } = weigh(data, model);
  return html`The cache of <b data-model=${model.name}>${model.name}</b> takes <b>${memory(cache)}</b>,
    ${againstWeights(cache / weights)} (${memory(weights)}).`;
}

/**
 * @param {MemoryModels} data
 * @param {ViewContext} ctx
 * @param {MemoryRow[]} models
 */
function equalPoints(data, ctx, models) {
  const now = data.asked;
  const points = models.map((model) => ({ model, ...weigh(data, model) }));
  const [low = 1, high = 1] = extent([now.batch, ...points.map(({ equal }) => equal)]);
  return dots({
    rows: points.map(({ model, weights, cache, equal }) => ({
      key: model.name,
      name: model.name,
      dots: [{ value: equal, mark: equal <= now.batch ? "past" : "ahead" }],
      stem: true,
      label: figures(equal),
      words: `cache ${againstWeights(cache / weights)}`,
      strong: equal <= now.batch,
      details: [
        ["weights", memory(weights)],
        [`cache of ${whole(now.batch)}`, memory(cache)],
        ["equal at", `${figures(equal)} sequences`],
      ],
      selected: chosen(data, model),
      select: () => choose(data, ctx, model),
    })),
    width: ctx.width,
    domain: [low / MARGIN, high * MARGIN],
    format: (value) => (value >= 1 ? whole(value) : String(value)),
    title: "sequences at which cache and weights are equally large",
    reference: { value: now.batch, name: `${whole(now.batch)} × ${counted(now.length, "token")}` },
    label: `Sequences of ${counted(now.length, "token")} at which the cache weighs as much as the weights, by model`,
  });
}

/**
 * One's own model is chosen already where it is listed.
 * @param {MemoryModels} data
 * @param {ViewContext} ctx
 * @param {MemoryRow} model
 */
function choose(data, ctx, model) {
  if (data.models.includes(model)) ctx.control("model", model.name);
}

/**
 * @param {MemoryModels} data
 * @param {ViewContext} ctx
 * @param {MemoryRow[]} models
 */
function sizes(data, ctx, models) {
  /** @type {Column<MemoryRow>[]} */
  const columns = [
    { name: "Model", cell: (model) => html`<b>${model.name}</b>${small(remarks(model))}` },
    ...SIZES.map(([key, name]) => ({
      name,
      number: true,
      cell: (/** @type {MemoryRow} */ model) => whole(Number(model.sizes[key])),
    })),
    {
      name: "parameters",
      number: true,
      cell: ({ total, quoted }) => html`${whole(total)}${small(quoted === null ? "" : `quoted: ${quoted} B`)}`,
    },
    { name: "weights", number: true, cell: (model) => memory(weigh(data, model).weights) },
    { name: "a token, bytes", number: true, cell: (model) => whole(weigh(data, model).token) },
    { name: "cache", number: true, cell: (model) => memory(weigh(data, model).cache) },
  ];
  return grid({
    className: "keeps-names",
    label: "Sizes of real models",
    columns,
    rows: models,
    selected: (model) => chosen(data, model),
    select: (model) => choose(data, ctx, model),
  });
}

/** @param {MemoryModels} data @param {MemoryRow} model */
const chosen = ({ own, asked }, model) => (own ? model === own : model.name === asked.model);

/** @param {string} text */
const small = (text) => (text ? html`<small>${text}</small>` : nothing);

/** @param {MemoryRow} model */
function remarks({ sizes: { gated, tied, n_experts, n_kv_heads, d_head }, windows, kv_numbers }) {
  const looks = windows
    .filter(([, window]) => window !== null)
    .map(([blocks, window]) => `${blocks} blocks look back ${whole(window ?? 0)} tokens`);
  const latent = kv_numbers < 2 * n_kv_heads * d_head ? "latent attention" : "";
  return [gated ? "" : "plain MLP", tied ? "tied" : "", n_experts ? `${n_experts} experts` : "", latent, ...looks]
    .filter(Boolean)
    .join(", ");
}
