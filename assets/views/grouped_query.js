// Grouped queries: the cost of each number of key-value heads, how alike the heads of a group read, what pooling them does to the answers.
import { chart } from "../kit/chart.js";
import { big, canvas2, contrast, css, cut, el, headName, mix, pc, rgb, rgbs, segmented, sv, tip, tokenEl, tokenText } from "../js/dom.js";
import { baseNote } from "./unmodified.js";

const num = (v, d = 2) => v.toFixed(d).replace("-", "−");
const b = (t) => el("b", { text: t });
const bytes = (v) => v >= 1e9 ? `${(v / 1e9).toFixed(2)} GB` : v >= 1e6 ? `${(v / 1e6).toFixed(1)} MB` : v >= 1e4 ? `${(v / 1e3).toFixed(1)} kB` : `${big(Math.round(v))} B`;
const millions = (v) => v >= 1e9 ? `${(v / 1e9).toFixed(2)} B` : v >= 1e5 ? `${(v / 1e6).toFixed(2)} M` : big(v);
const kind = (g, H) => g === 1 && H > 1 ? "Multi-query" : g === H ? "Multi-head" : "Grouped";

// ---- what each number would cost ---------------------------------------------------------------------------------------------------
const cost = {
  create(body, ctx) {
    let d = null, format = "fp32";
    const seg = segmented("Numbers of the cache", [["fp32", "32-bit cache"], ["bf16", "16-bit cache"]], () => format, (k) => { format = k; draw(); });
    const legend = el("div", { class: "legend" }, el("span", {}, el("i", { class: "sw gqhollow" }), "W_Q and W_O"), el("span", {}, el("i", { class: "sw", style: "background:var(--river-deep)" }), "W_K and W_V"), el("span", {}, el("i", { class: "sw", style: "background:var(--ink)" }), "cache"));
    const box = el("div", { class: "figure" }), formulas = el("div", { class: "gqformula" }), base = baseNote(ctx); body.append(el("div", { class: "bar" }, seg, legend), base, box, formulas);
    function draw() {
      const W = Math.floor(box.clientWidth) || 320, narrow = W < 720, H = d.n_heads, n = d.groups.length, rh = narrow ? 128 : 78, top = narrow ? 8 : 34, Ht = top + n * rh, s = sv("svg", { class: "fig", viewBox: `0 0 ${W} ${Ht}`, height: Ht, role: "img", "aria-label": `Weights and cache for ${d.groups.join(", ")} key-value heads; this model has ${d.n_kv_heads}` });
      const nameW = 130, figW = narrow ? W - nameW : Math.min(250, W * .22), x1 = narrow ? 0 : nameW + figW + 36, each = narrow ? W : (W - x1 - 40) / 2, x2 = narrow ? 0 : x1 + each + 40, most = Math.max(...d.groups.map((_, i) => d.shared[i] + d.key_value[i])), by = d.bytes[format], mostB = Math.max(...by), num2 = narrow ? 150 : 124;
      if (!narrow) for (const [x, t, sub] of [[0, "Key-value heads", ""], [nameW, `${H} query heads, sharing`, ""], [x1, "Attention weights", ""], [x2, "Cache, for each token of text", ""]]) sv("text", { x, y: 14, class: "h" }, s, t);
      d.groups.forEach((g, i) => {
        const y = top + i * rh, mine = g === d.n_kv_heads, ink = css(mine ? "prob" : "ink2"), t = sv("g", {}, s);
        if (i) sv("line", { x1: 0, x2: W, y1: y - 4, y2: y - 4, class: "hair" }, t);
        const a = sv("text", { x: 0, y: y + 22, class: "h" }, t, `${g}`); if (mine) a.style.fill = ink; sv("text", { x: 26, y: y + 22 }, t, kind(g, H)); if (mine) { const m = sv("text", { x: 26, y: y + 38, class: "b" }, t, "this model"); m.style.fill = ink; }
        // the heads: queries above, what they share below
        const step = figW / H, q = (h) => nameW + (h + .5) * step, r = Math.min(5, step * .36), kx = (k) => (q(k * H / g) + q((k + 1) * H / g - 1)) / 2;
        for (let h = 0; h < H; h++) { sv("line", { x1: q(h), y1: y + 14, x2: kx(Math.floor(h * g / H)), y2: y + 42, stroke: mine ? ink : css("line2"), "stroke-width": 1 }, t); sv("circle", { cx: q(h), cy: y + 12, r, fill: css("surface"), stroke: ink, "stroke-width": 1.2 }, t); }
        for (let k = 0; k < g; k++) sv("rect", { x: kx(k) - Math.min(6, r * 1.3), y: y + 38, width: Math.min(12, r * 2.6), height: 10, rx: 2, fill: ink }, t);
        const ya = narrow ? y + 64 : y + 14, room = each - num2, sw = d.shared[i] / most * room, kw = d.key_value[i] / most * room;
        sv("rect", { x: x1 + .5, y: ya, width: Math.max(1, sw - 1), height: 16, rx: 1, fill: "none", stroke: css("ink3") }, t); sv("rect", { x: x1 + sw, y: ya, width: kw, height: 16, rx: 1, fill: mine ? ink : css("river-deep") }, t);
        const own = d.groups.indexOf(d.n_kv_heads), more = (d.key_value[i] - d.key_value[own]) / d.parameters;
        sv("text", { x: x1 + sw + kw + 7, y: ya + 12, class: "ink b" }, t, millions(d.shared[i] + d.key_value[i]) + (narrow ? " weights" : "")); if (!narrow) sv("text", { x: x1, y: ya + 32, class: "dim" }, t, `of them ${millions(d.key_value[i])} for keys and values${mine ? "" : `; the model ${pc(Math.abs(more), 1)} ${more < 0 ? "smaller" : "larger"}`}`);
        const yb = narrow ? y + 90 : ya, bw = Math.max(1, by[i] / mostB * (each - num2)); sv("rect", { x: x2, y: yb, width: bw, height: 16, rx: 1, fill: mine ? ink : css("ink") }, t); sv("text", { x: x2 + bw + 7, y: yb + 12, class: "ink b" }, t, bytes(by[i]) + (narrow ? " a token" : "")); if (!narrow) sv("text", { x: x2, y: yb + 32, class: "dim" }, t, `${bytes(by[i] * d.n_ctx)} at its ${big(d.n_ctx)} tokens${d.windows ? ", without windows" : ""}`);
      });
      box.replaceChildren(s);
      const row = (name, f) => el("p", {}, el("span", { text: name }), el("code", { text: f })), one = d.n_kv_heads, i = d.groups.indexOf(one);
      formulas.replaceChildren(row("weights", `${d.n_layers} layers · ${d.d_model} d_model · ${d.d_head} d_head · (2 · ${H} + 2 · ${one})${d.bias ? " + biases" : ""} = ${big(d.shared[i] + d.key_value[i])}`), row("cache", `2 · ${d.n_layers} layers · ${one} heads · ${d.d_head} d_head · ${format === "fp32" ? 4 : 2} bytes = ${big(d.bytes[format][i])} a token; with ${H} heads it would be ${num(H / one, H % one ? 1 : 0)} times as much`));
    }
    return { draw(next) { d = next; base.say(true, "Interventions change no weight’s size and no cache entry’s: the same in the unmodified run."); draw(); }, exportData: () => d };
  },
};

