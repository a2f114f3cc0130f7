// Prefill and decode: the passes of a real generation on one time axis, and passes of many sizes under the measured roof.
import { chart } from "../kit/chart.js";
import { big, css, cut, el, nice, sv, svgToken, tip, tokenText } from "../js/dom.js";

const ms = (v) => v >= 9995 ? (v / 1e3).toFixed(1) + " s" : v >= 999.5 ? (v / 1e3).toFixed(2) + " s" : v >= 99.5 ? v.toFixed(0) + " ms" : v >= 9.95 ? v.toFixed(1) + " ms" : v.toFixed(2) + " ms";
const giga = (v) => v >= 99.5e9 ? (v / 1e9).toFixed(0) : v >= 9.95e9 ? (v / 1e9).toFixed(1) : (v / 1e9).toFixed(2);
const ops = (v) => v >= 9.95e7 ? giga(v) + " GFLOP" : (v / 1e6).toFixed(v >= 9.95e6 ? 0 : 1) + " MFLOP";
const size = (b) => b >= 999.5e6 ? (b / 1e9).toFixed(2) + " GB" : b >= 9.95e6 ? (b / 1e6).toFixed(0) + " MB" : b >= 1e6 ? (b / 1e6).toFixed(1) + " MB" : (b / 1e3).toFixed(0) + " kB";
const three = (v) => v >= 99.5 ? v.toFixed(0) : v >= 9.95 ? v.toFixed(1) : v.toFixed(2);
const median = (a) => { const s = [...a].sort((x, y) => x - y), n = s.length; return n % 2 ? s[n >> 1] : (s[n / 2 - 1] + s[n / 2]) / 2; };
const bold = (t) => el("b", { text: t });
const spread = (p, by = 1) => `${ms(p.low / by)} to ${ms(p.high / by)}`; // the middle half of the rounds
const flops = (p) => p.flops / (p.ms / 1e3), bytes = (p) => p.bytes / (p.ms / 1e3);

// Of a mixture: how many experts of a layer at least one of the tokens takes, if they choose evenly.
const experts = (d, p) => { const v = d.n_experts * (1 - (1 - d.k / d.n_experts) ** (p.new * (p.batch ?? 1))); return Number.isInteger(+v.toFixed(6)) ? String(Math.round(v)) : "about " + v.toFixed(1); };
// The counting of one pass, line by line, and what it came to.
function working(d, p) {
  const line = (name, formula, result, sum) => el("div", { class: "pdline" + (sum ? " sum" : "") }, el("b", { text: name }), el("span", { class: "mono", text: formula }), el("b", { class: "r", text: result }));
  const times = p.batch > 1 ? `${p.batch} · ` : "", all = p.past + p.new, kv = 2 * d.n_layers * d.n_kv_heads * d.d_head * 4;
  return el("div", { class: "pdwork" },
    line("matrices", `2 · ${times}${p.new} · ${big(d.matrices)}`, ops(p.block_flops)), line("unembedding", `2 · ${times}${d.d_model} · ${big(d.d_vocab)}`, ops(p.unembed_flops)), line("attention", `4 · ${times}${p.new} · ${all} · ${d.n_layers} · ${d.n_heads} · ${d.d_head}`, ops(p.attention_flops)),
    line("weights", d.n_experts ? `${experts(d, p)} of ${d.n_experts} experts a layer, all else, once, 4 bytes each` : "all, once, 4 bytes each", size(p.weight_bytes)), line("cache", `${times}(${all} read + ${p.new} written) · ${big(kv)} bytes`, size(p.cache_bytes)),
    line("intensity", `${ops(p.flops)} / ${size(p.bytes)}`, `${three(p.intensity)} FLOPs a byte`, true));
}

