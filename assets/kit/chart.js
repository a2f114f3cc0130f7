// @ts-check
/**
 * Lines, bars and points drawn by plotly.js, which the server takes from the plotly package: it is loaded with the first
 * chart. Charts follow light and dark, and the arrow keys walk their points.
 *
 * @import { Floats, Ints } from "../types"
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
 * @property {boolean} [hollow]
 * @property {string} [symbol] of the points, as plotly names them
 * @property {string} [hover] plotly's template
 * @property {boolean} [labelled] its name stands at its last point
 * @property {boolean} [legend]
 * @property {string} [fill]
 * @property {object} [line]
 *
 * @typedef {object} Mark a thin line across the chart with its name on it
 * @property {number} [x] upright there, or
 * @property {number} [y] level there
 * @property {"left" | "right"} [side] where its name stands
 * @property {boolean} [below] the name of a level line stands under it
 * @property {string} [label]
 * @property {string} [color]
 * @property {string} [dash]
 *
 * @typedef {{ title?: string, type?: string, [own: string]: unknown }} Axis
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
 * @property {"group" | "stack" | "overlay" | "relative"} [bars]
 * @property {object} [margin]
 * @property {number} [height]
 * @property {string} [hovermode]
 * @property {object} [layout] plotly's own
 * @property {(at?: Point) => void} [onClick]
 * @property {(at?: Point) => void} [onHover]
 *
 * @typedef {HTMLElement & { on: Function, removeAllListeners?: Function, picture?: () => Promise<string> }} Host
 */
import { alike } from "./alike.js";
import { apart } from "./apart.js";
import { css, rgb, rgbs } from "./theme.js";

const SMALL = { size: 11 };
const TEXT = { size: 12 };
/** Room at the right for the names of lines that are labelled at their ends, and from one to the next. */
const LABELS = 92;
const LINE = 14;
const FILL = 0.14;

/** @type {Promise<any> | null} */
let loading = null;

function plotly() {
  loading ??= new Promise((done, fail) => {
    const script = document.createElement("script");
    script.src = new URL("../lib/plotly.js", import.meta.url).href;
    script.onload = () => done(/** @type {any} */ (window).Plotly);
    script.onerror = () => {
      loading = null;
      fail(new Error("plotly.js did not load"));
    };
    document.head.append(script);
  });
  return loading;
}

/**
 * @param {string} name
 * @param {number} [alpha]
 */
function colour(name, alpha) {
  if (name.startsWith("#")) return name;
  return alpha === undefined ? css(name) : rgbs(rgb(name), alpha);
}

/**
 * What plotly.js takes for a list: a plain one.
 * @param {Values | undefined} values
 */
function list(values) {
  if (values === undefined) return undefined;
  return Array.from(/** @type {ArrayLike<any>} */ ("a" in values ? values.a : values));
}

/** @param {Trace} trace */
function drawnTrace({
  color = "river-deep",
  alpha,
  dash,
  width = 2,
  size = 7,
  hollow,
  symbol,
  hover,
  labelled,
  fill,
  ...own
}) {
  const ink = colour(color, alpha);
  const hollowInk = own.type === "bar" ? "rgba(0,0,0,0)" : css("surface");
  const marker = { color: hollow ? hollowInk : ink };
  const style =
    own.type === "bar"
      ? { marker: { ...marker, line: { color: ink, width: hollow ? 1 : 0 } } }
      : {
          line: { color: ink, width, dash, ...own.line },
          marker: {
            ...marker,
            size: typeof size === "number" ? size : list(size),
            symbol,
            line: { color: ink, width: hollow ? 1.5 : 0 },
          },
        };
  return {
    mode: "lines",
    ...own,
    x: list(own.x),
    y: list(own.y),
    showlegend: Boolean(own.name) && !labelled && own.legend !== false,
    hovertemplate: hover ?? `%{y}<extra>${own.name ?? ""}</extra>`,
    ...style,
    ...(fill ? { fill, fillcolor: colour(color, FILL) } : {}),
  };
}

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
    automargin: true,
    fixedrange: true,
    tickfont: { ...SMALL, color: css("ink3") },
    exponentformat: "none",
    separatethousands: true,
    title: { text: title, font: { ...TEXT, color: css("ink2") }, standoff },
    ...own,
  };
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
function lastPoint(trace, chart) {
  const [x, y] = [list(trace.x) ?? [], list(trace.y) ?? []];
  return { x: placed(chart.x, x[y.length - 1]), y: placed(chart.y, y[y.length - 1]) };
}

/**
 * How far up each line's name is moved, in pixels, so that none covers another.
 * @param {Trace[]} traces
 * @param {Chart} chart
 * @param {number} room height of the plot in pixels
 */
