// @ts-check
/**
 * A short text in all orders: the bound exactly, the best and the worst order, and what eps does.
 *
 * @import { BoundExact } from "../../../types/frontier"
 * @import { Drafts } from "../../../kit/controls/typed.js"
 * @import { Row, View } from "../../../kit/view"
 */
import { plot } from "../../../kit/chart/plot.js";
import { control } from "../../../kit/controls/declared.js";
import { typed, typedText } from "../../../kit/controls/typed.js";
import { logAxis } from "../../../kit/drawing/log_axis.js";
import { counted, decimal, percent, signed, whole } from "../../../kit/numbers/format.js";
import { table } from "../../../kit/numbers/table.js";
import { piece } from "../../../kit/text/tokens.js";
import { html } from "../../../vendor/lit.js";

const HEIGHT = 240;

/** @type {View<BoundExact, Drafts>} */
export function exact(data, ctx) {
  const n = data.tokens.length;
  return html`
    ${typed({ name: "short", value: typedText("short", data.text, ctx), single: true, plain: true, named: true }, ctx)}
    <p class="hint">${counted(n, "token")}: ${whole(data.sets)} sets can be hidden, and ${whole(data.orders)} orders
      are possible${data.left_out ? `; ${counted(data.left_out, "token")} behind them are left out` : ""}.</p>
    <div class="settings-row ruled">${control(ctx, "eps")}</div>
    <p class="readout lead">Over all orders the text costs <b>${decimal(data.bound)}</b> nats: this is the bound.
      The best
      order costs ${decimal(data.best)}, the worst ${decimal(data.worst)}, left to right ${decimal(data.forward)}. With
      eps ${data.eps} draws by time have the mean ${decimal(data.mean_by_time)} (${signed(
        data.mean_by_time - data.bound,
      )}) and
      spread by ${decimal(data.spread_by_time)}; draws by count spread by ${decimal(data.spread_by_count)}.</p>
    <div class="side-by-side">
      <div><h3 class="sub3">What the text costs <small>nats</small></h3>
        ${table({
          label: "What the text costs in several orders",
          rows: ways(data),
          columns: [
            { name: "way", cell: ({ name }) => name },
            { name: "nats", number: true, cell: ({ nats }) => decimal(nats) },
            { name: "a token", number: true, cell: ({ nats }) => decimal(nats / n) },
          ],
        })}
        <p class="hint">“All orders as one model”: −ln of the mean of the probabilities. A mean of logarithms is never
          smaller.</p></div>
      <div><h3 class="sub3">Two orders <small>what is said first has 1</small></h3>
        ${table({
          label: "The place of each token in the best and in the worst order",
          rows: data.tokens.map((word, at) => ({ word, at })),
          columns: [
            { name: "token", cell: ({ word }) => piece(written(word)) },
            { name: "best", number: true, cell: ({ at }) => String(data.best_order.indexOf(at) + 1) },
            { name: "worst", number: true, cell: ({ at }) => String(data.worst_order.indexOf(at) + 1) },
          ],
        })}</div>
    </div>
    <h3 class="sub3">By the number of hidden tokens</h3>
    ${table({
      label: "Loss of a hidden token by how many are hidden, and what such sets weigh with eps",
      rows: data.by_count.map((nats, at) => ({ k: at + 1, nats, weight: data.weights[at] })),
      columns: [
        { name: "hidden", number: true, cell: ({ k }) => String(k) },
        { name: "nats a hidden token", number: true, cell: ({ nats }) => decimal(nats) },
        {
          name: `weight with eps ${data.eps}`,
          number: true,
          title: "By what it weighs without eps",
          cell: ({ weight }) => percent(weight, 1),
        },
      ],
    })}
    <div class="side-by-side">
      ${curve(data, "The mean by time", "nats", 1, [
        { y: data.bound, color: "ink3", dash: "dot", label: "bound", side: "right" },
      ])}
      ${curve(data, "The spread of a draw by time", "standard deviation, nats", 2, [
        { y: data.spread_by_count, color: "ink3", dash: "dot", label: "by count", side: "right" },
      ])}
    </div>
    <p class="hint">A larger eps leaves out sets of few hidden tokens, so that the mean is another one. A smaller one
      lets single draws weigh more: without eps the variance by time is infinite. The curves follow from the
      ${whole(data.sets)} costs.</p>`;
}

/** @param {BoundExact} data */
const ways = (data) => [
  { name: "masked model: the bound, mean of all orders", nats: data.bound },
  { name: "masked model: best order", nats: data.best },
  { name: "masked model: worst order", nats: data.worst },
  { name: "masked model: left to right", nats: data.forward },
  { name: "masked model: right to left", nats: data.backward },
  { name: "masked model: all orders as one model", nats: data.mixture },
  { name: "causal twin, exact", nats: data.causal },
];

/**
 * @param {BoundExact} data
 * @param {string} title
 * @param {string} unit
 * @param {1 | 2} which
 * @param {import("../../../kit/chart/chart_layout").Mark[]} marks
 */
function curve(data, title, unit, which, marks) {
  return html`<div><h3 class="sub3">${title} <small>over eps</small></h3>
    ${plot({
      label: `${title} over eps`,
      height: HEIGHT,
      traces: [
        { x: data.curve.map(([eps]) => eps), y: data.curve.map((each) => each[which]), color: "neg", legend: false },
      ],
      x: { title: "eps", ...logAxis(data.curve.map(([eps]) => eps)) },
      y: { title: unit },
      marks: [...marks, { x: data.eps, color: "ink3", dash: "dot" }],
      margin: { r: 14, t: 12 },
    })}</div>`;
}

/** @param {BoundExact} data @returns {Row[]} */
export const rows = (data) => ways(data).map(({ name, nats }) => ({ way: name, nats }));

/** Spaces and line ends as signs. @param {string} token */
const written = (token) => token.replaceAll(" ", "·").replaceAll("\n", "↵").replaceAll("\t", "⇥");
