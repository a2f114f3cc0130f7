// @ts-check
/**
 * Sizes of real models against the ranges that are called typical: a table to sort and to filter.
 *
 * @import { DimensionsSizes, SizedModel } from "../../../types/overview"
 * @import { Row, View } from "../../../kit/view"
 */
import { control } from "../../../kit/controls/declared.js";
import { counted, whole } from "../../../kit/numbers/format.js";
import { parameters } from "../../../kit/numbers/magnitude.js";
import { sorting } from "../../../kit/numbers/sorting.js";
import { table } from "../../../kit/numbers/table.js";
import { html, nothing } from "../../../vendor/lit.js";
import { against, sizesBeside, written } from "./sizes_beside.js";

export const follows = true;

/** @type {Record<string, (model: SizedModel) => boolean>} */
const KINDS = {
  all: () => true,
  dense: ({ experts }) => !experts,
  mixture: ({ experts }) => experts > 0,
  outside: ({ outside }) => outside.length > 0,
};

const PLACES = { here: "this run’s model", beside: "the other run’s model" };

/** @type {View<DimensionsSizes>} */
export function sizes(data, ctx) {
  const holds = KINDS[String(ctx.controls.kind)];
  const count = (/** @type {string} */ kind) => data.models.filter(KINDS[kind]).length;
  const symbols = data.typical.map(({ symbol }) => symbol);
  const sort = sorting(ctx, symbols);
  const shown = data.models.filter((model) => model.place || holds(model));
  return html`
    <div class="bar">
      ${control(ctx, "kind", {
        choices: ctx.declared("kind").choices?.map(([key, name]) => [key, `${name} ${count(String(key))}`]),
      })}
    </div>
    ${data.base ? html`<p class="readout basenote">${sizesBeside(data, ctx.beside)}</p>` : nothing}
    ${table({
      label: "Sizes of real models",
      className: "sizes",
      rows: sort.ordered(shown, ({ values }, symbol) => values[symbol]),
      rowClass: ({ place }) => (place === "here" ? "on" : ""),
      columns: [
        {
          name: "Model",
          cell: (/** @type {SizedModel} */ { name, place }) =>
            html`<b>${name}</b>${place ? html` <small>${PLACES[place]}</small>` : nothing}`,
        },
        ...data.typical.map(({ symbol, name, said }) => ({
          name: html`${symbol}<small class="said">${said}</small>`,
          title: `${name}; typical range ${said}; click to sort`,
          number: true,
          ...sort.by(symbol),
          cell: (/** @type {SizedModel} */ model) => html`${value(model, symbol)}${against(data, model, symbol)}`,
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
    <p class="hint">${found(data)}</p>`;
}

/**
 * @param {DimensionsSizes} data
 * @returns {Row[]}
 */
export function rows({ models, base }) {
  return models.map(({ name, place, values, d_ff, experts, outside, stated, source }) => ({
    name,
    ...(base ? { run: place === "here" ? "this" : place === "beside" ? "other" : "" } : {}),
    ...values,
    d_ff,
    experts,
    outside: outside.join(" "),
    stated_billions: stated,
    source,
  }));
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

/** @param {DimensionsSizes} data */
function found({ typical, models }) {
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
