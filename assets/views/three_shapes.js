// Three shapes: one sentence's attention in a decoder, an encoder-decoder and an encoder; what a changed word reaches; reading while writing.
import { canvas2, contrast, css, cut, el, mix, pc, reduced, rgb, rgbs, tip } from "../js/dom.js";

const b = (t) => el("b", { text: t });
const SHAPES = [["decoder", "Decoder-only"], ["writer", "Encoder-decoder"], ["encoder", "Encoder-only"]];
const LABEL = 74, MONO = '500 11px "JetBrains Mono", monospace';

// ---- one map: rows read columns -------------------------------------------------------------------------------------------------------
// spec: rows, cols (labels), at(r, c) in 0..1 (√weight), masked(r, c), gap (a column before which there is a gap), say(r, c)
function map(spec, onpoint) {
  const c = el("canvas", { role: "img", tabindex: 0, "aria-label": spec.name }), box = el("div", { class: "tsmap" }, c); let geo = null, here = null;
  function draw(W, row) {
    const n = spec.cols.length, gap = spec.gap ? 8 : 0, cell = Math.max(3, Math.min(15, (W - LABEL - gap - 2) / n)), top = 62, h = top + spec.rows.length * cell + 2, g = canvas2(c, W, Math.ceil(h)), base = rgb("sunken"), ink = rgb("ink"), every = Math.ceil(11.5 / cell);
    const x = (k) => LABEL + k * cell + (spec.gap && k >= spec.gap ? gap : 0), y = (r) => top + r * cell;
    geo = { cell, x, y, top, gap };
    g.clearRect(0, 0, W, h); g.font = MONO; g.textBaseline = "middle";
    spec.cols.forEach((t, k) => { if (k % every && k !== row) return; g.fillStyle = css("ink2"); g.save(); g.translate(x(k) + cell / 2, top - 6); g.rotate(-Math.PI / 2); g.textAlign = "left"; g.fillText(cut(t, 8), 0, 0); g.restore(); });
    spec.rows.forEach((t, r) => {
      if (!(r % every) || r === row) { g.fillStyle = css(r === row ? "prob" : "ink2"); g.textAlign = "right"; if (r === row) { g.fillStyle = css("surface"); g.fillRect(0, y(r) - 3, LABEL - 4, cell + 6); g.fillStyle = css("prob"); } g.fillText(cut(t, 10), LABEL - 7, y(r) + cell / 2); }
      for (let k = 0; k < n; k++) { if (spec.masked(r, k)) continue; const v = spec.at(r, k); g.fillStyle = rgbs(mix(base, ink, v)); g.fillRect(x(k), y(r), Math.max(1, cell - .6), Math.max(1, cell - .6)); }
    });
    if (row !== null && row < spec.rows.length) { g.strokeStyle = css("prob"); g.lineWidth = 1.5; g.strokeRect(LABEL - 1.5, y(row) - 1.5, x(n - 1) + cell - LABEL + 2.4, cell + 2.4); }
  }
  const find = (e) => { const r = c.getBoundingClientRect(), px = e.clientX - r.left, py = e.clientY - r.top, row = Math.floor((py - geo.top) / geo.cell); let col = Math.floor((px - LABEL) / geo.cell); if (spec.gap && px > geo.x(spec.gap)) col = Math.floor((px - LABEL - geo.gap) / geo.cell); return row >= 0 && row < spec.rows.length && col >= 0 && col < spec.cols.length ? [row, col] : null; };
  c.addEventListener("pointermove", (e) => { const f = find(e); if (f) onpoint(spec, ...f, false); else onpoint(null); });
  c.addEventListener("pointerleave", () => onpoint(null));
  c.addEventListener("click", (e) => { const f = find(e); if (f) onpoint(spec, ...f, true); });
  c.addEventListener("keydown", (e) => { const by = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[e.key]; if (!by) return; e.preventDefault(); const [r, k] = here ?? [0, -by[1]]; here = [Math.min(spec.rows.length - 1, Math.max(0, r + by[0])), Math.min(spec.cols.length - 1, Math.max(0, k + by[1]))]; onpoint(spec, ...here, true); });
  return { box, draw };
}

