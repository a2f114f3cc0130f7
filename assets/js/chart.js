// A plain chart (lines, bars, points) drawn by plotly.js, which the server takes from the plotly package; loaded when the first chart is drawn.
import { css, el, rgb, rgbs } from "./dom.js";

let loading = null;
const plotly = () => loading ??= new Promise((done, fail) => {
  const s = el("script", { src: new URL("../lib/plotly.js", import.meta.url).href });
  s.onload = () => done(window.Plotly); s.onerror = () => { loading = null; fail(new Error("plotly.js did not load")); }; document.head.append(s);
});
const colour = (name, alpha) => { const c = name?.startsWith?.("#") ? name : css(name); return alpha === undefined || !css(name) ? c : rgbs(rgb(name), alpha); };

// One trace: {x, y, name, color: a custom property's name, type, mode, dash, width, size, fill, hollow, text, hover, labelled, ...plotly's own}
function trace(t) {
  const { color = "river-deep", alpha, dash, width = 2, size = 7, hollow, hover, labelled, fill, ...own } = t, ink = colour(color, alpha), bar = own.type === "bar";
  const list = (a) => a?.a ? Array.from(a.a) : a?.length === undefined || typeof a === "string" ? a : Array.from(a);
  return {
    mode: "lines", ...own, x: list(own.x), y: list(own.y), showlegend: !!own.name && !labelled && t.legend !== false, hovertemplate: hover ?? "%{y}<extra>" + (own.name ?? "") + "</extra>",
    ...(bar ? { marker: { color: hollow ? "rgba(0,0,0,0)" : ink, line: { color: ink, width: hollow ? 1 : 0 } } } : { line: { color: ink, width, dash, ...own.line }, marker: { color: hollow ? css("surface") : ink, size: list(size), line: { color: ink, width: hollow ? 1.5 : 0 } } }),
    ...(fill ? { fill, fillcolor: colour(color, .14) } : {}),
  };
}
function axis(a = {}, y) {
  const { title, ...own } = a;
  return { gridcolor: css("line"), zerolinecolor: css("line2"), zeroline: own.type !== "log", showline: false, ticks: "", automargin: true, fixedrange: true, tickfont: { size: 11, color: css("ink3") }, exponentformat: "none", separatethousands: true, title: { text: title ?? "", font: { size: 12, color: css("ink2") }, standoff: y ? 8 : 6 }, ...own };
}
// A direct label at a line's last point; plain legends only where lines end together.
const ending = (t) => { const x = t.x?.a ?? t.x, y = t.y?.a ?? t.y, n = y.length - 1; return { x: x[n], y: y[n], text: t.name, xanchor: "left", yanchor: "middle", xshift: 6, showarrow: false, font: { size: 11, color: colour(t.color ?? "river-deep") } }; };
// Marks: {x} or {y}, label, color: a thin line with its name on it.
function mark(m, y) {
  const ink = colour(m.color ?? "ink2"), across = m.y !== undefined;
  return {
    shape: { type: "line", x0: across ? 0 : m.x, x1: across ? 1 : m.x, xref: across ? "paper" : "x", y0: across ? m.y : 0, y1: across ? m.y : 1, yref: across ? "y" : "paper", line: { color: ink, width: 1, dash: m.dash } },
    note: m.label && { x: across ? 1 : y.logX ? Math.log10(m.x) : m.x, xref: across ? "paper" : "x", y: across ? (y.logY ? Math.log10(m.y) : m.y) : 1, yref: across ? "y" : "paper", text: m.label, showarrow: false, xanchor: across ? "right" : "left", yanchor: across ? "bottom" : "top", xshift: across ? 0 : 4, font: { size: 11, color: ink } },
  };
}

// chart(box, {height, label}).draw({traces, x, y, marks, bars, legend, margin, onClick, onHover, layout}); call draw again for new data, theme and size.
export function chart(box, { height = 260, label = "Chart" } = {}) {
  const host = el("div", { class: "figure chart", role: "img", tabindex: 0, "aria-label": label }); host.style.minHeight = height + "px"; box.append(host);
  let spec = null, at = -1, turn = 0;
  const value = (e) => e.points?.[0] && { trace: e.points[0].curveNumber, index: e.points[0].pointIndex, x: e.points[0].x, y: e.points[0].y };
  async function draw(next) {
    spec = next; const mine = ++turn, P = await plotly(); if (mine !== turn || !host.isConnected) return;
    const logs = { logX: spec.x?.type === "log", logY: spec.y?.type === "log" }, marks = (spec.marks ?? []).map((m) => mark(m, logs));
    const ends = spec.traces.filter((t) => t.labelled && (t.y?.a ?? t.y).length).map(ending).map((e) => ({ ...e, x: logs.logX ? Math.log10(e.x) : e.x, y: logs.logY ? Math.log10(e.y) : e.y }));
    await P.react(host, spec.traces.map(trace), {
      height: spec.height ?? height, autosize: true, margin: { l: 48, r: ends.length ? 92 : 14, t: marks.length ? 18 : 10, b: 40, ...spec.margin }, paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)", barmode: spec.bars ?? "group", bargap: .28, dragmode: false,
      font: { family: css("sans"), size: 11, color: css("ink2") }, hovermode: spec.hovermode ?? "closest", hoverlabel: { bgcolor: css("surface"), bordercolor: css("line2"), font: { family: css("sans"), size: 12, color: css("ink") } },
      xaxis: axis(spec.x), yaxis: axis(spec.y, true), shapes: marks.map((m) => m.shape), annotations: [...marks.map((m) => m.note).filter(Boolean), ...ends], legend: { orientation: "h", x: 0, y: 1.02, yanchor: "bottom", font: { size: 12, color: css("ink2") } }, ...spec.layout,
    }, { displayModeBar: false, responsive: false });
    host.removeAllListeners?.("plotly_click"); host.removeAllListeners?.("plotly_hover");
    host.on("plotly_click", (e) => spec.onClick?.(value(e))); host.on("plotly_hover", (e) => spec.onHover?.(value(e)));
    host.dataset.drawn = String(spec.traces.reduce((n, t) => n + ((t.y?.a ?? t.y)?.length ?? 0), 0));
  }
  host.addEventListener("keydown", (e) => { // arrows walk the first trace's points, Enter chooses
    const n = (spec?.traces[0]?.y?.a ?? spec?.traces[0]?.y)?.length ?? 0, d = { ArrowRight: 1, ArrowLeft: -1, Home: -n, End: n }[e.key];
    if (d && n) { e.preventDefault(); at = Math.min(n - 1, Math.max(0, at + d)); window.Plotly?.Fx.hover(host, [{ curveNumber: 0, pointNumber: at }]); }
    if (e.key === "Enter" && at >= 0) spec.onClick?.({ trace: 0, index: at });
  });
  host.picture = async () => decodeURIComponent((await window.Plotly.toImage(host, { format: "svg", width: host.clientWidth, height: host.clientHeight })).replace(/^data:image\/svg\+xml,/, ""));
  return { draw, host };
}
