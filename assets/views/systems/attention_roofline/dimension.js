// @ts-check
/**
 * Counted traffic against the dimension of a head, beside two claims of how it grows.
 *
 * @import { TrafficByDimension, TrafficPoint } from "../../../types/systems"
 * @import { Row, View } from "../../../kit/view"
 */

import { plot } from "../../../kit/chart/plot.js";
import { control } from "../../../kit/controls/declared.js";
import { logAxis } from "../../../kit/drawing/log_axis.js";
import { counted, decimal, whole } from "../../../kit/numbers/format.js";
import { memory } from "../../../kit/numbers/magnitude.js";
import { table } from "../../../kit/numbers/table.js";
import { html, nothing } from "../../../vendor/lit.js";
import { KERNELS } from "./kernels.js";

/** Quick enough to be counted for each choice. */
export const follows = true;

const HEIGHT = 330;
const MEGA = 1e6;
const FLOAT = 4;

/** @type {View<TrafficByDimension>} */
export function dimension(data, ctx) {
  return html`
    <div class="bar">
      ${control(ctx, "memory", { format: (numbers) => memory(numbers * FLOAT) })}
    </div>
    <p class="readout">${said(data)}</p>
    <div class="side-by-side">
      <div>
        <h3 class="sub3">Bytes moved by d <small>MB, log scales; points counted</small></h3>
        ${chart(data)}
      </div>
      <div>
        <h3 class="sub3">Each doubling <small>N = ${whole(data.n)}, M = ${whole(data.memory)} numbers</small></h3>
        ${counts(data)}
        <p class="hint">${method(data)}</p>
      </div>
    </div>`;
}

/**
 * Each dimension.
 * @param {TrafficByDimension} data
 * @returns {Row[]}
 */
export function rows({ first, second, paper, reference, n, memory: numbers }) {
  return first.map(({ d, rows, columns, counted, formula }, at) => {
    const claims = { paper_scaled: paper[at], summary_scaled: reference[at] };
    const other = { flash_2_counted: second[at]?.counted, flash_2_formula: second[at]?.formula };
    return {
      d,
      n,
      memory_numbers: numbers,
      rows,
      columns,
      flash_1_counted: counted,
      flash_1_formula: formula,
      ...other,
      ...claims,
    };
  });
}

/** @param {TrafficByDimension} data */
function said({ powers, first }) {
  const [one, other, paper, reference] = powers;
  if (one === undefined) return html`${counted(first.length, "dimension")} counted so far.`;
  return html`A power law fitted to the counts grows with d to the power <b>${decimal(one)}</b> in FlashAttention-1 and
    <b>${decimal(other)}</b> in FlashAttention-2. Θ(N² d² / M) predicts ${whole(Math.round(paper))}, O(N² d / M)
    predicts ${whole(Math.round(reference))}.`;
}

/** @param {TrafficByDimension} data */
function chart({ first, second, dims, paper, reference }) {
  const mega = (/** @type {ArrayLike<number>} */ bytes) => Array.from(bytes, (each) => each / MEGA);
  const points = (/** @type {TrafficPoint[]} */ line) => mega(line.map(({ counted }) => counted));
  const axis = logAxis([...points([...first]), ...points([...second]), ...mega(paper), ...mega(reference)]);
  const of = (/** @type {TrafficPoint[]} */ line, /** @type {string} */ kernel) => ({
    x: line.map(({ d }) => d),
    y: points(line),
    mode: "markers",
    ...KERNELS[kernel],
    size: 9,
    customdata: line.map(({ counted }) => memory(counted)),
    hover: `${KERNELS[kernel].name}, d = %{x}: %{customdata}, counted<extra></extra>`,
  });
  const claim = (/** @type {ArrayLike<number>} */ line, /** @type {string} */ name, /** @type {string} */ dash) => ({
    x: dims,
    y: mega(line),
    name,
    color: "ink2",
    dash,
    width: 1.5,
    hover: `${name}, through the last point<extra></extra>`,
  });
  return plot({
    label: "Bytes moved against the dimension of a head, counted, beside d² and d",
    height: HEIGHT,
    traces: [
      claim(paper, "N² d² / M", "solid"),
      claim(reference, "N² d / M", "4px,4px"),
      of([...first], "flash_1"),
      of([...second], "flash_2"),
    ],
    x: { ...logAxis(dims), tickvals: [...dims], ticktext: dims.map(whole), title: "dimensions d" },
    y: axis,
    margin: { t: 48 },
  });
}

/** @param {TrafficByDimension} data */
function counts({ first, second }) {
  const number = true;
  const times = (/** @type {readonly TrafficPoint[]} */ line, /** @type {number} */ at) =>
    at && line[at] ? `× ${decimal(line[at].counted / line[at - 1].counted)}` : nothing;
  return table({
    label: "Counted traffic at each dimension",
    columns: [
      { name: "d", number, cell: ({ d }) => d },
      { name: "tile, FA-1", number, cell: ({ rows, columns }) => `${rows} × ${columns}` },
      { name: "FA-1", number, cell: ({ counted }) => memory(counted) },
      { name: "FA-1 grows", number, cell: (_, at) => times(first, at) },
      { name: "FA-2", number, cell: (_, at) => (second[at] ? memory(second[at].counted) : "–") },
      { name: "FA-2 grows", number, cell: (_, at) => times(second, at) },
    ],
    rows: [...first],
    className: "loads",
  });
}

/** @param {TrafficByDimension} data */
const method = ({ n }) =>
  `Both algorithms run without a mask on ${whole(n)} tokens in float32 while a meter counts. Tiles are the paper’s: ` +
  "⌈M / 4d⌉ rows of the block that stays, at most d rows of a block that passes. Both lines go through " +
  "FlashAttention-1’s last point. The fitted power is a little below 2 because a part of the traffic grows with N d " +
  "alone, and the numbers m and l do not grow with d.";
