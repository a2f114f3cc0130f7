// @ts-check
/**
 * The same pooling on both runs: what it costs, in words, and the other run's blocks in the chart.
 *
 * @import { GroupedPooled } from "../../../types/transformer"
 * @import { ViewContext } from "../../../kit/view"
 */

import { counted } from "../../../kit/numbers/format.js";
import { mean as average } from "../../../vendor/d3.js";
import { html } from "../../../vendor/lit.js";
import { loss } from "./outcomes.js";

/**
 * @param {GroupedPooled} here
 * @param {GroupedPooled} there
 * @param {Pick<ViewContext, "beside">} ctx
 */
export function compared(here, there, { beside }) {
  const heads = there.n_kv_heads === here.n_kv_heads ? "" : ` its ${there.n_kv_heads} heads`;
  return html`${beside.start}, over ${counted(there.n, "token")}, averaging${heads} in every block changes the loss from
    ${loss(there.base)} to <b data-loss=${average(there.mean.nll.a)}>${loss(there.mean)}</b> nats (here from
    ${loss(here.base)} to
    <b>${loss(here.mean)}</b>); keeping only first heads changes it to <b>${loss(there.first)}</b> (here
    <b>${loss(here.first)}</b>).`;
}

/**
 * The other run's blocks as a trace of the chart; nothing where its model has other blocks.
 * @param {number[]} found
 * @param {number} blocks of this run's model
 * @param {Pick<ViewContext, "beside">} ctx
 * @param {(value: number) => number} raised
 */
export function blocksThere(found, blocks, { beside: { short } }, raised) {
  if (found.length !== blocks || !found.every(Number.isFinite)) return [];
  return [
    {
      name: `mean, ${short}`,
      x: found.map((_, block) => block),
      y: found.map(raised),
      mode: "markers",
      symbol: "diamond",
      hollow: true,
      color: "river-deep",
      size: 9,
      hover: `block %{x}: %{y:.4f} nats, ${short}<extra></extra>`,
    },
  ];
}
