// Norms: one row before and after, at every position; LayerNorm against RMSNorm on the same rows; gradients before training.
import { chart } from "../kit/chart.js";
import { canvas2, css, cut, el, mix, pc, rgb, rgbs, segmented, sg, tip, tokenEl, tokenText } from "../js/dom.js";
import { baseKey, baseNote } from "./unmodified.js";

const num = (v, d = 2) => (Math.abs(v) < .5 * 10 ** -d ? (0).toFixed(d) : v.toFixed(d)).replace("-", "−");
const size = (v) => num(v, v >= 100 ? 0 : v >= 10 ? 1 : v >= 1 ? 2 : 3);
const b = (t) => el("b", { text: t });
const PLACES = [["ln1", "Before attention"], ["ln2", "Before the MLP"], ["ln_final", "Before the unembedding"]];
const READER = { ln1: "attention", ln2: "the MLP", ln_final: "the unembedding" };
const placeOf = (ctx, known) => known.includes(ctx.controls.place) ? ctx.controls.place : known[0];
const where = (place, layer) => place === "ln_final" ? "before the unembedding" : `before layer ${layer}’s ${place === "ln1" ? "attention" : "MLP"}`;
const names = (ctx, n) => Array.from({ length: n }, (_, i) => `${tokenText(ctx.run.ids[i])} (${i})`.replace(/</g, "‹")); // plotly reads tags in hover texts

// ---- rows of d_model numbers as stripes under one another; one dimension can be pointed at in all of them ---------------------------
// rows: [{name, at(j), top, note}]; say(j or null) writes the line below
function stripes(box, { label, say }) {
  let rows = [], n = 0, hot = null;
  const hair = el("i", { class: "normhair", hidden: true }), list = el("div", { class: "normstripes", role: "application", tabindex: 0, "aria-label": `${label}; left and right walk the dimensions` }); box.append(list);
  const canvases = () => [...list.querySelectorAll("canvas")];
  function point(j) {
    hot = j; const first = canvases()[0], r = first?.getBoundingClientRect(), o = list.getBoundingClientRect();
    hair.hidden = j === null; if (j !== null) hair.style.left = `${r.left - o.left + (j + .5) / n * r.width}px`; say(j);
  }
  list.addEventListener("pointermove", (e) => { const r = canvases()[0].getBoundingClientRect(), x = (e.clientX - r.left) / r.width; if (x >= 0 && x < 1) point(Math.floor(x * n)); });
  list.addEventListener("pointerleave", () => point(null));
  list.addEventListener("keydown", (e) => { const k = { ArrowRight: 1, ArrowLeft: -1, PageDown: 32, PageUp: -32, Home: -n, End: n }[e.key]; if (!k) return; e.preventDefault(); point(hot === null ? 0 : Math.min(n - 1, Math.max(0, hot + k))); });
  return {
    point,
    draw(next, count) {
      rows = next; n = count; const signed = [rgb("neg"), rgb("sunken"), rgb("pos")];
      list.replaceChildren(...rows.map((r) => el("div", { class: "normstripe" }, el("span", { class: "normname", text: r.name }), el("canvas", { "aria-hidden": "true" }), el("span", { class: "normnote", text: r.note }))), hair);
      canvases().forEach((c, i) => {
        const w = Math.floor(c.parentElement.clientWidth - [...c.parentElement.children].reduce((s, e) => e === c ? s : innerWidth <= 860 ? s : s + e.offsetWidth + 12, 0)), h = 26, g = canvas2(c, w, h), r = rows[i], one = document.createElement("canvas"); one.width = n; one.height = 1;
        const im = one.getContext("2d").createImageData(n, 1); for (let j = 0; j < n; j++) { const v = r.at(j), q = mix(signed[1], signed[v < 0 ? 0 : 2], Math.sqrt(Math.min(1, Math.abs(v) / r.top))); im.data.set([...q, 255], 4 * j); }
        one.getContext("2d").putImageData(im, 0, 0); g.imageSmoothingEnabled = false; g.drawImage(one, 0, 0, w, h);
      });
      point(hot !== null && hot < n ? hot : null);
    },
  };
}
const largest = (a, o = 0, n = a.length) => { let t = 1e-30; for (let j = 0; j < n; j++) t = Math.max(t, Math.abs(a[o + j])); return t; };
const rankBy = (n, f, k) => Array.from({ length: n }, (_, j) => j).sort((x, y) => Math.abs(f(y)) - Math.abs(f(x))).slice(0, k);