const shapes = {
  create(body, ctx) {
    let d = null, row = null, maps = [];
    const depth = el("input", { type: "range", min: 0, max: 100, step: 1, "aria-label": "Depth", on: { input: (e) => { settings.depth = +e.target.value; fill(); } } }), settings = { depth: 50, head: -1 }, depthOut = el("output", {});
    const heads = el("select", { "aria-label": "Head", on: { change: (e) => { settings.head = +e.target.value; fill(); } } });
    const readout = el("p", { class: "readout", text: "" }), grid = el("div", { class: "tsgrid" });
    body.append(el("div", { class: "bar" }, el("div", { class: "tsctl" }, el("label", { class: "slide" }, el("span", { text: "Depth" }), depth, depthOut), el("label", { class: "tshead" }, el("span", { text: "Head" }), heads)), el("div", { class: "legend" }, el("span", {}, el("i", { class: "ramp tsramp" }), "0 to 1, ink √weight"), el("span", {}, el("i", { class: "sw tsnone" }), "masked: not there"))), readout, grid);
    const layer = (n) => Math.round(settings.depth / 100 * (n - 1));
    // √weight of one head, or of the mean over heads
    function reader(t) {
      const [L, H, Q, K] = t.shape, l = layer(L), base = l * H * Q * K, w = (h, q, k) => { const v = t.a[base + (h * Q + q) * K + k] / 255; return v * v; };
      return (q, k) => { if (settings.head >= 0) return Math.sqrt(w(settings.head % H, q, k)); let s = 0; for (let h = 0; h < H; h++) s += w(h, q, k); return Math.sqrt(s / H); };
    }
    const where = (t) => `layer ${layer(t.shape[0]) + 1} of ${t.shape[0]}, ${settings.head < 0 ? `mean of ${t.shape[1]} heads` : `head ${settings.head % t.shape[1]}`}`;
    function point(spec, r, k, click) {
      if (!spec) { rest(); return; }
      const w = spec.at(r, k) ** 2; readout.replaceChildren(b(spec.rows[r]), " reads ", b(spec.cols[k]), spec.masked(r, k) ? ": masked" : `: ${pc(w)}`, ` · ${spec.name}`);
      if (click) { row = { key: spec.key, r: row?.key === spec.key && row.r === r ? null : r }; paint(); }
    }
    const rest = () => { readout.textContent = "Point at a cell to read its weight; click a row to keep it."; };
    function fill() {
      depthOut.textContent = `${settings.depth} %`; maps = [];
      const D = d.decoder, X = d.writer, E = d.encoder, none = () => false, later = (r, k) => k > r;
      const at = { d: reader(D.pattern), e: reader(X.encoder), s: reader(X.pattern), c: reader(X.cross), b: reader(E.pattern) }, n = X.source.length;
      const one = (spec) => { const m = map(spec, point); maps.push([m, spec]); return m.box; };
      const card = (title, model, line, ...kids) => el("section", { class: "tscard" }, el("h3", { class: "sub3" }, title, " ", el("small", { text: model })), el("p", { class: "hint", text: line }), ...kids);
      const caption = (t) => el("p", { class: "tscap", text: t });
      grid.replaceChildren(
        card("Decoder-only", D.title, `Reads only what came before: ${D.ahead === 0 ? "none" : pc(D.ahead)} of its attention lies ahead. It writes the next token.`, caption(where(D.pattern)), one({ key: "d", name: "decoder", rows: D.tokens, cols: D.tokens, at: at.d, masked: later })),
        card("Encoder-decoder", X.title, `Its encoder looks ${pc(X.ahead)} ahead; its decoder reads all of the source, and back over its own words.`, caption(`encoder, ${where(X.encoder)}`), one({ key: "e", name: "encoder of the encoder-decoder", rows: X.source, cols: X.source, at: at.e, masked: none }),
          caption(`decoder, ${where(X.cross)}: the source at the left, its own words at the right`), one({ key: "c", name: "decoder of the encoder-decoder", rows: X.tokens, cols: [...X.source, ...X.tokens], gap: n, at: (r, k) => k < n ? at.c(r, k) : at.s(r, k - n), masked: (r, k) => k >= n && later(r, k - n) }), el("p", { class: "tsout" }, "It writes: ", b(X.text || "nothing"))),
        card("Encoder-only", E.title, `Reads the whole sentence: ${pc(E.ahead)} of its attention lies ahead. It writes nothing, but gives ${E.d_model} numbers for each token.`, caption(where(E.pattern)), one({ key: "b", name: "encoder", rows: E.tokens, cols: E.tokens, at: at.b, masked: none })),
      );
      paint(); rest();
    }
    function paint() { const W = Math.floor(grid.querySelector(".tscard")?.clientWidth ?? 320); for (const [m, s] of maps) m.draw(W, row?.key === s.key ? row.r : null); }
    return {
      draw(next, _, what) {
        if (next !== d) { d = next; row = null; const most = Math.max(...[d.decoder.pattern, d.writer.encoder, d.encoder.pattern].map((t) => t.shape[1])); heads.replaceChildren(el("option", { value: -1, text: "mean of all" }), ...Array.from({ length: most }, (_, h) => el("option", { value: h, text: String(h) }))); heads.value = settings.head; depth.value = settings.depth; fill(); } else if (what !== "focus") fill();
      },
      exportData: () => d,
    };
  },
};

