// @ts-check
/**
 * One block pooled and all others left alone: how far each moves the answers.
 *
 * @import { ViewContext } from "../../../kit/view"
 * @import { GroupedPooled } from "../../../types/transformer"
 */

import { row } from "../../../kit/cells/tensor.js";
import { plot } from "../../../kit/chart/plot.js";
import { max, mean, min, range } from "../../../vendor/d3.js";
import { blocksThere } from "./compared_pooling.js";
import { positionOf } from "./outcomes.js";

/** Smaller divergences are drawn as this one: the axis is logarithmic. */
const FLOOR = 1e-4;

/** Mean divergence with each block pooled; NaN where it has not been read yet. @param {GroupedPooled} data */
export const means = ({ layers, n_layers }) =>
  range(n_layers).map((block) => mean(finite(row(layers, block))) ?? Number.NaN);

/** All of them or none. @param {Float32Array} numbers */
const finite = (numbers) => (numbers.every(Number.isFinite) ? numbers : []);

/**
 * @param {GroupedPooled} data
 * @param {number} block
 * @param {number | null} position
 */
export const klAt = ({ layers }, block, position) => (position === null ? null : row(layers, block)[position]);

/**
 * A dot with a stem for each block: on a logarithmic axis a bar would have no foot.
 * @param {GroupedPooled} data
 * @param {ViewContext<any, GroupedPooled>} ctx
 */
export function oneBlock(data, ctx) {
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
  const there = ctx.there ? blocksThere(means(ctx.there), data.n_layers, ctx, raised) : [];
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
