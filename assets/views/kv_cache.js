// KV cache: what a step writes and reads, bytes and time, and what is lost when the cache is made smaller.
import { chart } from "../kit/chart.js";
import { big, canvas2, css, cut, el, mix, pc, rgb, rgbs, segmented, sv, svgToken, tip, tokenEl, tokenText } from "../js/dom.js";
import { baseNote } from "./unmodified.js";

const LOOK = { full: { color: "ink" }, int8: { dash: "dot" }, int4: { dash: "dashdot" }, window: {}, heavy: { dash: "dash" } };
const NAME = { full: "full", int8: "8-bit", int4: "4-bit", window: "window", heavy: "heavy hitters" };
const megabytes = (b) => b >= 1e5 ? (b / 1e6).toFixed(2) + " MB" : (b / 1e3).toFixed(1) + " kB";
const mean = (a) => a.reduce((x, y) => x + y, 0) / a.length;
const small = (v) => v === 0 ? "0" : v < 1e-4 ? v.toExponential(0).replace("e-", "e−") : v.toPrecision(2);
const span = (t) => `${t.low.toFixed(0)} to ${t.high.toFixed(0)}`, three = (v) => v >= 99.5 ? v.toFixed(0) : v >= 9.95 ? v.toFixed(1) : v.toFixed(2);
const bold = (t, cls) => el("b", { text: t, class: cls });

// What was measured of the policies: arrives after the first picture, and says which cells were dropped.
const measured = (ctx) => ctx.store.payload(ctx.panel.name, ctx.panel.views.find((v) => v.name === "policies"))?.data;
const chosen = (ctx) => { const m = measured(ctx), want = ctx.controls.policy ?? "heavy"; return m?.policies.find((p) => p.name === want) ?? m?.policies.at(-1) ?? null; };
// Step 0 is the prompt; a position inside it has no step of its own: there all policies hold everything.
// So is one that has not been measured yet.
const stepAt = (d, position) => { const s = Math.max(-1, position - d.start + 1); return d.policies && s >= d.policies[0].bytes.length ? -1 : s; };
function holder(d, p, step) { // (layer, kv head, position) -> bit
  if (!d || !p || step < 0) return () => true;
  const T = p.held.shape[1], row = p.held.a.subarray(step * T, (step + 1) * T), n = d.n, KV = d.n_kv_heads;
  return (l, h, at) => { const i = (l * KV + h) * n + at; return row[i >> 3] >> (7 - (i & 7)) & 1; };
}
function shareOf(d, p, step, at) { const has = holder(d, p, step); let n = 0; for (let l = 0; l < d.n_layers; l++) for (let h = 0; h < d.n_kv_heads; h++) n += has(l, h, at) ? 1 : 0; return n / (d.n_layers * d.n_kv_heads); }