// ---- how alike the heads read ---------------------------------------------------------------------------------------------------------
const groups = {
  create(body, ctx) {
    let d = null;
    const said = el("p", { class: "readout gqsaid" }), map = el("canvas", { role: "img" }), mapBox = el("div", { class: "figure" }, map), square = el("div", { class: "figure" }), line = el("div", {});
    const h1 = el("h3", { class: "sub3" }), h2 = el("h3", { class: "sub3" }); const base = baseNote(ctx); body.append(said, base, el("div", { class: "gqtwo" }, el("div", {}, h1, mapBox), el("div", {}, h2, square)), el("h3", { class: "sub3 gqby", text: "Mean divergence by layer, bits" }), line);
    const byLayer = chart(line, { height: 240, label: "Mean divergence within and between groups, by layer; arrow keys walk the layers" });
    const group = (h) => Math.floor(h / (d.n_heads / d.n_kv_heads)), same = (a, c) => group(a) === group(c);
    let geo = null;
    function drawRows() {
      const W = Math.floor(mapBox.clientWidth) || 320, n = d.rows.shape[1], lab = 62, gap = 8, rh = Math.max(12, Math.min(36, 330 / d.n_heads)), topT = 64, cw = Math.min(34, (W - lab - 2) / n), Ht = topT + d.n_heads * rh + (d.n_kv_heads - 1) * gap + 4, g = canvas2(map, W, Math.ceil(Ht)), ink = rgb("ink"), s0 = rgb("sunken"), every = Math.ceil(11.5 / cw);
      g.clearRect(0, 0, W, Ht); g.textBaseline = "middle"; g.font = '500 11px "JetBrains Mono", monospace';
      for (let k = 0; k < n; k++) if (k === n - 1 || k % every === 0 && n - 1 - k >= every) { g.fillStyle = css(k === n - 1 ? "ink" : k >= ctx.run.nPrompt ? "prob" : "ink2"); g.save(); g.translate(lab + (k + .5) * cw, topT - 6); g.rotate(-Math.PI / 2); g.textAlign = "left"; g.fillText(cut(tokenText(ctx.run.ids[k]), 8), 0, 0); g.restore(); }
      for (let h = 0; h < d.n_heads; h++) {
        const y = topT + h * rh + group(h) * gap; g.font = "11px Inter, sans-serif"; g.textAlign = "right"; g.fillStyle = css(h === d.head ? "prob" : "ink2"); g.fillText("H" + h, lab - 8, y + rh / 2);
        if (h === 0 || !same(h, h - 1)) { g.textAlign = "left"; g.fillStyle = css("ink3"); g.fillText("kv " + group(h), 0, y + rh / 2); }
        for (let k = 0; k < n; k++) { g.fillStyle = rgbs(mix(s0, ink, Math.sqrt(d.rows.a[h * n + k] / 255))); g.fillRect(lab + k * cw, y, cw - (cw > 4 ? .8 : 0), rh - 1); }
        if (h === d.head) { g.strokeStyle = css("prob"); g.lineWidth = 2; g.strokeRect(lab - 1, y - 1, n * cw + 1, rh + 1); }
      }
      map.setAttribute("aria-label", `What each head reads at ${tokenText(ctx.run.ids[d.position])}, grouped by key-value head`); geo = { lab, cw, rh, gap, topT, n };
    }
    const hit = (e) => { const r = map.getBoundingClientRect(), x = e.clientX - r.left, y = e.clientY - r.top; for (let h = 0; h < d.n_heads; h++) { const y0 = geo.topT + h * geo.rh + group(h) * geo.gap; if (y >= y0 && y < y0 + geo.rh) return [h, Math.floor((x - geo.lab) / geo.cw)]; } return [-1, -1]; };
    map.addEventListener("pointermove", (e) => { const [h, k] = hit(e); map.style.cursor = h < 0 ? "default" : "pointer"; if (h < 0 || k < 0 || k >= geo.n) return tip.hide(); tip.show(e.clientX, e.clientY, `${headName(d.layer, h)} reads ${tokenText(ctx.run.ids[k])}`, [["weight", num(d.rows.a[h * geo.n + k] / 255)], ["key-value head", String(group(h))]]); });
    map.addEventListener("pointerleave", tip.hide); map.addEventListener("click", (e) => { const [h] = hit(e); if (h >= 0) ctx.set({ head: h }); });
    function drawSquare() {
      const W = Math.floor(square.clientWidth) || 320, H = d.n_heads, c = Math.min(46, (W - 34) / H), x0 = 30, y0 = 20, s = sv("svg", { class: "fig", viewBox: `0 0 ${W} ${y0 + H * c + 6}`, height: y0 + H * c + 6, role: "group", "aria-label": `Divergence between the ${H} heads of layer ${d.layer}` }), v = (a, q) => d.divergence.a[(d.layer * H + a) * H + q]; let most = 1e-9; for (let a = 0; a < H; a++) for (let q = 0; q < H; q++) most = Math.max(most, v(a, q));
      const s0 = rgb("sunken"), deep = rgb("river-deep"), inks = [rgb("ink"), rgb("surface")];
      for (let h = 0; h < H; h++) for (const [x, y, an] of [[x0 + (h + .5) * c, y0 - 7, "middle"], [x0 - 6, y0 + (h + .5) * c + 4, "end"]]) { if (c < 16 && h % Math.ceil(16 / c)) continue; const t = sv("text", { x, y, "text-anchor": an, class: h === d.head ? "b" : "dim" }, s, "H" + h); if (h === d.head) t.style.fill = css("prob"); }
      for (let a = 0; a < H; a++) for (let q = 0; q < H; q++) {
        const fill = mix(s0, deep, v(a, q) / most), r = sv("rect", { x: x0 + q * c, y: y0 + a * c, width: c - 1.5, height: c - 1.5, rx: 2, fill: a === q ? css("surface") : rgbs(fill) }, s);
        if (a !== q && c >= 30) { const t = sv("text", { x: x0 + (q + .5) * c - .7, y: y0 + (a + .5) * c + 3.5, "text-anchor": "middle", "pointer-events": "none" }, s, num(v(a, q)).replace(/^0/, "")); t.style.fill = rgbs(contrast(fill, inks[0]) >= contrast(fill, inks[1]) ? inks[0] : inks[1]); }
        if (a !== q) { r.addEventListener("pointermove", (e) => tip.show(e.clientX, e.clientY, `H${a} and H${q}`, [["divergence", num(v(a, q), 3) + " bits"], ["key-value head", same(a, q) ? `both ${group(a)}` : `${group(a)} and ${group(q)}`]])); r.addEventListener("pointerleave", tip.hide); r.addEventListener("click", () => ctx.set({ head: a })); r.style.cursor = "pointer"; }
      }
      const size = H / d.n_kv_heads * c; for (let k = 0; k < d.n_kv_heads; k++) sv("rect", { x: x0 + k * size - 1.5, y: y0 + k * size - 1.5, width: size + 1.5, height: size + 1.5, rx: 3, fill: "none", stroke: css("ink"), "stroke-width": 1.6, "pointer-events": "none" }, s);
      square.replaceChildren(s);
    }
    function draw() {
      const mean = (t) => t.a.reduce((x, y) => x + y, 0) / t.a.length, w = d.within.a[d.layer], o = d.between?.a[d.layer];
      said.replaceChildren(`In layer ${d.layer}, heads that share a key-value head lie `, b(`${num(w, 3)} bits`), " apart", ...(d.between ? [", heads that do not ", b(num(o, 3)), `. Over all layers: ${num(mean(d.within), 3)} and ${num(mean(d.between), 3)}. Of ${big(d.draws)} random groupings `, b(d.as_alike ? pc(d.as_alike) : "none"), " ", d.as_alike ? "are" : "is", " as alike as the real one."] : [". There is one group only, so nothing to hold it against."]));
      if (d.base) base.say(d.base, "Unmodified, in this layer ", b(num(d.base.within.a[d.layer], 3)), " bits within groups", ...(d.base.between ? [", ", b(num(d.base.between.a[d.layer], 3)), " between"] : []), `; over all layers ${num(mean(d.base.within), 3)}${d.base.between ? ` and ${num(mean(d.base.between), 3)}` : ""}.`); else base.say(true, "The unmodified run wrote another text: means over its tokens are not held against these.");
      h1.replaceChildren("What each head reads at ", tokenEl(ctx.run.ids[d.position]), `, layer ${d.layer}`, el("span", { class: "legend gqkey" }, el("span", {}, "0", el("i", { class: "ramp gqink" }), "1, ink = √weight")));
      h2.textContent = `Divergence between heads, bits, mean over ${d.queries} queries; framed: one group`;
      drawRows(); drawSquare();
      const x = Array.from(d.within.a, (_, i) => i), traces = [{ name: "same key-value head", x, y: d.within, color: "ink", mode: "lines+markers", size: 5, hover: "layer %{x}: %{y:.3f} bits<extra>same</extra>" }]; if (d.between) traces.push({ name: "different ones", x, y: d.between, color: "river-deep", dash: "dot", mode: "lines+markers", size: 5, hover: "layer %{x}: %{y:.3f} bits<extra>different</extra>" });
      if (d.base) traces.push({ name: "same, unmodified", x, y: d.base.within, color: "ink2", dash: "dash", width: 1.25, hover: "layer %{x}: %{y:.3f} bits<extra>same, unmodified</extra>" });
      traces.push({ x: [d.layer], y: [w], mode: "markers", color: "prob", size: 10, legend: false, hover: "layer %{x}: %{y:.3f} bits<extra></extra>" });
      byLayer.draw({ traces, x: { title: "layer" }, y: { rangemode: "tozero" }, margin: { t: 34 }, onClick: (e) => e && ctx.set({ layer: Math.round(e.x ?? e.index) }) });
    }
    return { draw(next) { d = next; draw(); }, exportData: () => d };
  },
};

