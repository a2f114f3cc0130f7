// @ts-check
/**
 * Which family of models tells positions how, each row with the part that says so.
 *
 * @import { Family, PositionSchemesFamilies } from "../../../types"
 * @import { Row, View, ViewContext } from "../../../kit/view"
 */
import { segmented } from "../../../kit/controls.js";
import { counted, whole } from "../../../kit/format.js";
import { table } from "../../../kit/table.js";
import { html } from "../../../vendor/lit.js";

export const follows = true;

/** @type {Record<string, string>} */
const SCHEMES = {
  all: "All",
  sinusoidal: "Sinusoidal",
  learned: "Learned",
  relative: "Relative bias",
  alibi: "ALiBi",
  rope: "RoPE",
  none: "None",
};

/** @type {View<PositionSchemesFamilies>} */
export function families(data, ctx) {
  const chosen = chosenScheme(ctx);
  const shown = data.families.filter(({ scheme, here }) => here || chosen === "all" || scheme === chosen);
  const counts = (/** @type {string} */ key) => data.families.filter(({ scheme }) => scheme === key).length;
  return html`
    <div class="bar">
      ${segmented({
        label: "Scheme",
        choices: Object.entries(SCHEMES)
          .filter(([key]) => key === "all" || counts(key))
          .map(([key, name]) => [key, key === "all" ? name : `${name} ${counts(key)}`]),
        chosen,
        choose: (key) => ctx.control("scheme", key),
      })}
    </div>
    ${table({
      label: "Families and their positions",
      className: "families",
      rows: shown,
      selected: ({ here }) => here,
      columns: [
        {
          name: "Family",
          cell: (/** @type {Family} */ { name, here }) => html`<b>${name}</b>${here ? " (open here)" : ""}`,
        },
        { name: "Positions", cell: ({ scheme }) => SCHEMES[scheme] },
        { name: "Settings", cell: ({ detail }) => detail },
        { name: "Pairs", title: "asked of the model’s own code", cell: ({ layout }) => layout },
        {
          name: "Limit",
          number: true,
          title: "positions that the config allows",
          cell: ({ limit }) => (limit ? whole(limit) : "none"),
        },
        { name: "Found in the model", className: "notation", cell: ({ found }) => found },
        {
          name: "Config of",
          className: "notation",
          cell: ({ checkpoint, here }) => (here ? "the shelf’s own file" : checkpoint),
        },
      ],
    })}
    <p class="hint">
      ${counted(data.families.length, "model")}, put together without memory by transformers ${data.library} from the
      defaults of each family’s config class; “Config of” is the published model that the class’s documentation names
      beside them. Blank pairs: the code has no function that could be asked.
    </p>`;
}

/**
 * @param {PositionSchemesFamilies} data
 * @returns {Row[]}
 */
export function rows(data) {
  return data.families.map(({ name, scheme, detail, layout, limit, found, checkpoint }) => ({
    name,
    scheme,
    detail,
    layout,
    limit,
    found,
    checkpoint,
  }));
}

/** @param {ViewContext} ctx */
const chosenScheme = ({ controls }) => (String(controls.scheme) in SCHEMES ? String(controls.scheme) : "all");