// ---- the passes of one generation ---------------------------------------------------------------------------------------------------
function createPhases(body, ctx) {
  let d = null, keyed = false;
  const swatch = (cls, text) => el("span", {}, el("i", { class: "sw pd-" + cls }), text);
  const said = el("p", { class: "readout" }), box = el("div", { class: "figure" }), table = el("div", { class: "scroll" }), side = el("div");
  body.append(el("div", { class: "bar" }, said, el("div", { class: "legend" }, swatch("prefill", "prefill, a prompt token"), swatch("decode", "decode, a new token"))), box, el("div", { class: "pdfoot" }, table, side));
  const prefill = () => d.passes[0], steps = () => d.passes.slice(1);
  // The token at a position is fed by the prompt's pass or by a step of its own; the last one of a run is fed to nobody.
  const passOf = (position) => Math.min(d.passes.length - 1, Math.max(0, position - d.prompt.length + 1)), fed = (position) => position < d.prompt.length ? d.prompt[position] : d.new[position - d.prompt.length];
  const cells = () => { // one a token fed: when its pass ran, and its share of that
    const n = d.prompt.length, each = prefill().ms / n; let at = prefill().ms;
    return [...d.prompt.map((id, i) => ({ id, position: i, from: i * each, to: (i + 1) * each, pass: 0 })), ...steps().map((p, i) => { const from = at; at += p.ms; return { id: d.new[i], position: n + i, from, to: at, pass: i + 1, out: d.new[i + 1] }; })];
  };
  function draw() {
    const W = Math.floor(box.clientWidth), narrow = W < 620, n = d.prompt.length, all = cells(), end = all.at(-1).to, here = Math.min(ctx.store.focus.position ?? 0, all.at(-1).position), high = Math.max(prefill().high / n, ...steps().map((p) => p.high)) * 1.04;
    const t0 = narrow ? 88 : 46, t1 = narrow ? 30 + Math.max(460, Math.min(1100, all.length * 19)) : W - 8, top = narrow ? 30 : 30, T = (t) => narrow ? top + t / end * (t1 - top) : t0 + t / end * (t1 - t0);
    const low = narrow ? t0 : top + 190, A = (v) => narrow ? t0 + v / high * (W - t0 - 62) : low - v / high * 190, H = narrow ? t1 + 8 : low + 84;
    const svg = sv("svg", { class: "fig pdfig", viewBox: `0 0 ${W} ${H}`, height: H, role: "img", tabindex: 0, "aria-label": `Prefill: ${n} tokens in one pass of ${ms(prefill().ms)}, ${ms(prefill().ms / n)} a token. Decode: ${steps().length} passes, ${steps().length ? ms(median(steps().map((p) => p.ms))) : "none"} a token in the middle. Left and right choose a token.` });
    const grid = nice(high / 4);
    for (let v = 0; v <= high; v += grid) { const a = A(v); if (narrow) { sv("line", { x1: a, x2: a, y1: top - 4, y2: t1, class: v ? "hair" : "zero" }, svg); sv("text", { x: a, y: 14, "text-anchor": "middle", class: "dim" }, svg, String(+v.toFixed(2))); } else { sv("line", { x1: t0, x2: t1, y1: a, y2: a, class: v ? "hair" : "zero" }, svg); sv("text", { x: t0 - 8, y: a + 4, "text-anchor": "end", class: "dim" }, svg, String(+v.toFixed(2))); } }
    sv("text", { x: 0, y: narrow ? 14 : 12, class: "h" }, svg, "ms a token"); if (!narrow) { const tick = nice(end / 8); for (let v = 0; v <= end * 1.0001; v += tick) sv("text", { x: T(v), y: H - 6, "text-anchor": v ? "middle" : "start", class: "dim" }, svg, v ? ms(v) : "0 ms"); }
    let shown = -99; const labels = new Map(), wide = narrow ? 13 : 12;
    for (const c of all) { const mid = T((c.from + c.to) / 2); if (mid - shown >= wide || c.position === here) { if (c.position === here) for (const [q, m] of labels) if (mid - m < wide) labels.delete(q); labels.set(c.position, mid); shown = mid; } }
    for (const c of all) {
      const p = d.passes[c.pass], per = p.ms / p.tokens, g = sv("g", { class: `pdcell pd-${p.phase}` + (c.position === here ? " on" : ""), "data-position": c.position }, svg), a = T(c.from), b = T(c.to), gap = b - a > 5 ? 1 : .3;
      sv("rect", narrow ? { x: 0, y: a, width: W, height: b - a, class: "hit" } : { x: a, y: top - 10, width: b - a, height: low - top + 76, class: "hit" }, g);
      sv("rect", narrow ? { x: t0, y: a + gap / 2, width: Math.max(1, A(per) - t0), height: Math.max(.5, b - a - gap), rx: 1, class: "area" } : { x: a + gap / 2, y: A(per), width: Math.max(.5, b - a - gap), height: Math.max(1, low - A(per)), rx: 1, class: "area" }, g);
      if (c.pass > 0 || c.position === n >> 1) { // the middle half of the rounds; the prefill has one whisker
        const mid = c.pass ? (a + b) / 2 : T(prefill().ms / 2), lo = A(p.low / p.tokens), hi = A(p.high / p.tokens);
        sv("line", narrow ? { x1: lo, x2: hi, y1: mid, y2: mid, class: "pdwhisker" } : { x1: mid, x2: mid, y1: lo, y2: hi, class: "pdwhisker" }, g);
      }
      if (labels.has(c.position)) { const mid = (a + b) / 2, cls = { class: c.position === here ? "m ink b" : "m" }; if (narrow) svgToken(g, t0 - 8, mid + 4, c.id, { "text-anchor": "end", ...cls }, 9); else if (b - a > 7 * Math.min(8, [...tokenText(c.id)].length) + 4) svgToken(g, mid, low + 18, c.id, { "text-anchor": "middle", ...cls }, 9); else svgToken(g, 0, 0, c.id, { transform: `translate(${mid - 4} ${low + 8}) rotate(90)`, ...cls }, 7); }
      g.addEventListener("pointermove", (e) => tip.show(e.clientX, e.clientY, p.phase === "prefill" ? "Prefill, the only pass" : `Decode, pass ${c.pass}`, [["reads", tokenText(c.id), 1], ...(c.out === undefined ? [] : [["writes", tokenText(c.out), 1]]), ["the pass", `${big(p.tokens)} ${p.tokens === 1 ? "token" : "tokens"}, ${ms(p.ms)}`], ["a token", ms(per)], ["half of the rounds", spread(p, p.tokens)], ["FLOPs a byte", three(p.intensity)]])); g.addEventListener("pointerleave", tip.hide);
      g.addEventListener("click", () => { keyed = false; ctx.set({ position: c.position }); });
    }
    const first = T(prefill().ms), words = `${big(n)} tokens, one pass: ${ms(prefill().ms)}`, per = `${ms(prefill().ms / n)} a token`;
    if (narrow) { const x = A(prefill().ms / n) + 8, y = T(prefill().ms / 2); sv("text", { x, y: y - 2, class: "pdlabel" }, svg, per); sv("text", { x, y: y + 13, class: "pdsub" }, svg, words.replace(":", ",")); if (steps().length) sv("text", { x: A(steps()[0].ms) + 4, y: T(all[n].from) + 16, class: "pdlabel" }, svg, ms(steps()[0].ms)); } else {
      const y = A(prefill().ms / n) - 10, room = first - t0, whole = room > 6 * words.length; if (room > 7 * per.length) sv("text", { x: t0 + 2, y: whole ? y - 15 : y, class: "pdlabel" }, svg, per); if (whole) sv("text", { x: t0 + 2, y, class: "pdsub" }, svg, words);
      if (steps().length) sv("text", { x: first + 2, y: 18, class: "pdlabel" }, svg, `one pass for each token: ${ms(median(steps().map((p) => p.ms)))} in the middle`);
    }
    svg.addEventListener("keydown", (e) => { const by = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1, Home: -1e6, End: 1e6 }[e.key]; if (!by) return; e.preventDefault(); keyed = true; ctx.set({ position: Math.min(all.at(-1).position, Math.max(0, here + by)) }); });
    svg.addEventListener("pointerdown", () => { keyed = false; });
    const focused = keyed && document.activeElement === box.firstElementChild; box.replaceChildren(svg); if (focused) svg.focus({ preventScroll: true });
  }
  function verdict() { // said only once all rounds are in, and only where they agree
    const r = d.ratio; if (d.rounds < d.of_rounds) return ["."];
    return r.clear ? [": ", bold(three(r.median)), ` times as long, in the middle half of the rounds ${three(r.low)} to ${three(r.high)}.`] : [`. The machine was busy: the rounds disagree on which takes longer (${three(r.low)} to ${three(r.high)} times).`];
  }
  function text() {
    const p = prefill(), s = steps(), n = p.tokens, each = p.ms / n, step = s.length ? median(s.map((q) => q.ms)) : null, at = passOf(ctx.store.focus.position ?? 0), q = d.passes[at];
    said.replaceChildren("Prefill ", bold(ms(each)), " a token", ...(step === null ? [". The answer ended with its first token."] : [", decode ", bold(ms(step)), ...verdict(), ` ${d.threads} ${d.threads === 1 ? "thread" : "threads"}, float32, medians of ${d.rounds === 1 ? "1 round" : d.rounds + " rounds"}${d.rounds < d.of_rounds ? ` of ${d.of_rounds} so far` : ""}.`]), d.same ? "" : " The engine wrote other tokens than this run.");
    const middle = s.length ? s.find((x) => x.ms === [...s].sort((a, b) => a.ms - b.ms)[s.length >> 1].ms) : null;
    const row = (what, f, note) => el("tr", {}, el("td", {}, what, note && el("small", { text: note })), el("td", { class: "r", text: f(p) }), el("td", { class: "r", text: middle ? f({ ...middle, ms: step, decode: true }) : "" }));
    table.replaceChildren(el("table", { class: "plain" }, el("thead", {}, el("tr", {}, el("th", { scope: "col", text: "A pass" }), el("th", { scope: "col", class: "r", text: "prefill" }), el("th", { scope: "col", class: "r", text: "decode, median" }))), el("tbody", {},
      row("Passes", (x) => String(x.decode ? s.length : 1)), row("Tokens read", (x) => big(x.tokens)), row("Time", (x) => ms(x.ms)), row("Time a token", (x) => ms(x.ms / x.tokens)), row("Half of the rounds", (x) => x.decode ? `${ms(median(s.map((y) => y.low)))} to ${ms(median(s.map((y) => y.high)))}` : spread(x, x.tokens), "a token"), row("Tokens a second", (x) => three(1e3 * x.tokens / x.ms)), row("Operations", (x) => ops(x.flops)), row("Bytes from memory", (x) => size(x.bytes)), row("Intensity", (x) => three(x.intensity), "FLOPs a byte"), row("Operations a second", (x) => giga(flops(x)) + " GFLOP/s"), row("Bytes a second", (x) => giga(bytes(x)) + " GB/s"))));
    const word = at === 0 ? `Prefill: ${n} tokens behind none` : `Decode, pass ${at}: one token behind ${q.past}`;
    side.replaceChildren(el("h3", { class: "sub3", text: word }), working(d, q), el("p", { class: "hint", text: at === 0 ? "One reading of the weights serves all the prompt’s tokens; only the last one needs logits. Masked pairs are computed too, and counted." : "All weights are read for one token: about one multiplication and one addition for each four bytes. The cache adds little on a text this short." }));
    const wanted = ctx.store.focus.position ?? 0; if (wanted > d.prompt.length + s.length - 1) side.append(el("p", { class: "hint", text: "The selected token is the last one written: no pass has read it. Shown is the last pass." }));
  }
  return { draw(data) { d = data; draw(); text(); }, exportData: () => ({ ...d, fed: cells().map((c) => ({ position: c.position, token: tokenText(fed(c.position)), pass: c.pass, from_ms: c.from, to_ms: c.to })) }) };
}

