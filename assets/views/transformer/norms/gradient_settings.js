// @ts-check
/**
 * What can be chosen of the gradients: whose, at which depth, which seed.
 *
 * @import { ViewContext } from "../../../kit/view"
 * @import { NormsGradients } from "../../../types"
 * @import { Quantity } from "./spread.js"
 */
import { control } from "../../../kit/declared.js";
import { html } from "../../../vendor/lit.js";

/** @type {Record<Quantity, string>} */
export const NOUNS = {
  w_out: "Gradient of the last block’s W_out",
  weights: "Gradient of all the last block’s weights",
  stream: "Gradient of the stream that enters the last block",
  sizes: "Size of the stream that enters the last block",
};

/**
 * @param {NormsGradients} data
 * @param {ViewContext} ctx
 */
export function chosenDepth({ here: { depths } }, ctx) {
  const asked = Number(ctx.controls.deep);
  return depths.includes(asked) ? asked : depths[depths.length - 1];
}

/** @param {ViewContext} ctx */
export function settings(ctx) {
  const { seed } = ctx.controls;
  const { high } = ctx.declared("seed");
  const next = () => ctx.control("seed", seed === high ? 0 : Number(seed) + 1);
  return html`
    ${control(ctx, "of")}
    <div class="setting">
      ${control(ctx, "norm")}
      <button class="btn" type="button" title="Initialize the decoders with the next seed" @click=${next}>
        Next seed
      </button>
      <span class="hint">seed ${seed}</span>
    </div>`;
}
