// @ts-check
/**
 * The numbers of a model of one's own.
 *
 * @import { ServingFit } from "../../../types/inference"
 * @import { ViewContext } from "../../../kit/view"
 */
import { select } from "../../../kit/controls/select.js";
import { html } from "../../../vendor/lit.js";
import { numberField } from "./number_field.js";

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
      ${Object.entries(data.ground.own_limits).map(([name, limits]) => numberField(ctx, name, limits))}
      ${KINDS.map(({ name, label, choices }) => {
        const said = ctx.controls[name];
        const chosen = choices.find(([key]) => key === said)?.[0] ?? choices[0][0];
        return select({ label, choices, chosen, choose: (key) => ctx.control(name, key) });
      })}
    </div>`;
}