// ---- before and after ----------------------------------------------------------------------------------------------------------------
const scale = {
  create(body, ctx) {
    let d = null, m = null;
    const place = segmented("Which norm", PLACES, () => m ? placeOf(ctx, Object.keys(d.norms)) : "ln1", (k) => ctx.control("place", k));
    const key = baseKey(ctx, el("i", { class: "normdot dashed" })), legend = el("div", { class: "legend" }, el("span", {}, el("i", { class: "normdot hollow" }), "in the stream"), el("span", {}, el("i", { class: "normdot" }), "as it is read"), key);
    const said = el("p", { class: "readout normsaid" }), base = baseNote(ctx), left = el("div"), head = el("h3", { class: "sub3 normby" }), box = el("div"), read = el("p", { class: "readout", "aria-live": "polite" }), tables = el("div", { class: "normtwo" });
    const sizesHead = el("h3", { class: "sub3" }); body.append(el("div", { class: "bar" }, place, legend), said, base, sizesHead, left, head, box, read, tables);
    const sizes = chart(left, { height: 250, label: "Size of each token's row before and after the norm; arrow keys walk the positions" });
    const normed = (j) => (m.before.a[j] - (m.kind === "layer" ? m.mean : 0)) / m.scale.a[d.position];
    const rows = stripes(box, { label: "The selected token's row before, divided, weights and after", say: (j) => {
      if (j === null) return read.replaceChildren(el("span", { class: "muted", text: "Point at a dimension for its numbers. Blue +, orange −, colour = √size, each stripe by its own largest." }));
      read.replaceChildren("Dimension ", b(j), `: ${num(m.before.a[j], 3)}`, m.kind === "layer" ? ` − mean ${num(m.mean, 3)}` : "", ` ÷ ${size(m.scale.a[d.position])} = `, b(num(normed(j), 3)), `; × weight ${num(m.weight.a[j], 3)}`, m.bias ? ` + bias ${num(m.bias.a[j], 3)}` : "", " = ", b(num(m.out.a[j], 3)));
    } });
    const table = (title, f) => { const total = m.before.a.reduce((s, v) => s + v * v, 0), out = m.out.a.reduce((s, v) => s + v * v, 0); return el("div", {}, el("h3", { class: "sub3", text: title }), el("div", { class: "scroll" }, el("table", { class: "plain normtable" }, el("thead", {}, el("tr", {}, ["Dimension", "in the stream", "of its square", "÷ scale", "weight", "as read", "of its square"].map((t) => el("th", { class: "r", text: t })))), el("tbody", {}, rankBy(m.before.a.length, f, 5).map((j) => el("tr", {}, el("td", { class: "r" }, el("button", { class: "rowbtn", type: "button", text: j, "aria-label": `Show dimension ${j}`, on: { click: () => rows.point(j), focus: () => rows.point(j) } })), ...[sg(m.before.a[j], 2), pc(m.before.a[j] ** 2 / total), sg(normed(j), 2), num(m.weight.a[j], 3), sg(m.out.a[j], 3), pc(m.out.a[j] ** 2 / out)].map((t) => el("td", { class: "r", text: t })))))))); };
    function draw() {
      const known = Object.keys(d.norms), now = placeOf(ctx, known), p = d.position; m = d.norms[now]; place.sync(); [...place.children].forEach((c) => { c.hidden = !known.includes(c.dataset.k); });
      const s = m.scale.a, a = m.after.a, n = s.length, x = Array.from(s, (_, i) => i), spread = (t) => Math.max(...t) / Math.min(...t), big = x.reduce((i, j) => s[j] > s[i] ? j : i, 0), text = names(ctx, n);
      said.replaceChildren(`${m.kind === "rms" ? "RMSNorm" : "LayerNorm"} ${where(now, d.layer)} divides the row of `, tokenEl(ctx.run.ids[p]), ` (${p}) by `, b(size(s[p])), `. Over the text the rows’ sizes lie a factor of `, b(size(spread(s))), " apart, the largest at ", tokenEl(ctx.run.ids[big]), ` (${big}); what ${READER[now]} reads, a factor of `, b(size(spread(a))), ".");
      sizesHead.textContent = `Size of every token’s row: ${m.kind === "rms" ? "root mean square" : "standard deviation in the stream, root mean square as read"}; log scale`;
      const was = m.base?.a; key.show(m.base); base.say(m.base, "Unmodified, this row was divided by ", b(size(was?.[p] ?? 0)), was && Math.abs(was[p] - s[p]) < 1e-6 * s[p] ? ": the intervention acts behind it." : ".");
      const stems = { x: [], y: [] }; for (const i of x) { stems.x.push(i, i, null); stems.y.push(s[i], a[i], null); }
      const traces = [{ x, y: s, mode: "markers", color: "river-deep", hollow: true, size: 8, text, hover: "%{text}: %{y:.3~r} in the stream<extra></extra>" }, { ...stems, mode: "lines", color: "line2", width: 1.2, hoverinfo: "skip" }, { x, y: a, mode: "markers", color: "ink", size: 7, text, hover: "%{text}: %{y:.3~r} as read<extra></extra>" }, { x: [p, p], y: [s[p], a[p]], mode: "lines+markers", color: "prob", size: 10, width: 2, text: [text[p], text[p]], hover: "%{text}: %{y:.3~r}<extra></extra>" }];
      if (was) traces.push({ x: x.slice(0, was.length), y: was, mode: "lines", color: "ink2", dash: "dash", width: 1.25, text, hover: "%{text}: %{y:.3~r} unmodified<extra></extra>" });
      sizes.draw({ traces, x: { title: "position", nticks: 12, range: [-.6, n - .4], zeroline: false }, y: { type: "log", dtick: 1, tickformat: "~g" }, margin: { t: 10 }, onClick: (v) => v && ctx.set({ position: Math.round(v.x ?? v.index) }) });
      head.replaceChildren("The row of ", tokenEl(ctx.run.ids[p]), `, number by number, ${where(now, d.layer)}`);
      const D = m.before.a.length, top = (f) => { let t = 1e-30; for (let j = 0; j < D; j++) t = Math.max(t, Math.abs(f(j))); return t; }, stripe = (name, f, note) => ({ name, at: f, top: top(f), note: note ?? `largest ${size(top(f))}` });
      rows.draw([stripe("in the stream", (j) => m.before.a[j]), stripe(`${m.kind === "layer" ? "− mean, " : ""}÷ ${size(s[p])}`, normed), stripe("weight", (j) => m.weight.a[j]), ...(m.bias ? [stripe("bias", (j) => m.bias.a[j])] : []), stripe("as read", (j) => m.out.a[j])], D);
      tables.replaceChildren(table("Largest in the stream", (j) => m.before.a[j]), table("Largest as read", (j) => m.out.a[j]));
    }
    return { draw(next) { d = next; draw(); }, exportData: () => d };
  },
};

