// @ts-check
/**
 * The model as it is and with all blocks pooled, side by side.
 *
 * @import { GroupedPooled, Outcome } from "../../../types/transformer"
 * @import { Column } from "../../../kit/numbers/table"
 * @import { ViewContext } from "../../../kit/view"
 *
 * @typedef {{ name: string, outcome: Outcome, at: number }} Line `at`: 0 for the model as it is, 1 pooled
 */
import { decimal, percent } from "../../../kit/numbers/format.js";
import { memory, parameters } from "../../../kit/numbers/magnitude.js";
import { table } from "../../../kit/numbers/table.js";
import { token } from "../../../kit/text/tokens.js";
import { mean } from "../../../vendor/d3.js";
import { html } from "../../../vendor/lit.js";

/**
 * The selected position, if it is among those that were read.
 * @param {GroupedPooled} data
 * @param {ViewContext} ctx
 */
export const positionOf = ({ n }, { focus }) => (focus.position !== null && focus.position < n ? focus.position : null);

/** @param {Outcome} outcome */
export const loss = ({ nll }) => decimal(mean(nll.a) ?? Number.NaN);

/**
 * @param {GroupedPooled} data
 * @returns {Line[]}
 */
export const lines = (data) => [
  { name: `Not pooled, ${data.n_kv_heads} heads`, outcome: data.base, at: 0 },
  { name: `Averaged into ${data.to}`, outcome: data.mean, at: 1 },
  { name: data.to === 1 ? "Only the first head kept" : "First head of each group kept", outcome: data.first, at: 1 },
];

/**
 * At how many positions the likeliest token is the model's own.
 * @param {GroupedPooled} data
 * @param {Outcome} outcome
 */
export const agreeing = ({ base }, { top }) => top.a.filter((id, at) => id === base.top.a[at]).length;

/**
 * @param {GroupedPooled} data
 * @param {ViewContext} ctx
 */
export function allBlocks(data, ctx) {
  const here = positionOf(data, ctx);
  const kl = (/** @type {Line} */ { at }, /** @type {number} */ value) => (at ? decimal(value, 3) : "0");
  /** @type {Column<Line>[]} */
  const columns = [
    { name: html`<span class="unseen">keys and values</span>`, cell: ({ name }) => name },
    { name: "K and V weights", number: true, cell: ({ at }) => parameters(data.key_value[at]) },
    { name: "cache a token", number: true, cell: ({ at }) => memory(data.bytes[at]) },
    { name: "mean KL", number: true, cell: (line) => kl(line, mean(line.outcome.kl.a) ?? Number.NaN) },
    {
      name: here === null ? "KL here" : `KL at ${here}`,
      number: true,
      cell: (line) => (here === null ? "–" : kl(line, line.outcome.kl.a[here])),
    },
    { name: "loss", number: true, cell: ({ outcome }) => loss(outcome) },
    { name: "same top token", number: true, cell: ({ outcome }) => `${agreeing(data, outcome)} of ${data.n}` },
    {
      name: html`next token after ${here === null ? "this" : token(ctx.run.ids[here])}`,
      cell: ({ outcome }) =>
        here === null ? "–" : html`${token(outcome.top.a[here])} ${percent(outcome.top_p.a[here])}`,
    },
  ];
  return table({
    label: "All blocks pooled",
    className: "outcomes",
    columns,
    rows: lines(data),
    selected: ({ at }) => at === 0,
  });
}