// ---- the blocks ------------------------------------------------------------------------------------------------------------------
function createBlocks(body, ctx) {
  let d = null, geo = null;
  const c = el("canvas", { tabindex: 0, role: "application" }), box = el("div", { class: "figure" }), bar = el("div", { class: "bar" }), said = el("p", { class: "readout" }), base = baseNote(ctx), formula = el("p", { class: "hint mono kvformula" }), seg = el("div");
  const swatch = (style, text) => el("span", {}, el("i", { class: "sw", style }), text), codes = swatch("height:6px;background:color-mix(in srgb,var(--river) 60%,var(--surface))", "held as codes");
  bar.append(seg, el("div", { class: "legend" }, swatch("background:color-mix(in srgb,var(--river) 50%,var(--surface))", "stored"), el("span", {}, el("i", { class: "ramp kvramp" }), "read, √weight"), swatch("background:var(--prob)", "written now"), codes, el("span", {}, el("i", { class: "kvdash" }), "evicted")));
  body.append(bar, said, base, box, formula);

  const policy = () => { const p = chosen(ctx); return p?.name === "full" ? null : p; }; // the full cache until the others are measured
  function controls() {
    const m = measured(ctx), list = m ? m.policies : [{ name: "full", label: "Full" }];
    seg.replaceChildren(segmented("Policy", list.map((p) => [p.name, p.label]), () => policy()?.name ?? "full", (k) => ctx.control("policy", k)), m ? "" : el("span", { class: "muted", text: "  other policies are being measured below" }));
  }
  function draw() {
    const here = d.position, n = here + 1, N = ctx.run.ids.length, { n_layers: L, n_kv_heads: KV } = d, m = measured(ctx), p = policy(), step = m ? stepAt(m, here) : -1, has = holder(m && { ...m, n: N }, p, step), packed = p && step >= 0 ? p.codes[step] : 0;
    const W = Math.floor(box.clientWidth) || 320, wide = W >= 720, gap = wide ? 12 : 10, x0 = wide ? 84 : 66, top = wide ? 4 : 32;
    const rh = wide ? Math.max(2.5, Math.min(12, 405 / (L * KV))) : Math.max(2, Math.min(14, 760 / N)), bh = wide ? L * rh : N * rh, cw = wide ? (W - x0 - 4) / N : (W - x0 - gap * (KV - 1)) / (L * KV), H = wide ? top + KV * bh + (KV - 1) * gap + 4 : top + bh + 4;
    const g = canvas2(c, W, H), X = (l, h, at) => wide ? x0 + at * cw : x0 + h * (L * cw + gap) + l * cw, Y = (l, h, at) => wide ? top + h * (bh + gap) + l * rh : top + at * rh, w = cw - (cw > 6 ? 1 : cw > 2 ? .35 : 0), hh = rh - (rh > 3 ? .7 : .2);
    geo = { W, wide, gap, x0, top, rh, bh, cw, L, KV, N, n };
    const pale = mix(rgb("surface"), rgb("river"), .5), ink = rgb("ink"), now = rgb("prob"), line = rgb("line2");
    for (let h = 0; h < KV; h++) for (let l = 0; l < L; l++) for (let at = 0; at < N; at++) {
      const x = X(l, h, at), y = Y(l, h, at);
      if (at >= n) { if (wide && cw > 4) { g.fillStyle = rgbs(line, .5); g.fillRect(x + w / 2, y + hh / 2, 1, 1); } continue; }
      if (!has(l, h, at)) { g.fillStyle = rgbs(line, .8); g.fillRect(x + (wide && cw > 6 ? 2 : 0), y + hh / 2 - .4, Math.max(.6, w - (wide && cw > 6 ? 4 : 0)), .8); continue; }
      const read = Math.sqrt(d.read.a[(l * KV + h) * n + at] / 255), tall = at < packed ? hh * .5 : hh; // a code takes less room
      g.fillStyle = rgbs(at === here ? now : mix(pale, ink, read)); g.fillRect(x, y + (hh - tall) / 2, w, tall);
    }
    g.font = "600 12px Inter, sans-serif"; g.textBaseline = "alphabetic";
    for (let h = 0; h < KV; h++) {
      g.textAlign = "left"; g.fillStyle = css("ink"); g.font = "600 12px Inter, sans-serif";
      if (wide && bh < 30) { if (h % Math.ceil(16 / (bh + gap)) === 0) g.fillText("kv head " + h, 0, top + h * (bh + gap) + 10); continue; }
      g.fillText(wide || KV < 5 ? "kv head " + h : String(h), wide ? 0 : X(0, h, 0), wide ? top + h * (bh + gap) + 11 : 11);
      g.font = "11px Inter, sans-serif"; g.fillStyle = css("ink3");
      if (wide) { g.textAlign = "right"; g.fillText("block 0", x0 - 8, top + h * (bh + gap) + 26); if (bh > 44) g.fillText(String(L - 1), x0 - 8, top + h * (bh + gap) + bh); } else if (KV < 4) g.fillText(`block 0 to ${L - 1}`, X(0, h, 0), 26);
    }
    if (!wide) { // every other token, the selected one always
      g.font = '500 11px "JetBrains Mono", monospace'; g.textAlign = "right"; const every = Math.ceil(13 / rh);
      for (let at = 0; at < N; at++) if ((here - at) % every === 0) { g.fillStyle = css(at === here ? "prob" : at > here ? "ink3" : "ink2"); g.globalAlpha = at > here ? .6 : 1; g.fillText(cut(tokenText(ctx.run.ids[at]), 8), x0 - 6, Y(0, 0, at) + rh / 2 + 4); g.globalAlpha = 1; }
    }
    c.setAttribute("aria-label", `Cache of ${n} positions in ${L} blocks and ${KV} kv heads, policy ${p?.label ?? "Full"}; left and right move a step`);
    box.replaceChildren(c); if (wide) below(W, p, step, m);
    const per = d.bytes[0], held = p && step >= 0 ? p.bytes[step] : d.bytes[here];
    said.replaceChildren("Position ", bold(String(here)), " writes ", tokenEl(ctx.run.ids[here], "mono tokword kvnow"), `, ${big(per)} bytes in full precision; the cache now holds `, bold(big(held)), ...(held < d.bytes[here] ? [` of ${big(d.bytes[here])} bytes, `, bold(pc(held / d.bytes[here]))] : [" bytes"]), m && p && p.name !== "full" && step < 0 ? here < m.start - 1 ? `. The prompt is read whole: policies act from position ${m.start - 1} on` : ". This step is still being measured" : "");
    formula.textContent = `full: 2 · L ${L} · H_kv ${KV} · d ${d.d_head} · T ${n} · 4 bytes + T · 8 = ${big(d.formula[here])}` + (d.n_heads > KV ? `; with ${d.n_heads} kv heads instead of ${KV}: ${big((d.formula[here] - 8 * n) * d.n_heads / KV + 8 * n)}` : "");
    codes.hidden = !packed;
    const o = d.base; base.say(o, ...(o ? ["The unmodified run holds as many bytes. It reads the cache otherwise most at ", bold(`block ${o.layer}, kv head ${o.head}`), ", ", tokenEl(ctx.run.ids[o.at]), ` at position ${o.at}: ${o.before.toFixed(3)}, now `, bold(o.now.toFixed(3)), "."] : []));
  }
  function below(W, p, step, m) { // the tokens under their columns, and the bytes held after each
    const { x0, cw, N, n } = geo, here = d.position, top = 62, bars = 46, s = sv("svg", { class: "fig", viewBox: `0 0 ${W} ${top + bars + 4}`, height: top + bars + 4, "aria-hidden": "true" }, box), every = Math.ceil(12 / cw);
    for (let at = 0; at < N; at++) {
      if ((here - at) % every === 0) svgToken(s, 0, 0, ctx.run.ids[at], { transform: `translate(${x0 + at * cw + cw / 2 - 4} 3) rotate(90)`, style: at === here ? "fill:var(--prob);font-weight:700" : at > here ? "fill:var(--ink3);opacity:.7" : m && p && step >= 0 && shareOf({ ...m, n: N }, p, step, at) === 0 ? "fill:var(--ink3);text-decoration:line-through" : "" }, 8);
      const k = m && p ? stepAt(m, at) : -1, b = k >= 0 ? p.bytes[k] : d.bytes[at], most = d.bytes[N - 1], f = d.formula[at] / most * bars, v = b / most * bars;
      if (at < n) { sv("rect", { x: x0 + at * cw, y: top + bars - f, width: Math.max(1, cw - 1), height: f, fill: "var(--line)" }, s); sv("rect", { x: x0 + at * cw, y: top + bars - v, width: Math.max(1, cw - 1), height: v, fill: at === here ? "var(--prob)" : "var(--river)" }, s); } else sv("rect", { x: x0 + at * cw, y: top + bars - 1, width: Math.max(1, cw - 1), height: 1, fill: "var(--line)" }, s);
    }
    sv("text", { x: x0 - 8, y: top + bars - 14, "text-anchor": "end", class: "ink b" }, s, "bytes held"); sv("text", { x: x0 - 8, y: top + bars, "text-anchor": "end", class: "dim" }, s, "pale: full");
  }
  const pick = (e) => {
    const b = c.getBoundingClientRect(), x = e.clientX - b.left, y = e.clientY - b.top, q = geo; let l, h, at;
    if (q.wide) { at = Math.floor((x - q.x0) / q.cw); h = Math.floor((y - q.top) / (q.bh + q.gap)); l = Math.floor((y - q.top - h * (q.bh + q.gap)) / q.rh); } else { at = Math.floor((y - q.top) / q.rh); h = Math.floor((x - q.x0) / (q.L * q.cw + q.gap)); l = Math.floor((x - q.x0 - h * (q.L * q.cw + q.gap)) / q.cw); }
    return at < 0 || at >= q.N || h < 0 || h >= q.KV || l < 0 || l >= q.L ? null : { l, h, at };
  };
  c.addEventListener("pointermove", (e) => {
    const q = pick(e); if (!q) return tip.hide();
    const m = measured(ctx), p = policy(), step = m ? stepAt(m, d.position) : -1, there = q.at < geo.n, holds = there && holder(m && { ...m, n: geo.N }, p, step)(q.l, q.h, q.at), coded = p && step >= 0 && q.at < p.codes[step];
    tip.show(e.clientX, e.clientY, `Block ${q.l}, kv head ${q.h}, position ${q.at}`, [["token", tokenText(ctx.run.ids[q.at])], ["here", !there ? "not written yet" : !holds ? "evicted" : q.at === d.position ? "written now" : coded ? "held as codes" : "stored"], ...(there ? [["read in this run", "≈ " + (d.read.a[(q.l * geo.KV + q.h) * geo.n + q.at] / 255).toFixed(3)], ...(d.base ? [["in the unmodified run", "≈ " + (d.base.read.a[(q.l * geo.KV + q.h) * geo.n + q.at] / 255).toFixed(3)]] : [])] : [])]);
  });
  c.addEventListener("pointerleave", tip.hide); c.addEventListener("click", (e) => { const q = pick(e); if (q) ctx.set({ position: q.at }); });
  c.addEventListener("keydown", (e) => { const by = { ArrowRight: 1, ArrowLeft: -1, Home: -1e6, End: 1e6 }[e.key]; if (by) { e.preventDefault(); ctx.set({ position: Math.min(geo.N - 1, Math.max(0, d.position + by)) }); c.focus(); } });
  return { draw(data) { d = data; controls(); draw(); }, exportData: () => ({ ...d, policy: policy()?.name ?? "full" }) };
}

