// @ts-check
/**
 * Which published model tells positions how, each row with the part that says so and the source of its numbers.
 *
 * @import { Family, PositionSchemesFamilies } from "../../../types/embeddings"
 * @import { Row, View } from "../../../kit/view"
 */
import { control } from "../../../kit/controls/declared.js";
import { counted, whole } from "../../../kit/numbers/format.js";
import { table } from "../../../kit/numbers/table.js";
import { html } from "../../../vendor/lit.js";

export const follows = true;

const ALL = "all";

/** @type {View<PositionSchemesFamilies>} */
export function families(data, ctx) {
  const chosen = ctx.controls.scheme;
  const shown = data.families.filter(({ scheme, here }) => here || chosen === ALL || scheme === chosen);
  const counts = (/** @type {unknown} */ key) => data.families.filter(({ scheme }) => scheme === key).length;
  const schemes = ctx.declared("scheme").choices ?? [];
  return html`
    <div class="bar">
      ${control(ctx, "scheme", {
        as: "segmented",
        choices: schemes
          .filter(([key]) => key === ALL || counts(key))
          .map(([key, name]) => [key, key === ALL ? name : `${name} ${counts(key)}`]),
      })}
    </div>
    ${table({
      label: "Models and their positions",
      className: "families",
      rows: shown,
      selected: ({ here }) => here,
      columns: [
        {
          name: "Model",
          cell: (/** @type {Family} */ { name, here }) => html`<b>${name}</b>${here ? " (open here)" : ""}`,
        },
        { name: "Positions", cell: ({ scheme }) => schemes.find(([key]) => key === scheme)?.[1] },
        { name: "Settings", cell: settings },
        { name: "Pairs", title: "as the model’s own code turns the numbers 1, 2, 3, 4", cell: ({ layout }) => layout },
        {
          name: "Limit",
          number: true,
          title: "tokens that the published config allows",
          cell: ({ limit, source }) => (limit ? whole(limit) : source ? "none" : "–"),
        },
        { name: "Found in the model", className: "notation", cell: ({ found }) => found },
        { name: "Source of the numbers", className: "source", cell: ({ source }) => source },
      ],
    })}
    <p class="hint">
      ${counted(data.families.length, "model")}: transformers ${data.library} builds each one without weights, and the
      page
      looks for the part that tells positions. Settings and limits come from the published config; a number without a
      source is left out. θ is the base of the rotation. “Pairs” is blank where the model’s code has no function to ask.
    </p>`;
}

/** @param {Family} family */
const settings = ({ detail, scheme, source }) =>
  detail.replaceAll("θ ", "θ\u00a0") ||
  (!source ? "no source for its numbers" : scheme === "rope" ? "its source names no base" : "");

/**
 * @param {PositionSchemesFamilies} data
 * @returns {Row[]}
 */
export function rows(data) {
  return data.families.map(({ name, scheme, detail, layout, limit, found, checkpoint, source }) => ({
    name,
    scheme,
    detail,
    layout,
    limit,
    found,
    checkpoint,
    source,
  }));
}
