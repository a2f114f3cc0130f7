// @ts-check
/**
 * What plotly.js is told: traces, axes, marks and names in the page's colours, from what a view says of its chart.
 *
 * @import { Floats, Ints } from "../../types/shared"
 *
 * @typedef {Floats | Ints | ArrayLike<number> | ArrayLike<string>} Values
 *
 * @typedef {object} Trace a line, a row of bars or points; what plotly.js calls otherwise is handed on
 * @property {Values} x
 * @property {Values} y
 * @property {string} [name] in the legend; without one it has no entry
 * @property {string} [color] a custom property's name, or "#rrggbb"
 * @property {number} [alpha]
 * @property {"scatter" | "bar"} [type]
 * @property {string} [mode] "lines" if nothing is said
 * @property {string} [dash]
 * @property {number} [width]
 * @property {number | Values} [size] of the points
 * @property {string} [symbol] their shape, as plotly names it
 * @property {boolean} [hollow]
 * @property {string} [hover] plotly's template
 * @property {boolean} [labelled] its name stands at its last point, apart from the others where the range of y is given
 * @property {{ low: ArrayLike<number>, high: ArrayLike<number> }} [whiskers] upright, from one value to the other
 * @property {unknown} [customdata] for the template
 * @property {boolean} [legend]
 * @property {string} [fill]
 * @property {object} [line]
 *
 * @typedef {object} Mark a thin line across the chart with its name on it
 * @property {number} [x] upright there, or
 * @property {number} [y] level there
 * @property {"left" | "right"} [side] where its name stands
 * @property {boolean} [below] the name of a level line stands under it, that of an upright one at its foot
 * @property {string} [label]
 * @property {string} [color]
 * @property {string} [dash]
 *
 * @typedef {{ x: number, y: number, text: string, color?: string, [own: string]: unknown }} Note words at a point
 *
 * @typedef {{ title?: string, type?: string, range?: number[], [own: string]: unknown }} Axis
 *
 * @typedef {object} Point
 * @property {number} trace
 * @property {number} index
 * @property {unknown} [x]
 * @property {unknown} [y]
 *
 * @typedef {object} Chart
 * @property {Trace[]} traces
 * @property {Axis} [x]
 * @property {Axis} [y]
 * @property {Mark[]} [marks]
 * @property {Note[]} [notes]
 * @property {"group" | "stack" | "overlay" | "relative"} [bars]
 * @property {object} [margin]
 * @property {number} [height]
 * @property {string} [hovermode]
 * @property {object} [layout] plotly's own
 * @property {(at?: Point) => void} [onClick]
 * @property {(at?: Point) => void} [onHover]
 */

import { css } from "../colour/theme.js";
import { ticked } from "../drawing/log_axis.js";
import { drawnNote, ending, lastPoint, markLine, markName, missing, SMALL, shifts } from "./chart_names.js";
import { list } from "./chart_trace.js";

const TEXT = { size: 12 };
/** Room at the right for the names of lines that are labelled at their ends. */
const LABELS = 92;
const MARGIN = { l: 48, b: 40 };
/** Between an axis and its numbers: the two at the corner do not touch. */
const STANDOFF = 4;

/**
 * @param {Axis} axis
 * @param {number} standoff
 */
function drawnAxis({ title = "", ...own }, standoff) {
  return {
    gridcolor: css("line"),
    zerolinecolor: css("line2"),
    zeroline: own.type !== "log",
    showline: false,
    ticks: "",
    ticklabelstandoff: STANDOFF,
    automargin: true,
    fixedrange: true,
    tickfont: { ...SMALL, color: css("ink3") },
    exponentformat: "none",
    separatethousands: true,
    title: { text: title, font: { ...TEXT, color: css("ink2") }, standoff },
    ...own,
  };
}

/** @param {"x" | "y"} axis @param {Chart} chart */
const along = (axis, { traces }) => traces.flatMap((trace) => list(trace[axis]) ?? []);

/**
 * @param {Chart} chart
 * @param {number} height
 */
export function layout(chart, height) {
  const marks = chart.marks ?? [];
  const ends = chart.traces.filter((trace) => trace.labelled && Number.isFinite(lastPoint(trace, chart).y));
  const family = css("sans");
  const whole = chart.height ?? height;
  const margin = { ...MARGIN, r: ends.length ? LABELS : 14, t: marks.length ? 18 : 10, ...chart.margin };
  const moved = shifts(ends, chart, whole - margin.t - margin.b);
  return {
    height: whole,
    autosize: true,
    margin,
    paper_bgcolor: "rgba(0,0,0,0)",
    plot_bgcolor: "rgba(0,0,0,0)",
    barmode: chart.bars ?? "group",
    bargap: 0.28,
    dragmode: false,
    font: { ...SMALL, family, color: css("ink2") },
    hovermode: chart.hovermode ?? "closest",
    hoverlabel: { bgcolor: css("surface"), bordercolor: css("line2"), font: { ...TEXT, family, color: css("ink") } },
    xaxis: drawnAxis(ticked(chart.x ?? {}, along("x", chart)), 6),
    yaxis: drawnAxis(ticked(chart.y ?? {}, along("y", chart)), 8),
    shapes: marks.map(markLine),
    annotations: [
      ...marks.filter((mark) => mark.label).map((mark) => markName(mark, chart)),
      ...ends.map((trace, at) => ending(trace, chart, moved[at])),
      ...(chart.notes ?? []).map((note) => drawnNote(note, chart)),
      ...missing(chart),
    ],
    legend: { orientation: "h", x: 0, y: 1.02, yanchor: "bottom", font: { ...TEXT, color: css("ink2") } },
    ...chart.layout,
  };
}