// ---- charts over the steps -------------------------------------------------------------------------------------------------------
const HEIGHT = 236, PLOT = HEIGHT - 50; // less the chart's margins
const ticks = (d, n) => { const every = Math.max(1, Math.ceil(n / 6)), at = Array.from({ length: n + 1 }, (_, i) => i).filter((i) => i % every === 0); return { tickvals: at, ticktext: at.map((i) => i === 0 ? "prompt" : String(d.start + i - 1)), range: [-.3, n + .3], title: "position fed" }; };
// Names at the lines' ends, moved apart where they would touch.
function endings(lines, [low, high], log) {
  const place = (v) => { const f = log ? Math.log10 : (t) => t; return (f(Math.min(high, Math.max(low, v))) - f(low)) / (f(high) - f(low)) * PLOT; };
  const all = lines.filter((t) => t.label).map((t) => ({ t, at: place(t.y.at(-1)) })).sort((a, b) => a.at - b.at); let last = -99;
  for (const each of all) { each.to = Math.max(each.at, last + 14); last = each.to; }
  let room = PLOT; // what was pushed out at the top comes down again
  for (const each of all.toReversed()) { each.to = Math.min(each.to, room); room = each.to - 14; }
  return all.map(({ t, at, to }) => ({ x: t.x.at(-1), y: log ? Math.log10(Math.max(low, t.y.at(-1))) : t.y.at(-1), text: t.label, xanchor: "left", yanchor: "middle", xshift: 7, yshift: to - at, showarrow: false, font: { size: 11, color: css(t.color ?? "river-deep") } }));
}
const here = (ctx, d, n) => { const s = stepAt(d, ctx.store.focus.position); return s >= 0 && s <= n ? [{ x: s, color: "prob" }] : []; };
const stepTo = (ctx, d) => (v) => v && ctx.set({ position: Math.round(v.x ?? v.index) + d.start - 1 });

