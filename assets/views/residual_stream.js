// Residual stream: what each depth would say, one token's rank through depth, where a logit comes from, how the stream grows.
import { big, canvas2, contrast, css, cut, el, mix, nf, nice, pc, rgb, rgbs, segmented, sg, sv, svgToken, tip, tokenEl, tokenText } from "../js/dom.js";
import { baseKey, baseNote, PARTED } from "./unmodified.js";
import { ffn } from "../js/store.js";

const depthName = (l) => l === 0 ? "embedding" : `after block ${l - 1}`;
const everyOf = (n, room) => [1, 2, 5, 10, 20, 50].find((s) => n / s <= room) ?? 100; // a tick step that leaves at most `room` ticks
const halo = (t) => { t.style.paintOrder = "stroke"; t.style.stroke = css("surface"); t.style.strokeWidth = "4px"; t.style.pointerEvents = "none"; return t; };
function depthTicks(s, n, X, y) { // "emb", then blocks
  const step = everyOf(n, X(n) - X(0) > 420 ? 12 : 6), last = n - 1;
  for (let l = 0; l <= n; l++) { const b = l - 1; if (l === 0 || b === last || b % step === 0 && last - b >= step * .6 && (b > 0 || X(1) - X(0) > 22)) sv("text", { x: X(l), y, "text-anchor": "middle", class: "dim" }, s, l === 0 ? "emb" : b); }
}

