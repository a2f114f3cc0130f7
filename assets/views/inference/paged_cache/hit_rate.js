// @ts-check
/**
 * The share of prompt tokens that are found by block hash, for each size of the pool.
 *
 * @import { ViewContext } from "../../../kit/view"
 * @import { SharedPrompts } from "../../../types/inference"
 * @import { Kept } from "./prompts.js"
 */
import { plot } from "../../../kit/chart/plot.js";
import { sum } from "../../../vendor/d3.js";

const HEIGHT = 230;

/**
 * @param {SharedPrompts} data
 * @param {ViewContext<Kept>} ctx
 */
export function curve(data, ctx) {
  const all = sum(data.prompts, ({ ids }) => ids.length);
  const x = data.finds.map(({ blocks }) => blocks);
  return plot({
    label: "Share of prompt tokens found, by blocks of the pool",
    height: HEIGHT,
    traces: [
      {
        x,
        y: data.finds.map(({ found }) => (100 * found) / all),
        mode: "lines+markers",
        customdata: data.finds.map(({ evicted, preempted }) => `${evicted} evicted, ${preempted} preempted`),
        hover: "%{x} blocks: %{y:.1f} % found, %{customdata}<extra></extra>",
      },
    ],
    x: { title: "blocks of the pool", range: [x[0] - 1, x[x.length - 1] + 1], nticks: 8 },
    y: { title: "tokens found, %", rangemode: "tozero", nticks: 5 },
    marks: [{ x: data.n_blocks, label: "this pool", color: "prob" }],
    onClick: (point) => point && ctx.control("pool", Number(point.x)),
  });
}
