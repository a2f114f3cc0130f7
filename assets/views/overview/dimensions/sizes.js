// @ts-check
/**
 * Sizes of real models against the ranges that are called typical: a table to sort and to filter.
 *
 * @import { DimensionsSizes, SizedModel } from "../../../types/overview"
 * @import { Row, View, ViewContext } from "../../../kit/view"
 */
import { control } from "../../../kit/controls/declared.js";
import { counted, whole } from "../../../kit/numbers/format.js";
import { parameters } from "../../../kit/numbers/magnitude.js";
import { sorting } from "../../../kit/numbers/sorting.js";
import { table } from "../../../kit/numbers/table.js";
import { html, nothing } from "../../../vendor/lit.js";
import { compared, timesHere, written } from "./compared.js";

export const follows = true;

/** @type {Record<string, (model: SizedModel) => boolean>} */
const KINDS = {
  all: () => true,
  dense: ({ experts }) => !experts,
  mixture: ({ experts }) => experts > 0,
  outside: ({ outside }) => outside.length > 0,
};

/** @type {View<DimensionsSizes>} */
export function sizes(data, ctx) {
  const holds = KINDS[String(ctx.controls.kind)];
  const { here, there, models } = both(data, ctx);
  const count = (/** @type {string} */ kind) => models.filter(KINDS[kind]).length;
  const run = (/** @type {SizedModel} */ model) =>
    model === there ? `${ctx.beside.the}’s model` : model === here ? "this run’s model" : "";
  const symbols = data.typical.map(({ symbol }) => symbol);
  const sort = sorting(ctx, symbols);
  const shown = models.filter((model) => run(model) || holds(model));
  return html`
    <div class="bar">
      ${control(ctx, "kind", {
        choices: ctx.declared("kind").choices?.map(([key, name]) => [key, `${name} ${count(String(key))}`]),
      })}
    </div>
    ${
      here && there ? html`<p class="readout basenote">${compared(here, there, data.typical, ctx.beside)}</p>` : nothing
    }
    ${table({
      label: "Sizes of real models",
      className: "sizes",
      rows: sort.ordered(shown, ({ values }, symbol) => values[symbol]),
      rowClass: (model) => (model === here ? "on" : ""),
      columns: [
        {
          name: "Model",
          cell: (/** @type {SizedModel} */ model) =>
            html`<b>${model.name}</b>${run(model) ? html` <small>${run(model)}</small>` : nothing}`,
        },
        ...data.typical.map(({ symbol, name, said }) => ({
          name: html`${symbol}<small class="said">${said}</small>`,
          title: `${name}; typical range ${said}; click to sort`,
          number: true,
          ...sort.by(symbol),
          cell: (/** @type {SizedModel} */ model) =>
            html`${value(model, symbol)}${here && model === there ? timesHere(here, model, symbol) : nothing}`,
        })),
        {
          name: "Stated",
          number: true,
          title: "parameters, as the makers state them",
          cell: ({ stated }) =>
            stated ? (stated < 1 ? parameters(1e9 * stated) : `${Number(stated.toFixed(2))} B`) : "",
        },
        { name: "Source of the stated count", cell: ({ source }) => source },
      ],
    })}
    <p class="hint">${found(data.typical, models)}</p>`;
}

/**
 * @param {DimensionsSizes} data
 * @param {ViewContext<any, DimensionsSizes>} ctx
 * @returns {Row[]}
 */
export function rows(data, ctx) {
  const { here, there, models } = both(data, ctx);
  return models.map((model) => ({
    name: model.name,
    ...(there ? { run: model === here ? "this" : model === there ? "other" : "" } : {}),
    ...model.values,
    d_ff: model.d_ff,
    experts: model.experts,
    outside: model.outside.join(" "),
    stated_billions: model.stated,
    source: model.source,
  }));
}

/**
 * Both runs’ models, and all that are listed.
 * @param {DimensionsSizes} data
 * @param {ViewContext<any, DimensionsSizes>} ctx
 */
function both({ models }, ctx) {
  const [here, there] = [models, ctx.there?.models].map((each) => each?.find(({ own }) => own));
  const published = models.filter((model) => model !== here);
  return { here, there, models: [here, there, ...published].filter((each) => each !== undefined) };
}

/**
 * @param {SizedModel} model
 * @param {string} symbol
 */
function value(model, symbol) {
  const { outside, derived, experts, d_ff } = model;
  const size = written(model, symbol);
  const note =
    symbol === "d_k" && !derived
      ? "not d_model / h"
      : symbol.includes("/")
        ? `${whole(d_ff)}${experts ? ` × ${experts} experts` : ""}`
        : "";
  return html`${
    outside.includes(symbol) ? html`<b class="outside" title="outside the typical range">${size} !</b>` : size
  }${note ? html`<small>${note}</small>` : nothing}`;
}

/** @param {DimensionsSizes["typical"]} typical @param {SizedModel[]} models */
function found(typical, models) {
  const broken = typical
    .map(({ symbol }) => ({
      symbol,
      names: models.filter(({ outside }) => outside.includes(symbol)).map(({ name }) => name),
    }))
    .filter(({ names }) => names.length);
  const others = models.filter(({ derived }) => !derived).map(({ name }) => name);
  return html`“!”: outside the typical range.
    ${broken.map(
      ({ symbol, names }) => html`<b>${symbol}</b>: ${counted(names.length, "model")} (${names.join(", ")}). `,
    )}
    ${others.length ? html`d_k is not d_model / h in ${others.join(", ")}.` : nothing}
    In a mixture, d_ff is the width of one expert. A gated feed-forward layer has three matrices instead of two: with
    8/3
    times d_model it has as many parameters as a plain layer with 4 times. The range 4 to 8 fits the plain layer.`;
}
