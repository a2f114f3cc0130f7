// @ts-check
/**
 * What pooling key-value heads does to the answers: one block alone, and all of them.
 *
 * @import { GroupedPooled } from "../../../types"
 * @import { Row, ViewContext } from "../../../kit/view"
 */

import { segmented } from "../../../kit/controls.js";
import { decimal } from "../../../kit/format.js";
import { plot } from "../../../kit/plot.js";
import { row } from "../../../kit/tensor.js";
import { max, maxIndex, mean, min, minIndex, range } from "../../../vendor/d3.js";
import { html } from "../../../vendor/lit.js";
import { agreeing, allBlocks, lines, loss, positionOf } from "./outcomes.js";
import { besideBlocks, besideNote } from "./pooled_beside.js";

/** @type {[number, string][]} */
const TOKENS = [16, 32, 64, 128].map((count) => [count, String(count)]);
/** Smaller divergences are drawn as this one: the axis is logarithmic. */
const FLOOR = 1e-4;

/**
 * @param {GroupedPooled} data
 * @param {ViewContext} ctx
 */
export function pooled(data, ctx) {
  return html`
    <div class="bar">${groupsChoice(data, ctx)} ${tokensChoice(data, ctx)}</div>
    <p class="readout lead">${said(data)}</p>
    ${besideNote(data, ctx)}
    <h3 class="sub3">One block pooled, all others left alone: KL to the model as it is, nats</h3>
    ${oneBlock(data, ctx)}
    <h3 class="sub3">All blocks pooled</h3>
    ${allBlocks(data, ctx)}
    <p class="hint">${method(data, ctx)}</p>`;
}

/**
 * @param {GroupedPooled} data
 * @param {ViewContext} ctx
 * @returns {Row[]}
 */
export function rows(data, ctx) {
  const here = positionOf(data, ctx);
  const one = means(data).map((kl, block) => ({
    pooled: `block ${block}`,
    mean_kl: kl,
    kl_here: klAt(data, block, here),
    ...(data.beside ? { [`mean_kl_in_${ctx.beside.column}`]: data.beside.layers.a[block] } : {}),
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
  return segmented({
    label: "Heads that are left",
    choices: choices.map((heads) => [heads, heads === 1 ? "1 head left" : `${heads} left`]),
    chosen: to,
    choose: (key) => ctx.control("groups", key),
  });
}

/**
 * @param {GroupedPooled} data
 * @param {ViewContext} ctx
 */
const tokensChoice = ({ tokens }, ctx) => html`
  <div class="named">
    <span class="muted">Tokens read</span>
    ${segmented({ label: "Tokens read", choices: TOKENS, chosen: tokens, choose: (key) => ctx.control("tokens", key) })}
  </div>`;

/** Mean divergence with each block pooled; NaN where it has not been read yet. @param {GroupedPooled} data */
const means = ({ layers, n_layers }) => range(n_layers).map((block) => mean(finite(row(layers, block))) ?? Number.NaN);

/** All of them or none. @param {Float32Array} numbers */
const finite = (numbers) => (numbers.every(Number.isFinite) ? numbers : []);

/**
 * @param {GroupedPooled} data
 * @param {number} block
 * @param {number | null} position
 */
const klAt = ({ layers }, block, position) => (position === null ? null : row(layers, block)[position]);

/** @param {GroupedPooled} data */
function said(data) {
  const found = means(data);
  const whole = html`Averaged in every block, the text costs <b>${loss(data.mean)}</b> nats a token instead of
    <b>${loss(data.base)}</b>; with each group’s first head kept, <b>${loss(data.first)}</b>.`;
  if (!found.every(Number.isFinite)) return html`${whole} The blocks one by one are still being read.`;
  const [worst, least] = [maxIndex(found), minIndex(found)];
  return html`${whole} Alone, block ${worst} does the most harm (${decimal(found[worst])} nats), block ${least} the
    least (${decimal(found[least], 3)}).`;
}

/**
 * A dot with a stem for each block: on a logarithmic axis a bar would have no foot.
 * @param {GroupedPooled} data
 * @param {ViewContext} ctx
 */
function oneBlock(data, ctx) {
  const shown = {
    label: "KL divergence when one block's key-value heads are averaged, by block; arrow keys walk the blocks",
    height: 240,
    margin: { t: 34 },
  };
  const found = means(data);
  if (!found.every(Number.isFinite)) {
    const x = { title: "block", range: [-0.5, data.n_layers - 0.5] };
    return plot({ ...shown, traces: [], x, y: { type: "log", range: [-4, 0] } });
  }
  const blocks = range(data.n_layers);
  const position = positionOf(data, ctx);
  const here = blocks.map((block) => klAt(data, block, position) ?? found[block]);
  const there = besideBlocks(data, ctx, raised);
  const all = [...found, ...here, ...there.flatMap(({ y }) => y)];
  const low = raised(min(all) ?? FLOOR) / 1.6;
  const high = (max(all) ?? 1) * 1.5;
  return plot({
    ...shown,
    traces: [
      {
        name: "mean over the text",
        x: blocks,
        y: found.map(raised),
        mode: "markers",
        color: "river-deep",
        size: 8,
        hover: told("mean"),
      },
      stems(found, low),
      ...chosen(found, ctx.focus.layer),
      ...(position === null
        ? []
        : [
            {
              name: `at position ${position}`,
              x: blocks,
              y: here.map(raised),
              mode: "markers",
              color: "ink",
              hollow: true,
              size: 7,
              hover: told(`at position ${position}`),
            },
          ]),
      ...there,
    ],
    x: { title: "block" },
    y: { type: "log", dtick: 1, range: [Math.log10(low), Math.log10(high)] },
    onClick: (at) => at && ctx.select({ layer: Math.round(Number(at.x ?? at.index)) }),
  });
}

/** @param {number} value */
const raised = (value) => Math.max(FLOOR, value);

/** @param {string} name */
const told = (name) => `block %{x}: %{y:.4f} nats, ${name}<extra></extra>`;

/**
 * @param {number[]} found
 * @param {number} low
 */
const stems = (found, low) => ({
  x: found.flatMap((_, block) => [block, block, Number.NaN]),
  y: found.flatMap((value) => [low, raised(value), Number.NaN]),
  color: "line2",
  width: 1.5,
  legend: false,
  hoverinfo: "skip",
});

/**
 * @param {number[]} found
 * @param {number | null} block
 */
const chosen = (found, block) =>
  block === null
    ? []
    : [
        {
          x: [block],
          y: [raised(found[block])],
          mode: "markers",
          color: "prob",
          size: 11,
          legend: false,
          hover: told("mean"),
        },
      ];

/**
 * @param {GroupedPooled} data
 * @param {ViewContext} ctx
 */
function method(data, ctx) {
  const behind = positionOf(data, ctx) === null ? `; position ${ctx.focus.position} lies behind them` : "";
  return (
    `Read: the first ${data.n} tokens of the text${behind}. Loss: nats for each next token of the text. Cache in ` +
    "float32. Nothing was trained after pooling; the paper (2305.13245) trains on for 5 % of the original steps."
  );
}