// ---- logit lens ---------------------------------------------------------------------------------------------------------------
const WIDEST = 96; // columns that are drawn at once
const cellAt = (d, l, p, k = 0) => (l * d.n + p - d.start) * d.k + k;
const touching = (a, b) => b.start <= a.start + a.n && b.start + b.n >= a.start;
// Two windows of one run that touch, as one; where that grows too wide, what lies farthest from the second is left out.
function joined(a, b) {
  let start = Math.min(a.start, b.start), stop = Math.max(a.start + a.n, b.start + b.n); if (stop - start > WIDEST) { if (b.start < a.start) stop = Math.max(start + WIDEST, b.start + b.n); else start = Math.min(stop - WIDEST, b.start); }
  const n = stop - start, N = b.depths, k = b.k, of = (p) => p >= b.start && p < b.start + b.n ? b : a, ids = new Int32Array(N * n * k), probs = new Float32Array(N * n * k);
  for (let l = 0; l < N; l++) for (let p = start; p < stop; p++) { const d = of(p), i = cellAt(d, l, p), j = (l * n + p - start) * k; for (let m = 0; m < k; m++) { ids[j + m] = d.ids.a[i + m]; probs[j + m] = d.probs.a[i + m]; } }
  const same = Math.max(...[a, b].map((d) => d.base ? d.start + d.base.n : 0)), m = Math.min(stop, same) - start; let base = null; // both runs read the same text up to here
  if (m > 0) {
    base = { n: m, ids: { a: new Int32Array(N * m) }, probs: { a: new Float32Array(N * m) }, changed: 0 };
    for (let l = 0; l < N; l++) for (let p = start; p < start + m; p++) { const d = of(p), i = l * d.base.n + p - d.start, j = l * m + p - start; base.ids.a[j] = d.base.ids.a[i]; base.probs.a[j] = d.base.probs.a[i]; if (base.ids.a[j] !== ids[(l * n + p - start) * k]) base.changed++; }
  }
  return { start, n, k, depths: N, ids: { a: ids, shape: [N, n, k] }, probs: { a: probs, shape: [N, n, k] }, base };
}
const lens = {
  create(body, ctx) {
    let now = null, geo = null, cur = null, centred = null, run = null, seen = null, reading = false, ours = false;
    const box = el("div", { class: "figure scroll lensbox" }), grid = el("canvas", { tabindex: 0, role: "application", style: "max-width:none;cursor:pointer" }), cutWords = el("span"), earlier = el("button", { class: "btn ghost", type: "button", text: "Read on before", on: { click: () => readOn(now.start - 1) } }), later = el("button", { class: "btn ghost", type: "button", text: "Read on after", on: { click: () => readOn(now.start + now.n) } }), cutNote = el("p", { class: "hint lenscut" }, cutWords, earlier, later), changedKey = baseKey(ctx, el("i", { class: "sw changed" }), "another token than unmodified"), note = baseNote(ctx);
    box.append(grid); box.addEventListener("scroll", () => {
      const mine = ours; ours = false; tip.hide(); if (!geo || geo.W <= box.clientWidth + 2) return;
      requestAnimationFrame(() => drawGrid(now));
      if (!mine && box.scrollLeft < geo.c) readOn(now.start - 1); else if (!mine && box.scrollLeft + box.clientWidth > geo.W - geo.c) readOn(now.start + now.n); // the visitor has come to the edge
    });
    body.append(el("div", { class: "bar" }, el("p", { class: "hint", text: "Point at a cell for its top 5; choose it to trace that token’s rank below." }), el("div", { class: "legend" }, el("span", {}, el("i", { class: "sw came" }), "what really came next"), changedKey, el("span", {}, "0", el("i", { class: "ramp", style: "background:linear-gradient(90deg,var(--surface),var(--prob))" }), "probability 1"))), note, box, cutNote);
    const at = cellAt, scroll = (left) => { ours = left !== box.scrollLeft; box.scrollLeft = left; };
    async function readOn(p) { // the columns around p as well: they are read when somebody wants to see them
      if (reading || p < 0 || p >= ctx.run.ids.length) return;
      reading = true; const mine = ctx.run, held = now, d = await ctx.look({ position: p }); reading = false;
      if (!d || mine !== ctx.run || now !== held) return;
      const left = geo ? box.scrollLeft + (now.start - joined(now, d).start) * geo.c : 0; now = joined(now, d); edges(now); compare(now); drawGrid(now); scroll(left);
    }
    function edges(d) {
      const T = ctx.run.ids.length, end = d.start + d.n; cutNote.hidden = d.n === T; cutWords.textContent = `Positions ${d.start} to ${end - 1} of ${big(T)} are read and drawn. `; earlier.hidden = d.start === 0; later.hidden = end === T;
    }
    const rowsOf = (d) => d.depths;
    const before = (d, l, p) => { const b = d.base, q = p - d.start; return b && q < b.n ? { id: b.ids.a[l * b.n + q], p: b.probs.a[l * b.n + q], changed: b.ids.a[l * b.n + q] !== d.ids.a[at(d, l, p)] } : null; };

    function drawGrid(d) {
      const full = Math.floor(box.clientWidth); if (!full) return;
      const N = rowsOf(d), narrow = full < 720, lab = narrow ? 34 : 70, c = Math.max(narrow ? 48 : 38, Math.min(88, (full - lab) / d.n)), W = Math.max(lab + c * d.n, 1), rh = narrow ? 20 : 18, top = 26, Ht = top + N * rh + 26, sel = ctx.store.focus.position;
      const g = canvas2(grid, W, Ht), surface = rgb("surface"), prob = rgb("prob"), on = rgb("on-prob"), ink = rgb("ink"); geo = { lab, c, rh, top, W }; g.clearRect(0, 0, W, Ht); g.textBaseline = "middle";
      const fs = 11, font = `500 ${fs}px "JetBrains Mono", monospace`, fit = Math.floor((c - 3) / (fs * .602)), X = (p) => lab + (p - d.start) * c, step = everyOf(N - 1, 12), L = N - 1, end = d.start + d.n;
      const from = Math.max(d.start, d.start + Math.floor((box.scrollLeft - lab) / c) - 1), to = Math.min(end, from + Math.ceil(full / c) + 3);
      g.textAlign = "center";
      for (let p = d.start; p < end; p++) { g.fillStyle = p === sel ? css("ink") : css(p >= ctx.run.nPrompt ? "prob" : "ink2"); g.font = (p === sel ? "700" : "500") + font.slice(3); g.fillText(cut(tokenText(ctx.run.ids[p]), fit), X(p) + c / 2, 12); }
      g.font = font;
      for (let l = 0; l < N; l++) {
        const y = top + l * rh;
        for (let p = from; p < to; p++) {
          const v = d.probs.a[at(d, l, p)], id = d.ids.a[at(d, l, p)], m = mix(surface, prob, v * .92);
          g.fillStyle = rgbs(m); g.fillRect(X(p), y, c - 1, rh - 1);
          g.fillStyle = rgbs(contrast(m, on) > contrast(m, ink) ? on : ink); g.fillText(cut(tokenText(id), fit), X(p) + c / 2 - .5, y + rh / 2);
          if (id === ctx.run.ids[p + 1]) g.fillRect(X(p) + 3, y + rh - 4, c - 7, 1.5);
          if (before(d, l, p)?.changed) { const x = X(p) + c - 1; g.beginPath(); g.moveTo(x - 7, y); g.lineTo(x, y); g.lineTo(x, y + 7); g.fill(); }
        }
      }
      g.fillStyle = css("ink2"); for (let p = d.start; p < end; p++) if (p + 1 < ctx.run.ids.length) g.fillText(cut(tokenText(ctx.run.ids[p + 1]), fit), X(p) + c / 2, top + N * rh + 13);
      g.strokeStyle = css("ink"); g.lineWidth = 1.5; if (sel >= d.start && sel < end) g.strokeRect(X(sel) - 1, top - 1, c + 1, N * rh + 1);
      if (cur) { g.lineWidth = 2.5; g.strokeRect(X(cur.p) - 1, top + cur.l * rh - 1, c + 1, rh + 1); }
      const sx = W > full ? box.scrollLeft : 0; g.fillStyle = css("surface"); g.fillRect(sx, 0, lab - 1, Ht); // the depth's names stay in view
      g.font = "11px Inter, sans-serif"; g.textAlign = "right"; g.fillStyle = css("ink2");
      for (let l = 0; l < N; l++) if (l === 0 || l === L || ((l - 1) % step === 0 && L - l >= step * .6)) g.fillText(l === 0 ? (narrow ? "emb" : "embedding") : (narrow ? "" : "block ") + (l - 1), sx + lab - 8, top + l * rh + rh / 2);
      g.fillText(narrow ? "next" : "really next", sx + lab - 8, top + N * rh + 13);
      grid.setAttribute("aria-label", `Logit lens: ${N} depths by ${d.n} positions; arrow keys move, Enter traces the token`);
      if (W > full && centred !== sel && sel >= d.start && sel < end) { centred = sel; const x = X(sel) + c / 2; if (x < sx + lab + c || x > sx + full - c) scroll(Math.min(Math.max(0, Math.round(x - full / 2)), Math.floor(W - full))); }
    }
    const find = (e) => { if (!geo || !now) return null; const r = grid.getBoundingClientRect(), p = now.start + Math.floor((e.clientX - r.left - geo.lab) / geo.c), l = Math.floor((e.clientY - r.top - geo.top) / geo.rh); return p >= now.start && p < now.start + now.n && l >= 0 && l < rowsOf(now) && e.clientX - r.left - box.scrollLeft > geo.lab ? { p, l } : null; };
    const wasRow = (c) => { const b = before(now, c.l, c.p), i = at(now, c.l, c.p); return !b ? [] : b.changed ? [[`was ${tokenText(b.id)}`, pc(b.p), true], [`now ${tokenText(now.ids.a[i])}`, pc(now.probs.a[i]), true]] : [["unmodified, the same", pc(b.p)]]; };
    const showCell = (c, x, y) => tip.show(x, y, `${tokenText(ctx.run.ids[c.p])} at ${c.p}, ${depthName(c.l)}`, [...Array.from({ length: now.k }, (_, k) => [tokenText(now.ids.a[at(now, c.l, c.p, k)]), pc(now.probs.a[at(now, c.l, c.p, k)]), true]), ...wasRow(c)]);
    function compare(d) {
      const b = d.base, words = b ? [el("b", { text: big(b.changed), "data-changed": b.changed }), ` of ${big(b.n * d.depths)} cells name another token than the unmodified run.`, b.n < d.n ? ` From position ${d.start + b.n} on it wrote other tokens; nothing to compare there.` : ""] : [];
      note.say(b, ...words); changedKey.show(b);
    }
    const pick = (c) => { cur = c; ctx.set({ position: c.p, target: now.ids.a[at(now, c.l, c.p)] }); };
    grid.addEventListener("pointermove", (e) => { const c = find(e); if (c) showCell(c, e.clientX, e.clientY); else tip.hide(); }); grid.addEventListener("pointerleave", tip.hide); grid.addEventListener("blur", tip.hide);
    grid.addEventListener("click", (e) => { const c = find(e); if (c) { pick(c); drawGrid(now); } });
    grid.addEventListener("keydown", (e) => {
      const d = { ArrowRight: [1, 0], ArrowLeft: [-1, 0], ArrowDown: [0, 1], ArrowUp: [0, -1] }[e.key];
      if (d && now) { e.preventDefault(); const b = cur ?? { p: ctx.store.focus.position, l: rowsOf(now) - 1 }; cur = { p: Math.min(now.start + now.n - 1, Math.max(now.start, b.p + d[0])), l: Math.min(rowsOf(now) - 1, Math.max(0, b.l + d[1])) }; const x = geo.lab + (cur.p - now.start) * geo.c; if (x < box.scrollLeft + geo.lab || x + geo.c > box.scrollLeft + box.clientWidth) scroll(x - box.clientWidth / 2); drawGrid(now); const r = grid.getBoundingClientRect(); showCell(cur, r.left + x, r.top + geo.top + cur.l * geo.rh); }
      if (e.key === "Enter" && cur) pick(cur);
    });
    return {
      draw(d, focus, what) {
        if (run !== ctx.run) { run = ctx.run; now = null; }
        if (d !== seen || !now) { seen = d; now = d = now && touching(now, d) ? joined(now, d) : d; if (cur && (cur.p < d.start || cur.p >= d.start + d.n || cur.l >= d.depths)) cur = null; }
        edges(now); compare(now); drawGrid(now);
      },
      exportData() { const d = now; return { positions: [d.start, d.start + d.n - 1], depths: Array.from({ length: d.depths }, (_, l) => ({ depth: depthName(l), top: Array.from({ length: d.n }, (_, i) => Array.from({ length: d.k }, (_, k) => ({ id: d.ids.a[at(d, l, d.start + i, k)], text: tokenText(d.ids.a[at(d, l, d.start + i, k)]), probability: d.probs.a[at(d, l, d.start + i, k)] }))), ...(d.base ? { unmodified: Array.from({ length: d.base.n }, (_, i) => { const b = before(d, l, d.start + i); return { id: b.id, text: tokenText(b.id), probability: b.p }; }) } : {}) })) }; },
    };
  },
};

