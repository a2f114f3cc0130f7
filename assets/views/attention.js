// Attention: the wall of all heads on one canvas, and what every layer reads from the selected token. One head opened: attention_head.js.
import { el, css, rgb, rgbs, mix, canvas2, cut, tip, segmented, headName, tokenText, scrollTo, pc } from "../js/dom.js";
import { createHead } from "./attention_head.js";

const fx = (v, n, unit = "") => Number.isFinite(v) ? v.toFixed(n) + unit : "–"; // a run of one token has no scores
const shared = { reads: null }; // the row of every head at the selected position, for arcs on hover
const ramp = () => el("span", {}, "0", el("i", { class: "ramp inkramp" }), "1, ink = √weight");
const onStage = (body) => body.closest(".panel")?.parentElement ?? document;
const openHead = (body) => scrollTo(onStage(body).querySelector(".headview")?.closest(".panel"));

function createWall(body, ctx) {
  let d = null, lay = null, sort = "layer", order = [];
  const note = el("span"), wall = el("canvas", { tabindex: 0, role: "application" }), box = el("div", { class: "figure" }, wall), bar = el("div", { class: "bar" }), pooled = el("p", { class: "hint" });
  body.append(bar, box, pooled);
  const SORTS = [["layer", "Layer order"], ["induction", "Induction"], ["previous", "Previous token"], ["sink", "First-token sink"], ["entropy", "Entropy"], ["ablation", "Ablation effect"]];
  const sizes = () => { const [L, H] = [d.n_layers, d.n_heads]; return { L, H, G: H / d.n_kv_heads, N: L * H, tri: d.cells * (d.cells + 1) / 2 }; };
  // The ablation effect is measured in Heads & causes, for one position and target; the sort is offered once that is done.
  function score(name) {
    if (name !== "ablation") return d[name]?.a;
    const spec = ctx.store.panels?.find((p) => p.name === "heads_and_causes"), view = spec?.views.find((v) => v.name === "scatter");
    return view ? ctx.store.payload(spec.name, view)?.data?.kl?.a : undefined;
  }
  const sorted = () => { const a = Array.from({ length: sizes().N }, (_, i) => i), v = sort === "layer" ? null : score(sort); if (v) a.sort((x, y) => v[y] - v[x] || 0); return a; };
  const painted = new WeakMap(); // payload -> {ink colour: canvas}
  function atlas() { // all maps once a theme, then copied
    const had = painted.get(d) ?? {}, key = css("ink") + css("sunken"); painted.set(d, had);
    if (had[key]) return had[key];
    const { L, H, tri } = sizes(), n = d.cells, c = document.createElement("canvas"); c.width = n * L; c.height = n * H;
    const g = c.getContext("2d"), im = g.createImageData(c.width, c.height), px = new Uint32Array(im.data.buffer), ink = rgb("ink"), s = rgb("sunken");
    const lut = Uint32Array.from({ length: 256 }, (_, v) => { const m = mix(s, ink, Math.sqrt(v / 255)); return (255 << 24 | m[2] << 16 | m[1] << 8 | m[0]) >>> 0; });
    for (let l = 0; l < L; l++) for (let h = 0; h < H; h++) for (let q = 0, o = (l * H + h) * tri; q < n; q++) { const at = (h * n + q) * c.width + l * n; for (let k = 0; k < n; k++) px[at + k] = lut[k > q ? 0 : d.maps.a[o + k]]; o += q + 1; }
    g.putImageData(im, 0, 0); had[key] = c;
    return c;
  }
  function layout(W) {
    const { L, H, G, N } = sizes(), narrow = W < 560, cells = new Array(N); let high, cols;
    const gaps = G > 1 ? d.n_kv_heads - 1 : 0, gapOf = (h, g) => G > 1 ? Math.floor(h / G) * g : 0; order = sorted();
    if (sort === "layer" && !narrow) {
      const gx = 30, p = Math.min(52, (W - gx) / L), s = p - Math.min(3.5, p * .12); cols = L;
      order.forEach((i) => { const l = Math.floor(i / H), h = i % H; cells[i] = [gx + l * p, 18 + h * p + gapOf(h, 7), s]; }); high = 18 + H * p + gaps * 7;
    } else if (sort === "layer") {
      const gx = 22, gap = gaps * 5 < W * .1 ? 5 : 0, p = Math.min(52, (W - gx - gaps * gap) / H), s = p - Math.min(3, p * .12); cols = H;
      order.forEach((i) => { const l = Math.floor(i / H), h = i % H; cells[i] = [gx + h * p + gapOf(h, gap), 18 + l * p, s]; }); high = 18 + L * p;
    } else {
      cols = Math.max(1, Math.min(N, Math.round(W / (narrow ? 39 : 35)))); const p = Math.min(52, W / cols);
      order.forEach((i, j) => { cells[i] = [j % cols * p, 4 + Math.floor(j / cols) * p, p - 3.5]; }); high = 4 + Math.ceil(N / cols) * p;
    }
    return { cells, W, high, narrow, cols };
  }
  function draw() {
    const { L, H, N } = sizes(), n = d.cells, W = Math.floor(box.clientWidth) || 320; lay = layout(W);
    const g = canvas2(wall, W, Math.ceil(lay.high)), at = atlas(); g.clearRect(0, 0, W, lay.high);
    g.font = "11px Inter, sans-serif"; g.fillStyle = css("ink3"); g.textBaseline = "middle"; g.textAlign = "center";
    if (sort === "layer") {
      const across = lay.narrow ? H : L, cell = (a, b) => lay.cells[lay.narrow ? b * H + a : a * H + b], pitch = across > 1 ? cell(1, 0)[0] - cell(0, 0)[0] : 99, every = pitch < 15 ? 5 : pitch < 22 && lay.narrow ? 2 : 1;
      for (let a = 0; a < across; a += every) g.fillText(lay.narrow ? "H" + a : a, cell(a, 0)[0] + cell(a, 0)[2] / 2, 7);
      g.textAlign = "right"; const down = lay.narrow ? L : H, dp = down > 1 ? cell(0, 1)[1] - cell(0, 0)[1] : 99;
      for (let b = 0; b < down; b += dp < 12 ? 5 : 1) g.fillText(lay.narrow ? b : "H" + b, lay.narrow ? 16 : 24, cell(0, b)[1] + cell(0, b)[2] / 2);
    }
    for (let i = 0; i < N; i++) { const [x, y, s] = lay.cells[i]; g.imageSmoothingEnabled = s * (window.devicePixelRatio || 1) < n; g.drawImage(at, Math.floor(i / H) * n, i % H * n, n, n, x, y, s, s); }
    const off = new Set((ctx.interventions ?? []).filter((v) => v.on !== false).map((v) => /^ablate:(\d+)\.(\d+)/.exec(v.text)).filter(Boolean).map((m) => m[1] * H + +m[2]));
    g.strokeStyle = css("bad"); g.lineWidth = 1.5; // an ablated head is struck through: what was removed stays, marked
    for (const i of off) if (lay.cells[i]) { const [x, y, s] = lay.cells[i]; g.beginPath(); g.moveTo(x, y); g.lineTo(x + s, y + s); g.moveTo(x + s, y); g.lineTo(x, y + s); g.stroke(); }
    const sel = lay.cells[selected()]; g.strokeStyle = css("surface"); g.lineWidth = 5; g.strokeRect(sel[0] - 1, sel[1] - 1, sel[2] + 2, sel[2] + 2); g.strokeStyle = css("prob"); g.lineWidth = 2.5; g.strokeRect(sel[0] - 1.2, sel[1] - 1.2, sel[2] + 2.4, sel[2] + 2.4);
  }
  const selected = () => { const { L, H } = sizes(), f = ctx.store.focus; return Math.min(L - 1, f.layer ?? 0) * H + Math.min(H - 1, f.head ?? 0); };
  const hit = (e) => { const r = wall.getBoundingClientRect(), x = e.clientX - r.left, y = e.clientY - r.top; return lay.cells.findIndex((c) => x >= c[0] - 1 && x < c[0] + c[2] + 3 && y >= c[1] - 1 && y < c[1] + c[2] + 3); };
  const facts = (i) => [["previous token", fx(d.previous.a[i], 3)], ["first-token sink", fx(d.sink.a[i], 3)], ["entropy", fx(d.entropy.a[i], 2, " bits")], ["induction", fx(d.induction.a[i], 3)], score("ablation") ? ["ablated here: KL", fx(score("ablation")[i], 3, " nats")] : null].filter(Boolean);
  function rowOf(i) { // this head's weights at the selected position: exact from `reads`, else from an unpooled map
    const q = ctx.store.focus.position, r = shared.reads;
    if (r && r.position === q) return Float32Array.from(r.rows.a.subarray(i * (q + 1), (i + 1) * (q + 1)), (v) => v / 255);
    if (d.stride !== 1 || q >= d.cells) return null;
    const o = i * sizes().tri + q * (q + 1) / 2; return Float32Array.from(d.maps.a.subarray(o, o + q + 1), (v) => v / 255);
  }
  let over = -1;
  const leave = () => { over = -1; tip.hide(); ctx.arcs?.(null); };
  wall.addEventListener("pointermove", (e) => {
    const i = hit(e); wall.style.cursor = i < 0 ? "default" : "pointer"; if (i < 0) { if (over >= 0) leave(); return; }
    tip.show(e.clientX, e.clientY, headName(Math.floor(i / sizes().H), i % sizes().H), facts(i));
    if (i !== over) { over = i; ctx.arcs?.(rowOf(i)); }
  });
  wall.addEventListener("pointerleave", leave);
  wall.addEventListener("click", (e) => { const i = hit(e), { H } = sizes(); if (i >= 0) ctx.set({ layer: Math.floor(i / H), head: i % H }); });
  wall.addEventListener("keydown", (e) => {
    if (!/^Arrow|^Enter$/.test(e.key)) return; e.preventDefault(); if (e.key === "Enter") return openHead(body);
    const { L, H, N } = sizes(), step = { ArrowRight: [1, 0], ArrowLeft: [-1, 0], ArrowDown: [0, 1], ArrowUp: [0, -1] }[e.key]; let l = Math.floor(selected() / H), h = selected() % H;
    if (sort === "layer") { const [dl, dh] = lay.narrow ? [step[1], step[0]] : step; l = Math.min(L - 1, Math.max(0, l + dl)); h = Math.min(H - 1, Math.max(0, h + dh)); } else { const j = order[Math.min(N - 1, Math.max(0, order.indexOf(selected()) + step[0] + step[1] * lay.cols))]; l = Math.floor(j / H); h = j % H; }
    ctx.set({ layer: l, head: h });
  });
  let offered = false;
  function controls() {
    offered = !!score("ablation");
    const { G } = sizes(), say = () => { note.textContent = sort !== "layer" ? "highest first, row by row" : lay?.narrow ? "across: heads; down: blocks" : `across: blocks; down: heads${G > 1 ? `, ${G} to a key/value head` : ""}`; };
    bar.replaceChildren(segmented("Sort heads", SORTS.filter(([k]) => k === "layer" || score(k)), () => sort, (k) => { sort = k; draw(); say(); }), el("div", { class: "legend" }, ramp(), note));
    pooled.textContent = [d.stride > 1 ? `Each square of a map covers ${d.stride} × ${d.stride} tokens and shows their largest weight.` : "", sort === "induction" || d.induction ? "Induction is measured on a sequence of random tokens said twice, not on this text." : ""].filter(Boolean).join(" ");
    say();
  }
  return {
    draw(data, focus, what) {
      d = data; if (sort !== "layer" && !score(sort)) sort = "layer"; draw(); if (what !== "focus" || !!score("ablation") !== offered) controls();
      wall.setAttribute("aria-label", `Wall of ${sizes().N} attention heads; arrow keys move, Enter opens`);
    },
    exportData: () => Array.from({ length: sizes().N }, (_, i) => ({ layer: Math.floor(i / d.n_heads), head: i % d.n_heads, previous_token: d.previous.a[i], first_token_sink: d.sink.a[i], entropy_bits: d.entropy.a[i], induction: d.induction.a[i] })),
  };
}

