// @ts-check
/**
 * The whole text, inked by what the selected expert makes of it.
 *
 * @import { RoutingMatrix } from "../../../types/architectures"
 * @import { ViewContext } from "../../../kit/view"
 * @import { Line } from "../../../kit/tooltip.js"
 * @import { Chosen } from "./routes.js"
 */

import { row as rowOf } from "../../../kit/cells/tensor.js";
import { shaded } from "../../../kit/colour/legible.js";
import { mix, rgb } from "../../../kit/colour/theme.js";
import { decimal, percent } from "../../../kit/numbers/format.js";
import { token, tokenText } from "../../../kit/text/tokens.js";
import { tooltip } from "../../../kit/tooltip.js";
import { mean } from "../../../vendor/d3.js";
import { html, styleMap } from "../../../vendor/lit.js";
import { partsOf, visitsOf, weightOf } from "./routes.js";

/**
 * @param {RoutingMatrix} data
 * @param {ViewContext<any>} ctx
 * @param {Chosen} chosen
 */
export function taken(data, ctx, chosen) {
  const weights = ctx.run.ids.slice(0, data.n).map((_, at) => weightOf(visitsOf(data, chosen.row, at), chosen.expert));
  return html`
    <h3 class="sub3">Tokens that use expert ${chosen.expert} of block ${data.layers[chosen.row]}</h3>
    <div class="text">${weights.map((weight, position) => word(data, ctx, chosen, { position, weight }))}</div>
    <p class="hint">${counts(data, chosen, weights)}</p>`;
}

/**
 * @param {RoutingMatrix} data
 * @param {ViewContext<any>} ctx
 * @param {Chosen} chosen
 * @param {{ position: number, weight: number }} visit
 */
function word(data, ctx, { row, position: here, expert }, { position, weight }) {
  const [id, layer] = [ctx.run.ids[position], data.layers[row]];
  const part = Math.max(0, Math.min(1, weightOf(partsOf(data, row, position), expert)));
  const ground = weight ? shaded(mix(rgb("surface"), rgb("ink"), 0.06 + 0.88 * part)) : {};
  const tip = tooltip(`${tokenText(id)} in block ${layer}`, () =>
    visitsOf(data, row, position).map(([each, share]) => /** @type {Line} */ ([`expert ${each}`, percent(share)])),
  );
  return html`
    <button type="button" class="word ${weight ? "" : "none"}" style=${styleMap(ground)}
      aria-pressed=${position === here}
      aria-label="${position}: ${tokenText(id)}, ${weight ? percent(weight) : "not used"}"
      @click=${() => ctx.select({ position, layer, expert })} @pointerenter=${tip.show} @pointerleave=${tip.hide}
      @focus=${tip.beside} @blur=${tip.hide}>${token(id, { className: "" })}</button>`;
}

/**
 * @param {RoutingMatrix} data
 * @param {Chosen} chosen
 * @param {number[]} weights
 */
function counts(data, { row, expert }, weights) {
  const visits = weights.filter(Boolean);
  if (!visits.length) return `None of the ${data.n} tokens uses it in this block.`;
  const share = percent(rowOf(data.share, row)[expert], 1);
  return (
    `${visits.length} of ${data.n} tokens use it, with a mean weight of ${decimal(mean(visits) ?? 0)}. That is ` +
    `${share} of the block’s visits; an even router would give ${percent(1 / data.n_experts)}.`
  );
}