function shifts(traces, chart, room) {
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
function ending(trace, chart, yshift) {
  return {
    ...lastPoint(trace, chart),
    text: trace.name,
    xanchor: "left",
    yanchor: "middle",
    xshift: 6,
    yshift,
    showarrow: false,
    font: { ...SMALL, color: colour(trace.color ?? "river-deep") },
  };
}

/** @param {Mark} mark */
function markLine({ x, y, color = "ink2", dash }) {
  const line = { color: colour(color), width: 1, dash };
  const whole = { type: "line", line };
  if (y !== undefined) return { ...whole, x0: 0, x1: 1, xref: "paper", y0: y, y1: y, yref: "y" };
  return { ...whole, x0: x, x1: x, xref: "x", y0: 0, y1: 1, yref: "paper" };
}

/**
 * @param {Mark} mark
 * @param {Chart} chart
 */
function markName({ x, y, label, color = "ink2", side, below }, chart) {
  const ground = { bgcolor: css("surface"), borderpad: 1 };
  const words = { text: label, showarrow: false, font: { ...SMALL, color: colour(color) }, ...ground };
  if (y !== undefined) {
    const end = side === "left" ? { x: 0, xanchor: "left" } : { x: 1, xanchor: "right" };
    return { ...words, ...end, xref: "paper", y: placed(chart.y, y), yref: "y", yanchor: below ? "top" : "bottom" };
  }
  const beside = side === "left" ? { xanchor: "right", xshift: -4 } : { xanchor: "left", xshift: 4 };
  return { ...words, ...beside, y: 1, yref: "paper", yanchor: "top", x: placed(chart.x, x), xref: "x" };
}

/**
 * @param {Chart} chart
 * @param {number} height
 */
function layout(chart, height) {
  const marks = chart.marks ?? [];
  const ends = chart.traces.filter((trace) => trace.labelled && Number.isFinite(lastPoint(trace, chart).y));
  const family = css("sans");
  const margin = { l: 48, r: ends.length ? LABELS : 14, t: marks.length ? 18 : 10, b: 40, ...chart.margin };
  const moved = shifts(ends, chart, (chart.height ?? height) - margin.t - margin.b);
  return {
    height: chart.height ?? height,
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
    xaxis: drawnAxis(chart.x ?? {}, 6),
    yaxis: drawnAxis(chart.y ?? {}, 8),
    shapes: marks.map(markLine),
    annotations: [
      ...marks.filter((mark) => mark.label).map((mark) => markName(mark, chart)),
      ...ends.map((trace, at) => ending(trace, chart, moved[at])),
    ],
    legend: { orientation: "h", x: 0, y: 1.02, yanchor: "bottom", font: { ...TEXT, color: css("ink2") } },
    ...chart.layout,
  };
}

/**
 * @param {any} event plotly's
 * @returns {Point | undefined}
 */
function pointOf(event) {
  const point = event.points?.[0];
  return point && { trace: point.curveNumber, index: point.pointIndex, x: point.x, y: point.y };
}

/**
 * A chart in a box: call `draw` again for new data, another theme and another size.
 * @param {HTMLElement} box
 * @param {{ height?: number, label?: string }} [options]
 */
export function chart(box, { height = 260, label = "Chart" } = {}) {
  const host = /** @type {Host} */ (/** @type {unknown} */ (document.createElement("div")));
  host.className = "figure chart";
  host.tabIndex = 0;
  host.setAttribute("role", "img");
  host.setAttribute("aria-label", label);
  host.style.minHeight = `${height}px`;
  box.append(host);
  /** @type {Chart | null} */
  let shown = null;
  let turn = 0;
  let at = -1;
  /** The chart on the page, and the theme and width that it was drawn in. @type {unknown} */
  let drawn = null;

  /**
   * @param {Chart} next
   * @param {boolean} [steady] nothing is drawn where the chart on the page is alike
   */
  async function draw(next, steady = false) {
    shown = next;
    turn += 1;
    const mine = turn;
    const library = await plotly();
    if (mine !== turn || !host.isConnected) return;
    const wanted = { next, theme: css("surface"), width: host.clientWidth };
    if (steady && alike(drawn, wanted)) return;
    drawn = wanted;
    const quiet = { displayModeBar: false, responsive: false };
    await library.react(host, next.traces.map(drawnTrace), layout(next, height), quiet);
    listen("plotly_click", (point) => shown?.onClick?.(point));
    listen("plotly_hover", (point) => shown?.onHover?.(point));
    host.dataset.drawn = String(next.traces.reduce((points, trace) => points + (list(trace.y)?.length ?? 0), 0));
  }

  /**
   * @param {string} name of plotly's event
   * @param {(at?: Point) => void} act
   */
  function listen(name, act) {
    host.removeAllListeners?.(name);
    host.on(name, (/** @type {any} */ event) => act(pointOf(event)));
  }

  host.addEventListener("keydown", (event) => {
    const points = list(shown?.traces[0]?.y)?.length ?? 0;
    const step = { ArrowRight: 1, ArrowLeft: -1, Home: -points, End: points }[event.key];
    if (step && points) {
      event.preventDefault();
      at = Math.min(points - 1, Math.max(0, at + step));
      /** @type {any} */ (window).Plotly?.Fx.hover(host, [{ curveNumber: 0, pointNumber: at }]);
    }
    if (event.key === "Enter" && at >= 0) shown?.onClick?.({ trace: 0, index: at });
  });

  host.picture = async () => {
    const { clientWidth, clientHeight } = host;
    const library = await plotly();
    const address = await library.toImage(host, { format: "svg", width: clientWidth, height: clientHeight });
    return decodeURIComponent(address.replace(/^data:image\/svg\+xml,/, ""));
  };
  return { draw, host };
}