function createGrowth(body, ctx) {
  let d = null;
  const left = el("div"), right = el("div"), formula = el("p", { class: "hint mono kvformula" }), said = el("p", { class: "hint" }), times = el("p", { class: "hint" });
  left.append(el("h3", { class: "sub3" }, "Bytes held ", el("small", { text: "MB" }))); right.append(el("h3", { class: "sub3" }, "Time a step ", el("small", { class: "kvunits" })));
  body.append(el("div", { class: "kvcharts" }, left, right));
  const bytes = chart(left, { height: HEIGHT, label: "Bytes held after each step, formula and measurement" }), time = chart(right, { height: HEIGHT, label: "Milliseconds of each step, with and without a cache" });
  left.append(formula, said); right.append(times);
  function draw() {
    const n = d.n_steps, done = d.bytes.length - 1, m = measured(ctx), same = m && m.start === d.start, x = Array.from(d.bytes, (_, i) => i), mb = (a) => a.map((v) => v / 1e6), p = chosen(ctx);
    const lines = [{ x, y: mb(d.formula), color: "line2", width: 8, hover: "formula: %{y:.3f} MB<extra></extra>", legend: false }, { x, y: mb(d.bytes), color: "ink", label: "full", hover: "measured: %{y:.3f} MB<extra></extra>", legend: false }];
    if (same) for (const q of m.policies.slice(1)) { const on = q.name === p?.name; lines.push({ x, y: mb(q.bytes), ...LOOK[q.name], color: on ? "prob" : "river-deep", width: on ? 2.2 : 1.5, label: NAME[q.name], hover: q.label + ": %{y:.3f} MB<extra></extra>", legend: false }); }
    const top = Math.max(...lines[0].y) * 1.06;
    bytes.draw({ traces: lines, x: ticks(d, n), y: { range: [0, top], nticks: 5 }, marks: here(ctx, d, n), margin: { r: 86 }, onClick: stepTo(ctx, d), layout: { annotations: endings(lines, [0, top], false) } });
    const s = Math.min(done, Math.max(0, stepAt(d, ctx.store.focus.position))), T = d.start + s;
    formula.textContent = `2 · L ${d.n_layers} · H_kv ${d.n_kv_heads} · d ${d.d_head} · T ${T} · 4 bytes + T · 8 = ${big(d.formula[s])}`;
    said.textContent = `Written into the tensors: ${big(d.bytes[s])} bytes. Their room was filled with NaN before, and what is a number now was written. The wide pale line is the formula, the line on it what was counted.` + (same ? "" : " The policies' lines come when they are measured.");
    const whiskers = (list, color) => ({ type: "data", symmetric: false, array: list.map((t) => t.high - t.ms), arrayminus: list.map((t) => t.ms - t.low), thickness: 1, width: 2, color: css(color) }), mid = (list) => list.map((t) => t.ms);
    const cached = { x: d.steps.map((_, i) => i + 1), y: mid(d.steps), color: "ink", label: "cached", error_y: whiskers(d.steps, "ink"), customdata: d.steps.map(span), hover: "%{y:.0f} ms (%{customdata})<extra>cached</extra>", legend: false }, none = { x: d.uncached_at.map((at) => at - d.start + 1), y: mid(d.uncached), color: "river-deep", mode: "lines+markers", width: 1.5, label: d.uncached.length ? "no cache" : "", error_y: whiskers(d.uncached, "river-deep"), customdata: d.uncached.map(span), hover: "%{y:.0f} ms (%{customdata})<extra>no cache</extra>", legend: false }, all = Math.max(...[...d.steps, ...d.uncached, d.prefill].map((t) => t.high)) * 1.12;
    time.draw({ traces: [none, cached, { x: [0], y: [d.prefill.ms], mode: "markers", color: "ink", size: 9, hover: "%{y:.0f} ms<extra>prompt</extra>", legend: false }], x: ticks(d, n), y: { range: [0, all], nticks: 5 }, marks: here(ctx, d, n), margin: { r: 62 }, onClick: stepTo(ctx, d), layout: { annotations: [...endings([cached, none].filter((t) => t.y.length), [0, all], false), { x: 0, y: d.prefill.ms, text: `prompt ${d.prefill.ms.toFixed(0)} ms`, xanchor: "left", yanchor: "bottom", xshift: 4, yshift: 5, showarrow: false, font: { size: 11, color: css("ink") } }] } });
    right.querySelector(".kvunits").textContent = `ms, ${d.threads} ${d.threads === 1 ? "thread" : "threads"}, ` + (d.rounds < 2 ? `round 1 of ${d.of_rounds}` : `medians of ${d.rounds} rounds${d.rounds < d.of_rounds ? ` of ${d.of_rounds} so far` : ""}, whiskers: half of them`);
    times.textContent = d.rounds < d.of_rounds ? `${d.rounds} of ${d.of_rounds} rounds are measured.` : words(d);
  }
  // Said where the rounds agree; where they do not, the machine was busy.
  function words(d) {
    const each = d.prefill.ms / d.start, last = d.steps.at(-1), share = `of the bytes that the last step reads, ${pc(d.cache_share)} are cache, all else is weights`;
    const grown = !d.later ? "" : d.later.clear && d.later.median > 1 ? `A step of the later half took ${three(d.later.median)} times as long as one of the earlier half (${three(d.later.low)} to ${three(d.later.high)}): ${share}. ` : d.later.clear ? `Steps of the later half took no longer than those of the earlier: ${share}. ` : `Whether later steps took longer is lost in the noise (${three(d.later.low)} to ${three(d.later.high)} times): ${share}. `;
    const saved = d.saved.clear && d.saved.median > 1 ? `Without a cache the last step takes ${d.uncached.at(-1).ms.toFixed(0)} ms, ${three(d.saved.median)} times as long (${three(d.saved.low)} to ${three(d.saved.high)}).` : `Without a cache the last step takes ${d.uncached.at(-1).ms.toFixed(0)} ms: on this text a cache saves nothing that shows above the noise.`;
    return `The prompt takes ${each.toFixed(1)} ms a token, the last step ${last.ms.toFixed(0)} ms (${span(last)}). ${grown}${saved}`;
  }
  return { draw(data) { d = data; draw(); }, exportData: () => d };
}

