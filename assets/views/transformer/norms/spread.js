// @ts-check
/**
 * The decoders' gradients as charts: the last block by the number of blocks, and every block of one decoder.
 *
 * @import { AtDepth, NormsGradients } from "../../../types/transformer"
 * @typedef {"w_out" | "weights" | "stream" | "sizes"} Quantity
 * @typedef {"pre" | "post"} Way
 *
 * @typedef {object} Chosen
 * @property {NormsGradients} data
 * @property {NormsGradients | null} there the other run's, where it differs
 * @property {Quantity} quantity
 * @property {number} blocks of the decoder at the right
 * @property {string} beside how that run is called
 * @property {(depth: number) => void} open
 */

import { row } from "../../../kit/cells/tensor.js";
import { plot } from "../../../kit/chart/plot.js";
import { css } from "../../../kit/colour/theme.js";
import { logAxis } from "../../../kit/drawing/log_axis.js";
import { mean } from "../../../vendor/d3.js";

const HEIGHT = 300;
/** @type {{ way: Way, color: string, dash?: string, name: string }[]} */
const WAYS = [
  { way: "pre", color: "ink", name: "pre-norm" },
  { way: "post", color: "river-deep", dash: "dash", name: "post-norm" },
];

/**
 * A quantity at each block: the median of the draws, their least and most. The stream's size has no spread.
 * @param {AtDepth} one
 * @param {Quantity} quantity
 */
export function spreadOf(one, quantity) {
  const of = (/** @type {number} */ line) => Array.from(quantity === "sizes" ? one.sizes.a : row(one[quantity], line));
  return { median: of(0), least: of(1), most: of(2) };
}

/**
 * The last block's values of one way, by the number of blocks.
 * @param {NormsGradients} data
 * @param {Quantity} quantity
 * @param {Way} way
 */
export function lastBlocks(data, quantity, way) {
  const found = data.depths.map((depth) => decoder(data, way, depth));
  const last = (/** @type {"median" | "least" | "most"} */ which) =>
    found.map((one) => (one ? spreadOf(one, quantity)[which][one.n_layers - 1] : Number.NaN));
  return { median: last("median"), least: last("least"), most: last("most") };
}

/**
 * @param {NormsGradients} data
 * @param {Way} way
 * @param {number} depth
 */
const decoder = ({ found }, way, depth) => found.find((one) => one.placement === way && one.n_layers === depth);

/** The same in the other run: rings in the line's colour. @param {string} color @param {string} name */
const ring = (color, name) => ({
  mode: "markers",
  hollow: true,
  size: 9,
  color,
  hover: `%{x}: %{y:.3f}<extra>${name}</extra>`,
});

/** @param {Chosen} chosen */
export function byDepth(chosen) {
  const { data, there, quantity, blocks, open } = chosen;
  const x = data.depths;
  const lines = WAYS.map(({ way, name, ...look }) => {
    const { median, least, most } = lastBlocks(data, quantity, way);
    const hover = `%{x} blocks: %{y:.3f}<extra>${name}</extra>`;
    const bars = quantity === "sizes" ? {} : { error_y: errorBars(look.color, { median, least, most }) };
    return { x, y: median, mode: "lines+markers", size: 7, hover, ...look, ...bars, least, most };
  });
  const at = x.indexOf(blocks);
  const marked = {
    x: WAYS.map(() => blocks),
    y: lines.map(({ y }) => y[at]),
    mode: "markers",
    color: "prob",
    size: 11,
    hover: "%{x} blocks: %{y:.3f}<extra></extra>",
  };
  const bound = quantity === "w_out" ? [boundLine(x, lines[0].y)] : [];
  const others = there
    ? WAYS.map(({ way, color, name }) => ({
        x: there.depths,
        y: lastBlocks(there, quantity, way).median,
        ...ring(color, `${name}, ${chosen.beside}`),
      }))
    : [];
  return plot({
    label: "The last block, by the number of blocks; arrow keys walk the decoders, Enter opens one",
    height: HEIGHT,
    traces: [...lines, marked, ...bound, ...others],
    x: { type: "log", tickvals: x, title: "blocks of the decoder" },
    y: logAxis([
      ...lines.flatMap(({ y, least, most }) => [...y, ...least, ...most]),
      ...[...bound, ...others].flatMap(({ y }) => y),
    ]),
    onClick: (point) => point && open(Number(point.x ?? x[point.index])),
  });
}

/**
 * @param {string} color
 * @param {{ median: number[], least: number[], most: number[] }} values
 */
function errorBars(color, { median, least, most }) {
  return {
    type: "data",
    symmetric: false,
    array: most.map((value, at) => value - median[at]),
    arrayminus: median.map((value, at) => value - least[at]),
    color: css(color),
    thickness: 1,
    width: 3,
  };
}

/**
 * What falls as 1/√blocks and lies among the values, behind the lines.
 * @param {number[]} x
 * @param {number[]} values
 */
function boundLine(x, values) {
  const middle = Math.exp(mean(x, (depth, at) => Math.log(values[at] * Math.sqrt(depth))) ?? 0);
  const y = x.map((depth) => middle / Math.sqrt(depth));
  return { x, y, mode: "lines", color: "line2", width: 9, hoverinfo: "skip", zorder: -1 };
}

/** @param {Chosen} chosen */
export function everyBlock({ data, there, quantity, blocks, beside }) {
  const x = Array.from({ length: blocks }, (_, block) => block);
  const edge = { x, mode: "lines", width: 0, hoverinfo: "skip" };
  const found = WAYS.flatMap(({ way, ...look }) => {
    const one = decoder(data, way, blocks);
    return one ? [{ ...look, ...spreadOf(one, quantity) }] : [];
  });
  const lines = found.map(({ name, median, color, dash }) => ({
    x,
    y: median,
    mode: "lines+markers",
    size: 5,
    color,
    dash,
    hover: `block %{x}: %{y:.3f}<extra>${name}</extra>`,
  }));
  const bands = found.flatMap(({ color, least, most }) => [
    { ...edge, y: least, color, zorder: -1 },
    { ...edge, y: most, color, fill: "tonexty", zorder: -1 },
  ]);
  const others = there
    ? WAYS.flatMap(({ way, color, name }) => {
        const one = decoder(there, way, blocks);
        return one ? [{ x, y: spreadOf(one, quantity).median, ...ring(color, `${name}, ${beside}`) }] : [];
      })
    : [];
  const traces = [...lines, ...(quantity === "sizes" ? [] : bands), ...others];
  return plot({
    label: `Every block of the decoder with ${blocks} blocks; arrow keys walk the blocks`,
    height: HEIGHT,
    traces,
    x: { title: "block", range: [-0.5, blocks - 0.5], zeroline: false, nticks: 12 },
    y: logAxis(traces.flatMap(({ y }) => y)),
  });
}
