// @ts-check
/**
 * When the cache outgrows the weights: real models by the number of sequences that it takes, and their sizes.
 *
 * @import { DecoderSizes, MemoryModels, MemoryRow } from "../../../types/inference"
 * @import { Row, View, ViewContext } from "../../../kit/view"
 * @import { Column } from "../../../kit/numbers/table.js"
 * @import { Shown } from "./arithmetic.js"
 */
import { dots } from "../../../kit/drawing/dots.js";
import { counted, whole } from "../../../kit/numbers/format.js";
import { figures, memory } from "../../../kit/numbers/magnitude.js";
import { table as grid } from "../../../kit/numbers/table.js";
import { extent } from "../../../vendor/d3.js";
import { html, nothing } from "../../../vendor/lit.js";
import { againstWeights, provedProducts, shownOf, weigh } from "./arithmetic.js";

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

/** @type {(keyof DecoderSizes)[]} Sizes in the file. */
const COLUMNS = [...SIZES.map(([key]) => key), "gated", "tied", "n_experts"];

/** @type {View<MemoryModels>} */
export function table(data, ctx) {
  const shown = shownOf(data, ctx.controls);
  const wrong = refused(shown);
  if (wrong) return html`<p class="hint wrong">${wrong}</p>`;
  return html`
    <p class="readout lead">${said(shown)}</p>
    <div class="figure">${equalPoints(shown, ctx)}</div>
    <div class="sizes-of-models">${sizes(shown, ctx)}</div>`;
}

/**
 * @param {MemoryModels} data
 * @param {ViewContext} ctx
 * @returns {Row[]}
 */
export function rows(data, { controls }) {
  const shown = shownOf(data, controls);
  const now = shown.asked;
  if (refused(shown)) return [];
  return shown.models.map((model) => {
    const { weights, cache, token, equal } = weigh(shown, model);
    return {
      model: model.name,
      ...Object.fromEntries(COLUMNS.map((name) => [name, model.sizes[name]])),
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

/** @param {MemoryModels} data @param {ViewContext} ctx */
export const exported = (data, { controls }) => shownOf(data, controls);

/**
 * @param {MemoryModels} data
 * @param {ViewContext} ctx
 */
export const checks = (data, ctx) => provedProducts(data, ctx);

/**
 * Why no sequences can be weighed: what they are is refused.
 * @param {Shown} shown
 */
const refused = ({ asked: { wrong } }) => wrong.batch ?? wrong.length;

/** @param {Shown} shown */
function said(shown) {
  const { asked: now, title, models } = shown;
  const passed = models.filter((model) => weigh(shown, model).equal <= now.batch).length;
  const batch = `${whole(now.batch)} × ${counted(now.length, "token")}`;
  const formats = `weights in ${title}`;
  const marked = models.find((model) => chosen(shown, model));
  return html`<b>${passed}</b> of ${models.length} models have a cache larger than their weights at ${batch},
    ${formats}.
    ${marked ? example(shown, marked) : nothing}`;
}

/**
 * @param {Shown} shown
 * @param {MemoryRow} model
 */
function example(shown, model) {
  const { weights, cache } = weigh(shown, model);
  return html`The cache of <b data-model=${model.name}>${model.name}</b> takes <b>${memory(cache)}</b>,
    ${againstWeights(cache / weights)} (${memory(weights)}).`;
}

/**
 * @param {Shown} shown
 * @param {ViewContext} ctx
 */
function equalPoints(shown, ctx) {
  const now = shown.asked;
  const points = shown.models.map((model) => ({ model, ...weigh(shown, model) }));
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
      selected: chosen(shown, model),
      select: () => choose(shown, ctx, model),
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
 * @param {Shown} shown
 * @param {ViewContext} ctx
 * @param {MemoryRow} model
 */
function choose({ own }, ctx, model) {
  if (model !== own) ctx.control("model", model.name);
}

/**
 * @param {Shown} shown
 * @param {ViewContext} ctx
 */
function sizes(shown, ctx) {
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
    { name: "weights", number: true, cell: (model) => memory(weigh(shown, model).weights) },
    { name: "a token, bytes", number: true, cell: (model) => whole(weigh(shown, model).token) },
    { name: "cache", number: true, cell: (model) => memory(weigh(shown, model).cache) },
  ];
  return grid({
    className: "keeps-names",
    label: "Sizes of real models",
    columns,
    rows: shown.models,
    selected: (model) => chosen(shown, model),
    select: (model) => choose(shown, ctx, model),
  });
}

/** @param {Shown} shown @param {MemoryRow} model */
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
