// @ts-check
/**
 * Where a feature of a dictionary is strong in the corpus: a line of tokens each, shaded by how strong it is.
 *
 * @import { FeatureContext } from "../../types/inside"
 */
import { html, nothing, styleMap } from "../../vendor/lit.js";
import { shaded } from "../colour/legible.js";
import { ramp } from "../colour/ramp.js";
import { decimal } from "../numbers/format.js";
import { readText } from "./tokens.js";

/** @param {FeatureContext[]} places @param {number} most its greatest activation */
export const contexts = (places, most) => html`
  <ol class="contexts">${places.map((each) => context(each, most))}</ol>`;

/** @param {FeatureContext} of @param {number} most */
function context({ kind, ids, acts, at }, most) {
  const colour = ramp("river");
  return html`
    <li>
      ${Array.from(ids.a, (id, place) => {
        const value = acts.a[place];
        const shade = value > 0 ? styleMap(shaded(colour(0.25 + 0.75 * Math.min(1, value / most)))) : nothing;
        return html`<span class=${place === at ? "tokword peak" : "tokword"} style=${shade}>${readText(id)}</span>`;
      })}
      <small>${decimal(acts.a[at], 1)}, ${kind}</small>
    </li>`;
}
