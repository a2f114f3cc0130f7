// @ts-check
/**
 * Bytes moved and held against the length of the text: the formula as lines, the counted loops as points.
 *
 * @import { MovedPoint, TextGrows } from "../../../types/systems"
 * @import { Row, View } from "../../../kit/view"
 */

import { plot } from "../../../kit/chart/plot.js";
import { control } from "../../../kit/controls/declared.js";
import { logAxis } from "../../../kit/drawing/log_axis.js";
import { whole } from "../../../kit/numbers/format.js";
import { memory } from "../../../kit/numbers/magnitude.js";
import { html } from "../../../vendor/lit.js";
import { HEIGHT, NAMES } from "./methods.js";

/** Quick enough to be counted for each choice. */
export const follows = true;

const FLOAT = 4;
const KERNELS = /** @type {Record<string, { name: string, color: string, dash: string, symbol: string }>} */ ({
  standard: { name: "standard", color: "ink", dash: "solid", symbol: "square" },
  flash_1: { name: "FA-1", color: "river-deep", dash: "dash", symbol: "diamond" },
  flash_2: { name: "FA-2", color: "prob", dash: "solid", symbol: "circle" },
});

/** @type {View<TextGrows>} */
export function text_grows(data, ctx) {
  return html`
    <div class="bar">
      ${control(ctx, "memory", { format: (numbers) => memory(numbers * FLOAT) })} ${control(ctx, "mask")}
    </div>
    <p class="readout">${said(data)}</p>
    <div class="side-by-side">
      <div>
        <h3 class="sub3">Bytes moved <small>read and written; dotted: FA-2 with another fast memory M</small></h3>
        ${chart(data, "moved")}
      </div>
      <div>
        <h3 class="sub3">Extra memory at the peak <small>without Q, K, V and O</small></h3>
        ${chart(data, "extra")}
      </div>
    </div>
    <p class="hint">${method(data)}</p>`;
}

/**
 * Each algorithm at each length.
 * @param {TextGrows} data
 * @returns {Row[]}
 */
export function rows(data) {
  return data.lines.flatMap(({ kernel, rows, columns, formula, counted }) =>
    formula.map(({ n, moved, extra }) => {
      const count = counted.find((each) => each.n === n);
      const tile = { tile_rows: rows, tile_columns: columns };
      return { kernel, n, ...tile, moved, extra, counted_moved: count?.moved, counted_extra: count?.extra };
    }),
  );
}

/** @param {TextGrows} data */
function said({ lines, lengths }) {
  const last = lengths.length - 1;
  const of = (/** @type {string} */ kernel) => lines.find((line) => line.kernel === kernel)?.formula[last];
  const [standard, second] = [of("standard"), of("flash_2")];
  if (!standard || !second) return "";
  return html`At ${whole(lengths[last])} tokens standard attention moves <b>${memory(standard.moved)}</b> and needs
    <b>${memory(standard.extra)}</b> of extra memory. FlashAttention-2 moves <b>${memory(second.moved)}</b> and needs
    <b>${memory(second.extra)}</b>.`;
}

/**
 * @param {TextGrows} data
 * @param {"moved" | "extra"} what
 */
function chart(data, what) {
  const value = (/** @type {MovedPoint} */ point) => point[what];
  const every = data.lines.flatMap(({ formula }) => formula.map(value));
  const others = what === "moved" ? data.others : [];
  const axis = logAxis([...every, ...others.flatMap(({ moved }) => [...moved])]);
  const powers = axis.tickvals.filter((tick) => Number.isInteger(Math.round(Math.log10(tick) * 1e6) / 1e6));
  const ticks = powers.filter((_, at) => powers.length < 6 || at % 2 === 0);
  const lengths = data.lengths.filter((_, at) => at % 3 === 0);
  return plot({
    label: `${what === "moved" ? "Bytes moved" : "Extra memory"} against the length of the text`,
    height: HEIGHT,
    traces: [
      ...others.map(({ memory: numbers, moved }) => ({
        x: data.lengths,
        y: moved,
        color: "prob",
        alpha: 0.35,
        width: 1.5,
        name: `M ${memory(numbers * FLOAT)}`,
        labelled: true,
        line: { dash: "dot" },
        hover: `FA-2 with M = ${memory(numbers * FLOAT)}<extra></extra>`,
      })),
      ...data.lines.map(({ kernel, formula }) => {
        const { name, color, dash } = KERNELS[kernel];
        const customdata = formula.map((point) => [whole(point.n), memory(value(point))]);
        const hover = `${name}, N = %{customdata[0]}: %{customdata[1]}, by formula<extra></extra>`;
        return { x: data.lengths, y: formula.map(value), color, dash, name, labelled: true, customdata, hover };
      }),
      ...data.lines.map(({ kernel, counted }) => {
        const { name, color, symbol } = KERNELS[kernel];
        const customdata = counted.map((point) => [whole(point.n), memory(value(point))]);
        const hover = `${name}, N = %{customdata[0]}: %{customdata[1]}, counted<extra></extra>`;
        const look = { mode: "markers", symbol, color, hollow: true, size: 8 };
        return { x: counted.map(({ n }) => n), y: counted.map(value), ...look, customdata, hover };
      }),
    ],
    x: { ...logAxis(data.lengths), tickvals: lengths, ticktext: lengths.map(whole), title: "tokens N" },
    y: { ...axis, tickvals: ticks, ticktext: ticks.map(memory) },
    margin: { r: NAMES, l: 62 },
  });
}

/** @param {TextGrows} data */
function method({ lines, d, memory: numbers, resident }) {
  const tiles = lines
    .filter(({ kernel }) => kernel !== "standard")
    .map(({ kernel, rows, columns }) => `${KERNELS[kernel].name} ${rows} × ${columns}`);
  return (
    `Float32, one head of d = ${d}, logarithmic axes. Lines show the formula. Points show what the loops counted, up ` +
    `to N = 1,024. The tiles are the paper’s for M = ${whole(numbers)} numbers: ⌈M / 4d⌉ positions of the block that ` +
    `stays and at most d of the blocks that pass. That gives ${tiles.join(", ")} (rows × columns). FA-2’s tile and ` +
    `its scores take ${memory(resident)}. Standard attention uses FA-2’s tiles.`
  );
}
