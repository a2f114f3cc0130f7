// @ts-check
/**
 * The two charts of one measurement: milliseconds by length, and bytes at the peak by length.
 *
 * @import { FlashGrown, GrownRun } from "../../../types/systems"
 */

import { plot } from "../../../kit/chart/plot.js";
import { logAxis } from "../../../kit/drawing/log_axis.js";
import { whole } from "../../../kit/numbers/format.js";
import { memory, timed } from "../../../kit/numbers/magnitude.js";
import { guide, HEIGHT, lengthAxis, METHODS, NAMES, runsOf } from "./methods.js";
import { rings } from "./other.js";

const MEGA = 1e6;
const SPREAD = "%{customdata[0]}, N = %{customdata[1]}: %{customdata[2]} (%{customdata[3]})<extra></extra>";
const PEAK = "%{customdata[0]}, N = %{customdata[1]}: %{customdata[2]}<extra></extra>";

/** @param {FlashGrown} data */
export function timeChart(data) {
  const { lengths, runs } = data;
  const middle = runs.find(({ method, n }) => method === "sdpa" && n === 1024);
  const through = middle && { n: middle.n, value: middle.ms };
  return plot({
    label: `Milliseconds by length, ${data.backward ? "forward and backward" : "forward"}`,
    height: HEIGHT,
    traces: [
      ...guides(lengths, through && [2, through], through && [1, through]),
      ...METHODS.flatMap(({ method, color }) =>
        rings(
          data,
          method,
          ({ ms }) => ms,
          (run) => `${timed(run.ms)} (${half(run)})`,
          color,
        ),
      ),
      ...METHODS.map(({ method, name, ...look }) => {
        const of = runsOf(data, method);
        return {
          x: of.map(({ n }) => n),
          y: of.map(({ ms }) => ms),
          whiskers: { low: of.map(({ low }) => low), high: of.map(({ high }) => high) },
          customdata: of.map((run) => [name, whole(run.n), timed(run.ms), half(run)]),
          hover: SPREAD,
          ...drawn(name, look),
        };
      }),
    ],
    x: lengthAxis(lengths),
    y: { ...sparse([...runs, ...(data.base?.runs ?? [])].flatMap(({ low, high }) => [low, high])), title: "ms" },
    margin: { r: NAMES },
  });
}

/** @param {FlashGrown} data */
export function memoryChart(data) {
  const { lengths, runs, squares, allowed, stops } = data;
  const last = (/** @type {string} */ method) => {
    const run = runsOf(data, method).at(-1);
    return run && { n: run.n, value: run.peak / MEGA };
  };
  const [square, line] = [last("standard"), last("tiled")];
  const stop = stops.find(({ method, why }) => method === "standard" && why === "memory");
  const beyond = lengths.map((n, at) => ({ n, needed: squares[at] / MEGA })).filter(({ n }) => stop && n >= stop.n);
  return plot({
    label: "Bytes at the peak by length",
    height: HEIGHT,
    traces: [
      ...guides(lengths, square && [2, square], line && [1, line]),
      ...METHODS.flatMap(({ method, color }) =>
        rings(
          data,
          method,
          ({ peak }) => peak / MEGA,
          ({ peak }) => memory(peak),
          color,
        ),
      ),
      ...METHODS.map(({ method, name, ...look }) => {
        const of = runsOf(data, method);
        return {
          x: of.map(({ n }) => n),
          y: of.map(({ peak }) => peak / MEGA),
          customdata: of.map(({ n, peak }) => [name, whole(n), memory(peak)]),
          hover: PEAK,
          ...drawn(name, look),
        };
      }),
      {
        x: beyond.map(({ n }) => n),
        y: beyond.map(({ needed }) => needed),
        mode: "markers",
        symbol: "square",
        hollow: true,
        size: 9,
        color: "ink",
        customdata: beyond.map(({ n, needed }) => [whole(n), memory(needed * MEGA)]),
        hover: "standard at N = %{customdata[0]} would need %{customdata[1]} by formula<extra></extra>",
      },
    ],
    x: lengthAxis(lengths),
    y: {
      ...sparse([
        ...[...runs, ...(data.base?.runs ?? [])].map(({ peak }) => peak / MEGA),
        ...beyond.map(({ needed }) => needed),
        allowed / MEGA,
      ]),
      title: "MB",
    },
    marks: [{ y: allowed / MEGA, label: `limit ${memory(allowed)}`, side: "left", dash: "dot", color: "ink3" }],
    margin: { r: NAMES },
  });
}

/** The middle half of the rounds. @param {GrownRun} run */
export const half = ({ low, high, rounds }) => `${timed(low)} to ${timed(high)} in ${rounds} rounds`;

/**
 * @param {string} name
 * @param {{ color: string, symbol: string, dash: string }} look
 */
const drawn = (name, look) => ({ ...look, name, labelled: true, mode: "lines+markers", size: 7 });

/**
 * A logarithmic axis with a tick a power of ten where it is long.
 * @param {number[]} values
 */
function sparse(values) {
  const axis = logAxis(values);
  const [low, high] = axis.range;
  if (high - low < 2.5) return axis;
  const kept = axis.tickvals.map((value, at) => ({ value, text: axis.ticktext[at] }));
  const tens = kept.filter(({ value }) => Number.isInteger(Math.round(Math.log10(value) * 1e6) / 1e6));
  return { ...axis, tickvals: tens.map(({ value }) => value), ticktext: tens.map(({ text }) => text) };
}

/**
 * Dotted lines of slope 2 and 1 through points of the measurement.
 * @param {readonly number[]} lengths
 * @param {...([power: number, through: { n: number, value: number }] | undefined)} lines
 */
function guides(lengths, ...lines) {
  return lines.flatMap((given) => {
    if (!given) return [];
    const [power, through] = given;
    return [
      {
        x: lengths,
        y: guide(lengths, through, power),
        name: power === 2 ? "grows as N²" : "grows as N",
        color: "ink3",
        dash: power === 2 ? "2px,4px" : "6px,4px",
        width: 1,
        hover: `${power === 2 ? "N²" : "N"}<extra></extra>`,
      },
    ];
  });
}
