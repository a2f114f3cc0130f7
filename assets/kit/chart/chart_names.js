// @ts-check
/**
 * What is written into a chart: names at the ends of lines, marks across it, notes at a point.
 *
 * @import { Axis, Chart, Mark, Note, Trace } from "./chart_layout.js"
 */

import { contrast, css, rgb } from "../colour/theme.js";
import { apart } from "../drawing/apart.js";
import { undrawn } from "../drawing/log_axis.js";
import { colour, list } from "./chart_trace.js";

export const SMALL = { size: 11 };

/** Pixels between two names at the lines' ends. */
const LINE = 14;

/** Contrast of words, at least (WCAG 2). */
const LEGIBLE = 4.5;

/**
 * The colour of a line for its words too, where it can be read on the ground.
 * @param {string} name
 */
function legible(name) {
  return name.startsWith("#") || contrast(rgb(name), rgb("surface")) >= LEGIBLE ? colour(name) : css("ink2");
}

/**
 * A value as plotly's annotations take it: the exponent, where the axis is logarithmic.
 * @param {Axis | undefined} axis
 * @param {any} value
 */
const placed = (axis, value) => (axis?.type === "log" ? Math.log10(value) : value);

/**
 * Where a line ends, as plotly's annotations take it.
 * @param {Trace} trace
 * @param {Chart} chart
 */
export function lastPoint(trace, chart) {
  const [x, y] = [list(trace.x) ?? [], list(trace.y) ?? []];
  return { x: placed(chart.x, x[y.length - 1]), y: placed(chart.y, y[y.length - 1]) };
}

/**
 * How far up each line's name is moved, in pixels, so that none covers another.
 * @param {Trace[]} traces
 * @param {Chart} chart
 * @param {number} room height of the plot in pixels
 */
export function shifts(traces, chart, room) {
  const heights = chart.traces.flatMap((trace) => list(trace.y) ?? []).map((value) => placed(chart.y, value));
  const known = heights.filter(Number.isFinite);
  const range = /** @type {number[] | undefined} */ (chart.y?.range);
  const [low, high] = range ?? [Math.min(...known), Math.max(...known)];
  const ends = traces.map((trace) => ((high - lastPoint(trace, chart).y) / (high - low || 1)) * room);
  return apart(ends, LINE, [0, room]).map((found, at) => ends[at] - found);
}

/**
 * The name of a line at its last point: a legend only where lines end together.
 * @param {Trace} trace
 * @param {Chart} chart
 * @param {number} yshift
 */
export function ending(trace, chart, yshift) {
  return {
    ...lastPoint(trace, chart),
    text: trace.name,
    xanchor: "left",
    yanchor: "middle",
    xshift: 6,
    yshift,
    showarrow: false,
    font: { ...SMALL, color: legible(trace.color ?? "river-deep") },
  };
}

/**
 * @param {Note} note
 * @param {Chart} chart
 */
export function drawnNote({ x, y, text, color = "ink2", ...own }, chart) {
  const words = { text, showarrow: false, font: { ...SMALL, color: css(color) } };
  return { ...words, x: placed(chart.x, x), y: placed(chart.y, y), ...own };
}

/** @param {Mark} mark */
export function markLine({ x, y, color = "ink2", dash }) {
  const line = { color: colour(color), width: 1, dash };
  const whole = { type: "line", line };
  if (y !== undefined) return { ...whole, x0: 0, x1: 1, xref: "paper", y0: y, y1: y, yref: "y" };
  return { ...whole, x0: x, x1: x, xref: "x", y0: 0, y1: 1, yref: "paper" };
}

/**
 * @param {Mark} mark
 * @param {Chart} chart
 */
export function markName({ x, y, label, color = "ink2", side, below }, chart) {
  const ground = { bgcolor: css("surface"), borderpad: 1 };
  const words = { text: label, showarrow: false, font: { ...SMALL, color: colour(color) }, ...ground };
  if (y !== undefined) {
    const end = side === "left" ? { x: 0, xanchor: "left" } : { x: 1, xanchor: "right" };
    return { ...words, ...end, xref: "paper", y: placed(chart.y, y), yref: "y", yanchor: below ? "top" : "bottom" };
  }
  const beside = side === "left" ? { xanchor: "right", xshift: -4 } : { xanchor: "left", xshift: 4 };
  const end = below ? { y: 0, yanchor: "bottom" } : { y: 1, yanchor: "top" };
  return { ...words, ...beside, ...end, yref: "paper", x: placed(chart.x, x), xref: "x" };
}

/** Lines that a logarithmic axis has no place for are named in the chart's corner. @param {Chart} chart */
export function missing({ traces, x, y }) {
  const of = (/** @type {"x" | "y"} */ axis) =>
    undrawn(traces.map((trace) => ({ name: trace.name, values: list(trace[axis]) ?? [] })));
  const said = [...(x?.type === "log" ? of("x") : []), ...(y?.type === "log" ? of("y") : [])];
  if (!said.length) return [];
  const corner = { xref: "paper", yref: "paper", x: 1, y: 0, xanchor: "right", yanchor: "bottom", align: "right" };
  const words = { text: said.join("<br>"), showarrow: false, font: { ...SMALL, color: css("ink2") } };
  return [{ ...corner, ...words, bgcolor: css("surface") }];
}