// ---- rank through depth -------------------------------------------------------------------------------------------------------
const rank = {
  create(body, ctx) {
    let now = null, kind = "rank";
    const said = el("p", { class: "readout lead" }), box = el("div", { class: "figure" }), key = baseKey(ctx, el("i", { class: "rule base" })), note = baseNote(ctx);
    const seg = segmented("Axis", [["rank", "Rank"], ["prob", "Probability"]], () => kind, (k) => { kind = k; draw(now); });
    body.append(el("div", { class: "bar" }, seg, el("div", { class: "legend" }, el("span", {}, el("i", { class: "rule prob" }), "target"), el("span", {}, el("i", { class: "rule" }), "likeliest others"), key)), said, note, box);
    const words = (d) => {
      const L = d.depths - 1, r0 = d.ranks.a[0], rl = d.ranks.a[L];
      if (d.first === null) { let best = 0; for (let l = 1; l <= L; l++) if (d.ranks.a[l] < d.ranks.a[best]) best = l; return ` never leads: its best rank is ${big(d.ranks.a[best])}, ${depthName(best)}; rank ${big(r0)} at the embedding, ${big(rl)} at the end.`; }
      const lost = d.first !== d.stays ? (d.stays === null ? `, but ends at rank ${big(rl)}` : `, and leads for good from ${depthName(d.stays)} on`) : "";
      return d.first === 0 ? ` is rank 1 at the embedding already${lost}.` : ` first ranks 1 ${depthName(d.first)}${lost}; it was rank ${big(r0)} at the embedding.`;
    };
    function compare(d) { // the last depth of both runs, in words
      const b = d.base, L = d.depths - 1, both = (r, p) => `rank ${big(r.a[L])}, ${pc(p.a[L])}`; key.show(b);
      note.say(b, ...(b ? ["Unmodified, the target ends at ", el("b", { text: both(b.ranks, b.probs) }), "; now at ", el("b", { text: both(d.ranks, d.probs) }), b.first === null ? ". Unmodified it never leads." : `. Unmodified it first ranks 1 ${b.first ? depthName(b.first) : "at the embedding"}.`] : []));
    }
    function draw(d) {
      said.replaceChildren(tokenEl(d.ids[0], "mono tokword b"), words(d)); compare(d);
      const W = Math.floor(box.clientWidth), D = d.depths, L = D - 1, Ht = 264, x0 = 50, x1 = W - (W < 500 ? 108 : 142), y0 = 14, y1 = Ht - 36, byRank = kind === "rank";
      const s = sv("svg", { class: "fig", viewBox: `0 0 ${W} ${Ht}`, height: Ht, role: "img", "aria-label": `${byRank ? "Rank" : "Probability"} of ${tokenText(d.ids[0])} and the likeliest tokens over depth at position ${d.position}` });
      const X = (l) => x0 + l / L * (x1 - x0), full = Math.log10(Math.max(10, d.vocab)), Y = (v) => byRank ? y0 + Math.log10(v) / full * (y1 - y0) : y1 - v * (y1 - y0);
      const ticks = byRank ? [1, 10, 100, 1e3, 1e4, 1e5].filter((v) => v <= d.vocab) : [0, .25, .5, .75, 1];
      for (const v of ticks) { sv("line", { x1: x0, x2: x1, y1: Y(v), y2: Y(v), class: v === (byRank ? 1 : 0) ? "zero" : "hair" }, s); sv("text", { x: x0 - 9, y: Y(v) + 4, "text-anchor": "end", class: "dim" }, s, byRank ? big(v) : `${100 * v} %`); }
      depthTicks(s, L, X, y1 + 17); sv("text", { x: (x0 + x1) / 2, y: Ht - 3, "text-anchor": "middle", class: "dim" }, s, "after block");
      const value = (i, l) => (byRank ? d.ranks : d.probs).a[i * D + l], ends = [];
      const was = (l) => (byRank ? d.base.ranks : d.base.probs).a[l], drawBase = () => { let path = ""; for (let l = 0; l < D; l++) path += `${l ? "L" : "M"}${X(l).toFixed(1)} ${Y(was(l)).toFixed(1)}`; sv("path", { d: path, class: "baseline", "data-rank": d.base.ranks.a[L], "data-p": d.base.probs.a[L] }, s); ends.push({ base: true, i: .5, y: Y(was(L)) }); };
      for (let i = d.ids.length - 1; i >= 0; i--) {
        if (i === 0 && d.base) drawBase(); // under the target's own line, over the others
        const main = i === 0; let path = ""; for (let l = 0; l < D; l++) path += `${l ? "L" : "M"}${X(l).toFixed(1)} ${Y(value(i, l)).toFixed(1)}`;
        sv("path", { d: path, fill: "none", stroke: css(main ? "prob" : "river-deep"), "stroke-width": main ? 2.5 : 1.5, "stroke-linejoin": "round", "stroke-dasharray": main ? null : ["", "6 3", "2 3"][(i - 1) % 3] || null }, s);
        if (main) for (let l = 0; l < D; l++) sv("circle", { cx: X(l), cy: Y(value(0, l)), r: d.ranks.a[l] === 1 ? 3.6 : 2, fill: css("prob") }, s);
        ends.push({ i, main, y: Y(value(i, L)) });
      }
      if (d.first !== null && d.first > 0) { const x = X(d.first); sv("line", { x1: x, x2: x, y1: Y(value(0, d.first)) + 8, y2: y1, stroke: css("prob"), "stroke-dasharray": "2 3" }, s); const t = halo(sv("text", { x: x - x0 < 130 ? x + 6 : x - 6, y: y1 - 6, "text-anchor": x - x0 < 130 ? "start" : "end", class: "b", "data-first": d.first - 1 }, s, `leads after block ${d.first - 1}`)); t.style.fill = css("prob"); }
      ends.sort((a, b) => a.y - b.y || a.i - b.i); let low = -99; for (const e of ends) { e.at = Math.max(e.y, low + 15); low = e.at; } const over = Math.max(0, low - y1); for (const e of ends) e.at -= over;
      const room = W < 500 ? 7 : 10;
      for (const e of ends) { if (e.base) { sv("text", { x: x1 + 12, y: e.at + 4, class: "baselabel" }, s, `unmodified${W < 500 ? "" : ` ${byRank ? big(was(L)) : pc(was(L), 1)}`}`); continue; } const v = value(e.i, L), t = svgToken(s, x1 + 12, e.at + 4, d.ids[e.i], { class: "m" + (e.main ? " b" : "") }, room); t.style.fill = css(e.main ? "prob" : "ink2"); sv("text", { x: x1 + 12 + Math.min(room, [...tokenText(d.ids[e.i])].length) * 6.8 + 9, y: e.at + 4, class: "dim" }, s, byRank ? big(v) : pc(v, 1)); }
      const hair = sv("line", { y1: y0, y2: y1, stroke: css("ink3"), visibility: "hidden" }, s), hit = sv("rect", { x: x0 - 6, y: y0 - 8, width: x1 - x0 + 12, height: y1 - y0 + 14, fill: "transparent" }, s);
      const read = (e) => { const r = s.getBoundingClientRect(), l = Math.max(0, Math.min(L, Math.round((e.clientX - r.left - x0) / (x1 - x0) * L))); hair.setAttribute("x1", X(l)); hair.setAttribute("x2", X(l)); hair.setAttribute("visibility", "visible"); tip.show(e.clientX, e.clientY, depthName(l), d.ids.map((id, i) => [tokenText(id), `rank ${big(d.ranks.a[i * D + l])}, ${pc(d.probs.a[i * D + l])}`, true]).concat(d.base ? [[`${tokenText(d.ids[0])} unmodified`, `rank ${big(d.base.ranks.a[l])}, ${pc(d.base.probs.a[l])}`, true]] : [])); return l; };
      hit.addEventListener("pointermove", read); hit.addEventListener("pointerleave", () => { hair.setAttribute("visibility", "hidden"); tip.hide(); }); hit.addEventListener("click", (e) => { const l = read(e); if (l > 0) ctx.set({ layer: l - 1 }); });
      box.replaceChildren(s);
    }
    return {
      draw(d) { now = d; draw(d); },
      exportData() { const d = now, D = d.depths; return { position: d.position, first_leads: d.first === null ? null : depthName(d.first), leads_for_good: d.stays === null ? null : depthName(d.stays), tokens: d.ids.map((id, i) => ({ id, text: tokenText(id), rank: [...d.ranks.a.slice(i * D, (i + 1) * D)], probability: [...d.probs.a.slice(i * D, (i + 1) * D)], ...(i === 0 && d.base ? { unmodified: { rank: [...d.base.ranks.a], probability: [...d.base.probs.a] } } : {}) })) }; },
    };
  },
};

