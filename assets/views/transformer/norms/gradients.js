// @ts-check
/**
 * The gradients of decoders that nobody has trained: the norm before the sublayer against the norm after the addition.
 *
 * @import { AtDepth, NormsGradients } from "../../../types"
 * @import { Row, View, ViewContext } from "../../../kit/view"
 * @import { Quantity, Way } from "./spread.js"
 */

import { baseNote } from "../../../kit/beside.js";
import { segmented } from "../../../kit/controls.js";
import { decimal } from "../../../kit/format.js";
import { legend } from "../../../kit/legend.js";
import { html } from "../../../vendor/lit.js";
import { size } from "./places.js";
import { byDepth, everyBlock, spreadOf } from "./spread.js";

/** @type {Record<Quantity, { name: string, noun: string }>} */
const QUANTITIES = {
  w_out: { name: "Gradient of W_out", noun: "Gradient of the last block’s W_out" },
  weights: { name: "of all weights", noun: "Gradient of all the last block’s weights" },
  stream: { name: "of the stream", noun: "Gradient of the stream that enters the last block" },
  sizes: { name: "The stream itself", noun: "Size of the stream that enters the last block" },
};
const SEEDS = 10_000;

/** @type {View<NormsGradients>} */
export function gradients(data, ctx) {
  const quantity = chosenQuantity(ctx);
  const blocks = chosenDepth(data, ctx);
  const chosen = { data, quantity, blocks, open: (/** @type {number} */ depth) => ctx.control("deep", depth) };
  return html`
    <div class="norms">
      <div class="bar">${settings(data, ctx, quantity)}</div>
      <p class="readout said">${told(data, quantity)}</p>
      ${baseNote(
        ctx,
        true,
        "Interventions act on the model, not on these decoders; of the run they take its tokens only.",
      )}
      <div class="bar">
        ${legend([
          ["line", "norm before (pre-norm)"],
          ["line after", "norm after (post-norm)"],
          quantity === "w_out" && ["line bound", "∝ 1/√blocks"],
        ])}
        <div class="setting">
          <span class="muted">Blocks</span>
          ${segmented({
            label: "Blocks of the decoder at the right",
            choices: data.depths.map((depth) => [depth, String(depth)]),
            chosen: blocks,
            choose: chosen.open,
          })}
        </div>
      </div>
      <div class="two-columns">
        <div>
          <h3 class="sub3">${QUANTITIES[quantity].noun}, by the number of blocks</h3>
          ${byDepth(chosen)}
        </div>
        <div>
          <h3 class="sub3">Every block of the decoders with ${blocks} blocks</h3>
          ${everyBlock(chosen)}
        </div>
      </div>
      <p class="hint">${method(data)}</p>
    </div>`;
}

/**
 * @param {NormsGradients} data
 * @returns {Row[]}
 */
export function rows(data) {
  return data.found.flatMap((one) =>
    Array.from(one.sizes.a, (stream_size, block) => ({
      norm: data.norm,
      placement: one.placement,
      blocks: one.n_layers,
      block,
      ...threeOf("w_out", one, block),
      ...threeOf("weights", one, block),
      ...threeOf("stream", one, block),
      stream_size,
    })),
  );
}

/**
 * @param {"w_out" | "weights" | "stream"} quantity
 * @param {AtDepth} one
 * @param {number} block
 */
function threeOf(quantity, one, block) {
  const { median, least, most } = spreadOf(one, quantity);
  return { [quantity]: median[block], [`${quantity}_least`]: least[block], [`${quantity}_most`]: most[block] };
}

/**
 * @param {ViewContext} ctx
 * @returns {Quantity}
 */
function chosenQuantity(ctx) {
  const asked = String(ctx.controls.of);
  return asked in QUANTITIES ? /** @type {Quantity} */ (asked) : "w_out";
}

/**
 * @param {NormsGradients} data
 * @param {ViewContext} ctx
 */
function chosenDepth({ depths }, ctx) {
  const asked = Number(ctx.controls.deep);
  return depths.includes(asked) ? asked : depths[depths.length - 1];
}

/**
 * @param {NormsGradients} data
 * @param {ViewContext} ctx
 * @param {Quantity} quantity
 */
function settings(data, ctx, quantity) {
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
      <button class="btn" type="button" title="Draw the decoders with the next seed"
        @click=${() => ask("seed", (seed + 1) % SEEDS)}>
        Other weights
      </button>
      <span class="hint">seed ${seed}</span>
    </div>`;
}

/**
 * How the last block fares from the shallowest decoder to the deepest.
 * @param {NormsGradients} data
 * @param {Quantity} quantity
 */
function told(data, quantity) {
  const [low, high] = [data.depths[0], data.depths[data.depths.length - 1]];
  const last = (/** @type {Way} */ way, /** @type {number} */ depth) => {
    const one = data.found.find((each) => each.placement === way && each.n_layers === depth);
    return one ? size(spreadOf(one, quantity).median[depth - 1]) : "";
  };
  const span = (/** @type {Way} */ way) => html`${last(way, low)} → <b>${last(way, high)}</b>`;
  const subject =
    quantity === "sizes" ? "the stream that enters the last block goes" : "the last block’s gradient goes";
  return html`From ${low} blocks to ${high}, ${subject} ${span("pre")} with the norm before, ${span("post")} with the
    norm after.${powers(data, quantity)}`;
}

/**
 * @param {NormsGradients} data
 * @param {Quantity} quantity
 */
function powers({ exponents: { pre, post } }, quantity) {
  if (quantity !== "w_out" || pre === null || post === null) return "";
  return html` Best power of the number of blocks: <b>${decimal(pre)}</b> and <b>${decimal(post)}</b> (the paper’s
    bounds:
    ${decimal(-0.5, 1)} and 0).`;
}

/** @param {NormsGradients} data */
const method = (data) =>
  `Measured before any training: ${2 * data.depths.length} kinds of decoder, each drawn ${data.draws} times (bars ` +
  `and bands: least to most), d_model ${data.d_model}, ${data.n_heads} heads, ReLU, Xavier start as in the paper ` +
  `(2002.04745). They read this run’s first ${data.read} tokens, ${data.distinct} different ones. At the last block ` +
  "the bound falls as 1/√blocks with the norm before, and not at all with the norm after; the paper gives this as " +
  "the reason for post-norm’s warm-up.";