// ---- every layer's strongest link from the selected token -----------------------------------------------------------------------
function createReads(body, ctx) {
  let d = null, geo = null, best = null, cursor = null;
  const c = el("canvas", { tabindex: 0, role: "application" }), box = el("div", { class: "figure" }, c), read = el("p", { class: "readout" });
  body.append(el("div", { class: "bar" }, read, el("div", { class: "legend" }, ramp(), el("span", { text: "a cell is the block's strongest head" }))), box);
  function strongest() { // [layer key] -> head with the largest weight
    const L = d.n_layers, H = d.n_heads, n = d.position + 1; best = { head: new Uint16Array(L * n), w: new Uint8Array(L * n) };
    for (let l = 0; l < L; l++) for (let h = 0; h < H; h++) for (let k = 0, o = (l * H + h) * n; k < n; k++) { const v = d.rows.a[o + k], j = l * n + k; if (v > best.w[j]) { best.w[j] = v; best.head[j] = h; } }
  }
  function draw() {
    const W = Math.floor(box.clientWidth) || 320, n = d.position + 1, L = d.n_layers, lab = 26, top = 66, p = Math.min(90, (W - lab) / n), rh = Math.max(9, Math.min(14, 420 / L)), g = canvas2(c, W, Math.ceil(top + L * rh + 2)), ink = rgb("ink"), s = rgb("sunken");
    geo = { lab, top, p, rh, n, L }; g.clearRect(0, 0, W, top + L * rh + 2); g.textBaseline = "middle"; g.font = "11px Inter, sans-serif"; g.fillStyle = css("ink3"); g.textAlign = "right";
    const stepL = rh < 12 ? 2 : 1, gap = p > 3 ? .8 : 0;
    for (let l = 0; l < L; l++) { if (l % stepL === 0 || l === L - 1) { g.fillStyle = css(l === ctx.store.focus.layer ? "ink" : "ink3"); g.fillText(l, lab - 7, top + (l + .5) * rh); } for (let k = 0; k < n; k++) { g.fillStyle = rgbs(mix(s, ink, Math.sqrt(best.w[l * n + k] / 255))); g.fillRect(lab + k * p, top + l * rh, p - gap, rh - .8); } }
    g.font = '500 11px "JetBrains Mono", monospace'; g.textAlign = "left"; const every = Math.ceil(13 / p);
    for (let k = 0; k < n; k++) if (k % every === 0 || k === n - 1) { if (k !== n - 1 && n - 1 - k < every) continue; g.save(); g.translate(lab + (k + .5) * p, top - 6); g.rotate(-Math.PI / 2); g.fillStyle = css(k === d.position ? "ink" : k >= ctx.run.nPrompt ? "prob" : "ink2"); g.fillText(cut(tokenText(ctx.run.ids[k]), 8), 0, 0); g.restore(); }
    const mark = (l, k, col) => { g.strokeStyle = css(col); g.lineWidth = 1.5; g.strokeRect(lab + k * p - .5, top + l * rh - .5, Math.max(p, 4), rh); };
    g.strokeStyle = css("prob"); g.lineWidth = 2; g.strokeRect(lab - 1, top + Math.min(L - 1, ctx.store.focus.layer) * rh - 1.2, n * p + 1, rh + 1.4);
    if (cursor) mark(cursor.l, cursor.k, "ink");
    c.setAttribute("aria-label", `What each block reads from position ${d.position}; arrow keys move, Enter opens the head`);
  }
  const say = () => {
    if (!cursor) { read.replaceChildren(`From position ${d.position}: one row a block, one column a token that it can see. Hover a cell to see which head reads it.`); return; }
    const j = cursor.l * geo.n + cursor.k, h = best.head[j]; read.replaceChildren(el("b", { text: headName(cursor.l, h) }), " reads ", el("span", { class: "mono", text: tokenText(ctx.run.ids[cursor.k]) }), ` at ${cursor.k} with `, el("b", { text: pc(best.w[j] / 255) }), ", the most of its block");
  };
  const at = (e) => { const r = c.getBoundingClientRect(), k = Math.floor((e.clientX - r.left - geo.lab) / geo.p), l = Math.floor((e.clientY - r.top - geo.top) / geo.rh); return k >= 0 && k < geo.n && l >= 0 && l < geo.L ? { l, k } : null; };
  const move = (to) => {
    if (to?.l === cursor?.l && to?.k === cursor?.k) return; cursor = to; draw(); say();
    if (!to) return void ctx.arcs?.(null);
    const i = to.l * d.n_heads + best.head[to.l * geo.n + to.k]; ctx.arcs?.(Float32Array.from(d.rows.a.subarray(i * geo.n, (i + 1) * geo.n), (v) => v / 255));
  };
  const open = () => { if (cursor) ctx.set({ layer: cursor.l, head: best.head[cursor.l * geo.n + cursor.k] }); };
  c.addEventListener("pointermove", (e) => { const t = at(e); c.style.cursor = t ? "pointer" : "default"; move(t); });
  c.addEventListener("pointerleave", () => move(null)); c.addEventListener("click", (e) => { move(at(e)); open(); }); c.addEventListener("blur", () => move(null));
  c.addEventListener("keydown", (e) => {
    const s = { ArrowRight: [0, 1], ArrowLeft: [0, -1], ArrowDown: [1, 0], ArrowUp: [-1, 0] }[e.key];
    if (e.key === "Enter") { open(); openHead(body); e.preventDefault(); }
    if (s) { const from = cursor ?? { l: Math.min(geo.L - 1, ctx.store.focus.layer), k: geo.n - 1 }; move({ l: Math.min(geo.L - 1, Math.max(0, from.l + s[0])), k: Math.min(geo.n - 1, Math.max(0, from.k + s[1])) }); e.preventDefault(); }
  });
  return { draw(data) { if (d !== data) { d = data; shared.reads = data; cursor = null; strongest(); } draw(); say(); } };
}

export const views = { wall: { create: createWall }, reads: { create: createReads }, head: { create: createHead } };