// ---- the roof -----------------------------------------------------------------------------------------------------------------------
const NAME = (p) => p.phase === "prefill" ? `prefill of ${big(p.new)}` : p.batch === 1 ? "one step" : `a step of ${p.batch}`;
function createRoof(body, ctx) {
  let d = null;
  const left = el("div"), right = el("div"), said = el("p", { class: "readout" }), side = el("div"), table = el("div", { class: "scroll" });
  left.append(el("h3", { class: "sub3" }, "Speed by intensity ", el("small", { text: "GFLOP/s by FLOPs a byte, log scales" }))); right.append(el("h3", { class: "sub3" }, "Time a token by tokens a pass ", el("small", { text: "ms, log scales; pale: the least that the roof allows" })));
  body.append(el("div", { class: "bar" }, said), el("div", { class: "pdcharts" }, left, right), el("div", { class: "pdfoot pdwide" }, table, side));
  const roof = chart(left, { height: 300, label: "Roofline: speed reached by each pass under what memory and arithmetic allow" }), time = chart(right, { height: 300, label: "Milliseconds a token by tokens in one pass" });
  const of = (phase) => d.passes.filter((p) => p.phase === phase), order = () => [...of("prefill"), ...of("decode")];
  const chosen = () => { const want = String(ctx.controls.pass ?? `prefill-${d.n_prompt}`); return order().find((p) => `${p.phase}-${p.tokens}` === want) ?? of("decode")[0] ?? d.passes.at(-1); }, choose = (p) => p && ctx.control("pass", `${p.phase}-${p.tokens}`);
  const log = (low, high, by = 1) => { const out = []; for (let e = Math.floor(Math.log10(low)); 10 ** e <= high; e++) for (const k of [1, 2, 5]) if (k * 10 ** e >= low && k * 10 ** e <= high && (by === 1 || k === 1)) out.push(k * 10 ** e); return out; };
  function draw() {
    const all = order(), p = chosen(), xs = all.map((q) => q.intensity), x0 = Math.min(...xs) / 1.6, x1 = Math.max(...xs, d.ridge) * 1.9, y1 = d.flops / 1e9 * 1.7, y0 = Math.min(...all.map((q) => flops(q) / 1e9), x0 * d.bandwidth / 1e9) / 1.5;
    const marks = { prefill: { color: "river-deep", hollow: false, symbol: "square" }, decode: { color: "prob", symbol: "circle" } };
    const dots = (phase) => { const l = of(phase); return { x: l.map((q) => q.intensity), y: l.map((q) => flops(q) / 1e9), mode: "lines+markers", color: marks[phase].color, width: 1, size: l.map((q) => q === p ? 13 : 8), name: phase === "prefill" ? "tokens of a prompt" : "sequences of a batch", customdata: l.map((q) => [NAME(q), ms(q.ms), spread(q)]), hover: "%{customdata[0]}, %{customdata[1]} (%{customdata[2]})<br>%{x:.2f} FLOPs a byte, %{y:.2f} GFLOP/s<extra></extra>" }; };
    const at = (list) => (v) => { const l = [of("prefill"), of("decode")][v.trace]; if (l) choose(l[v.index]); }, note = (x, y, text, more) => ({ x: Math.log10(x), y: Math.log10(y), text, showarrow: false, font: { size: 11, color: css("ink2") }, ...more });
    const xt = log(x0, x1), yt = log(y0, y1), narrow = left.clientWidth < 420;
    roof.draw({
      traces: [dots("prefill"), dots("decode"), { x: [x0, d.ridge, x1], y: [x0 * d.bandwidth / 1e9, d.flops / 1e9, d.flops / 1e9], color: "ink", width: 2, legend: false, hover: "the roof<extra></extra>" }],
      x: { type: "log", range: [Math.log10(x0), Math.log10(x1)], tickvals: xt, ticktext: xt.map(String), title: "FLOPs a byte" }, y: { type: "log", range: [Math.log10(y0), Math.log10(y1)], tickvals: yt, ticktext: yt.map(String) }, margin: { t: 30 }, marks: [{ x: d.ridge, color: "ink3", dash: "dot" }], onClick: (v) => v && at()(v),
      layout: { annotations: [note(Math.sqrt(d.ridge * x1), d.flops / 1e9, `${giga(d.flops)} GFLOP/s`, { yshift: 9 }), note(Math.sqrt(x0 * d.ridge), Math.sqrt(x0 * d.ridge) * d.bandwidth / 1e9, `${giga(d.bandwidth)} GB/s`, { xanchor: "right", yanchor: "bottom", xshift: -4, yshift: 3 }), note(d.ridge, y0 * 1.08, "memory decides", { xanchor: "right", yanchor: "bottom", xshift: -5, font: { size: 11, color: css("ink3") } }), note(d.ridge, y0 * 1.08, narrow ? "arithmetic" : "arithmetic decides", { xanchor: "left", yanchor: "bottom", xshift: 5, font: { size: 11, color: css("ink3") } })] },
    });
    const per = (phase, k) => of(phase).map((q) => q[k] / q.tokens), ns = [...new Set(all.map((q) => q.tokens))].sort((a, b) => a - b), low = Math.min(...per("prefill", "least"), ...per("decode", "least")) / 1.3, high = Math.max(...per("prefill", "high"), ...per("decode", "high")) * 1.4, mt = log(low, high), powers = ns.filter((v) => (v & (v - 1)) === 0);
    const line = (phase) => { const l = of(phase); return { x: l.map((q) => q.tokens), y: per(phase, "ms"), mode: "lines+markers", color: marks[phase].color, width: 1.5, size: l.map((q) => q === p ? 12 : 7), name: phase === "prefill" ? "tokens of a prompt" : "sequences of a batch", error_y: { type: "data", symmetric: false, array: l.map((q) => (q.high - q.ms) / q.tokens), arrayminus: l.map((q) => (q.ms - q.low) / q.tokens), thickness: 1, width: 3, color: css(marks[phase].color) }, customdata: l.map((q) => [NAME(q), ms(q.ms), spread(q)]), hover: "%{customdata[0]}: %{y:.2f} ms a token, %{customdata[1]} in all (%{customdata[2]})<extra></extra>" }; };
    time.draw({
      traces: [line("prefill"), line("decode"), { x: of("prefill").map((q) => q.tokens), y: per("prefill", "least"), color: "line2", width: 6, legend: false, hover: "at least %{y:.2f} ms a token<extra></extra>" }, { x: of("decode").map((q) => q.tokens), y: per("decode", "least"), color: "line2", width: 6, legend: false, hover: "at least %{y:.2f} ms a token<extra></extra>" }],
      x: { type: "log", tickvals: powers, ticktext: powers.map(String), range: [Math.log10(.85), Math.log10(ns.at(-1) * 1.2)], title: "tokens in one pass" }, y: { type: "log", range: [Math.log10(low), Math.log10(high)], tickvals: mt, ticktext: mt.map(String) }, margin: { t: 30 }, onClick: (v) => v && at()(v),
    });
    words(p);
  }
  function words(p) {
    const one = of("decode")[0], whole = of("prefill").find((q) => q.new === d.n_prompt), all = d.rounds >= d.of_rounds, share = (q) => `${Math.round(100 * q.least / q.ms)} %`;
    said.replaceChildren("This machine: ", bold(`${giga(d.flops)} GFLOP/s`), " in a float32 matrix product, ", bold(`${giga(d.bandwidth)} GB/s`), " from memory; from ", bold(`${three(d.ridge)} FLOPs a byte`), " on, arithmetic decides. ", ...(one && whole ? ["One step has ", bold(three(one.intensity)), ", this prompt ", bold(three(whole.intensity)), ". "] : []), all ? "" : `So far ${d.passes.length} sizes, ${d.rounds} of ${d.of_rounds} rounds. `, `${d.threads} ${d.threads === 1 ? "thread" : "threads"}.`);
    const held = table.contains(document.activeElement), phone = table.clientWidth < 460, body = el("tbody", {}, order().map((q) => { const on = q === p, tr = el("tr", { class: "pdpick" + (on ? " on" : "") }, el("td", {}, el("button", { class: "pdname", type: "button", "aria-pressed": String(on), text: NAME(q) + (q.phase === "prefill" && q.new === d.n_prompt ? ", this prompt" : ""), on: { click: () => choose(q) } })), ...[phone ? null : three(q.intensity), ms(q.ms), phone ? null : spread(q), ms(q.ms / q.tokens), share(q)].filter(Boolean).map((t) => el("td", { class: "r", text: t }))); tr.addEventListener("click", (e) => { if (!e.target.closest("button")) choose(q); }); return tr; }));
    table.replaceChildren(el("table", { class: "plain pdsizes" }, el("thead", {}, el("tr", {}, ["Pass", phone ? null : "intensity", "took", phone ? null : "half of them", "a token", "of the roof"].filter(Boolean).map((t, i) => el("th", { scope: "col", class: i ? "r" : "", text: t })))), body)); if (held) table.querySelector("[aria-pressed=true]")?.focus({ preventScroll: true });
    side.replaceChildren(el("h3", { class: "sub3", text: `${NAME(p)[0].toUpperCase()}${NAME(p).slice(1)}: ${p.bound === "memory" ? "memory" : "arithmetic"} decides` }), working(d, p), el("p", { class: "hint", text: `At least ${ms(p.least)} under the roof, took ${ms(p.ms)} (half of the rounds ${spread(p)}): ${giga(flops(p))} GFLOP/s and ${giga(bytes(p))} GB/s. Medians of ${d.of_rounds} rounds in which the sizes took turns; the roof is the most that was seen, in probes between the rounds or in a pass. A step of several reads one token of each of as many copies of this prompt.` }));
  }
  return { draw(data) { d = data; draw(); }, exportData: () => d };
}
export const views = { phases: { create: createPhases }, roof: { create: createRoof } };
