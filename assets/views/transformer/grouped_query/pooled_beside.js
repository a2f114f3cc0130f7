// @ts-check
/**
 * The same pooling on the run beside this one: what it costs there, in words, and block by block in the chart.
 *
 * @import { GroupedPooled } from "../../../types/transformer"
 * @import { ViewContext } from "../../../kit/view"
 */

import { counted, decimal } from "../../../kit/numbers/format.js";
import { OTHER } from "../../../kit/runs/beside.js";
import { html, nothing } from "../../../vendor/lit.js";
import { loss } from "./outcomes.js";

/**
 * @param {GroupedPooled} data
 * @param {ViewContext} ctx
 */
export function besideNote(data, ctx) {
  if (!ctx.changed) return nothing;
  const chosen = ctx.beside === OTHER;
  if (chosen && !data.beside && !ctx.measured()) return nothing;
  const plain = "Measured without interventions, on the tokens of this run.";
  return html`<p class="readout basenote">${chosen ? said(data, ctx) : plain}</p>`;
}

/**
 * @param {GroupedPooled} data
 * @param {ViewContext} ctx
 */
function said({ beside, base, mean, first, to, ...data }, { beside: words }) {
  if (!beside) return `${words.The} cannot be pooled into ${counted(to, "head")}: ${LACKS}.`;
  const heads = beside.n_kv_heads === data.n_kv_heads ? "" : ` its ${beside.n_kv_heads} heads`;
  return html`${words.start}, over ${counted(beside.n, "token")}, averaging${heads} in every block changes the loss from
    ${decimal(beside.as_it_is)} to <b data-loss=${beside.mean}>${decimal(beside.mean)}</b> nats (here from
    ${loss(base)} to
    <b>${loss(mean)}</b>); keeping only first heads changes it to <b>${decimal(beside.first)}</b> (here
    <b>${loss(first)}</b>).`;
}

const LACKS = "its model has too few key-value heads, or its text has one token";

/**
 * As a trace of the chart; nothing where that model has other blocks.
 * @param {GroupedPooled} data
 * @param {ViewContext} ctx
 * @param {(value: number) => number} raised
 */
export function besideBlocks({ beside, n_layers }, { beside: { short } }, raised) {
  const found = Array.from(beside?.layers.a ?? []);
  if (found.length !== n_layers || !found.every(Number.isFinite)) return [];
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