// ---- waterfall ------------------------------------------------------------------------------------------------------------------
function components(d) {
  const L = d.attn.a.length, base = d.base, out = [{ n: "embedding", s: "E", k: "E", v: d.embed, o: base ? base.embed : null, l: -1 }];
  if (d.constant !== 0 || base?.constant) out.push({ n: "constant terms (biases)", s: "b", k: "M", v: d.constant, o: base ? base.constant : null, l: -1 });
  for (let i = 0; i < L; i++) out.push({ n: `attention ${i}`, s: "A" + i, k: "A", v: d.attn.a[i], o: base ? base.attn.a[i] : null, l: i }, { n: `${ffn()} ${i}`, s: "M" + i, k: "M", v: d.mlp.a[i], o: base ? base.mlp.a[i] : null, l: i });
  for (const e of d.edits) out.push({ n: `interventions after block ${e.layer}`, s: "I" + e.layer, k: "M", v: e.share, o: base ? 0 : null, l: e.layer });
  return out;
}
function stacked(list) { let run = 0, was = 0; for (const c of list) { c.a = run; run += c.v; c.b = run; if (c.o !== null) { c.oa = was; was += c.o; c.ob = was; } } return list; }
function folded(all, order, most) { // in size order the small ones fold into one bar, so that names stay legible
  if (order === "order" || all.length <= most) return stacked(all);
  const bySize = order === "size", head = bySize ? all.slice(0, most) : [...all.slice(0, most / 2), ...all.slice(-most / 2)], rest = all.filter((c) => !head.includes(c)), mid = bySize ? head.length : most / 2;
  const sum = (k) => rest.reduce((a, c) => a + (c[k] ?? 0), 0), bar = { n: `${rest.length} smaller`, s: `${rest.length} smaller`, v: sum("v"), o: rest[0].o === null ? null : sum("o"), k: "R", l: -1 };
  return stacked([...head.slice(0, mid), bar, ...head.slice(mid)]);
}
const waterfall = {
  create(body, ctx) {
    let now = null, order = "order";
    const box = el("div", { class: "figure scroll" }), key = baseKey(ctx, el("i", { class: "sw hollow" })), sum = el("p", { class: "readout" });
    const seg = segmented("Order", [["order", "In order"], ["size", "By size"], ["value", "By sign"]], () => order, (k) => { order = k; draw(now); });
    body.append(el("div", { class: "bar" }, seg, el("div", { class: "legend" }, el("span", {}, el("i", { class: "sw", style: "background:var(--pos)" }), "toward"), el("span", {}, el("i", { class: "sw", style: "background:var(--neg)" }), "against"), el("span", {}, el("i", { class: "sw", style: "border:1.2px solid var(--ink3)" }), "attention"), el("span", {}, el("i", { class: "sw", style: "background:var(--ink3)" }), ffn()), key)), sum, box);
    function interact(svg, marks) {
      let i = -1; const show = (k, x, y) => { const c = marks[k].c; tip.show(x, y, c.n, [["share", sg(c.v, 3)], ["running total", sg(c.b, 3)], ...(c.o === null ? [] : [["share, unmodified", sg(c.o, 3)], ["change", sg(c.v - c.o, 3)]]), ...(c.l >= 0 ? [["click", "open the block"]] : [])]); };
      const open = (c) => { if (c.l >= 0) { ctx.set({ layer: c.l }); ctx.go("walk"); } };
      marks.forEach(({ c, g }, k) => { g.addEventListener("pointermove", (e) => show(k, e.clientX, e.clientY)); g.addEventListener("pointerleave", tip.hide); if (c.l >= 0) { g.style.cursor = "pointer"; g.addEventListener("click", () => open(c)); } });
      svg.setAttribute("tabindex", 0); svg.addEventListener("blur", () => { tip.hide(); marks[i]?.g.classList.remove("at"); });
      svg.addEventListener("keydown", (e) => { const d = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[e.key]; if (d) { e.preventDefault(); marks[i]?.g.classList.remove("at"); i = Math.min(marks.length - 1, Math.max(0, i + d)); marks[i].g.classList.add("at"); const r = marks[i].g.getBoundingClientRect(); show(i, r.left + r.width / 2, r.top + r.height / 2); } if (e.key === "Enter" && marks[i]) open(marks[i].c); });
    }
    const paint = (c) => ({ fill: css((c.v < 0 ? "neg" : "pos") + (c.k === "A" ? "-soft" : "")), stroke: css(c.v < 0 ? "neg" : "pos") });
    function lying(list, d, lo, hi, W) { // one row a component
      const named = order !== "order", rh = named ? 21 : 12, lab = named ? 78 : 34, H = 30 + (list.length + 1) * rh + 10, X = (v) => lab + (v - lo) / (hi - lo) * (W - lab - 52), s = sv("svg", { class: "fig fall", viewBox: `0 0 ${W} ${H}`, height: H, role: "img" }), marks = [];
      const st = nice((hi - lo) / 4); for (let v = Math.ceil(lo / st) * st; v <= hi + 1e-9; v += st) { sv("line", { x1: X(v), x2: X(v), y1: 20, y2: H, class: Math.abs(v) < 1e-9 ? "zero" : "hair" }, s); sv("text", { x: X(v), y: 12, "text-anchor": "middle", class: "dim" }, s, tickText(v, st)); }
      const every = everyOf(d.attn.a.length, 8);
      list.forEach((c, i) => {
        const y = 24 + i * rh, g = sv("g", { class: "mark" }, s); sv("rect", { class: "band", x: 0, y, width: W, height: rh }, g);
        const oa = order === "order" ? c.oa : c.a, ob = order === "order" ? c.ob : c.a + c.o; if (c.o !== null) sv("rect", { x: Math.min(X(oa), X(ob)), y: y + .5, width: Math.max(1, Math.abs(X(ob) - X(oa))), height: rh - (named ? 7 : 2), fill: "none", stroke: css("ink3"), "stroke-dasharray": "2 2" }, g);
        sv("rect", { x: Math.min(X(c.a), X(c.b)), y: y + 1, width: Math.max(1, Math.abs(X(c.b) - X(c.a))), height: rh - (named ? 8 : 3), rx: 1, ...paint(c), "stroke-width": c.k === "A" ? 1 : 0 }, g);
        if (named) { sv("text", { x: lab - 8, y: y + 11, "text-anchor": "end" }, g, c.s === "E" ? "embed" : c.s); sv("text", { x: Math.max(X(c.a), X(c.b)) + 4, y: y + 11 }, g, sg(c.v)); } else if (c.k === "A" && c.l % every === 0 || c.k === "E") sv("text", { x: lab - 8, y: y + 10, "text-anchor": "end", class: "dim" }, g, c.k === "E" ? "E" : c.l);
        marks.push({ c, g });
      });
      const y = 24 + list.length * rh + 2; sv("rect", { x: Math.min(X(0), X(d.logit)), y, width: Math.abs(X(d.logit) - X(0)), height: 12, fill: css("ink"), rx: 1 }, s); sv("text", { x: Math.max(X(0), X(d.logit)) + 5, y: y + 10.5, class: "ink b" }, s, d.logit.toFixed(2));
      return { s, marks };
    }
    const tickText = (v, st) => Math.abs(v) < 1e-9 ? "0" : (v < 0 ? "−" : "") + Math.abs(v).toFixed(st < 1 ? 1 : 0);
    function standing(list, d, lo, hi, full) {
      const named = order !== "order", W = named ? full : Math.max(full, 110 + list.length * 8), H = 336, x0 = 44, x1 = W - 66, top = 18, bot = H - (named ? 66 : 48), n = list.length + 1, cw = (x1 - x0) / n, Y = (v) => bot - (v - lo) / (hi - lo) * (bot - top), marks = [];
      const s = sv("svg", { class: "fig fall", viewBox: `0 0 ${W} ${H}`, height: H, style: W > full ? `width:${W}px;max-width:none` : null, role: "img" });
      const st = nice((hi - lo) / 6); for (let v = Math.ceil(lo / st) * st; v <= hi + 1e-9; v += st) { sv("line", { x1: x0, x2: x1, y1: Y(v), y2: Y(v), class: Math.abs(v) < 1e-9 ? "zero" : "hair" }, s); sv("text", { x: x0 - 8, y: Y(v) + 4, "text-anchor": "end", class: "dim" }, s, tickText(v, st)); }
      const bw = Math.min(cw * .72, 22), box_ = (c, i, a = c.a, b = c.b) => [x0 + i * cw + (cw - bw) / 2, Math.min(Y(a), Y(b)), bw, Math.max(1.2, Math.abs(Y(b) - Y(a)))], rects = list.map((c, i) => box_(c, i)), labels = sv("g", {}), taken = [], every = everyOf(d.attn.a.length, 9), last = d.attn.a.length - 1;
      list.forEach((c, i) => {
        const x = x0 + i * cw, [bx, yT, , h] = rects[i], g = sv("g", { class: "mark" }, s);
        sv("rect", { class: "band", x, y: top, width: cw, height: bot - top }, g);
        if (c.o !== null) { const [ox, oy, , oh] = order === "order" ? box_(c, i, c.oa, c.ob) : box_(c, i, c.a, c.a + c.o); sv("rect", { x: ox - 1.5, y: oy, width: bw + 3, height: oh, fill: "none", stroke: css("ink3"), "stroke-dasharray": "2 2" }, g); }
        sv("rect", { x: bx, y: yT, width: bw, height: h, rx: 1, ...paint(c), "stroke-width": 1.2 }, g);
        if (i + 1 < n) sv("line", { x1: bx + bw, x2: x + cw + (cw - bw) / 2, y1: Y(c.b), y2: Y(c.b), stroke: css("line2") }, g);
        if (named && Math.abs(c.v) > (hi - lo) * .012 && cw > 26) sv("text", { x: bx + bw / 2, y: c.v > 0 ? yT - 5 : yT + h + 12, "text-anchor": "middle", class: "ink" }, g, sg(c.v));
        if (!named && Math.abs(c.v) > (hi - lo) * .07) {
          const text = `${c.s} ${sg(c.v)}`, w = text.length * 6.3, tries = [[bx - 5 - w, yT + 10], [bx - 5 - w, yT + h / 2 + 4], [bx + bw + 5, yT + h], [bx + bw / 2 - w / 2, yT - 6], [bx + bw + 5, yT + h + 12], [bx + bw / 2 - w / 2, yT + h + 13]];
          const ok = tries.find(([a, y]) => y < bot && a > x0 && a + w < x1 && ![...taken, ...rects].some((b) => a < b[0] + b[2] + 3 && a + w > b[0] - 3 && y - 10 < b[1] + b[3] && y + 2 > b[1]));
          if (ok) { taken.push([ok[0], ok[1] - 10, w, 12]); halo(sv("text", { x: ok[0] + (ok[0] < bx - w ? w : 0), y: ok[1], "text-anchor": ok[0] < bx - w ? "end" : "start", class: "ink" }, labels, text)); }
        }
        if (named) { if (c.k === "R") sv("text", { x: x + cw / 2, y: bot + 16, "text-anchor": "end", transform: `rotate(-40 ${x + cw / 2} ${bot + 16})` }, g, c.s); else sv("text", { x: x + cw / 2, y: bot + 16, "text-anchor": "middle" }, g, c.s); } else if (c.k === "A" && (c.l === last || c.l % every === 0 && last - c.l >= every * .6)) sv("text", { x: x + cw, y: bot + 17, "text-anchor": "middle", class: "dim" }, g, c.l); else if (c.k === "E") sv("text", { x: x + cw / 2, y: bot + 17, "text-anchor": "middle", class: "dim" }, g, "E");
        marks.push({ c, g });
      });
      s.append(labels);
      const x = x0 + list.length * cw, ew = Math.max(10, Math.min(22, cw)); if (d.base) sv("rect", { x: x + 2.5, y: Math.min(Y(0), Y(d.base.logit)), width: ew + 3, height: Math.abs(Y(d.base.logit) - Y(0)), fill: "none", stroke: css("ink3"), "stroke-dasharray": "2 2" }, s);
      sv("rect", { x: x + 4, y: Math.min(Y(0), Y(d.logit)), width: ew, height: Math.max(1, Math.abs(Y(d.logit) - Y(0))), fill: css("ink"), rx: 1 }, s);
      sv("text", { x: x + 10 + ew, y: Y(d.logit) + 4, class: "ink b" }, s, d.logit.toFixed(2).replace("-", "−")); sv("text", { x: x + 10 + ew, y: Y(d.logit) + 18, class: "dim" }, s, "logit");
      sv("text", { x: x0, y: H - 5, class: "dim" }, s, named ? `E embedding, A attention, M ${ffn()}, number = block; in logits` : "E = embedding; numbers are blocks; in logits");
      return { s, marks };
    }
    function draw(d) {
      const W = Math.floor(box.clientWidth), narrow = W < 720, all = components(d);
      if (order === "size") all.sort((a, b) => Math.abs(b.v) - Math.abs(a.v)); if (order === "value") all.sort((a, b) => b.v - a.v);
      const list = folded(all, order, narrow ? 14 : 24); let lo = Math.min(0, d.logit), hi = Math.max(0, d.logit, d.base?.logit ?? 0); for (const c of list) { lo = Math.min(lo, c.b, order === "order" ? c.ob ?? 0 : 0); hi = Math.max(hi, c.b, order === "order" ? c.ob ?? 0 : 0); } if (hi - lo < 1e-6) hi = lo + 1; if (order !== "order" && !narrow && lo < 0) lo -= (hi - lo) * .06; // room for the numbers under the bars
      const { s, marks } = narrow ? lying(list, d, lo, hi, W) : standing(list, d, lo, hi, W);
      s.setAttribute("aria-label", `Waterfall of ${all.length} shares toward ${tokenText(d.target)}, ending at its logit ${d.logit.toFixed(2)}; arrow keys walk the bars`);
      box.replaceChildren(s); interact(s, marks); key.show(d.base);
      const plus = all.filter((c) => c.v > 0), minus = all.filter((c) => c.v < 0), add = (l) => l.reduce((a, c) => a + c.v, 0);
      sum.replaceChildren(el("b", { text: sg(add(plus)) }), ` from ${plus.length} writes toward `, tokenEl(d.target, "mono tokword"), ", ", el("b", { text: sg(add(minus)) }), ` from ${minus.length} against`, ...(d.base ? [`; the unmodified run gave it ${d.base.logit.toFixed(2)}, so `, el("b", { text: sg(d.logit - d.base.logit) }), " through the interventions"] : []), ".", ctx.run.effect && !d.base ? " " + PARTED : "");
    }
    return {
      draw(d) { now = d; draw(d); },
      exportData() { const d = now; return { position: d.position, target: { id: d.target, text: tokenText(d.target) }, logit: d.logit, shares: components(d).map((c) => ({ component: c.n, share: c.v, ...(c.o === null ? {} : { unmodified: c.o }) })) }; },
    };
  },
};