// ---- LayerNorm against RMSNorm ---------------------------------------------------------------------------------------------------------
const mean = {
  create(body, ctx) {
    let d = null, geo = null;
    const said = el("p", { class: "readout normsaid" }), base = baseNote(ctx), map = el("canvas", { tabindex: 0, role: "application" }), mapBox = el("div", { class: "figure" }, map), line = el("div"), head = el("h3", { class: "sub3 normby" }), box = el("div"), read = el("p", { class: "readout", "aria-live": "polite" });
    const top = el("b"), h1 = el("h3", { class: "sub3" }, "Distance, every depth and token", el("span", { class: "legend normkey" }, el("span", {}, "0", el("i", { class: "ramp normramp" }), top))), h2 = el("h3", { class: "sub3" });
    body.append(said, base, el("div", { class: "normtwo" }, el("div", {}, h1, mapBox), el("div", {}, h2, line)), head, box, read);
    const byDepth = chart(line, { height: 330, label: "Distance between LayerNorm and RMSNorm at the selected token, by depth; arrow keys walk the depths" });
    const n = () => d.difference.shape[1], depths = () => d.difference.shape[0], known = () => PLACES.map(([k]) => k), place = () => placeOf(ctx, known());
    const depth = () => place() === "ln_final" ? depths() - 1 : 2 * d.layer + (place() === "ln2" ? 1 : 0), at = (r, c) => d.difference.a[r * n() + c];
    const go = (r, c) => { const to = r === depths() - 1 ? "ln_final" : r % 2 ? "ln2" : "ln1"; if (to !== place()) ctx.control("place", to); ctx.set({ position: c, ...(to === "ln_final" ? {} : { layer: Math.floor(r / 2) }) }); };
    const spot = (r) => r === depths() - 1 ? "before the unembedding" : where(r % 2 ? "ln2" : "ln1", Math.floor(r / 2));
    const rows = stripes(box, { label: "The selected row as RMSNorm and as LayerNorm give it, and the difference", say: (j) => {
      if (j === null) return read.replaceChildren(el("span", { class: "muted", text: "Both without weights. The two rows share one colour scale, their difference has its own." }));
      const [p, q] = both(); read.replaceChildren("Dimension ", b(j), ": RMSNorm ", b(num(p(j), 4)), ", LayerNorm ", b(num(q(j), 4)), ", difference ", b(sg(q(j) - p(j), 4)));
    } });
    const both = () => { const D = d.rows.shape[2], o = known().indexOf(place()) * 2 * D; return [(j) => d.rows.a[o + j], (j) => d.rows.a[o + D + j]]; };
    function drawMap() {
      const W = Math.floor(mapBox.clientWidth) || 320, R = depths(), C = n(), x0 = 34, y0 = 58, h = R * Math.max(2, Math.min(7, 340 / R)), w = Math.min(W - x0 - 4, C * 34), cw = w / C, ch = h / R, g = canvas2(map, W, y0 + h + 4), a0 = rgb("sunken"), a1 = rgb("ink"), most = largest(d.difference.a), im = g.createImageData(C, R);
      for (let i = 0; i < R * C; i++) im.data.set([...mix(a0, a1, d.difference.a[i] / most), 255], 4 * i);
      const one = document.createElement("canvas"); one.width = C; one.height = R; one.getContext("2d").putImageData(im, 0, 0); g.clearRect(0, 0, W, y0 + h + 4); g.imageSmoothingEnabled = cw < 1; g.drawImage(one, x0, y0, w, h);
      const every = Math.ceil(11.5 / cw), p = d.position; g.font = '500 11px "JetBrains Mono", monospace'; g.textBaseline = "middle"; g.textAlign = "left";
      for (let k = 0; k < C; k++) if (k === p || k % every === 0 && Math.abs(k - p) >= every) { g.fillStyle = css(k === p ? "ink" : k >= ctx.run.nPrompt ? "prob" : "ink2"); g.save(); g.translate(x0 + (k + .5) * cw, y0 - 6); g.rotate(-Math.PI / 2); g.fillText(cut(tokenText(ctx.run.ids[k]), 7), 0, 0); g.restore(); }
      g.font = "11px Inter, sans-serif"; g.textAlign = "right"; const L = (R - 1) / 2, step = Math.ceil(16 / (2 * ch)), by = [1, 2, 5, 10, 20].find((v) => v >= step) ?? step; for (let l = 0; l < L; l += by) { g.fillStyle = css(l === d.layer ? "prob" : "ink3"); g.fillText(l, x0 - 8, y0 + (2 * l + 1) * ch); }
      g.strokeStyle = css("prob"); g.lineWidth = 2; g.strokeRect(x0 + p * cw - 1, y0 - 1, cw + 2, h + 2); g.strokeRect(x0 - 1, y0 + depth() * ch - 1.5, w + 2, ch + 3);
      geo = { x0, y0, cw, ch, R, C }; top.textContent = pc(most); map.setAttribute("aria-label", `Distance between LayerNorm and RMSNorm by depth and token, 0 to ${pc(most)}; arrow keys move the selection`);
    }
    const hit = (e) => { const r = map.getBoundingClientRect(), c = Math.floor((e.clientX - r.left - geo.x0) / geo.cw), k = Math.floor((e.clientY - r.top - geo.y0) / geo.ch); return c >= 0 && c < geo.C && k >= 0 && k < geo.R ? [k, c] : null; };
    map.addEventListener("pointermove", (e) => { const q = hit(e); map.style.cursor = q ? "pointer" : "default"; if (!q) return tip.hide(); tip.show(e.clientX, e.clientY, `${tokenText(ctx.run.ids[q[1]])} (${q[1]})`, [[spot(q[0]), ""], ["distance", pc(at(...q))], ["mean’s share of the square", pc(d.share.a[q[0] * n() + q[1]])]]); });
    map.addEventListener("pointerleave", tip.hide); map.addEventListener("click", (e) => { const q = hit(e); if (q) go(...q); });
    map.addEventListener("keydown", (e) => { const v = { ArrowDown: [1, 0], ArrowUp: [-1, 0], ArrowRight: [0, 1], ArrowLeft: [0, -1] }[e.key]; if (!v) return; e.preventDefault(); go(Math.min(depths() - 1, Math.max(0, depth() + v[0])), Math.min(n() - 1, Math.max(0, d.position + v[1]))); });
    function draw() {
      const p = d.position, r = depth(), own = d.kind === "rms" ? "RMSNorm" : "LayerNorm", other = d.kind === "rms" ? "LayerNorm" : "RMSNorm", R = depths(), col = Array.from({ length: R }, (_, i) => at(i, p)), x = col.map((_, i) => i / 2);
      said.replaceChildren(`This model has ${own}. At `, tokenEl(ctx.run.ids[p]), ` (${p}), ${spot(r)}, the mean makes `, b(share(d.share.a[r * n() + p])), ` of the row’s square: ${other} would give a row `, b(pc(at(r, p))), " of its length away.");
      base.say(d.base, "Unmodified, the two would lie ", b(pc(d.base?.a[r] ?? 0)), " apart here.");
      h2.replaceChildren("At ", tokenEl(ctx.run.ids[p]), ", by depth");
      const text = col.map((_, i) => spot(i)), traces = [{ x, y: col, mode: "lines+markers", color: "ink", size: 4, width: 1.5, text, hover: "%{text}: %{y:.2%}<extra></extra>" }, { x: [x[r]], y: [col[r]], mode: "markers", color: "prob", size: 10, text: [text[r]], hover: "%{text}: %{y:.2%}<extra></extra>" }];
      if (d.base) traces.push({ x, y: d.base, mode: "lines", color: "ink2", dash: "dash", width: 1.25, text, hover: "%{text}: %{y:.2%} unmodified<extra></extra>" });
      byDepth.draw({ traces, x: { title: "layer; between two, before its MLP" }, y: { tickformat: ".1~%", rangemode: "tozero", title: "of the row’s length" }, onClick: (v) => v && go(Math.min(R - 1, v.index), p) });
      drawMap(); head.replaceChildren("The same row both ways, ", spot(r));
      const [q, s] = both(), D = d.rows.shape[2]; let t = 1e-30, u = 1e-30; for (let j = 0; j < D; j++) { t = Math.max(t, Math.abs(q(j)), Math.abs(s(j))); u = Math.max(u, Math.abs(s(j) - q(j))); }
      rows.draw([{ name: "RMSNorm", at: q, top: t, note: `largest ${size(t)}` }, { name: "LayerNorm", at: s, top: t, note: "same scale" }, { name: "difference", at: (j) => s(j) - q(j), top: u, note: `largest ${size(u)}` }], D);
    }
    return { draw(next) { d = next; draw(); }, exportData: () => d };
  },
};
const share = (v) => v > 0 && v < .001 ? `${(100 * v).toPrecision(1)} %` : pc(v);