// ---- the policies ----------------------------------------------------------------------------------------------------------------
const FLOOR = 1e-7;
function createPolicies(body, ctx) {
  let d = null;
  const left = el("div"), right = el("div"), hint = el("p", { class: "hint" }), table = el("div", { class: "scroll" }), note = el("p", { class: "hint kvnote" }), held = el("div", { class: "kvheld" });
  const out = el("output"), slider = el("input", { type: "range", min: 2, step: 1, "aria-label": "Budget in tokens", on: { input: () => { out.textContent = slider.value; }, change: () => ctx.control("budget", +slider.value) } });
  body.append(el("div", { class: "bar" }, el("label", { class: "slide kvbudget" }, "Budget, tokens", slider, out), el("p", { class: "hint", text: "for the window and the heavy hitters; codes keep every token" })), el("div", { class: "kvcharts" }, left, right), held);
  left.append(el("h3", { class: "sub3" }, "KL to the full cache ", el("small", { text: "nats, log scale" }))); right.append(el("h3", { class: "sub3", text: "Over all steps" }), table, note);
  const kl = chart(left, { height: HEIGHT + 26, label: "KL divergence from the full cache at each step" }); left.append(hint);
  const choose = (name) => ctx.control("policy", name);
  function rows(step) {
    const n = d.policies[0].kl.length, full = d.policies[0], p = chosen(ctx), at = step > 0, narrow = right.clientWidth < 640, phone = right.clientWidth < 400;
    const heads = ["Policy", phone ? null : narrow ? "B/number" : "bytes a number", narrow ? "at end" : "bytes at end", phone ? null : "of full", narrow ? "ms" : "ms, half of them", "mean KL", narrow ? "same" : "same top", at ? (narrow ? "says" : `says after ${d.start + step - 1}`) : null].filter(Boolean);
    const body = el("tbody"), same = (q) => q.top.filter((t, i) => t === full.top[i]).length;
    for (const q of d.policies) {
      const on = q.name === p?.name, tr = el("tr", { class: "kvpick" + (on ? " on" : "") }, el("td", {}, el("button", { type: "button", class: "kvname", "aria-pressed": String(on), text: q.label, on: { click: () => choose(q.name) } })), ...[phone ? null : q.bytes_each.toFixed(2), narrow ? megabytes(q.bytes.at(-1)) : big(q.bytes.at(-1)), phone ? null : pc(q.bytes.at(-1) / full.bytes.at(-1)), narrow ? q.ms.ms.toFixed(0) : `${q.ms.ms.toFixed(0)}, ${span(q.ms)}`, q === full ? "0" : small(mean(q.kl)), `${same(q)} of ${n}`].filter((t) => t !== null).map((t) => el("td", { class: "r", text: t })));
      if (at) tr.append(el("td", { class: "r" }, tokenEl(q.top[step - 1], "mono tokword" + (q.top[step - 1] !== full.top[step - 1] ? " kvother" : ""))));
      tr.addEventListener("click", (e) => { if (!e.target.closest("button")) choose(q.name); }); body.append(tr);
    }
    const focused = table.contains(document.activeElement);
    table.replaceChildren(el("table", { class: "plain" }, el("thead", {}, el("tr", {}, ...heads.map((h, i) => el("th", { scope: "col", class: i ? "r" : "", text: h })))), body));
    if (focused) table.querySelector("[aria-pressed=true]")?.focus({ preventScroll: true });
    const w = d.policies.find((q) => q.name === "window"), hh = d.policies.find((q) => q.name === "heavy");
    note.textContent = [d.evicts && w && hh ? `With ${d.budget} tokens each, the window keeps the top token in ${same(w)} of ${n} steps, heavy hitters in ${same(hh)}. One run, one text.` : "", d.evicts ? "" : "The budget holds the whole text: nothing is evicted. Make it smaller.", d.absent, `Codes: groups of ${d.group} tokens or channels that share a 16-bit scale and zero, which is why 4 bits take ${d.policies[2].bytes_each.toFixed(2)} bytes a number here; the memory calculator’s 4-bit format, groups of 32 with a scale alone, takes ${d.q4_bytes_each}. The newest ${d.residual} to ${d.residual + d.group - 1} tokens stay in full precision, 4 bytes.`, n < d.n_steps ? `${n} of ${d.n_steps} steps so far.` : slower()].filter(Boolean).join(" ");
  }
  function slower() { // than the full cache, where the steps agree
    const late = d.policies.slice(1).filter((q) => q.slower?.clear && q.slower.median > 1), busy = d.policies.slice(1).filter((q) => q.slower && !q.slower.clear), list = (a, f) => a.map(f).join(", ");
    return (late.length ? `A step takes longer than with the full cache: ${list(late, (q) => `${NAME[q.name]} ${three(q.slower.median)} times`)}; unpacking, and the attention that heavy hitters need to see, are not fused. ` : "") + (busy.length ? `No clear difference in time: ${list(busy, (q) => NAME[q.name])}.` : "");
  }
  function holds(step) {
    const p = chosen(ctx), n = ctx.run.ids.length, at = ctx.store.focus.position, k = Math.max(0, step), seen = d.start + k, dd = { ...d, n }; let gone = 0, part = 0;
    const chips = el("div", { class: "evict", role: "list" });
    for (let i = 0; i < n; i++) {
      const share = i < seen ? shareOf(dd, p, k, i) : 1, coded = i < p.codes[k], t = tokenEl(ctx.run.ids[i], "tok" + (i >= seen ? " future" : i === seen - 1 && k > 0 ? " now" : share === 0 ? " gone" : coded ? " coded" : ""));
      t.style.setProperty("--kept", share); t.setAttribute("role", "listitem"); const words = i >= seen ? "not fed yet" : share === 0 ? "evicted everywhere" : share < 1 ? `kept in ${Math.round(share * d.n_layers * d.n_kv_heads)} of ${d.n_layers * d.n_kv_heads} caches` : coded ? "held as codes" : "held";
      t.setAttribute("aria-label", `${tokenText(ctx.run.ids[i])}, position ${i}: ${words}`); t.addEventListener("pointerenter", (e) => tip.show(e.clientX, e.clientY, `Position ${i}`, [["", words]])); t.addEventListener("pointerleave", tip.hide); t.addEventListener("click", () => ctx.set({ position: i }));
      if (i < seen && share === 0) gone++; else if (i < seen && share < 1) part++; chips.append(t);
    }
    const coded = p.codes[k], all = d.n_layers * d.n_kv_heads, words = [gone ? `${gone} gone everywhere` : "", part ? `${part} kept by some of the ${all} caches, blocks × kv heads (bar: share)` : "", coded ? `${coded} as codes, ${seen - coded} in full precision` : ""].filter(Boolean).join(", ");
    held.replaceChildren(el("h3", { class: "sub3" }, `What ${p.label.toLowerCase()} holds ${k ? `after position ${seen - 1}` : `after the ${d.start} tokens read at once`} `, el("small", { text: words || "everything" }), at < d.start - 1 ? el("small", { text: "; choose a later position for a later step" }) : ""), chips);
  }
  function draw() {
    const n = d.n_steps, done = d.policies[0].kl.length, step = stepAt(d, ctx.store.focus.position), p = chosen(ctx), x = Array.from({ length: done }, (_, i) => i + 1);
    slider.max = ctx.run.ids.length; if (document.activeElement !== slider) { slider.value = d.budget; out.textContent = d.budget; }
    const lines = d.policies.slice(1).map((q) => { const on = q.name === p?.name; return { x, y: q.kl.map((v) => Math.max(FLOOR, v)), ...LOOK[q.name], color: on ? "prob" : "river-deep", width: on ? 2.2 : 1.5, label: NAME[q.name], customdata: q.kl, hover: `%{customdata:.2e} nats<extra>${q.label}</extra>`, legend: false }; });
    const high = Math.max(1, ...lines.flatMap((l) => l.y)) * 2;
    kl.draw({ traces: lines, x: ticks(d, n), y: { type: "log", range: [Math.log10(FLOOR) - .1, Math.log10(high)], tickvals: [1e-6, 1e-4, .01, 1], ticktext: ["1e−6", "1e−4", ".01", "1"] }, marks: here(ctx, d, n), margin: { r: 84 }, onClick: stepTo(ctx, d), layout: { annotations: endings(lines, [FLOOR * .8, high], true) } });
    hint.textContent = `Every policy is fed the run's own tokens. Below 1e−7 is drawn at the edge. ${d.start} tokens are read at once, then one by one.`;
    rows(step); holds(step);
  }
  return { draw(data) { d = data; draw(); }, exportData: () => d };
}

export const views = { blocks: { create: createBlocks }, growth: { create: createGrowth }, policies: { create: createPolicies } };
