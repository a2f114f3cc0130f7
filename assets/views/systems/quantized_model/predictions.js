// @ts-check
/**
 * The KL that the sum of the parts predicts for every budget, and what whole choices turned out to cost.
 *
 * @import { QuantizedBudget } from "../../../types/systems"
 * @import { Context } from "./budget_there.js"
 */

import { plot } from "../../../kit/chart/plot.js";
import { logAxis } from "../../../kit/drawing/log_axis.js";
import { range, sum } from "../../../vendor/d3.js";
import { tracesThere } from "./budget_there.js";
import { greedy, laddersOf } from "./greedy.js";
import { nats } from "./words.js";

const POINTS = 80;
const WIDE = 700;
const HOVER = "%{customdata}<extra></extra>";

/**
 * @param {QuantizedBudget} data
 * @param {number} bits of the choice that is shown
 * @param {number} kl that it predicts
 * @param {Context} ctx
 */
export function predictions(data, bits, kl, ctx) {
  const { width } = ctx;
  const all = sum(Array.from(data.weights.a));
  const ladders = laddersOf(data);
  const bitsOf = (/** @type {number} */ bytes) => (8 * bytes) / all;
  const line = range(POINTS).map((at) => {
    const found = greedy(ladders, ladders.least + ((ladders.most - ladders.least) * at) / (POINTS - 1));
    return { bits: bitsOf(found.nbytes), kl: found.kl };
  });
  const mixes = data.judged.filter(({ name }) => !name);
  const same = data.judged.filter(({ name }) => name);
  const trace = (
    /** @type {typeof mixes} */ some,
    /** @type {"same_text" | "other_text"} */ text,
    /** @type {object} */ look,
  ) => ({
    x: some.map(({ nbytes }) => bitsOf(nbytes)),
    y: some.map((each) => each[text]),
    customdata: some.map(
      (each) => `${each.name || "by the budget"}: ${nats(each[text])} measured, ${nats(each.predicted)} predicted`,
    ),
    mode: "markers",
    hover: HOVER,
    ...look,
  });
  const wide = width > WIDE;
  const others = tracesThere(ctx);
  const measured = data.judged.flatMap((each) => [each.same_text, each.other_text]);
  const values = [...line.map((each) => each.kl), ...measured, ...others.flatMap(({ y }) => y)];
  return plot({
    label: "KL divergence by bits per weight: predicted and measured",
    height: wide ? 320 : 430, // on a narrow page the legend stands above
    traces: [
      {
        x: line.map((each) => each.bits),
        y: line.map((each) => each.kl),
        name: "predicted: the sum of the parts",
        color: "river",
        width: 5,
        hover: "%{x:.2f} bits: %{y:.3g} nats predicted<extra></extra>",
      },
      trace(mixes, "same_text", { name: "measured, same text", color: "ink", size: 8 }),
      trace(mixes, "other_text", {
        name: "measured, other text",
        color: "ink",
        hollow: true,
        size: 9,
        symbol: "diamond",
      }),
      trace(same, "same_text", {
        name: "one format everywhere, same text",
        color: "river-deep",
        symbol: "square",
        size: 8,
      }),
      ...others,
      {
        x: [bits],
        y: [kl],
        name: "this budget",
        mode: "markers",
        color: "prob",
        size: 11,
        hover: "this budget: %{y:.3g} nats<extra></extra>",
      },
    ],
    x: { title: "bits per weight, with scales" },
    y: { ...logAxis(values), title: "KL, nats" },
    hovermode: "closest",
    layout: wide ? { legend: { orientation: "v" } } : {},
  });
}