// ---- gradients before training -----------------------------------------------------------------------------------------------------------
const QUANTITY = { w_out: ["Gradient of W_out", "|gradient of W_out|"], weights: ["of all weights", "|gradient of the layer’s weights|"], stream: ["of the stream", "|gradient of the stream that enters|"], sizes: ["The stream itself", "root mean square of the stream that enters"] };
const gradients = {
  create(body, ctx) {
    let d = null;
    const quantity = () => ctx.controls.of in QUANTITY ? ctx.controls.of : "w_out", deep = () => d.depths.includes(+ctx.controls.deep) ? +ctx.controls.deep : d.depths.at(-1);
    const what = segmented("What is measured", Object.entries(QUANTITY).map(([k, [t]]) => [k, t]), quantity, (k) => ctx.control("of", k)), kind = segmented("Kind of norm", [["layer", "LayerNorm"], ["rms", "RMSNorm"]], () => d?.norm ?? "layer", (k) => ctx.control("norm", k)), seed = el("button", { class: "btn", type: "button", text: "Other weights", title: "Draw the decoders with the next seed", on: { click: () => ctx.control("seed", (d?.seed ?? 0) + 1) } }), seedSays = el("span", { class: "hint" });
    const legend = el("div", { class: "legend" }, el("span", {}, el("i", { class: "normline" }), "norm before (pre-norm)"), el("span", {}, el("i", { class: "normline post" }), "norm after (post-norm)"), el("span", { class: "formulakey" }, el("i", { class: "normline wide" }), "∝ 1/√layers")), formula = legend.querySelector(".formulakey");
    const said = el("p", { class: "readout normsaid" }), l = el("div"), r = el("div"), h1 = el("h3", { class: "sub3" }), h2 = el("h3", { class: "sub3" }), deepBox = el("div", { class: "normdeep" }), note = el("p", { class: "hint" }), base = baseNote(ctx);
    body.append(el("div", { class: "bar" }, el("div", { class: "normbar" }, what), el("div", { class: "normbar" }, kind, seed, seedSays)), said, base, el("div", { class: "bar" }, legend, deepBox), el("div", { class: "normtwo" }, el("div", {}, h1, l), el("div", {}, h2, r)), note);
    const byDepth = chart(l, { height: 300, label: "The last layer, by the number of layers; arrow keys walk the depths, Enter opens one" }), byLayer = chart(r, { height: 300, label: "Every layer of one decoder" });
    const WAYS = [["pre", "ink", undefined, "pre-norm"], ["post", "river-deep", "dash", "post-norm"]];
    const of = (way, depth) => d.found.find((f) => f.placement === way && f.n_layers === depth);
    const values = (f, k) => { const q = quantity(), L = f.n_layers; return q === "sizes" ? Array.from(f.sizes.a) : Array.from(f[q].a.subarray(k * L, (k + 1) * L)); };
    function draw() {
      const q = quantity(), D = deep(), low = d.depths[0], high = d.depths.at(-1), last = (way, depth, k = 0) => values(of(way, depth), k).at(-1); for (const s of [what, kind]) s.sync(); seedSays.textContent = `seed ${d.seed}`;
      const span = (way) => [`${size(last(way, low))} → `, b(size(last(way, high)))];
      said.replaceChildren(`From ${low} layers to ${high}, ${q === "sizes" ? "the stream that enters the last layer goes" : "the last layer’s gradient goes"} `, ...span("pre"), " with the norm before, ", ...span("post"), " with the norm after.", ...(q === "w_out" && d.exponents.pre !== null ? [" Best power of the depth: ", b(num(d.exponents.pre)), " and ", b(num(d.exponents.post)), " (the paper’s bounds: −0.5 and 0)."] : []));
      base.say(true, "Interventions act on the model, not on these decoders; of the run they take its tokens only.");
      deepBox.replaceChildren(el("span", { class: "muted", text: "Layers" }), segmented("Layers of the decoder at the right", d.depths.map((k) => [k, String(k)]), deep, (k) => ctx.control("deep", k)));
      const noun = { w_out: "Gradient of the last layer’s W_out", weights: "Gradient of all the last layer’s weights", stream: "Gradient of the stream that enters the last layer", sizes: "Size of the stream that enters the last layer" }[q];
      h1.textContent = `${noun}, by depth`; h2.textContent = `Every layer of the decoders with ${D} layers`; formula.hidden = q !== "w_out";
      const bars = (way) => q === "sizes" ? {} : { error_y: { type: "data", symmetric: false, array: d.depths.map((k) => last(way, k, 2) - last(way, k)), arrayminus: d.depths.map((k) => last(way, k) - last(way, k, 1)), color: css(way === "pre" ? "ink" : "river-deep"), thickness: 1, width: 3 } };
      const traces = []; if (q === "w_out") { const mid = Math.exp(d.depths.reduce((s, k) => s + Math.log(last("pre", k) * Math.sqrt(k)), 0) / d.depths.length); traces.push({ x: d.depths, y: d.depths.map((k) => mid / Math.sqrt(k)), mode: "lines", color: "line2", width: 9, hoverinfo: "skip" }); }
      for (const [way, color, dash, name] of WAYS) traces.push({ x: d.depths, y: d.depths.map((k) => last(way, k)), mode: "lines+markers", color, dash, size: 7, hover: `%{x} layers: %{y:.3f}<extra>${name}</extra>`, ...bars(way) });
      traces.push({ x: [D, D], y: WAYS.map(([way]) => last(way, D)), mode: "markers", color: "prob", size: 11, hover: "%{x} layers: %{y:.3f}<extra></extra>" });
      byDepth.draw({ traces, x: { type: "log", tickvals: d.depths, title: "layers of the decoder" }, y: { type: "log", ...logTicks([...traces, ...(q === "sizes" ? [] : WAYS.flatMap(([way]) => [1, 2].map((k) => ({ y: d.depths.map((depth) => last(way, depth, k)) }))))]) }, onClick: (v) => v && ctx.control("deep", v.x ?? d.depths[v.index]) });
      const x = Array.from({ length: D }, (_, i) => i), each = []; for (const [way, color, dash, name] of WAYS) { const f = of(way, D); if (q !== "sizes") each.push({ x, y: values(f, 1), mode: "lines", color, width: 0, hoverinfo: "skip" }, { x, y: values(f, 2), mode: "lines", color, width: 0, fill: "tonexty", hoverinfo: "skip" }); each.push({ x, y: values(f, 0), mode: "lines+markers", color, dash, size: 5, hover: `layer %{x}: %{y:.3f}<extra>${name}</extra>` }); }
      byLayer.draw({ traces: each, x: { title: "layer", range: [-.5, D - .5], zeroline: false, nticks: 12 }, y: { type: "log", ...logTicks(each) } });
      note.textContent = `Measured before any training: ${2 * d.depths.length} kinds of decoder, each drawn ${d.draws} times (bars and bands: least to most), d_model ${d.d_model}, ${d.n_heads} heads, ReLU, Xavier start as in the paper (2002.04745). They read this run’s first ${d.read} tokens, ${d.distinct} different ones. At the last layer the bound falls as 1/√layers with the norm before, and not at all with the norm after; the paper gives this as the reason for post-norm’s warm-up.`;
    }
    return { draw(next) { d = next; draw(); }, exportData: () => d };
  },
};
// A short log axis wants ticks at 1, 2, 5.
function logTicks(traces) {
  const all = traces.flatMap((t) => Array.from(t.y)).filter((v) => v > 0), low = Math.min(...all) / 1.25, high = Math.max(...all) * 1.25, tickvals = [];
  for (let e = Math.floor(Math.log10(low)); e <= Math.ceil(Math.log10(high)); e++) for (const k of [1, 2, 5]) { const v = k * 10 ** e; if (v >= low && v <= high) tickvals.push(v); }
  return { range: [Math.log10(low), Math.log10(high)], tickvals, ticktext: tickvals.map((v) => String(+v.toPrecision(2))) };
}
export const views = { scale, mean, gradients };
