// @ts-check
/**
 * What each number of key-value heads would cost this model: weights, and cache for each token of text.
 *
 * @import { GroupedCost } from "../../../types/transformer"
 * @import { Row, ViewContext } from "../../../kit/view"
 *
 * @typedef {"fp32" | "bf16"} Format numbers of the cache
 * @typedef {{ format?: Format }} Kept
 */

import { segmented } from "../../../kit/controls/controls.js";
import { legend } from "../../../kit/drawing/legend.js";
import { decimal, whole } from "../../../kit/numbers/format.js";
import { baseNote } from "../../../kit/runs/beside.js";
import { html, nothing } from "../../../vendor/lit.js";
import { weightsOf } from "./choice_words.js";
import { choices } from "./choices.js";
import { compared, ownOf } from "./compared_cost.js";

/** @type {[Format, string][]} */
const FORMATS = [
  ["fp32", "32-bit cache"],
  ["bf16", "16-bit cache"],
];
const BYTES = { fp32: 4, bf16: 2 };
const SAME = "Interventions change neither the number of weights nor the cache: the unchanged run has the same.";

/**
 * @param {GroupedCost} data
 * @param {ViewContext<Kept, GroupedCost>} ctx
 */
export function cost(data, ctx) {
  const { there } = ctx;
  const format = ctx.kept.format ?? "fp32";
  return html`
    <div class="bar">
      ${segmented({
        label: "Numbers of the cache",
        choices: FORMATS,
        chosen: format,
        choose: (key) => ctx.keep({ format: key }),
      })}
      ${legend([
        [{ color: "ink3", hollow: true }, "W_Q and W_O"],
        [{ color: "river-deep" }, "W_K and W_V"],
        [{ color: "ink" }, "cache"],
        there && [{ color: "pos", shape: "tick" }, `cache of ${ctx.other?.model?.title}`],
      ])}
    </div>
    ${baseNote(ctx, true, there ? compared(data, there, format, ctx) : SAME)}
    ${choices(data, data.bytes[format], ctx.width, there?.bytes[format][ownOf(there)])}
    ${formulas(data, there, format)}`;
}

/**
 * @param {GroupedCost} data
 * @param {ViewContext<Kept, GroupedCost>} ctx
 * @returns {Row[]}
 */
export function rows(data, { there }) {
  return data.groups.map((heads, at) => ({
    key_value_heads: heads,
    this_model: heads === data.n_kv_heads,
    weights_query_output: data.shared[at],
    weights_key_value: data.key_value[at],
    cache_bytes_a_token_fp32: data.bytes.fp32[at],
    cache_bytes_a_token_bf16: data.bytes.bf16[at],
    ...(there
      ? { other_model_fp32: there.bytes.fp32[ownOf(there)], other_model_bf16: there.bytes.bf16[ownOf(there)] }
      : {}),
  }));
}

/**
 * @param {GroupedCost} data
 * @param {GroupedCost | null} there
 * @param {Format} format
 */
function formulas(data, there, format) {
  const { n_layers, n_heads, n_kv_heads, d_model, d_head } = data;
  const own = ownOf(data);
  const times = decimal(n_heads / n_kv_heads, n_heads % n_kv_heads ? 1 : 0);
  return html`
    <dl class="formulas">
      <dt>weights</dt>
      <dd><code>${n_layers} blocks · ${d_model} d_model · ${d_head} d_head · (2 · ${n_heads} + 2 · ${n_kv_heads})${
        data.bias ? " + biases" : ""
      } = ${whole(weightsOf(data, own))}</code></dd>
      <dt>cache</dt>
      <dd><code>2 · ${n_layers} blocks · ${n_kv_heads} heads · ${d_head} d_head · ${BYTES[format]} bytes =
          ${whole(data.bytes[format][own])} bytes a token; multi-head attention (${n_heads} heads) would take ${times}
          times as much</code></dd>
      ${
        there
          ? html`<dt>other run</dt>
            <dd><code>2 · ${there.n_layers} blocks · ${there.n_kv_heads} heads · ${there.d_head} d_head ·
                ${BYTES[format]} bytes = ${whole(there.bytes[format][ownOf(there)])} bytes a token</code></dd>`
          : nothing
      }
    </dl>`;
}
