// One head opened: its arcs over the text, its map, the making of one query's row (q·k, scale, mask, softmax, value-weighted), and one
// score taken apart into its d_head products. After an ablation it shows what the next token lost.
import { el, sv, css, rgb, rgbs, mix, canvas2, cut, tip, sg, pc, tone, big, svgToken, tokenEl, tokenText, segmented, headName, nice } from "../js/dom.js";
import { PARTED } from "./unmodified.js";

const num = (v, d = 1) => v.toFixed(d).replace("-", "−");
const fx = (v, n, unit = "") => Number.isFinite(v) ? v.toFixed(n) + unit : "–";
const short = (id, n) => cut(tokenText(id), n);

export function createHead(body, ctx) {
  body.classList.add("headview");
  const facts = el("p", { class: "readout facts-line" }), ablate = el("button", { class: "btn", type: "button" }), kin = el("p", { class: "hint kin" }), change = el("div", { class: "change" });
  const arcs = el("div", { class: "figure" }), map = el("canvas", { tabindex: 0, role: "application" }), mapBox = el("div", { class: "figure" }, map), mapNote = el("p", { class: "hint" }), rowsBox = el("div", { class: "figure" }), rest = el("p", { class: "hint" });
  const scoreBox = el("div", { class: "scorebox" }), legend = el("span");
  let d = null, mode = "weight", hoverQ = null, key = null, at = null, dim = null;
  const toggle = segmented("Arcs and map show", [["weight", "Weight"], ["value", "Value-weighted"]], () => mode, (k) => { mode = k; paint(); });
  body.append(el("div", { class: "bar" }, facts, ablate), kin, change,
    el("div", { class: "bar", style: "margin-top:14px" }, el("div", { class: "toggle" }, el("span", { class: "hint", text: "Arcs and map show" }), toggle), el("div", { class: "legend" }, legend)),
    arcs, el("div", { class: "two headtwo" }, el("div", {}, mapBox, mapNote), el("div", {}, rowsBox, rest)), scoreBox);

  // ---- numbers ------------------------------------------------------------------------------------------------------------
  const T = () => ctx.run.ids.length, tokenAt = (p) => ctx.run.ids[p], W0 = () => d.map.shape[0];
  const haveRow = (q) => q >= d.row0 && q < d.row0 + d.rows.shape[0], inMap = (q) => q >= d.first && q < d.first + W0();
  function weights(q) { // the row of query q by key: the model's own floats where sent, else the map's bytes
    const n = T(), w = new Float64Array(n);
    if (haveRow(q)) for (let k = 0; k <= q; k++) w[k] = d.rows.a[(q - d.row0) * n + k];
    else if (inMap(q)) for (let k = d.first; k <= q; k++) w[k] = d.map.a[(q - d.first) * W0() + k - d.first] / 255;
    return w;
  }
  function valued(w) { let s = 0; const o = w.map((x, k) => x * d.value_norms.a[k]); for (const x of o) s += x; return s > 0 ? o.map((x) => x / s) : o; }
  const shown = (q) => mode === "value" ? valued(weights(q)) : weights(q);
  const raw = (s) => (d.softcap ? d.softcap * Math.atanh(s / d.softcap) : s) / d.scaling; // q·k itself, from the scaled score
  const byRoot = () => Math.abs(d.scaling * Math.sqrt(d.d_head) - 1) < 1e-6, scaleText = (short) => !byRoot() ? `× ${+d.scaling.toPrecision(3)}` : `÷ ${short && Number.isInteger(Math.sqrt(d.d_head)) ? Math.sqrt(d.d_head) : "√" + d.d_head}`;
  const query = () => hoverQ !== null && (haveRow(hoverQ) || inMap(hoverQ)) ? hoverQ : d.position;
  const tableQuery = () => hoverQ !== null && haveRow(hoverQ) && d.shown.shape[0] === T() ? hoverQ : d.position;
  function stages(q) { // scaled scores of the shown keys, exp(s − max) and the sum over all that the query sees
    const n = T(), o = (q - d.row0) * n, s = d.scores.a, w = weights(q); let mx = -Infinity, z = 0;
    const open = (k) => k <= q && !(w[k] === 0 && d.unread.includes(k) && q === d.position);
    for (let k = 0; k <= q; k++) if (open(k)) mx = Math.max(mx, s[o + k]);
    for (let k = 0; k <= q; k++) if (open(k)) z += Math.exp(s[o + k] - mx);
    return { s: (k) => s[o + k], open, mx, z, w, v: valued(w) };
  }

  // ---- arcs -----------------------------------------------------------------------------------------------------------------
  function drawArcs() {
    const q = query(), w = shown(q), n = T(), W = Math.floor(arcs.clientWidth) || 320, pitch = Math.min(96, W / n), wideText = pitch >= 30, tallText = !wideText && pitch >= 11.5, maxArc = wideText ? 112 : 92, ty = maxArc + 16, Ht = ty + (wideText ? 38 : tallText ? 68 : 80), longest = Math.max(pitch, q * pitch);
    const s = sv("svg", { class: "fig", viewBox: `0 0 ${W} ${Ht}`, height: Ht, role: "img", "aria-label": `Arcs from ${tokenText(tokenAt(q))} to the tokens that head ${headName(d.layer, d.head)} reads` });
    for (let k = 0; k < q; k++) {
      if (w[k] < .008) continue;
      const xa = (k + .5) * pitch, xb = (q + .5) * pitch, r = 10 + (maxArc * 1.02 - 10) * (xb - xa) / longest * Math.min(1, longest / 420);
      sv("path", { d: `M${xa} ${maxArc + 3}C${xa} ${maxArc + 3 - r * 1.33} ${xb} ${maxArc + 3 - r * 1.33} ${xb} ${maxArc + 3}`, fill: "none", stroke: css("ink"), "stroke-width": Math.max(.6, w[k] * 13).toFixed(2), opacity: (.16 + .6 * w[k]).toFixed(2) }, s);
    }
    if (w[q] > .008) sv("circle", { cx: (q + .5) * pitch, cy: maxArc - 4, r: (3 + 6 * Math.sqrt(w[q])).toFixed(1), fill: "none", stroke: css("ink"), "stroke-width": Math.max(.8, w[q] * 5).toFixed(1), opacity: .7 }, s);
    let free = -99;
    const order = tallText || wideText ? null : [...Array(q + 1).keys()].filter((k) => w[k] >= .02 || k === q).sort((a, b) => (b === q) - (a === q) || w[b] - w[a]), named = new Set();
    if (order) for (const k of order) if (![...named].some((j) => Math.abs(j - k) * pitch < 13)) named.add(k); // too narrow for all: name the heaviest
    for (let i = 0; i < n; i++) {
      const x = i * pitch, g = sv("g", { class: "arctok" }, s), fill = rgbs(mix(rgb("surface"), rgb("ink"), Math.sqrt(i <= q ? w[i] : 0) * .22)), gap = pitch > 6 ? 1 : 0;
      sv("rect", { x: x + gap, y: ty - 11, width: Math.max(.8, pitch - 2 * gap), height: wideText ? 26 : tallText ? 72 : 12, rx: pitch > 6 ? 3 : 0, fill, stroke: i === q ? css("ink") : pitch > 3 ? css("line") : "none", "stroke-width": i === q ? 2 : 1, "stroke-dasharray": i > q && pitch > 6 ? "2 2" : undefined }, g);
      const ink = css(i > q ? "ink3" : i >= ctx.run.nPrompt ? "prob" : "ink");
      if (wideText) { const t = svgToken(g, x + pitch / 2, ty + 6, tokenAt(i), { "text-anchor": "middle" }, Math.max(2, Math.floor((pitch - 2) / 6.25))); t.style.fill = ink; if (i <= q && w[i] >= .005 && x >= free) { sv("text", { x: x + pitch / 2, y: ty + 32, "text-anchor": "middle", class: w[i] >= .1 ? "ink b" : "dim" }, g, w[i].toFixed(2)); free = x + 22; } } else if (tallText || named.has(i)) { const t = svgToken(g, 0, 0, tokenAt(i), { transform: `translate(${x + pitch / 2 - 3.5} ${ty + (tallText ? -5 : 6)}) rotate(90)` }, 8); t.style.fill = ink; }
      g.addEventListener("pointerenter", () => { if (hoverQ !== i) { hoverQ = i; drawArcs(); drawRows(); } }); g.addEventListener("click", () => ctx.set({ position: i }));
    }
    arcs.replaceChildren(s);
  }
  arcs.addEventListener("pointerleave", () => { if (hoverQ !== null) { hoverQ = null; drawArcs(); drawRows(); } });

  // ---- the map ----------------------------------------------------------------------------------------------------------------
  let geo = null;
  function drawMap() {
    const n = W0(), W = Math.floor(mapBox.clientWidth) || 320, lab = 66, c = Math.min(30, Math.floor((W - lab - 2) / n * 100) / 100), Ht = lab + c * n + 4, g = canvas2(map, W, Math.ceil(Ht)), ink = rgb("ink"), s = rgb("sunken"), every = Math.ceil(12.5 / c), gap = c > 3 ? .7 : 0;
    g.clearRect(0, 0, W, Ht); g.font = '500 11px "JetBrains Mono", monospace'; g.textBaseline = "middle"; const sel = d.position - d.first;
    for (let q = 0; q < n; q++) {
      const p = d.first + q;
      if ((q % every === 0 && Math.abs(q - sel) >= every) || q === sel) {
        g.fillStyle = css(q === sel ? "ink" : p >= ctx.run.nPrompt ? "prob" : "ink2"); const t = short(tokenAt(p), 8);
        g.textAlign = "right"; g.fillText(t, lab - 7, lab + (q + .5) * c);
        g.save(); g.translate(lab + (q + .5) * c, lab - 7); g.rotate(-Math.PI / 2); g.textAlign = "left"; g.fillText(t, 0, 0); g.restore();
      }
      const row = shown(p); for (let k = 0; k <= q; k++) { g.fillStyle = rgbs(mix(s, ink, Math.sqrt(row[d.first + k]))); g.fillRect(lab + k * c, lab + q * c, c - gap, c - gap); }
    }
    if (sel >= 0 && sel < n) { g.strokeStyle = css("prob"); g.lineWidth = 2; g.strokeRect(lab - 1, lab + sel * c - 1.2, (sel + 1) * c + 1, c + 1.4); }
    geo = { lab, c, n };
    map.setAttribute("aria-label", `Attention map of ${headName(d.layer, d.head)}; up and down choose the query`);
    mapNote.textContent = n < T() ? `Positions ${d.first} to ${d.first + n - 1} of ${T()}: the map is cut to ${n} rows and columns; arcs and row cover the whole text.` : "";
  }
  const cellAt = (e) => { const r = map.getBoundingClientRect(), k = Math.floor((e.clientX - r.left - geo.lab) / geo.c), q = Math.floor((e.clientY - r.top - geo.lab) / geo.c); return { q, k, ok: q >= 0 && q < geo.n }; };
  map.addEventListener("pointermove", (e) => {
    const { q, k, ok } = cellAt(e); if (!ok || k < 0 || k > q) return tip.hide();
    const Q = d.first + q, K = d.first + k, w = weights(Q); tip.show(e.clientX, e.clientY, `${tokenText(tokenAt(Q))} reads ${tokenText(tokenAt(K))}`, [["weight", w[K].toFixed(3)], ["value-weighted", valued(w)[K].toFixed(3)], ["positions", `${Q} → ${K}`]]);
  });
  map.addEventListener("pointerleave", tip.hide);
  map.addEventListener("click", (e) => { const { q, ok } = cellAt(e); if (ok) ctx.set({ position: d.first + q }); });
  map.addEventListener("keydown", (e) => { const s = { ArrowDown: 1, ArrowUp: -1 }[e.key]; if (s) { e.preventDefault(); ctx.set({ position: Math.min(T() - 1, Math.max(0, d.position + s)) }); } });

  // ---- the row, stage by stage ------------------------------------------------------------------------------------------------
  function drawRows() {
    const W = Math.floor(rowsBox.clientWidth) || 320, q = tableQuery(), r = stages(q), keys = Array.from(d.shown.a), narrow = W < 480, part = keys.length < T(), lab = (narrow ? 62 : 70) + (part ? 28 : 0), rh = Math.max(17, keys.length === W0() && !narrow && geo ? Math.min(22, geo.c) : 17.5), top = 66, Ht = top + keys.length * rh + 6;
    const col = narrow ? { qk: [lab, .26], sc: [0, .2], sm: [0, .28], vw: [0, .26] } : { qk: [lab, .25], sc: [0, .1], mask: [0, .08], ex: [0, .11], sm: [0, .22], vw: [0, .24] }, gap = narrow ? 8 : 12; let x = lab; const free = W - lab - gap * (Object.keys(col).length - 1);
    for (const k in col) { col[k] = { x, w: col[k][1] * free }; x += col[k].w + gap; }
    const s = sv("svg", { class: "fig", viewBox: `0 0 ${W} ${Ht}`, height: Ht, role: "group", "aria-label": `Scores of query ${tokenText(tokenAt(q))} in ${headName(d.layer, d.head)}, stage by stage` });
    const all = keys.map(r.s), lo = Math.min(0, ...all), hi = Math.max(0, ...all), numW = narrow ? 0 : 38, unit = (col.qk.w - numW - 6) / (hi - lo || 1), right = (c) => c.x + c.w, hidden = keys.filter((k) => !r.open(k)).length;
    const heads = [["qk", "q · k", `${num(raw(Math.min(...all)), 0)} to ${num(raw(Math.max(...all)), 0)}`, 0], ["sc", scaleText(narrow) + (d.softcap ? ", cap" : ""), narrow ? "mask" : "", 1], ["mask", "mask", "", 1], ["ex", "exp", "s − max", 1], ["sm", "softmax", narrow ? "exp ÷ Σ" : `exp ÷ ${num(r.z, 2)}`, 0], ["vw", narrow ? "× |vW_O|" : "value-weighted", narrow ? "" : "× |v W_O|, ÷ sum", 0]];
    for (const [k, t, sub, end] of heads) if (col[k]) { const a = end ? { x: right(col[k]), "text-anchor": "end" } : { x: col[k].x }; sv("text", { ...a, y: top - 34, class: "h" }, s, t); if (sub) sv("text", { ...a, y: top - 17, class: "dim" }, s, sub); }
    const zero = col.qk.x + 2 - lo * unit; for (const zx of [zero, col.sm.x, col.vw.x]) sv("line", { x1: zx, x2: zx, y1: top - 4, y2: Ht - 4, class: "zero" }, s);
    const barW = (c) => c.w - (narrow ? 30 : 42), opened = selectedKey();
    keys.forEach((k, i) => {
      const y = top + i * rh, open = r.open(k), base = y + rh / 2 + 3.8, g = sv("g", { class: "keyrow" + (k === opened && q === d.position ? " on" : ""), role: "button", tabindex: k === opened ? 0 : -1, "data-k": k, "aria-label": `Key ${tokenText(tokenAt(k))} at ${k}: score ${num(r.s(k), 2)}, weight ${r.w[k].toFixed(3)}` }, s);
      sv("rect", { x: 0, y, width: W, height: rh, class: "keyband" }, g);
      const t = svgToken(g, lab - 10 - (part ? 28 : 0), base, tokenAt(k), { "text-anchor": "end" }, narrow ? 7 : 8); if (part) sv("text", { x: lab - 10, y: base, "text-anchor": "end", class: "dim" }, g, k); t.style.fill = css(k === q ? "ink" : !open ? "ink3" : k >= ctx.run.nPrompt ? "prob" : "ink2"); if (k === q) t.style.fontWeight = 700;
      const w = r.s(k) * unit; sv("rect", { x: w > 0 ? zero : zero + w, y: y + rh / 2 - 4.8, width: Math.max(.6, Math.abs(w)), height: 9.5, rx: 1, fill: open ? css("river-deep") : "none", stroke: open ? "none" : css("ink3"), "stroke-width": .8 }, g);
      const say = (c, text, cls) => sv("text", { x: right(c), y: base, "text-anchor": "end", class: cls }, g, text);
      if (numW) say(col.qk, num(raw(r.s(k))), "dim");
      say(col.sc, narrow && !open ? "−∞" : num(r.s(k), 2), "dim");
      if (col.mask) say(col.mask, open ? "+ 0" : "− ∞", open ? "dim" : "");
      if (!open) return;
      if (col.ex) { const e = Math.exp(r.s(k) - r.mx); say(col.ex, e >= .0005 ? e.toFixed(3) : "<.001", "dim"); }
      for (const [c, p] of [[col.sm, r.w[k]], [col.vw, r.v[k]]]) { const bw = Math.max(.6, p * barW(c)); sv("rect", { x: c.x, y: y + rh / 2 - 4.8, width: bw, height: 9.5, rx: 1, fill: css("ink") }, g); if (p >= .005) sv("text", { x: c.x + bw + 5, y: base, class: p > .1 ? "ink b" : "dim" }, g, p.toFixed(narrow ? 2 : 3)); }
    });
    s.addEventListener("click", (e) => { const g = e.target.closest(".keyrow"); if (g) pickKey(+g.dataset.k); });
    s.addEventListener("keydown", (e) => { const g = e.target.closest(".keyrow"), to = { ArrowDown: g?.nextElementSibling, ArrowUp: g?.previousElementSibling }[e.key]; if (to?.classList.contains("keyrow")) { pickKey(+to.dataset.k); rowsBox.querySelector(".keyrow.on")?.focus(); e.preventDefault(); } });
    rowsBox.replaceChildren(s);
    const others = q + 1 - keys.filter((k) => k <= q).length, left = 1 - keys.reduce((a, k) => a + r.w[k], 0);
    rest.textContent = [others > 0 ? `The ${keys.filter((k) => k <= q).length} heaviest keys, in text order; ${big(others)} others share ${Math.max(0, left).toFixed(3)}.` : "", hidden ? "Hollow bars: scores of keys that the mask removes." : "", "Click a key to take its score apart."].filter(Boolean).join(" ");
  }
  const heaviest = () => { const w = weights(d.position); let b = 0; for (let k = 0; k <= d.position; k++) if (w[k] > w[b]) b = k; return b; };
  const selectedKey = () => key !== null && Array.from(d.shown.a).includes(key) ? key : heaviest();
  function pickKey(k) { key = k; at = null; drawRows(); drawScore(); }

  // ---- one score: d_head products -------------------------------------------------------------------------------------------------
  function drawScore() {
    const k = selectedKey(), i = Array.from(d.shown.a).indexOf(k), dh = d.d_head, Q = d.query.a, K = d.keys.a.subarray(i * dh, (i + 1) * dh), prod = Float64Array.from(Q, (v, j) => v * K[j]), r = stages(d.position), dot = raw(r.s(k));
    const W = Math.floor(scoreBox.clientWidth) || 320, lab = W < 480 ? 38 : 70, pw = (W - lab) / dh, top = 92, Rt = 12, hi = Math.max(1e-9, ...prod.map(Math.abs)), lo = Math.min(0, ...prod), up = Math.max(0, ...prod), kk = 92 / (up - lo || 1), zero = top + up * kk, Ht = top + 92 + 8;
    const s = sv("svg", { class: "fig", viewBox: `0 0 ${W} ${Ht}`, height: Ht, role: "img", "aria-label": `${dh} products that add up to the score` }), p = rgb("pos"), n = rgb("neg"), s0 = rgb("sunken");
    const read = el("p", { class: "readout" }), order = [...prod.keys()].sort((a, b) => Math.abs(prod[b]) - Math.abs(prod[a]));
    for (const [y, name, a] of [[20, "q", Q], [44, "k", K]]) {
      sv("text", { x: lab - 8, y: y + Rt - 1, "text-anchor": "end", class: "m" }, s, name); const m = Math.max(1e-9, ...Array.from(a, Math.abs));
      Array.from(a, (v, j) => sv("rect", { x: lab + j * pw, y, width: Math.max(.8, pw - .8), height: 15, fill: rgbs(mix(s0, v < 0 ? n : p, Math.sqrt(Math.abs(v) / m))) }, s));
    }
    sv("text", { x: lab - 8, y: zero + 4, "text-anchor": "end", class: "m" }, s, W < 480 ? "q×k" : "q × k"); sv("line", { x1: lab, x2: W, y1: zero, y2: zero, class: "zero" }, s);
    const tick = nice(hi / 3); for (const v of [tick, -tick]) if (v <= up && v >= lo) { sv("line", { x1: lab, x2: W, y1: zero - v * kk, y2: zero - v * kk, class: "hair" }, s); sv("text", { x: lab - 8, y: zero - v * kk + 4, "text-anchor": "end", class: "dim" }, s, sg(v, tick < 1 ? 1 : 0)); }
    prod.forEach((v, j) => sv("rect", { x: lab + j * pw, y: v > 0 ? zero - v * kk : zero, width: Math.max(.8, pw - Math.min(1.5, pw * .2)), height: Math.max(.6, Math.abs(v) * kk), rx: 1, fill: css("river-deep"), "data-j": j }, s));
    for (const [j, text] of [[0, "0"], [dh / 2, String(dh / 2)], [dh - 1, String(dh - 1)]]) sv("text", { x: lab + (j + .5) * pw, y: 12, "text-anchor": j === 0 ? "start" : j === dh - 1 ? "end" : "middle", class: "dim" }, s, j === 0 ? "dimension 0" : text);
    const mark = sv("rect", { y: 16, width: pw, height: Ht - 18, fill: css("ink"), opacity: .08, visibility: "hidden" }, s);
    const pair = (j) => d.d_rotary === null || !d.d_rotary ? "" : j < d.d_rotary ? `, turned together with ${(j + d.d_rotary / 2) % d.d_rotary}` : ", not turned"; // i goes with i + half of what is turned
    const say = () => {
      if (dim === null) { const three = order.slice(0, 3), sum = three.reduce((a, j) => a + prod[j], 0); read.replaceChildren("Largest: ", ...three.flatMap((j) => [`[${j}] `, el("b", { text: sg(prod[j], 1) }), "  "]), `the other ${dh - three.length}: `, el("b", { text: sg(dot - sum, 1) })); } else read.replaceChildren(`Dimension ${dim}${pair(dim)}:  q ${num(Q[dim], 3)} × k ${num(K[dim], 3)} = `, el("b", { text: sg(prod[dim], 3) }));
    };
    s.addEventListener("pointermove", (e) => { const b = s.getBoundingClientRect(), j = Math.floor((e.clientX - b.left - lab) / pw); dim = j >= 0 && j < dh ? j : null; if (dim === null) mark.setAttribute("visibility", "hidden"); else { mark.setAttribute("visibility", "visible"); mark.setAttribute("x", lab + dim * pw); } say(); });
    s.addEventListener("pointerleave", () => { dim = null; mark.setAttribute("visibility", "hidden"); say(); });
    dim = null; say();
    const open = r.open(k), chain = el("p", { class: "chain" }, `Σ q×k = `, el("b", { text: num(dot, 2) }), `,  ${scaleText(false)}${d.softcap ? `, capped at ${d.softcap}` : ""} = `, el("b", { text: num(r.s(k), 3) }), open ? [`,  exp(${num(r.s(k), 3)} − ${num(r.mx, 3)}) = `, el("b", { text: Math.exp(r.s(k) - r.mx).toPrecision(3) }), `,  ÷ ${num(r.z, 3)} = `, el("b", { text: r.w[k].toFixed(4) })] : ["  and the mask makes it ", el("b", { text: "−∞" }), ", weight 0"]);
    scoreBox.replaceChildren(el("h3", { class: "sub3" }, "One score: ", tokenEl(tokenAt(d.position)), ` at ${d.position} against `, tokenEl(tokenAt(k)), ` at ${k}`), chain, s, read);
  }

  // ---- words and the ablation ---------------------------------------------------------------------------------------------------
  function words() {
    const name = headName(d.layer, d.head), text = `ablate:${d.layer}.${d.head}`, f = d.facts, on = (ctx.interventions ?? []).find((i) => i.on !== false && i.text.startsWith(text) && !/\d/.test(i.text[text.length] ?? ""));
    facts.replaceChildren("Query ", tokenEl(tokenAt(d.position)), ` at ${d.position}. Over the text: previous token `, el("b", { text: fx(f.previous, 2) }), ", first-token sink ", el("b", { text: fx(f.sink, 2) }), ", entropy ", el("b", { text: fx(f.entropy, 2, " bits") }), ". Writes ", el("b", { class: tone(d.share), text: sg(d.share) }), " logits toward ", tokenEl(d.target), on ? " (ablated)." : ".");
    ablate.textContent = `${on ? "Restore" : "Ablate"} ${name}`; ablate.onclick = () => on ? ctx.restore?.(on.text) : ctx.intervene(text); ablate.classList.toggle("on", !!on); ablate.dataset.act = on ? "restore" : "ablate";
    kin.replaceChildren(); kin.hidden = d.kin.length < 2;
    if (d.kin.length > 1) kin.append(`Key/value head ${d.kv} is shared by `, ...d.kin.flatMap((h, i) => [i ? " " : "", el("button", { class: "kinbtn", type: "button", "aria-pressed": String(h === d.head), text: "H" + h, on: { click: () => ctx.set({ head: h }) } })]));
    change.replaceChildren(); change.hidden = !ctx.run.effect; if (!d.base) { if (ctx.run.effect) change.append(el("p", { class: "chhead", text: PARTED })); return; }
    const b = d.base, top = Math.max(...b.before, ...b.after, 1e-9), rows = b.ids.map((id, i) => el("div", { class: "chrow" }, tokenEl(id), el("div", { class: "chbars" }, el("i", { class: "was", style: `width:${100 * b.before[i] / top}%` }), el("i", { class: "now", style: `width:${100 * b.after[i] / top}%` })), el("span", { text: pc(b.before[i]) }), el("b", { text: pc(b.after[i]) })));
    change.append(el("p", { class: "chhead" }, el("b", { text: "Next token, before and now" }), `  KL ${b.kl.toFixed(3)} nats. Logit of `, tokenEl(d.target), ` ${num(b.logit_before, 2)} → `, el("b", { text: num(b.logit_after, 2) }), ", ", el("b", { class: tone(b.logit_after - b.logit_before), text: sg(b.logit_after - b.logit_before) })), el("div", { class: "chtable" }, rows));
  }
  function paint() {
    legend.replaceChildren(el("span", {}, "0", el("i", { class: "ramp inkramp" }), "1, ink = √" + (mode === "value" ? "share of what is moved: weight × |v W_O|" : "weight")));
    drawMap(); drawArcs(); drawRows();
  }
  return {
    draw(data, focus, what) {
      if (d && (d.layer !== data.layer || d.head !== data.head || d.position !== data.position)) { key = null; hoverQ = null; }
      d = data; words(); paint(); drawScore();
    },
    exportData: () => ({ ...d, value_weighted: Array.from(valued(weights(d.position))) }),
  };
}
