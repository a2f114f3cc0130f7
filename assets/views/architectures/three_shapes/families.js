// @ts-check
/**
 * Published models by shape: what pre-training asked, their sizes, and their parameters counted from the config.
 *
 * @import { FamilyModel, ModelFamilies } from "../../../types/architectures"
 * @import { Row, View } from "../../../kit/view"
 */
import { control } from "../../../kit/controls/declared.js";
import { whole } from "../../../kit/numbers/format.js";
import { parameters } from "../../../kit/numbers/magnitude.js";
import { sorting } from "../../../kit/numbers/sorting.js";
import { table } from "../../../kit/numbers/table.js";
import { html, nothing } from "../../../vendor/lit.js";

/** @type {Record<string, (model: FamilyModel) => boolean>} */
const KINDS = {
  all: () => true,
  decoder: ({ shape, experts }) => shape === "decoder-only" && !experts,
  mixture: ({ experts }) => experts > 0,
  encoder: ({ shape }) => shape === "encoder-only",
  both: ({ shape }) => shape === "encoder-decoder",
};
const BLOCKS = "blocks";
/** @type {[keyof FamilyModel | "blocks", string, string][]} */
const SORTED = [
  [BLOCKS, "Blocks", "encoder + decoder, where a model has both"],
  ["d_model", "d_model", "width of the residual stream"],
  ["n_heads", "Heads", "query heads of a block / key-value heads, where they are fewer"],
  ["d_ff", "d_ff", "width of the feed-forward layer, or of one expert"],
  ["experts", "Experts", "how many experts a token visits, of how many in a block, + shared ones"],
  ["total", "Parameters", "counted from the config"],
  ["active", "Active", "parameters that one token uses, with the whole embedding and router"],
];

/** @type {View<ModelFamilies>} */
export function families(data, ctx) {
  const of = (/** @type {unknown} */ kind) => data.models.filter(KINDS[String(kind)]);
  const sort = sorting(
    ctx,
    SORTED.map(([name]) => name),
  );
  return html`
    <div class="bar">
      ${control(ctx, "shape", {
        choices: ctx.declared("shape").choices?.map(([kind, name]) => [kind, `${name} ${of(kind).length}`]),
      })}
    </div>
    ${table({
      label: "Published models and their configs",
      className: "families",
      rows: sort.ordered(of(ctx.controls.shape), amount),
      columns: [
        {
          name: "Model",
          cell: (/** @type {FamilyModel} */ { name, family }) => html`<b>${name}</b><small>${family}</small>`,
        },
        {
          name: "Shape",
          cell: ({ shape, experts }) => html`${shape}${experts ? html`<small>mixture</small>` : nothing}`,
        },
        { name: "Pre-training asks for", cell: ({ objective }) => objective, className: "asks" },
        ...SORTED.map(([name, heading, title]) => ({
          name: heading,
          title: `${title}; click to sort`,
          number: true,
          ...sort.by(name),
          cell: (/** @type {FamilyModel} */ model) => value(model, name),
        })),
        {
          name: "Stated",
          title: "billions of parameters, and of active ones, as stated by the makers",
          number: true,
          cell: ({ stated, stated_active }) =>
            html`${stated < 1 ? parameters(1e9 * stated) : `${stated} B`}${
              stated_active ? html`<small>${stated_active} B active</small>` : nothing
            }`,
        },
        { name: "Source of the stated count", cell: ({ source }) => source, className: "from" },
      ],
    })}
    <p class="hint">“=” marks a count that equals the number of released weights exactly. The makers of
      ${data.unpublished.slice(0, -1).join(", ")} and ${data.unpublished.slice(-1)} publish no config, so their sizes
      cannot be shown. The active parameters of gpt-oss are stated without the embedding.</p>`;
}

/**
 * @param {ModelFamilies} data
 * @returns {Row[]}
 */
export function rows({ models }) {
  return models.map(({ stated, stated_active, exact, ...model }) => ({
    ...model,
    released: exact,
    stated_billions: stated,
    stated_active_billions: stated_active,
  }));
}

/** @param {FamilyModel} model @param {string} name */
function amount(model, name) {
  if (name === BLOCKS) return model.encoder_layers + model.decoder_layers;
  return Number(model[/** @type {keyof FamilyModel} */ (name)]);
}

/** @param {FamilyModel} model @param {string} name */
function value(model, name) {
  const { encoder_layers, decoder_layers, n_heads, n_kv_heads, experts, k, shared, total, active, exact } = model;
  if (name === BLOCKS) return [encoder_layers, decoder_layers].filter(Boolean).join(" + ");
  if (name === "n_heads")
    return html`${n_heads}${n_kv_heads < n_heads ? html`<small>/ ${n_kv_heads}</small>` : nothing}`;
  if (name === "experts") {
    if (!experts) return "";
    return html`${k} of ${experts}${shared ? html`<small>+ ${shared} shared</small>` : nothing}`;
  }
  if (name === "total")
    return html`<span title=${whole(total)}>${exact === total ? "= " : ""}${parameters(total)}</span>`;
  if (name === "active") return active < total ? parameters(active) : html`<span class="dim">all</span>`;
  return whole(amount(model, name));
}
