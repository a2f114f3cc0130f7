// @ts-check
/**
 * The size of every token's row before and after a norm, as a chart of dumbbells.
 *
 * @import { NormOpened } from "../../../types"
 * @import { ViewContext } from "../../../kit/view"
 */
import { logAxis } from "../../../kit/log_axis.js";
import { plot } from "../../../kit/plot.js";
import { forChart, named } from "./places.js";

const HEIGHT = 260;

/**
 * @param {NormOpened} norm
 * @param {number} position
 * @param {ViewContext<any>} ctx
 */
export function sizes(norm, position, ctx) {
  const [stream, read, base] = [norm.scale.a, norm.after.a, norm.base?.a];
  return plot({
    label: "Size of each token’s row before and after the norm; arrow keys walk the positions, Enter selects one",
    height: HEIGHT,
    traces: dumbbells({ stream, read, base, position, ctx }),
    x: { title: "position", nticks: 12, range: [-0.6, stream.length - 0.4], zeroline: false },
    y: logAxis([...stream, ...read, ...(base ?? [])]),
    margin: { t: 10 },
    onClick: (point) => point && ctx.select({ position: Math.round(Number(point.x ?? point.index)) }),
  });
}

/**
 * @param {{ stream: Float32Array, read: Float32Array, base: Float32Array | undefined, position: number,
 *   ctx: ViewContext<any> }} values
 */
function dumbbells({ stream, read, base, position, ctx }) {
  const x = Array.from(stream.keys());
  const text = x.map((at) => forChart(named(ctx, at)));
  const hover = (/** @type {string} */ what) => `%{text}: %{y:.3~r}${what}<extra></extra>`;
  const chosen = {
    x: [position, position],
    y: [stream[position], read[position]],
    text: [text[position], text[position]],
  };
  const traces = [
    { x, y: stream, mode: "markers", color: "river-deep", hollow: true, size: 8, text, hover: hover(" in the stream") },
    { ...stems(stream, read), mode: "lines", color: "line2", width: 1.2, hoverinfo: "skip" },
    { x, y: read, mode: "markers", color: "ink", size: 7, text, hover: hover(" after the norm") },
    { ...chosen, mode: "lines+markers", color: "prob", size: 10, width: 2, hover: hover("") },
  ];
  if (!base) return traces;
  const line = { mode: "lines", color: "ink2", dash: "dash", width: 1.25, text, hover: hover(`, ${ctx.beside.short}`) };
  return [...traces, { x: Array.from(base.keys()), y: base, ...line }];
}

/**
 * One line in pieces: from each size in the stream to the size as read.
 * @param {Float32Array} stream
 * @param {Float32Array} read
 */
function stems(stream, read) {
  const gap = Number.NaN;
  return {
    x: Array.from(stream.keys()).flatMap((at) => [at, at, gap]),
    y: Array.from(stream).flatMap((value, at) => [value, read[at], gap]),
  };
}
