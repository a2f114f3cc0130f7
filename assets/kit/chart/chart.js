// @ts-check
/**
 * Lines, bars and points drawn by plotly.js, which the server takes from the plotly package: it is loaded with the
 * first chart. Charts follow light and dark; left and right walk the points of a trace, up and down lead to another
 * one.
 *
 * @import { Chart, Point } from "./chart_layout"
 *
 * @typedef {HTMLElement & { on: Function, removeAllListeners?: Function, picture?: () => Promise<string> }} Host
 */

import { asset } from "../asset.js";
import { css } from "../colour/theme.js";
import { alike } from "../runs/alike.js";
import { itsTurn } from "../turn.js";
import { layout } from "./chart_layout.js";
import { drawnTrace, list } from "./chart_trace.js";

/** @type {Promise<any> | null} */
let loading = null;

function plotly() {
  loading ??= new Promise((done, fail) => {
    const script = document.createElement("script");
    script.src = asset("lib/plotly.js").href;
    script.onload = () => done(/** @type {any} */ (window).Plotly);
    script.onerror = () => {
      loading = null;
      fail(new Error("The chart library did not load"));
    };
    document.head.append(script);
  });
  return loading;
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
 * Where a key leads from a point: to its neighbour, or to the same place of the next trace.
 * @param {Point} at
 * @param {string} key
 * @param {number[]} lengths points of each trace
 * @returns {Point | null}
 */
function walked({ trace, index }, key, lengths) {
  const turn = { ArrowDown: 1, ArrowUp: -1 }[key] ?? 0;
  const to = (trace + turn + lengths.length) % lengths.length;
  const points = lengths[to] ?? 0;
  const step = { ArrowRight: 1, ArrowLeft: -1, Home: -points, End: points }[key] ?? 0;
  if (!points || !(step || (turn && lengths.length > 1))) return null;
  return { trace: to, index: Math.min(points - 1, Math.max(0, index + step)) };
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
  host.dataset.waits = "Loading the chart library";
  box.append(host);
  /** @type {Chart | null} */
  let shown = null;
  let turn = 0;
  /** @type {Point} */
  let at = { trace: 0, index: -1 };
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
    const library = await plotly().catch((/** @type {Error} */ error) => {
      host.dataset.waits = `${error.message}: open the view again`;
    });
    if (!library || mine !== turn || !host.isConnected) return;
    if (!drawn) await itsTurn(host);
    if (mine !== turn || !host.isConnected) return;
    const wanted = { next, theme: css("surface"), width: host.clientWidth };
    if (steady && alike(drawn, wanted)) return;
    drawn = wanted;
    const quiet = { displayModeBar: false, responsive: false };
    await library.react(host, next.traces.map(drawnTrace), layout(next, height), quiet);
    delete host.dataset.waits;
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
    const traces = shown?.traces ?? [];
    const next = walked(
      at,
      event.key,
      traces.map((trace) => list(trace.y)?.length ?? 0),
    );
    if (next) {
      event.preventDefault();
      at = next;
      if (host.dataset.drawn)
        /** @type {any} */ (window).Plotly.Fx.hover(host, [{ curveNumber: at.trace, pointNumber: at.index }]);
    }
    const [x, y] = [list(traces[at.trace]?.x), list(traces[at.trace]?.y)];
    if (event.key === "Enter" && at.index >= 0) shown?.onClick?.({ ...at, x: x?.[at.index], y: y?.[at.index] });
  });

  host.picture = async () => {
    const { clientWidth, clientHeight } = host;
    const library = await plotly();
    const address = await library.toImage(host, { format: "svg", width: clientWidth, height: clientHeight });
    return decodeURIComponent(address.replace(/^data:image\/svg\+xml,/, ""));
  };
  return { draw, host };
}