// ---- norms ----------------------------------------------------------------------------------------------------------------------
const norms = {
  create(body, ctx) {
    let now = null;
    const box = el("div", { class: "figure" }), key = baseKey(ctx, el("i", { class: "rule base" })), note = baseNote(ctx);
    body.append(el("div", { class: "bar" }, el("p", { class: "hint", text: "Length of the vector, on a log scale: lines, since a log axis has no zero to stand bars on." }), el("div", { class: "legend" }, el("span", {}, el("i", { class: "rule ink" }), "stream here"), el("span", {}, el("i", { class: "rule faint" }), "every other position"), el("span", {}, el("i", { class: "dotmark hollow" }), "attention’s write"), el("span", {}, el("i", { class: "dotmark" }), ffn("MLP’s write", "experts’ write")), key)), note, box);
    function draw(d) {
      const [D, T] = d.stream.shape, L = D - 1, p = Math.min(ctx.store.focus.position, T - 1), W = Math.floor(box.clientWidth), Ht = 300, x0 = 50, x1 = W - (W < 500 ? 84 : 118), y0 = 14, y1 = Ht - 36;
      const st = (l, q) => d.stream.a[l * T + q], at = (l, q) => d.attn.a[l * T + q], ml = (l, q) => d.mlp.a[l * T + q]; let lo = Infinity, hi = 0, top = 0;
      for (let q = 0; q < T; q++) for (let l = 0; l <= L; l++) { const v = st(l, q); if (v > 0) { lo = Math.min(lo, v); if (v > hi) { hi = v; top = q; } } }
      for (let l = 0; l < L; l++) for (const v of [at(l, p), ml(l, p)]) if (v > 0) { lo = Math.min(lo, v); hi = Math.max(hi, v); }
      const b0 = d.base; key.show(b0); note.say(b0, ...(b0 ? ["Unmodified, the stream here ends at ", el("b", { text: nf(b0.stream.a[L]) }), "; now at ", el("b", { text: nf(st(L, p)) }), "."] : []));
      if (b0) for (const m of [b0.stream, b0.attn, b0.mlp]) for (const v of m.a) if (v > 0) { lo = Math.min(lo, v); hi = Math.max(hi, v); }
      if (!(lo < hi)) { lo = .1; hi = 10; } const a = Math.floor(Math.log10(lo) * 2) / 2, b = Math.ceil(Math.log10(hi) * 2) / 2, X = (l) => x0 + l / L * (x1 - x0), Y = (v) => y1 - (Math.log10(Math.max(v, 10 ** a)) - a) / (b - a) * (y1 - y0);
      const s = sv("svg", { class: "fig", viewBox: `0 0 ${W} ${Ht}`, height: Ht, role: "img", "aria-label": `Norm of the residual stream through depth, position ${p} in front` });
      for (let e = Math.ceil(a); e <= b; e++) { const v = 10 ** e; sv("line", { x1: x0, x2: x1, y1: Y(v), y2: Y(v), class: "hair" }, s); sv("text", { x: x0 - 9, y: Y(v) + 4, "text-anchor": "end", class: "dim" }, s, v < 1 ? String(v) : big(v)); }
      depthTicks(s, L, X, y1 + 17); sv("text", { x: (x0 + x1) / 2, y: Ht - 3, "text-anchor": "middle", class: "dim" }, s, "after block");
      let faint = ""; for (let q = 0; q < T; q++) if (q !== p) for (let l = 0; l <= L; l++) faint += `${l ? "L" : "M"}${X(l).toFixed(1)} ${Y(st(l, q)).toFixed(1)}`;
      sv("path", { d: faint, fill: "none", stroke: css("river"), "stroke-width": 1, opacity: T > 100 ? .35 : .75 }, s);
      const line = (f, from, to, attrs) => { let path = ""; for (let l = from; l <= to; l++) path += `${l > from ? "L" : "M"}${X(l).toFixed(1)} ${Y(f(l)).toFixed(1)}`; sv("path", { d: path, fill: "none", "stroke-linejoin": "round", ...attrs }, s); };
      const fa = (l) => at(l - 1, p), fm = (l) => ml(l - 1, p);
      if (b0) { const base = { class: "baseline" }; line((l) => b0.attn.a[l - 1], 1, L, base); line((l) => b0.mlp.a[l - 1], 1, L, base); }
      line(fa, 1, L, { stroke: css("river-deep"), "stroke-width": 1.25 }); line(fm, 1, L, { stroke: css("river-deep"), "stroke-width": 1.25 });
      for (let l = 1; l <= L; l++) { sv("circle", { cx: X(l), cy: Y(fa(l)), r: 3, fill: css("surface"), stroke: css("river-deep"), "stroke-width": 1.5 }, s); sv("circle", { cx: X(l), cy: Y(fm(l)), r: 3, fill: css("river-deep") }, s); }
      line((l) => st(l, p), 0, L, { stroke: css("ink"), "stroke-width": 2.5 }); if (b0) line((l) => b0.stream.a[l], 0, L, { class: "baseline", "data-stream": b0.stream.a[L] });
      const ends = [["stream", st(L, p), "ink b"], ...(b0 && Math.abs(Y(b0.stream.a[L]) - Y(st(L, p))) > 4 ? [["unmodified", b0.stream.a[L], "baselabel"]] : []), ["attention", fa(L), ""], [ffn(), fm(L), ""]].map(([n, v, c]) => ({ n, v, c, y: Y(v) })).sort((q, r) => q.y - r.y); let low = -99; for (const e of ends) { e.at = Math.max(e.y, low + 14); low = e.at; } const over = Math.max(0, low - y1 - 4); for (const e of ends) e.at -= over;
      for (const e of ends) sv("text", { x: x1 + 10, y: e.at + 4, class: e.c || null }, s, `${e.n} ${nf(e.v)}`);
      if (T > 1 && top !== p) { let l = 0; for (let k = 0; k <= L; k++) if (st(k, top) > st(l, top)) l = k; const mid = Math.round(L * .45), yy = Math.max(10, Y(Math.max(st(mid, top), st(Math.max(0, mid - 2), top), st(Math.min(L, mid + 2), top))) - 7); halo(sv("text", { x: X(mid), y: yy, "text-anchor": "middle", class: "m" }, s, `${cut(tokenText(ctx.run.ids[top]), 10)} at ${top}, up to ${nf(st(l, top))}`)); }
      const hair = sv("line", { y1: y0, y2: y1, stroke: css("ink3"), visibility: "hidden" }, s), hit = sv("rect", { x: x0 - 6, y: y0, width: x1 - x0 + 12, height: y1 - y0 + 6, fill: "transparent" }, s);
      const read = (e) => { const r = s.getBoundingClientRect(), l = Math.max(0, Math.min(L, Math.round((e.clientX - r.left - x0) / (x1 - x0) * L))); hair.setAttribute("x1", X(l)); hair.setAttribute("x2", X(l)); hair.setAttribute("visibility", "visible"); tip.show(e.clientX, e.clientY, `${tokenText(ctx.run.ids[p])} at ${p}, ${depthName(l)}`, [["stream", nf(st(l, p)) + was(b0?.stream.a[l], nf)], ...(l ? [["attention wrote", fa(l).toFixed(2) + was(b0?.attn.a[l - 1])], [`${ffn()} wrote`, fm(l).toFixed(2) + was(b0?.mlp.a[l - 1])]] : [])]); return l; }, was = (v, f = (x) => x.toFixed(2)) => v === undefined ? "" : `, unmodified ${f(v)}`;
      hit.addEventListener("pointermove", read); hit.addEventListener("pointerleave", () => { hair.setAttribute("visibility", "hidden"); tip.hide(); }); hit.addEventListener("click", (e) => { const l = read(e); if (l > 0) ctx.set({ layer: l - 1 }); });
      box.replaceChildren(s);
    }
    return {
      draw(d) { now = d; draw(d); },
      exportData() { const d = now, [D, T] = d.stream.shape, p = ctx.store.focus.position, col = (m, n) => Array.from({ length: n }, (_, l) => m.a[l * T + p]); return { position: p, stream: col(d.stream, D), attention: col(d.attn, D - 1), mlp: col(d.mlp, D - 1), ...(d.base ? { unmodified: { stream: [...d.base.stream.a], attention: [...d.base.attn.a], mlp: [...d.base.mlp.a] } } : {}) }; },
    };
  },
};
export const views = { lens, rank, waterfall, norms };
