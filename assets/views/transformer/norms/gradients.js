// @ts-check
/**
 * The gradients of decoders that nobody has trained: the norm before the sublayer against the norm after the addition.
 *
 * @import { Row, View, ViewContext } from "../../../kit/view"
 * @import { AtDepth, NormsGradients } from "../../../types/transformer"
 * @import { Quantity } from "./spread"
 */
import { control } from "../../../kit/controls/declared.js";
import { legend } from "../../../kit/drawing/legend.js";
import { decimal } from "../../../kit/numbers/format.js";
import { html } from "../../../vendor/lit.js";
import { alike, compared, span } from "./compared_gradients.js";
import { byDepth, everyBlock, spreadOf } from "./spread.js";

/** @type {View<NormsGradients>} */
export function gradients(data, ctx) {
  const quantity = /** @type {Quantity} */ (ctx.controls.of);
  const blocks = chosenDepth(data, ctx);
  const open = (/** @type {number} */ depth) => ctx.control("deep", depth);
  const there = ctx.there && !alike(data, ctx.there) ? ctx.there : null;
  const chosen = { data, there, quantity, blocks, beside: ctx.beside.short, open };
  return html`
    <div class="norms">
      <div class="bar">${settings(ctx)}</div>
      <p class="readout said">${told(data, quantity)}</p>
      ${compared(data, quantity, ctx)}
      <div class="bar">
        ${legend([
          [{ color: "ink", shape: "line" }, "norm before (pre-norm)"],
          [{ color: "river-deep", shape: "line", dash: true }, "norm after (post-norm)"],
          quantity === "w_out" && [{ color: "line2" }, "∝ 1/√blocks"],
          there && [{ color: "river-deep", shape: "dot", hollow: true }, ctx.beside.name],
        ])}
        ${control(ctx, "deep", { choices: data.depths, value: blocks })}
      </div>
      <div class="side-by-side">
        <div>
          <h3 class="sub3">${NOUNS[quantity]}, by the number of blocks</h3>
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
 * @param {ViewContext<any, NormsGradients>} ctx
 * @returns {Row[]}
 */
export function rows(data, ctx) {
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
      ...inOther(one, block, ctx),
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
 * The same decoder's numbers on the other run's tokens.
 * @param {AtDepth} one
 * @param {number} block
 * @param {ViewContext<any, NormsGradients>} ctx
 */
function inOther({ placement, n_layers }, block, { beside, ...ctx }) {
  const there = ctx.there?.found.find((each) => each.placement === placement && each.n_layers === n_layers);
  if (!there) return {};
  const quantities = /** @type {Quantity[]} */ (["w_out", "weights", "stream"]);
  return Object.fromEntries(
    quantities.map((quantity) => [`${quantity}_in_${beside.column}`, spreadOf(there, quantity).median[block]]),
  );
}

/**
 * How the last block fares from the shallowest decoder to the deepest.
 * @param {NormsGradients} data
 * @param {Quantity} quantity
 */
function told(data, quantity) {
  const { depths, exponents } = data;
  const subject =
    quantity === "sizes"
      ? "the size of the stream that enters the last block changes"
      : "the last block’s gradient changes";
  return html`From ${depths[0]} to ${depths[depths.length - 1]} blocks, ${subject} ${span(data, quantity, "pre")} with
    pre-norm and ${span(data, quantity, "post")} with post-norm.${powers(exponents, quantity)}`;
}

/**
 * @param {NormsGradients["exponents"]} exponents
 * @param {Quantity} quantity
 */
function powers({ pre, post }, quantity) {
  if (quantity !== "w_out" || pre === null || post === null) return "";
  return html` The fitted power of the number of blocks is <b>${decimal(pre)}</b> and <b>${decimal(post)}</b>; the
    paper’s bounds are ${decimal(-0.5, 1)} and 0.`;
}

/** @param {NormsGradients} data */
const method = ({ depths, read, distinct, draws, d_model, n_heads }) =>
  `Measured before any training: ${2 * depths.length} kinds of decoder, each initialized ${draws} times ` +
  `(bars and bands: smallest to largest), d_model ${d_model}, ${n_heads} heads, ReLU, Xavier initialization as in ` +
  `the paper (arXiv 2002.04745). They read the first ${read} tokens of this run, ${distinct} different ` +
  "ones. At the last block the paper’s bound falls as 1/√blocks with pre-norm and is constant with post-norm; the " +
  "paper gives this as the reason why post-norm needs warm-up.";

// What can be chosen of the gradients: whose, at which depth, which seed.

/** @type {Record<Quantity, string>} */
const NOUNS = {
  w_out: "Gradient of the last block’s W_out",
  weights: "Gradient of all the last block’s weights",
  stream: "Gradient of the stream that enters the last block",
  sizes: "Size of the stream that enters the last block",
};

/**
 * @param {NormsGradients} data
 * @param {ViewContext} ctx
 */
function chosenDepth({ depths }, ctx) {
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
