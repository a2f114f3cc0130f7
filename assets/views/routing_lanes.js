// Lanes through the depth: ribbons between the experts of one layer and the next; the selected token's own path in violet.
import { css, el, pc, segmented, sv, tip, tokenEl } from "../js/dom.js";
import { baseKey, baseNote } from "./unmodified.js";
import { bold, changes, percent, route, same, selected, swatch, windowed, windowWords } from "./routing_shared.js";

export const lanes = {
  create(body, ctx) {
    let d = null, at = null, hover = null, geo = null, drawing = false;
    const said = el("p", { class: "readout rtsaid" }), note = baseNote(ctx), unmodified = baseKey(ctx, el("i", { class: "sw rtdash" }), "its path, unmodified"), fig = el("div", { class: "figure" }), hint = el("p", { class: "hint" });
    const show = segmented("Isolate", [["token", "Selected token"], ["expert", "Selected expert"]], () => ctx.controls.isolate === "expert" ? "expert" : "token", (k) => { ctx.control("isolate", k); });
    body.append(el("div", { class: "bar rtbar" }, show, el("div", { class: "legend" }, swatch("background:var(--river);opacity:.6", "all tokens"), swatch("background:var(--ink)", "tokens of one expert"), swatch("background:var(--prob)", "selected token, wider than to scale"), unmodified)), said, note, fig, hint);

    function measure() {
      const W = Math.floor(fig.clientWidth) || 320, E = d.n_experts, wide = W >= 720, { shown: L, first } = windowed(d.layers.length, wide ? Math.floor((W - 80) / 105) + 1 : 10, at.row), space = E <= 16 ? (wide ? 9 : 5) : 1.5;
      const across = wide ? Math.max(300, Math.min(640, 52 * E)) : W - 2, thick = wide ? 12 : 13, start = wide ? 44 : 4, before = wide ? 26 : 30;
      const each = wide ? (W - before - thick - 40) / (L - 1) : 96, unit = (across - space * (E - 1)) / d.n;
      const place = d.layers.map((_, r) => { let p = start === 4 ? 1 : start; return Array.from({ length: E }, (_, e) => { const size = d.load.a[r * E + e] * unit, from = p; p += size + space; return { from, size }; }); });
      geo = { W, L, E, wide, thick, each, unit, before, H: wide ? start + across + 12 : before + (L - 1) * each + thick + 30, place, first, last: first + L - 1, depth: (r) => before + (r - first) * each };
    }
    // A band between two depths: from [a, a + s] to [b, b + s] across.
    function band(r, a, b, size, extra = 0) {
      const u = geo.depth(r) + geo.thick + 1, v = geo.depth(r + 1) - 1, m = (u + v) / 2, P = (along, over) => geo.wide ? `${along.toFixed(1)} ${over.toFixed(1)}` : `${over.toFixed(1)} ${along.toFixed(1)}`, s = Math.max(.35, size + extra);
      return `M${P(u, a)}C${P(m, a)} ${P(m, b)} ${P(v, b)}L${P(v, b + s)}C${P(m, b + s)} ${P(m, a + s)} ${P(u, a + s)}Z`;
    }
    // Where each ribbon leaves and enters: ribbons of one expert lie side by side in the order of their other ends.
    function ribbons() {
      const { first, last, E, place, unit } = geo, R = d.source.shape[1], all = [];
      for (let g = first; g < last; g++) {
        const list = []; for (let i = 0; i < R; i++) if (d.weight.a[g * R + i] > 0) list.push({ g, a: d.source.a[g * R + i], b: d.target.a[g * R + i], w: d.weight.a[g * R + i], tokens: d.tokens.a[g * R + i] });
        const out = new Float64Array(E), into = new Float64Array(E);
        for (const f of [...list].sort((x, y) => x.b - y.b)) { f.from = place[g][f.a].from + out[f.a]; out[f.a] += f.w * unit; }
        for (const f of [...list].sort((x, y) => x.a - y.a)) { f.to = place[g + 1][f.b].from + into[f.b]; into[f.b] += f.w * unit; }
        all.push(list);
      }
      return all;
    }
    // What the tokens of one expert do elsewhere, each by its weight there: sums to that expert's load in every gap.
    function through(row, expert) {
      const { first, last } = geo, q = Array.from({ length: d.n }, (_, t) => route(d, row, t).find(([e]) => e === expert)?.[1] ?? 0), out = {};
      for (let g = first; g < last; g++) {
        const sum = new Map();
        for (let t = 0; t < d.n; t++) if (q[t]) {
          const A = g === row ? [[expert, 1]] : route(d, g, t), B = g + 1 === row ? [[expert, 1]] : route(d, g + 1, t);
          for (const [a, v] of A) for (const [b, w] of B) sum.set(a * 1e4 + b, (sum.get(a * 1e4 + b) ?? 0) + q[t] * v * w);
        }
        out[g] = sum;
      }
      return out;
    }
    function draw() {
      measure(); const { W, H, L, E, wide, thick, place, depth, unit, first, last } = geo, s = sv("svg", { class: "fig rtlanes", viewBox: `0 0 ${W} ${H}`, height: H, role: "group", "aria-label": `Flows between the experts of ${L} layers` }), all = ribbons();
      const grey = sv("g", {}, s), over = sv("g", { class: "rtover" }, s), own = sv("g", { "pointer-events": "none" }, s), nodes = sv("g", {}, s);
      for (const list of all) for (const f of list) {
        const p = sv("path", { d: band(f.g, f.from, f.to, f.w * unit), class: "rtflow" }, grey), chance = d.load.a[f.g * E + f.a] * d.load.a[(f.g + 1) * E + f.b] / d.n;
        p.addEventListener("pointermove", (ev) => tip.show(ev.clientX, ev.clientY, `Layer ${d.layers[f.g]} expert ${f.a} to layer ${d.layers[f.g + 1]} expert ${f.b}`, [["share of all weight", percent(f.w / d.n)], ["if they were independent", percent(chance / d.n)], ["tokens that visited both", `${f.tokens} of ${d.n}`]])); p.addEventListener("pointerleave", tip.hide);
      }
      d.layers.forEach((layer, r) => {
        if (r < first || r > last) return;
        const on = r === at.row; if (wide) { if (geo.each >= 52 || r % Math.ceil(52 / geo.each) === 0) { const t = sv("text", { x: depth(r) + thick / 2, y: 16, class: on ? "h" : "", "text-anchor": "middle" }, s, geo.each >= 60 ? `Layer ${layer}` : `L${layer}`); if (on) sv("rect", { x: depth(r) + thick / 2 - 21, y: 22, width: 42, height: 2, fill: css("ink") }, s); t.style.cursor = "pointer"; t.addEventListener("click", () => ctx.set({ layer, expert: null })); } }
        else { const t = sv("text", { x: 0, y: depth(r) - 17, class: "rthalo" + (on ? " h" : "") }, nodes, `Layer ${layer}`); t.addEventListener("click", () => ctx.set({ layer, expert: null })); }
        for (let e = 0; e < E; e++) {
          const { from, size } = place[r][e], mine = at.lists[r].some(([x]) => x === e), chosen = on && e === at.expert;
          const g = sv("g", { class: "rtnode", tabindex: chosen ? 0 : -1, role: "button", "data-node": `${r}.${e}`, "aria-pressed": String(chosen), "aria-label": `Layer ${layer} expert ${e}: ${percent(d.load.a[r * E + e] / d.n)} of the weight` }, nodes), len = Math.max(1.2, size);
          sv("rect", { x: (wide ? depth(r) : from) - 3, y: (wide ? from : depth(r)) - 3, width: (wide ? thick : len) + 6, height: (wide ? len : thick) + 6, fill: "transparent" }, g);
          sv("rect", { x: wide ? depth(r) : from, y: wide ? from : depth(r), width: wide ? thick : len, height: wide ? len : thick, rx: 1.5, fill: css(mine ? "prob" : "river-deep"), stroke: chosen ? css("ink") : null, "stroke-width": 2 }, g);
          if (size >= 12 || E <= 16 && wide || chosen) { // a label only where it does not touch the next
            const x = wide ? depth(r) - 6 : from + size / 2, y = wide ? from + size / 2 + 4 : depth(r) - 4, crowded = !wide && size < 9 || wide && E > 16 && size < 11 && !chosen;
            if (!crowded) { const t = sv("text", { x, y, "text-anchor": wide ? "end" : "middle", class: mine || chosen ? "b" : "dim" }, g, String(e)); if (mine) t.style.fill = css("prob"); else if (chosen) t.style.fill = css("ink"); }
          }
          g.addEventListener("click", () => { ctx.set({ layer, expert: e }); if (ctx.controls.isolate !== "expert") ctx.control("isolate", "expert"); });
          g.addEventListener("pointerenter", (ev) => { hover = [r, e]; isolate(over, all); tip.show(ev.clientX, ev.clientY, `Layer ${layer} expert ${e}`, [["share of all weight", percent(d.load.a[r * E + e] / d.n)], ["even would be", percent(1 / E)]]); }); g.addEventListener("pointerleave", () => { hover = null; tip.hide(); isolate(over, all); });
          g.addEventListener("keydown", (ev) => keys(ev, r, e)); g.addEventListener("focus", () => { hover = [r, e]; isolate(over, all); }); g.addEventListener("blur", () => { hover = null; isolate(over, all); });
        }
      });
      path(own); drawing = true; fig.replaceChildren(s); drawing = false; hover = null; isolate(over, all);
    }
    function keys(ev, r, e) {
      if (ev.key === "Enter" || ev.key === " ") { ev.preventDefault(); ctx.set({ layer: d.layers[r], expert: e }); if (ctx.controls.isolate !== "expert") ctx.control("isolate", "expert"); return focusNode(r, e); }
      const along = { ArrowRight: 1, ArrowLeft: -1 }[ev.key] ?? 0, down = { ArrowDown: 1, ArrowUp: -1 }[ev.key] ?? 0; if (!along && !down) return; ev.preventDefault();
      const [dr, de] = geo.wide ? [along, down] : [down, along]; focusNode(Math.min(geo.last, Math.max(geo.first, r + dr)), (e + de + geo.E) % geo.E);
    }
    const focusNode = (r, e) => fig.querySelector(`[data-node="${r}.${e}"]`)?.focus({ preventScroll: true });
    function strands(parent, lists, paint) { // from the middle of each node, ordered by expert; 1 is as wide as the whole path
      const full = geo.wide ? 15 : 13, mid = (r, e) => geo.place[r][e].from + geo.place[r][e].size / 2;
      for (let g = geo.first; g < geo.last; g++) for (const [a, v] of lists[g] ?? []) for (const [b, w] of lists[g + 1] ?? []) { const size = Math.max(.8, full * v * w); paint(sv("path", { d: band(g, mid(g, a) - size / 2, mid(g + 1, b) - size / 2, size) }, parent)); }
    }
    function path(own) {
      const quiet = ctx.controls.isolate === "expert"; own.setAttribute("opacity", quiet ? .45 : 1);
      if (d.base && at.here < d.base.tokens) { const before = d.layers.map((_, r) => route(d.base, r, at.here)); if (!before.every((l, r) => same(l, at.lists[r]))) strands(own, before, (p) => { p.setAttribute("fill", "none"); p.setAttribute("stroke", css("ink2")); p.setAttribute("stroke-dasharray", "3 2"); }); }
      strands(own, at.lists, (p) => { p.setAttribute("fill", css("prob")); p.setAttribute("fill-opacity", .82); });
    }
    function isolate(over, all) {
      if (drawing) return; // a node that is taken away loses its focus
      const one = hover ?? (ctx.controls.isolate === "expert" ? [at.row, at.expert] : null); over.replaceChildren(); fig.classList.toggle("rtone", !!one);
      if (!one) return words(null);
      const found = through(...one), { unit } = geo;
      for (const list of all) for (const f of list) { const w = found[f.g].get(f.a * 1e4 + f.b); if (w) { const size = w * unit, spare = (f.w - w) * unit / 2; sv("path", { d: band(f.g, f.from + spare, f.to + spare, size), class: "rtin" }, over); } }
      words(one);
    }
    function words(one) {
      if (!one) {
        said.replaceChildren(tokenEl(ctx.run.ids[at.here]), " goes ", ...at.lists.slice(geo.first, geo.last + 1).flatMap((list, i) => [i ? " → " : "", bold(list.slice(0, 3).map(([e]) => e).join("+") + (list.length > 3 ? "+…" : "") || "none")]), geo.first || geo.last < d.layers.length - 1 ? `, from layer ${d.layers[geo.first]} to ${d.layers[geo.last]}` : ", layer by layer");
        return;
      }
      const [r, e] = one, load = d.load.a[r * d.n_experts + e], tokens = Array.from({ length: d.n }, (_, t) => t).filter((t) => route(d, r, t).some(([x]) => x === e)), next = (g, pick) => { const sums = new Map(); for (const t of tokens) { const q = route(d, r, t).find(([x]) => x === e)[1]; for (const [x, w] of route(d, pick, t)) sums.set(x, (sums.get(x) ?? 0) + q * w); } const best = [...sums].sort((a, b) => b[1] - a[1])[0]; return best ? [bold(best[0]), ` (${pc(best[1] / load)})`] : ["none"]; };
      said.replaceChildren("Expert ", bold(e), " of layer ", bold(d.layers[r]), `: ${tokens.length} of ${d.n} tokens, `, bold(percent(load / d.n)), " of the weight", ...(load && r ? ["; mostly from ", ...next(r, r - 1)] : []), ...(load && r < d.layers.length - 1 ? ["; mostly on to ", ...next(r, r + 1)] : []));
    }
    return {
      draw(next, focus) {
        d = next; hover = null; const held = document.activeElement?.dataset?.node, inside = fig.contains(document.activeElement); at = selected(d, focus); at.lists = d.layers.map((_, r) => route(d, r, at.here)); unmodified.show(d.base); changes(d, note); show.sync(); draw();
        if (inside && held) focusNode(...held.split(".").map(Number));
        const rest = Array.from(d.rest.a).reduce((a, b) => a + b, 0), others = Array.from(d.others.a).reduce((a, b) => a + b, 0), all = d.n * (d.layers.length - 1);
        hint.textContent = `${windowWords(d, geo)}Height: weight of the text’s ${d.n} tokens; a ribbon is Σ w(this layer) · w(next layer). ${others ? `${others.toLocaleString("en-US")} smaller flows, ${pc(rest / all)} of all, are not drawn: the bare part of each expert’s edge. ` : ""}Click an expert to see its tokens alone.`; if (!geo.wide) hint.textContent = hint.textContent.replace("Height", "Width");
      },
      exportData: () => d,
    };
  },
};
