// @ts-check
/**
 * What pooling key-value heads does to the answers: one block alone, and all of them.
 *
 * @import { GroupedPooled } from "../../../types/transformer"
 * @import { Row, ViewContext } from "../../../kit/view"
 */
import { control } from "../../../kit/controls/declared.js";
import { counted, decimal } from "../../../kit/numbers/format.js";
import { maxIndex, mean, minIndex } from "../../../vendor/d3.js";
import { html, nothing } from "../../../vendor/lit.js";
import { compared } from "./compared_pooling.js";
import { klAt, means, oneBlock } from "./one_block.js";
import { agreeing, allBlocks, lines, loss, positionOf } from "./outcomes.js";

/**
 * @param {GroupedPooled} data
 * @param {ViewContext<any, GroupedPooled>} ctx
 */
export function pooled(data, ctx) {
  return html`
    <div class="bar">${groupsChoice(data, ctx)} ${control(ctx, "tokens")}</div>
    <p class="readout lead">${said(data)}</p>
    ${ctx.there ? html`<p class="readout basenote">${compared(data, ctx.there, ctx)}</p>` : nothing}
    <h3 class="sub3">One block pooled, all others unchanged: KL from the unpooled model, nats</h3>
    ${oneBlock(data, ctx)}
    <h3 class="sub3">All blocks pooled</h3>
    ${allBlocks(data, ctx)}
    <p class="hint">${method(data, ctx)}</p>`;
}

/**
 * @param {GroupedPooled} data
 * @param {ViewContext<any, GroupedPooled>} ctx
 * @returns {Row[]}
 */
export function rows(data, ctx) {
  const here = positionOf(data, ctx);
  const there = ctx.there && means(ctx.there);
  const one = means(data).map((kl, block) => ({
    pooled: `block ${block}`,
    mean_kl: kl,
    kl_here: klAt(data, block, here),
    ...(there ? { [`mean_kl_in_${ctx.beside.column}`]: there[block] } : {}),
  }));
  const all = lines(data).map(({ name, outcome }) => ({
    pooled: name,
    mean_kl: mean(outcome.kl.a),
    kl_here: here === null ? null : outcome.kl.a[here],
    loss: mean(outcome.nll.a),
    same_top: agreeing(data, outcome),
  }));
  return [...one, ...all];
}

/**
 * @param {GroupedPooled} data
 * @param {ViewContext} ctx
 */
function groupsChoice({ choices, to, n_kv_heads }, ctx) {
  if (choices.length < 2) return html`<span class="hint">${n_kv_heads} key-value heads averaged into ${to}</span>`;
  return control(ctx, "groups", { choices, format: (heads) => counted(heads, "head") });
}

/** @param {GroupedPooled} data */
function said(data) {
  const found = means(data);
  const whole = html`With the heads averaged in every block, the loss is <b>${loss(data.mean)}</b> nats a token instead
    of
    <b>${loss(data.base)}</b>. With only the first head of each group kept, it is <b>${loss(data.first)}</b>.`;
  if (!found.every(Number.isFinite)) return html`${whole} The single blocks are still being measured.`;
  const [worst, least] = [maxIndex(found), minIndex(found)];
  return html`${whole} Of single blocks, block ${worst} does the most harm (${decimal(found[worst])} nats) and block
    ${least} the least (${decimal(found[least], 3)}).`;
}

/**
 * @param {GroupedPooled} data
 * @param {ViewContext} ctx
 */
function method(data, ctx) {
  const behind = positionOf(data, ctx) === null ? `; position ${ctx.focus.position} comes after them` : "";
  return (
    `The model reads the first ${data.n} tokens of the text${behind}. Loss: nats for each next token. The cache is ` +
    "in float32. Nothing is trained after pooling; the paper (arXiv 2305.13245) continues training for 5 % of the " +
    "original steps."
  );
}