// ---- change one word ----------------------------------------------------------------------------------------------------------------------
const reach = {
  create(body, ctx) {
    let d = null;
    const words = el("div", { class: "tswords", role: "group", "aria-label": "Word to change" }), by = el("input", { type: "text", maxlength: 40, "aria-label": "New word", spellcheck: "false" }), go = el("button", { class: "btn", type: "button", text: "Replace", on: { click: put } }), readout = el("p", { class: "readout" }), grid = el("div", { class: "tsgrid" });
    by.addEventListener("keydown", (e) => { if (e.key === "Enter") put(); });
    function put() { const v = by.value.trim().split(/\s+/)[0]; if (v && v !== d?.by) ctx.control("by", v); }
    body.append(words, el("div", { class: "bar" }, el("label", { class: "tsby" }, el("span", { text: "becomes" }), by, go), el("div", { class: "legend" }, el("span", {}, el("i", { class: "ramp tsmoved" }), "movement of a state, 0 to 100 % of its length"), el("span", {}, el("i", { class: "sw tsword" }), "the changed word"))), readout, grid);
    const rest = () => { readout.textContent = "Up: through the layers. Each cell is one token’s state at one depth."; };
    const every = (x, name) => `${x} of ${d[name].before + d[name].after}`;
    function draw() {
      words.replaceChildren(...d.words.map((w, i) => el("button", { class: "tok tsw", type: "button", "aria-pressed": String(i === d.word), text: i === d.word ? `${w} → ${d.by}` : w, on: { click: () => ctx.control("word", i) } })));
      if (document.activeElement !== by) by.value = d.by;
      const lines = { decoder: "In front of the word nothing moves: these states were made before it was read.", writer: "The encoder reads both ways, and moves everywhere.", encoder: "Every token has read the new word already in the first layer." };
      grid.replaceChildren(...SHAPES.map(([k, title]) => {
        const t = d[k], c = el("canvas", { role: "img", tabindex: 0, "aria-label": `${title}: ${every(t.stirred, k)} other tokens moved` });
        return el("section", { class: "tscard" }, el("h3", { class: "sub3" }, title, " ", el("small", { text: t.title })), el("p", { class: "hint" }, b(every(t.stirred, k)), " other tokens moved. ", lines[k]), el("div", { class: "tsmap", "data-k": k }, c));
      }));
      paint(); rest();
    }
    function paint() {
      for (const box of grid.querySelectorAll(".tsmap")) {
        const t = d[box.dataset.k], c = box.firstChild, W = Math.floor(box.clientWidth) || 300, [L, N] = t.moved.shape, lab = 40, cw = Math.min(22, (W - lab - 2) / N), rh = Math.max(4, Math.min(14, 168 / L)), top = 4, H = top + L * rh + 64, g = canvas2(c, W, Math.ceil(H)), base = rgb("sunken"), ink = rgb("prob"), skip = Math.ceil(11.5 / cw);
        g.clearRect(0, 0, W, H); g.font = "11px Inter, sans-serif"; g.textBaseline = "middle"; g.textAlign = "right"; g.fillStyle = css("ink3"); g.fillText("out", lab - 8, top + rh / 2 + 2); g.fillText("in", lab - 8, top + (L - .5) * rh);
        for (let l = 0; l < L; l++) for (let p = 0; p < N; p++) { const v = t.moved.a[l * N + p], y = top + (L - 1 - l) * rh; g.fillStyle = v < 0 ? css("ink") : rgbs(mix(base, ink, Math.min(1, v))); g.fillRect(lab + p * cw, y, cw - .6, rh - .6); }
        g.font = MONO; t.tokens.forEach((w, p) => { const mine = t.moved.a[p] < 0; if (p % skip && !mine) return; g.save(); g.translate(lab + (p + .5) * cw, top + L * rh + 6); g.rotate(Math.PI / 2); g.textAlign = "left"; g.fillStyle = css(mine ? "ink" : "ink2"); g.fillText(cut(w, 8), 0, 0); g.restore(); });
        const say = (e) => { const r = c.getBoundingClientRect(), p = Math.floor((e.clientX - r.left - lab) / cw), l = L - 1 - Math.floor((e.clientY - r.top - top) / rh); if (p < 0 || p >= N || l < 0 || l >= L) return rest(); const v = t.moved.a[l * N + p]; readout.replaceChildren(b(t.tokens[p]), l ? ` after layer ${l} of ${L - 1}: ` : " before the first layer: ", v < 0 ? "the changed word" : v === 0 ? "did not move" : `moved by ${v < .001 ? "under 0.1 %" : pc(v, 1)} of its length`); };
        c.onpointermove = say; c.onpointerleave = rest;
      }
    }
    return { draw(next, _, what) { if (next !== d) { d = next; draw(); } else if (what !== "focus") draw(); }, exportData: () => d };
  },
};

