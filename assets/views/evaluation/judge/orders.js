// @ts-check
/**
 * A judge in both orders: its agreement, its bias, and every pair.
 *
 * @import { JudgeOrders, JudgePair, ScoreBounds } from "../../../types/evaluation"
 * @import { Row, View } from "../../../kit/view"
 */

import { plot } from "../../../kit/chart/plot.js";
import { control } from "../../../kit/controls/declared.js";
import { counted, decimal, percent, signed } from "../../../kit/numbers/format.js";
import { rightOrWrong } from "../../../kit/numbers/right_wrong.js";
import { table } from "../../../kit/numbers/table.js";
import { html } from "../../../vendor/lit.js";

const HEIGHT = 320;
/** @type {Record<string, string>} */
const COLOURS = { sum: "prob", copy: "pos", grammar: "neg" };
/** @type {Record<string, string>} */
const SYMBOLS = { sum: "circle", copy: "square", grammar: "diamond" };

/** @type {View<JudgeOrders>} */
export function orders(data, ctx) {
  return html`
    <div class="settings-row">${control(ctx, "pairs", { as: "segmented" })} ${control(ctx, "marks")}</div>
    <p class="readout lead">${said(data)}</p>
    ${table({
      label: "Agreement and bias by kind of question",
      columns: [
        { name: "kind", cell: ({ kind }) => kind },
        { name: "pairs", number: true, cell: ({ pairs }) => pairs },
        { name: "right one first", number: true, cell: ({ right_first }) => percent(right_first) },
        { name: "right one second", number: true, cell: ({ wrong_first }) => percent(wrong_first) },
        { name: "both orders", number: true, cell: ({ both_orders }) => percent(both_orders) },
        { name: "ties", number: true, cell: ({ ties }) => ties },
        { name: "bias, nats", number: true, cell: ({ bias }) => within(bias) },
        { name: "preference, nats", number: true, cell: ({ preference }) => within(preference) },
      ],
      rows: [...data.summaries],
    })}
    ${scatter(data)}
    <div class="pairs">${pairs([...data.pairs])}</div>
    <h3>What the judge reads of the first pair</h3>
    <pre>${data.example}</pre>`;
}

/** @param {JudgeOrders} data @returns {Row[]} */
export const rows = (data) => data.pairs.map((pair) => ({ ...pair }));

/** @param {ScoreBounds} bounds */
const within = ({ mean, low, high }) =>
  low === null || high === null ? signed(mean) : `${signed(mean)} (${signed(low)} to ${signed(high)})`;

/** @param {JudgeOrders} data */
function said({ judge, pairs, total, summaries: [all] }) {
  const { bias, preference, ties, both_orders } = all;
  const known = bias.low !== null && bias.high !== null && (bias.low > 0 || bias.high < 0);
  const able = preference.low !== null && preference.low > 0;
  return html`${judge} judges ${counted(pairs.length, "pair")}${pairs.length < total ? " so far" : ""} with known truth.
    In both orders it agrees with the truth in <b>${percent(both_orders, 1)}</b>, with a tie as half;
    ${ties} are ties. ${
      known
        ? html`It prefers the ${bias.mean > 0 ? "first" : "second"} place by <b>${decimal(Math.abs(bias.mean))}</b> nats
          of log-odds whatever stands there.`
        : html`The interval of its bias includes zero.`
    } ${
      able
        ? html`Its preference for right answers is above zero.`
        : html`The interval of its preference for right answers does not lie above zero: its verdicts do not tell which
          answer is right.`
    }`;
}

/** @param {JudgeOrders} data */
function scatter(data) {
  const kinds = [...new Set(data.pairs.map(({ kind }) => kind))];
  const most =
    1.08 * Math.max(1, ...data.pairs.flatMap((each) => [Math.abs(each.right_first), Math.abs(each.wrong_first)]));
  return plot({
    label: "Log-odds for the first place, with the right and with the wrong answer there",
    height: HEIGHT,
    traces: kinds.map((kind) => {
      const some = data.pairs.filter((pair) => pair.kind === kind);
      return {
        x: some.map(({ right_first }) => right_first),
        y: some.map(({ wrong_first }) => wrong_first),
        name: kind,
        color: COLOURS[kind],
        symbol: SYMBOLS[kind],
        mode: "markers",
        size: 8,
        hover: "right first %{x:.2f}, wrong first %{y:.2f} nats<extra></extra>",
      };
    }),
    x: { title: "log-odds for the first place: right answer first, nats", range: [-most, most] },
    y: { title: "wrong answer first, nats", range: [-most, most] },
    notes: [
      { x: 0.62 * most, y: -0.9 * most, text: "right in both orders" },
      { x: -0.62 * most, y: 0.9 * most, text: "wrong in both" },
      { x: 0.62 * most, y: 0.9 * most, text: "tie: always first" },
      { x: -0.62 * most, y: -0.9 * most, text: "tie: always second" },
    ],
    margin: { t: 34 },
  });
}

/** @param {JudgePair[]} all */
function pairs(all) {
  return table({
    label: "Pairs",
    columns: [
      { name: "question", cell: ({ question }) => question },
      { name: "right", cell: ({ right }) => right },
      { name: "wrong", cell: ({ wrong }) => wrong },
      {
        name: "right first",
        number: true,
        title: "log-odds for the first place",
        cell: (pair) => signed(pair.right_first),
      },
      {
        name: "wrong first",
        number: true,
        title: "log-odds for the first place",
        cell: (pair) => signed(pair.wrong_first),
      },
      {
        name: "verdict",
        cell: ({ winner }) => (winner === "tie" ? "tie" : rightOrWrong(winner === "right", winner)),
      },
    ],
    rows: all,
  });
}
