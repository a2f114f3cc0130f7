// @ts-check
/**
 * What can be chosen of the gradients: whose, at which depth, which seed.
 *
 * @import { ViewContext } from "../../../kit/view"
 * @import { NormsGradients } from "../../../types"
 * @import { Quantity } from "./spread.js"
 */
import { segmented } from "../../../kit/controls.js";
import { html } from "../../../vendor/lit.js";

/** @type {Record<Quantity, { name: string, noun: string }>} */
export const QUANTITIES = {
  w_out: { name: "Gradient of W_out", noun: "Gradient of the last block’s W_out" },
  weights: { name: "of all weights", noun: "Gradient of all the last block’s weights" },
  stream: { name: "of the stream", noun: "Gradient of the stream that enters the last block" },
  sizes: { name: "The stream itself", noun: "Size of the stream that enters the last block" },
};

const SEEDS = 10_000;

/**
 * @param {ViewContext} ctx
 * @returns {Quantity}
 */
export function chosenQuantity(ctx) {
  const asked = String(ctx.controls.of);
  return asked in QUANTITIES ? /** @type {Quantity} */ (asked) : "w_out";
}

/**
 * @param {NormsGradients} data
 * @param {ViewContext} ctx
 */
export function chosenDepth({ here: { depths } }, ctx) {
  const asked = Number(ctx.controls.deep);
  return depths.includes(asked) ? asked : depths[depths.length - 1];
}

/**
 * @param {NormsGradients} data
 * @param {ViewContext} ctx
 * @param {Quantity} quantity
 */
export function settings(data, ctx, quantity) {
  // What the server is asked for shows at once as chosen; the picture follows.
  const ask = (/** @type {string} */ name, /** @type {string | number} */ value) => {
    ctx.control(name, value);
    ctx.keep({});
  };
  const seed = Number(ctx.controls.seed ?? data.seed);
  return html`
    <div class="setting">
      ${segmented({
        label: "What is measured",
        choices: Object.entries(QUANTITIES).map(([key, { name }]) => [key, name]),
        chosen: quantity,
        choose: (key) => ctx.control("of", key),
      })}
    </div>
    <div class="setting">
      ${segmented({
        label: "Kind of norm",
        choices: [
          ["layer", "LayerNorm"],
          ["rms", "RMSNorm"],
        ],
        chosen: String(ctx.controls.norm ?? data.norm),
        choose: (kind) => ask("norm", kind),
      })}
      <button class="btn" type="button" title="Initialize the decoders with the next seed"
        @click=${() => ask("seed", (seed + 1) % SEEDS)}>
        Next seed
      </button>
      <span class="hint">seed ${seed}</span>
    </div>`;
}
