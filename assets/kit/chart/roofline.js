// @ts-check
/**
 * A roof: the speed that memory and arithmetic allow at each intensity, and what was reached under it.
 *
 * @import { Note, Point, Trace } from "./chart_layout"
 */
import { extent } from "../../vendor/d3.js";
import { logAxis } from "../drawing/log_axis.js";
import { scaled } from "../numbers/magnitude.js";
import { plot } from "./plot.js";

/** From this share of the roof on a mark touches its name, which then stands so many pixels above it. */
const CLOSE = 0.8;
const ABOVE = 17;

/**
 * @param {object} options
 * @param {string} options.label
 * @param {number} options.height
 * @param {number} options.flops of the roof, a second
 * @param {number} options.bandwidth bytes a second
 * @param {Trace[]} options.traces x: FLOPs a byte, y: FLOPs a second in units of `unit`
 * @param {number} options.unit FLOPs a second that the axis counts in
 * @param {Note[]} [options.notes]
 * @param {boolean} [options.narrow]
 * @param {(point?: Point) => void} [options.onClick]
 */
export function roofline({ label, height, flops, bandwidth, traces, unit, notes = [], narrow, onClick }) {
  const ridge = flops / bandwidth;
  const [peak, slope] = [flops / unit, bandwidth / unit];
  const reached = traces.flatMap(({ x }) => Array.from(/** @type {ArrayLike<number>} */ (x)));
  const speeds = traces.flatMap(({ y }) => Array.from(/** @type {ArrayLike<number>} */ (y)));
  const [least = ridge, most = ridge] = extent(reached);
  const across = logAxis([least / 1.3, Math.max(1.6 * most, 6 * ridge)]);
  const [left, right] = across.range.map((power) => 10 ** power);
  const low = Math.min(...speeds, left * slope);
  const up = logAxis([low / 1.2, 1.4 * peak]);
  const floor = 10 ** up.range[0];
  const middle = Math.sqrt(left * ridge);
  // A mark on the roof itself lies under the roof's name otherwise.
  const flat = speeds.some((speed, at) => reached[at] > ridge && speed > CLOSE * peak);
  const side = { x: ridge, y: 1.08 * floor, yanchor: "bottom", color: "ink3" };
  return plot({
    label,
    height,
    traces: [
      ...traces,
      {
        x: [left, ridge, right],
        y: [left * slope, peak, peak],
        color: "ink",
        legend: false,
        hover: "the roof<extra></extra>",
      },
    ],
    x: { ...across, title: "FLOPs a byte" },
    y: up,
    marks: [{ x: ridge, color: "ink3", dash: "dot" }],
    notes: [
      { x: Math.sqrt(ridge * right), y: peak, text: scaled(flops, "FLOP/s"), yshift: flat ? ABOVE : 9 },
      {
        x: middle,
        y: middle * slope,
        text: scaled(bandwidth, "B/s"),
        xanchor: "right",
        yanchor: "bottom",
        xshift: -4,
        yshift: 3,
      },
      { ...side, text: narrow ? "memory" : "limited by memory", xanchor: "right", xshift: -5 },
      { ...side, text: narrow ? "arithmetic" : "limited by arithmetic", xanchor: "left", xshift: 5 },
      ...notes,
    ],
    margin: { t: 30 },
    onClick,
  });
}