// ---- reading while writing ------------------------------------------------------------------------------------------------------------------
const cross = {
  create(body, ctx) {
    let d = null, at = 0, timer = 0, pick = null;
    const field = el("input", { type: "text", maxlength: 400, "aria-label": "Sentence to rewrite", spellcheck: "false" }), go = el("button", { class: "btn", type: "button", text: "Rewrite", on: { click: put } }), chips = el("div", { class: "chips" });
    field.addEventListener("keydown", (e) => { if (e.key === "Enter") put(); });
    function put() { const v = field.value.trim(); if (v && v !== d?.text) ctx.control("sentence", v); }
    const play = el("button", { class: "btn", type: "button", text: "Play", on: { click: () => timer ? halt() : run() } }), heads = el("select", { "aria-label": "Layer and head", on: { change: (e) => { pick = e.target.value; draw(); } } });
    const source = el("div", { class: "tschips" }), written = el("div", { class: "tschips", role: "listbox", tabindex: 0, "aria-label": "Written tokens; arrow keys walk" }), said = el("p", { class: "readout" }), mapBox = el("div", { class: "tsmapwrap" });
    body.append(el("div", { class: "tssentence" }, field, go), chips, el("div", { class: "bar" }, play, el("label", { class: "tshead" }, el("span", { text: "Attention of" }), heads)), el("div", { class: "tstwo" }, el("div", {}, el("h3", { class: "sub3", text: "Source, tinted by what is read" }), source, el("h3", { class: "sub3", text: "Written" }), written, said), el("div", {}, el("h3", { class: "sub3", text: "All steps: rows are written, columns are read" }), mapBox)));
    const weight = (s, k) => { const [L, H, S, K] = d.cross.shape; if (pick === "mean") { let t = 0; for (let i = 0; i < L * H; i++) t += d.cross.a[(i * S + s) * K + k]; return t / L / H; } const [l, h] = pick.split(".").map(Number); return d.cross.a[((l * H + h) * S + s) * K + k]; };
    function run() { if (at >= d.written.length - 1) at = -1; play.textContent = "Pause"; timer = setInterval(() => { if (at >= d.written.length - 1) return halt(); go1(at + 1); }, reduced() ? 900 : 500); }
    function halt() { clearInterval(timer); timer = 0; play.textContent = "Play"; }
    function go1(i) { at = Math.max(0, Math.min(d.written.length - 1, i)); paint(); }
    written.addEventListener("keydown", (e) => { const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: 1e6 }[e.key]; if (to === undefined) return; e.preventDefault(); halt(); go1(to); });
    let m = null;
    function draw() {
      const spec = { name: "cross-attention", rows: d.written, cols: d.source, at: (r, k) => Math.sqrt(weight(r, k)), masked: () => false };
      m = map(spec, (s, r, k, click) => { if (s && click) { halt(); go1(r); } });
      mapBox.replaceChildren(m.box); paint();
    }
    function paint() {
      const base = rgb("sunken"), hot = rgb("prob"), row = d.source.map((_, k) => weight(at, k)), best = row.indexOf(Math.max(...row));
      source.replaceChildren(...d.source.map((t, k) => { const fill = mix(base, hot, Math.min(1, row[k])), s = el("span", { class: "tok", text: t, title: pc(row[k]) }); s.style.background = rgbs(fill); s.style.color = contrast(fill, rgb("ink")) >= 4.5 ? css("ink") : contrast(fill, [255, 255, 255]) >= contrast(fill, [0, 0, 0]) ? "#fff" : "#000"; return s; }));
      written.replaceChildren(...d.written.map((t, i) => el("span", { class: "tok", role: "option", "aria-selected": String(i === at), text: t, on: { click: () => { halt(); go1(i); } } })));
      said.replaceChildren("Writing ", b(d.written[at] ?? ""), ` (${pc(d.p.a[at])} sure), it reads `, b(d.source[best] ?? ""), ` most: ${pc(row[best])}.${d.ended ? "" : " The answer was cut at its longest."}`);
      m?.draw(Math.floor(mapBox.clientWidth) || 320, at);
    }
    return {
      draw(next, _, what) {
        if (next !== d) {
          halt(); d = next; pick = `${d.layer}.${d.head}`; const [L, H] = d.cross.shape, best = d.written.map((_, s) => { const row = d.source.map((_, k) => weight(s, k)); return row.indexOf(Math.max(...row)); });
          at = Math.max(0, best.findIndex((k, s) => s > 0 && k !== best[s - 1] + 1)); // where copying in order first breaks off
          heads.replaceChildren(el("option", { value: "mean", text: "mean of all heads" }), ...Array.from({ length: L * H }, (_, i) => { const v = `${Math.floor(i / H)}.${i % H}`; return el("option", { value: v, text: `layer ${Math.floor(i / H) + 1}, head ${i % H}${v === pick ? " (sharpest)" : ""}` }); })); heads.value = pick;
          if (document.activeElement !== field) field.value = d.text;
          chips.replaceChildren(...d.examples.map((t, i) => el("button", { class: "chip", type: "button", text: cut(t, 44), title: t, "aria-pressed": String(t === d.text), on: { click: () => ctx.control("sentence", t) } })));
          draw();
        } else if (what !== "focus") draw();
      },
      destroy() { halt(); tip.hide(); },
      exportData: () => d,
    };
  },
};
export const views = { shapes, reach, cross };
