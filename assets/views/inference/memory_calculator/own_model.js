// @ts-check
/**
 * The numbers of a model of one's own.
 *
 * @import { ServingFit } from "../../../types"
 * @import { ViewContext } from "../../../kit/view"
 */
import { number } from "../../../kit/controls.js";
import { select } from "../../../kit/select.js";
import { html } from "../../../vendor/lit.js";

/** What the link says of a field that is empty. */
const EMPTY = "empty";
/** @type {{ name: string, label: string, choices: [string, string][] }[]} */
const KINDS = [
  {
    name: "mlp",
    label: "Feed-forward",
    choices: [
      ["gated", "gated"],
      ["plain", "plain"],
    ],
  },
  {
    name: "unembedding",
    label: "Unembedding",
    choices: [
      ["untied", "untied"],
      ["tied", "tied"],
    ],
  },
];

/**
 * @param {ServingFit} data
 * @param {ViewContext} ctx
 */
export function ownModel(data, ctx) {
  return html`
    <div class="own">
      ${Object.entries(data.limits).map(([name, { label, low, high, start }]) =>
        number({
          label,
          value: digits(ctx.controls[name] ?? start),
          least: low,
          most: high,
          written: (text) => ctx.control(name, text === "" ? EMPTY : text),
        }),
      )}
      ${KINDS.map(({ name, label, choices }) => {
        const said = ctx.controls[name];
        const chosen = choices.find(([key]) => key === said)?.[0] ?? choices[0][0];
        return select({ label, choices, chosen, choose: (key) => ctx.control(name, key) });
      })}
    </div>`;
}

/**
 * What the field can hold: the link may say anything.
 * @param {string | number} said
 */
const digits = (said) => (Number.isFinite(Number(said)) ? said : "");