// ---- pooling ----------------------------------------------------------------------------------------------------------------------------
const pooled = {
  create(body, ctx) {
    let d = null;
    const bar = el("div", { class: "bar" }), said = el("p", { class: "readout gqsaid" }), box = el("div", {}), table = el("div", { class: "scroll gqtable" }), note = el("p", { class: "hint" }), unchanged = baseNote(ctx);
    body.append(bar, said, unchanged, el("h3", { class: "sub3", text: "One layer pooled, all others left alone: KL to the model as it is, nats" }), box, el("h3", { class: "sub3 gqby", text: "All layers pooled" }), table, note);
    const bars = chart(box, { height: 240, label: "KL divergence when one layer's key-value heads are averaged, by layer; arrow keys walk the layers" });
    const mean = (a) => a.reduce((x, y) => x + y, 0) / a.length;
    function draw(focus) {
      unchanged.say(true, "Measured on the model without interventions, on this run’s tokens.");
      const n = d.n, p = focus.position, inside = p < n, layer = ctx.store.focus.layer, L = d.n_layers, row = (l) => d.layers.a.subarray(l * n, (l + 1) * n), means = Array.from({ length: L }, (_, l) => mean(Array.from(row(l)))), worst = means.indexOf(Math.max(...means)), least = means.indexOf(Math.min(...means));
      bar.replaceChildren(d.choices.length > 1 ? segmented("Heads that are left", d.choices.map((g) => [g, g === 1 ? "1 head left" : `${g} left`]), () => d.to, (g) => ctx.control("groups", g)) : el("span", { class: "hint", text: `${d.n_kv_heads} key-value heads averaged into ${d.to}` }), el("div", { class: "gqtokens" }, el("span", { class: "muted", text: "Tokens read" }), segmented("Tokens read", [[16, "16"], [32, "32"], [64, "64"], [128, "128"]], () => d.tokens, (k) => ctx.control("tokens", k))));
      said.replaceChildren("Averaged in every layer, the text costs ", b(num(mean(Array.from(d.mean.nll.a)))), " nats a token instead of ", b(num(mean(Array.from(d.base.nll.a)))), "; with each group's first head kept, ", b(num(mean(Array.from(d.first.nll.a)))), means.every(Number.isFinite) ? `. Alone, layer ${worst} does the most harm (${num(means[worst])} nats), layer ${least} the least (${num(means[least], 3)}).` : ". The layers one by one are still being read.");
      const floor = 1e-4, up = (v) => Math.max(floor, v), x = means.map((_, i) => i), here = x.map((l) => inside ? row(l)[p] : means[l]), low = up(Math.min(...means, ...here)) / 1.6, stems = { x: [], y: [] }; // on a log axis: a dot with a stem
      for (const l of x) { stems.x.push(l, l, null); stems.y.push(low, up(means[l]), null); }
      if (!means.every(Number.isFinite)) bars.draw({ traces: [], x: { title: "layer", range: [-.5, L - .5] }, y: { type: "log", range: [-4, 0] }, margin: { t: 34 } });
      const traces = [{ name: "mean over the text", x, y: means.map(up), mode: "markers", color: "river-deep", size: 8, hover: "layer %{x}: %{y:.4f} nats, mean<extra></extra>" }, { ...stems, mode: "lines", color: "line2", width: 1.5, legend: false, hoverinfo: "skip" }, { x: [layer], y: [up(means[layer])], mode: "markers", color: "prob", size: 11, legend: false, hover: "layer %{x}: %{y:.4f} nats, mean<extra></extra>" }];
      if (inside) traces.push({ name: `at ${p}`, x, y: here.map(up), mode: "markers", color: "ink", hollow: true, size: 7, hover: `layer %{x}: %{y:.4f} nats at position ${p}<extra></extra>` });
      if (means.every(Number.isFinite)) bars.draw({ traces, x: { title: "layer" }, y: { type: "log", dtick: 1, range: [Math.log10(low), Math.log10(Math.max(...means, ...here) * 1.5)] }, margin: { t: 34 }, onClick: (e) => e && ctx.set({ layer: Math.round(e.x ?? e.index) }) });
      const agree = (o) => { let k = 0; for (let i = 0; i < n; i++) if (o.top.a[i] === d.base.top.a[i]) k++; return k; };
      const line = (name, o, i, on) => el("tr", { class: on ? "on" : "" }, el("td", { text: name }), el("td", { class: "r", text: millions(d.key_value[i]) }), el("td", { class: "r", text: bytes(d.bytes[i]) }), el("td", { class: "r", text: on ? "0" : num(mean(Array.from(o.kl.a)), 3) }), el("td", { class: "r", text: !inside ? "–" : on ? "0" : num(o.kl.a[p], 3) }), el("td", { class: "r", text: num(mean(Array.from(o.nll.a))) }), el("td", { class: "r", text: `${agree(o)} of ${n}` }), el("td", {}, inside ? [tokenEl(o.top.a[p]), ` ${pc(o.top_p.a[p])}`] : "–"));
      table.replaceChildren(el("table", { class: "plain" }, el("thead", {}, el("tr", {}, ["", "K and V weights", "cache a token", "mean KL", inside ? `KL at ${p}` : "KL here", "loss", "same top token"].map((t, i) => el("th", { class: i ? "r" : "", text: t })), el("th", {}, "says after ", inside ? tokenEl(ctx.run.ids[p]) : "this"))), el("tbody", {}, line(`As it is, ${d.n_kv_heads} heads`, d.base, 0, true), line(`Averaged into ${d.to}`, d.mean, 1), line(d.to === 1 ? "First head kept" : "First of each group kept", d.first, 1))));
      note.textContent = `Read: the first ${n} tokens of the text${inside ? "" : `; position ${p} lies behind them`}. Loss: nats for each next token of the text. Cache in float32. Nothing was trained after pooling; the paper (2305.13245) trains on for 5 % of the original steps.`;
    }
    return { draw(next, focus) { d = next; draw(focus); }, exportData: () => d };
  },
};
export const views = { cost, groups, pooled };
