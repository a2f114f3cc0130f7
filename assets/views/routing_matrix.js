// The expert matrix: bands are layers, rows experts, columns tokens; on a phone tokens go down and layers across.
import { canvas2, contrast, css, cut, el, mix, pc, rgb, rgbs, tip, tokenEl, tokenInto, tokenText } from "../js/dom.js";
import { baseKey, baseNote } from "./unmodified.js";
import { bold, changes, inWords, num, percent, inked, plainWords, route, same, selected, share, swatch, weightFill, weightInk, weightOf, windowed, windowWords } from "./routing_shared.js";

const SANS = "Inter, sans-serif", MONO = '"JetBrains Mono", monospace';
export const matrix = {
  create(body, ctx) {
    let d = null, geo = null, at = null;
    const said = el("p", { class: "readout rtsaid", "aria-live": "polite" }), path = el("div", { class: "rtpath", role: "group", "aria-label": "Experts of the selected token, layer by layer" });
    const unmodified = baseKey(ctx, el("i", { class: "sw rthollow" }), "unmodified run’s choice"), note = baseNote(ctx);
    const of = document.createTextNode(""), ramp = el("span", {}, of, el("i", { class: "ramp rtramp" }), "1");
    const legend = el("div", { class: "legend" }, ramp, swatch("background:var(--prob)", "selected token"), swatch("background:var(--river-deep)", "load of this text"), unmodified);
    const canvas = el("canvas", { tabindex: 0, role: "application" }), box = el("div", { class: "figure" }, canvas), part = el("p", { class: "hint" }), h = el("h3", { class: "sub3" }), text = el("div", { class: "rttext" }), count = el("p", { class: "hint" });
    body.append(el("div", { class: "bar rtbar" }, said, legend), note, path, box, part, h, text, count);

    // ---- where things are: cell(row, expert, token) and back
    function measure(row, here) {
      const W = Math.floor(box.clientWidth) || 320, L = d.layers.length, E = d.n_experts, n = d.n;
      if (W >= 720) {
        const load = 232, x0 = 92, space = 30, cw = Math.min(34, (W - x0 - load - space) / n), rh = Math.max(4, Math.min(15, Math.floor(1400 / (L * E)))), gap = 26, part = windowed(L, Math.max(3, Math.floor(2000 / (E * rh + gap))), row), top = 74, bh = E * rh;
        const lx = x0 + n * cw + space, most = Math.max(...d.share.a, 1.15 / E), room = Math.min(W - lx - 54, 190);
        return { wide: true, W, H: top + part.shown * bh + (part.shown - 1) * gap + 24, x0, cw, rh, gap, top, bh, lx, room, most, ...part, X: (r, e, t) => x0 + t * cw, Y: (r, e) => top + (r - part.first) * (bh + gap) + e * rh, w: cw, h: rh };
      }
      const x0 = 78, gap = 9, least = E > 16 ? 3.2 : 4.2, { shown: fit, first } = windowed(L, Math.floor((W - x0 + gap) / (E * least + gap)), row);
      const cw = Math.min(18, (W - x0 - gap * (fit - 1)) / (fit * E)), rh = n <= 48 ? 20 : 15, top = 46, lh = 62, most = Math.max(...d.share.a, 1.15 / E);
      return { wide: false, W, H: top + n * rh + lh + 44, x0, cw, rh, gap, top, lh, most, first, shown: fit, X: (r, e) => x0 + (r - first) * (E * cw + gap) + e * cw, Y: (r, e, t) => top + t * rh, w: cw, h: rh };
    }
    function hit(ev) {
      const r = canvas.getBoundingClientRect(), x = ev.clientX - r.left, y = ev.clientY - r.top, g = geo, E = d.n_experts;
      if (g.wide) {
        const k = Math.floor((y - g.top) / (g.bh + g.gap)), row = g.first + k, e = Math.floor((y - g.top - k * (g.bh + g.gap)) / g.rh), t = Math.floor((x - g.x0) / g.cw);
        if (y < g.top) return t >= 0 && t < d.n && y > 8 ? { t } : null;
        if (k < 0 || k >= g.shown) return null;
        if (x < g.x0) return { row, e: x > g.x0 - 30 && e >= 0 && e < E ? e : undefined };
        if (e < 0 || e >= E) return null;
        return t < d.n ? { row, e, t } : x >= g.lx - 6 ? { row, e } : null;
      }
      const t = Math.floor((y - g.top) / g.rh), k = Math.floor((x - g.x0) / (E * g.cw + g.gap)), e = Math.floor((x - g.x0 - k * (E * g.cw + g.gap)) / g.cw), row = g.first + k;
      if (x < g.x0) return t >= 0 && t < d.n ? { t } : null;
      if (k < 0 || k >= g.shown || e < 0 || e >= E) return null;
      return t < 0 ? { row } : t < d.n ? { row, e, t } : { row, e };
    }
    function point(ev) {
      const p = hit(ev); canvas.style.cursor = p ? "pointer" : "default"; if (!p || p.row === undefined) return tip.hide();
      if (p.e === undefined) return tip.hide();
      const layer = d.layers[p.row], i = p.row * d.n_experts + p.e;
      if (p.t === undefined) return tip.show(ev.clientX, ev.clientY, `Expert ${p.e} of layer ${layer}`, [["share of all visits", percent(d.share.a[i])], ["even would be", percent(1 / d.n_experts)]]);
      const list = route(d, p.row, p.t), w = weightOf(list, p.e), made = d.contribution ? inked(d, p.row, p.t) : [], rows = list.map(([e, v], i) => [`expert ${e}`, made.length ? `weight ${pc(v)}, makes ${pc(made[i][1])}` : pc(v)]);
      if (!w) rows.push([`expert ${p.e}`, "not used"]);
      if (d.base && p.t < d.base.tokens) { const b = route(d.base, p.row, p.t); if (!same(b, list)) rows.push(["unmodified", b.map(([e, v]) => `${e} ${share(v)}`).join(", ")]); }
      tip.show(ev.clientX, ev.clientY, `${tokenText(ctx.run.ids[p.t])} in layer ${layer}`, rows);
      say(p.row, p.t);
    }
    function choose(p) { if (!p) return; const patch = {}; if (p.row !== undefined) { patch.layer = d.layers[p.row]; if (p.e === undefined) patch.expert = null; } if (p.e !== undefined) patch.expert = p.e; if (p.t !== undefined) { patch.position = p.t; if (p.e === undefined) patch.expert = null; } ctx.set(patch); }
    canvas.addEventListener("pointermove", point); canvas.addEventListener("pointerleave", () => { tip.hide(); if (d) say(at.row, at.here); }); canvas.addEventListener("click", (ev) => choose(hit(ev)));
    canvas.addEventListener("keydown", (ev) => {
      const along = { ArrowRight: 1, ArrowLeft: -1 }[ev.key], down = { ArrowDown: 1, ArrowUp: -1 }[ev.key]; if (!along && !down) return; ev.preventDefault();
      const token = geo.wide ? along : down, expert = geo.wide ? down : along, E = d.n_experts;
      if (token) return ctx.set({ position: Math.min(d.n - 1, Math.max(0, at.here + token)) });
      const next = Math.min(d.layers.length * E - 1, Math.max(0, at.row * E + at.expert + expert)); ctx.set({ layer: d.layers[Math.floor(next / E)], expert: next % E });
    });

    // ---- painting
    function paint() {
      const { row, here, expert } = at, g = geo = measure(row, here), c = canvas2(canvas, g.W, g.H), E = d.n_experts, sunken = css("sunken"), surface = css("surface");
      const cell = (x, y, w, h, fill) => { c.fillStyle = fill; c.fillRect(x + (w > 5 ? .7 : .2), y + (h > 5 ? .7 : 0), w - (w > 5 ? 2 : w > 2.5 ? .6 : 0), h - (h > 5 ? 1.5 : h > 2.5 ? .4 : 0)); };
      c.clearRect(0, 0, g.W, g.H); c.textBaseline = "alphabetic";
      frame(c, g, true);
      for (let r = g.first; r < g.first + g.shown; r++) for (let t = 0; t < d.n; t++) {
        for (let e = 0; e < E; e++) cell(g.X(r, e, t), g.Y(r, e, t), g.w, g.h, t === here ? surface : sunken);
        for (const [e, w] of inked(d, r, t)) cell(g.X(r, e, t), g.Y(r, e, t), g.w, g.h, weightFill(w, t === here));
      }
      if (d.base && g.w >= 3 && g.h >= 3) { // what the unmodified run chose and this one does not
        c.strokeStyle = css("ink2"); c.lineWidth = 1.25;
        for (let r = g.first; r < g.first + g.shown; r++) for (let t = 0; t < d.base.tokens; t++) { const now = route(d, r, t); for (const [e] of route(d.base, r, t)) if (!weightOf(now, e)) c.strokeRect(g.X(r, e, t) + 1.2, g.Y(r, e, t) + 1.2, Math.max(1, g.w - 3.2), Math.max(1, g.h - 2.8)); }
      }
      frame(c, g, false); if (g.wide) { strands(c, g); numbers(c, g); bands(c, g); columns(c, g); loads(c, g); } else { rows(c, g); heads(c, g); hanging(c, g); }
      c.strokeStyle = css("ink"); c.lineWidth = 2; const w = g.w > 5 ? g.w - 1 : g.w; c.strokeRect(g.X(row, expert, here) + .2, g.Y(row, expert, here) + .2, w, g.h - .6);
      canvas.setAttribute("aria-label", `Experts taken: ${d.n} tokens, ${d.layers.length} layers of ${E} experts. Arrow keys move over tokens and experts.`);
    }
    function frame(c, g, fill) { // the selected token's place: under its cells, and around them
      const { here } = at; c.fillStyle = css("prob-soft"); c.strokeStyle = css("prob"); c.lineWidth = 1.5; c.beginPath();
      if (g.wide) c.roundRect(g.x0 + here * g.cw - 1.5, g.top - 5, Math.max(4, g.cw + 1), g.H - g.top - 14, 4); else c.roundRect(1, g.top + here * g.rh - .5, g.W - 2, g.rh, 3);
      if (fill) c.fill(); else c.stroke();
    }
    function strands(c, g) { // as thick as the cells are inked: parted in a layer, joined at a dot between two
      const { here } = at, X = g.x0 + (here + .5) * g.cw - .5, gap = g.gap, last = g.first + g.shown - 1; c.strokeStyle = css("prob"); c.fillStyle = css("prob"); if (g.cw < 9) return;
      for (let r = g.first; r <= last; r++) {
        const y0 = g.Y(r, 0), y1 = y0 + g.bh, n0 = r > g.first ? y0 - gap / 2 : y0 - 4, n1 = r < last ? y1 + gap / 2 : y1 + 4, list = inked(d, r, here), step = Math.min(g.cw * .4, 12) / Math.max(1, list.length - 1);
        c.globalAlpha = .4;
        list.forEach(([, w], j) => { const x = X + (list.length > 1 ? (j - (list.length - 1) / 2) * step : 0); c.lineWidth = .8 + g.cw * .28 * Math.max(0, w); c.beginPath(); c.moveTo(X, n0); c.bezierCurveTo(X, n0 + 8, x, n0 + 5, x, y0 + 3); c.lineTo(x, y1 - 3); c.bezierCurveTo(x, n1 - 5, X, n1 - 8, X, n1); c.stroke(); });
        c.globalAlpha = 1; if (r < last) { c.beginPath(); c.arc(X, n1, 3.2, 0, 7); c.fill(); }
      }
    }
    function numbers(c, g) { // on each cell of the selected token: its part, or its weight
      const { here } = at; if (g.rh < 11) { for (let r = g.first; r < g.first + g.shown; r++) for (const [e, w] of inked(d, r, here)) { c.fillStyle = weightFill(w, true); c.fillRect(g.X(r, e, here) + .7, g.Y(r, e, here), g.w - 2, Math.max(1, g.h - .6)); } return; }
      c.font = `600 11px ${SANS}`; c.textAlign = "center"; const inks = [rgb("ink"), rgb("surface"), rgb("on-prob")];
      for (let r = g.first; r < g.first + g.shown; r++) for (const [e, w] of inked(d, r, here)) {
        const fill = weightInk(w, true), x = g.X(r, e, here), y = g.Y(r, e, here); c.fillStyle = rgbs(fill); c.fillRect(x + .7, y + .7, g.w - 2, g.h - 1.5);
        if (g.cw >= 22) { c.fillStyle = rgbs(inks.reduce((best, i) => contrast(fill, i) > contrast(fill, best) ? i : best)); c.fillText(share(w), x + g.w / 2 - .3, y + g.h / 2 + 4); }
      }
    }
    const sparse = (size) => Math.ceil(12 / size); // labels that would touch are dropped
    function bands(c, g) {
      const { row, expert } = at, every = sparse(g.rh);
      d.layers.forEach((layer, r) => {
        if (r < g.first || r >= g.first + g.shown) return;
        const y = g.Y(r, 0), on = r === row; c.textAlign = "left"; c.font = `${on ? 600 : 500} 12px ${SANS}`; c.fillStyle = css(on ? "ink" : "ink2"); if (g.bh >= 14 || r % Math.ceil(16 / (g.bh + g.gap)) === 0 || on) c.fillText(`Layer ${layer}`, 0, y + 11);
        if (on) c.fillRect(0, y + 16, c.measureText(`Layer ${layer}`).width, 2);
        c.textAlign = "right";
        for (let e = 0; e < d.n_experts; e++) { const me = on && e === expert; if (!me && (e % every || on && Math.abs(e - expert) < every)) continue; c.font = `${me ? 700 : 400} 11px ${SANS}`; c.fillStyle = css(me ? "ink" : "ink3"); c.fillText(String(e), g.x0 - 7, g.Y(r, e) + g.rh / 2 + 4); }
      });
    }
    function columns(c, g) {
      const every = Math.ceil(16.5 / g.cw); c.font = `500 11px ${MONO}`; c.textAlign = "left";
      for (let t = 0; t < d.n; t++) {
        const me = t === at.here; if (!me && (t % every || Math.abs(t - at.here) < every)) continue;
        c.save(); c.translate(g.x0 + (t + .5) * g.cw + 2, g.top - 9); c.rotate(-Math.PI / 4); c.fillStyle = css(me ? "prob" : t >= ctx.run.nPrompt ? "prob" : "ink2"); c.font = `${me ? 700 : 500} 11px ${MONO}`; c.fillText(cut(tokenText(ctx.run.ids[t]), 10), 0, 0); c.restore();
      }
    }
    function loads(c, g) {
      const E = d.n_experts, mine = (r) => route(d, r, at.here).map(([e]) => e), scale = g.room / g.most, every = sparse(g.rh);
      c.textAlign = "left"; c.fillStyle = css("ink"); c.font = `600 12px ${SANS}`; c.fillText("Load", g.lx, 14); c.fillStyle = css("ink3"); c.font = `400 11px ${SANS}`; c.fillText(`share of visits, ${d.n} token${d.n === 1 ? "" : "s"}`, g.lx, 30);
      c.textAlign = "center"; c.fillText(`even, ${percent(1 / E)}`, g.lx + scale / E, g.top - 9);
      d.layers.forEach((_, r) => {
        if (r < g.first || r >= g.first + g.shown) return;
        const y = g.Y(r, 0), taken = mine(r);
        for (let e = 0; e < E; e++) {
          const f = d.share.a[r * E + e], me = taken.includes(e); c.fillStyle = css(me ? "prob" : "river-deep"); c.fillRect(g.lx, g.Y(r, e) + (g.rh > 5 ? 2 : .3), f * scale, Math.max(1, g.rh - (g.rh > 5 ? 4 : .6)));
          if (e % every === 0) { c.textAlign = "right"; c.font = `${me ? 600 : 400} 11px ${SANS}`; c.fillStyle = css(me ? "prob" : f < .005 ? "ink3" : "ink2"); c.fillText(percent(f), g.lx + g.room + 54, g.Y(r, e) + g.rh / 2 + 4); }
        }
        c.fillStyle = css("line2"); c.fillRect(g.lx, y - 2, 1, g.bh + 4);
        dash(c, g.lx + scale / E, y - 4, g.lx + scale / E, y + g.bh + 4);
        c.textAlign = "left"; c.font = `400 11px ${SANS}`; c.fillStyle = css("ink3"); c.fillText(`like ${num(d.even.a[r], E > 16 ? 1 : 2)} of ${E} even experts, balance ${num(d.balance.a[r], E > 16 ? 1 : 2)}`, g.lx, y + g.bh + 15);
      });
    }
    function dash(c, x1, y1, x2, y2) { c.save(); c.strokeStyle = css("ink"); c.lineWidth = 1; c.setLineDash([3, 3]); c.beginPath(); c.moveTo(x1, y1); c.lineTo(x2, y2); c.stroke(); c.restore(); }
    function rows(c, g) { // narrow: the tokens
      const every = sparse(g.rh); c.textAlign = "right";
      for (let t = 0; t < d.n; t++) { const me = t === at.here; if (!me && t % every) continue; c.font = `${me ? 700 : 500} 11px ${MONO}`; c.fillStyle = css(me || t >= ctx.run.nPrompt ? "prob" : "ink2"); c.fillText(cut(tokenText(ctx.run.ids[t]), 10), g.x0 - 7, g.top + t * g.rh + g.rh / 2 + 4); }
    }
    function heads(c, g) {
      const E = d.n_experts, band = E * g.cw, words = band > 44;
      for (let r = g.first; r < g.first + g.shown; r++) {
        const x = g.X(r, 0), on = r === at.row; c.textAlign = "left"; c.font = `${on ? 600 : 500} 12px ${SANS}`; c.fillStyle = css(on ? "ink" : "ink2"); c.fillText((words ? "Layer " : "L") + d.layers[r], x, 14); if (on) c.fillRect(x, 19, band, 2);
        c.font = `400 11px ${SANS}`; c.fillStyle = css("ink3"); c.textAlign = "center";
        if (g.cw >= 9) for (let e = 0; e < E; e++) c.fillText(String(e), x + (e + .5) * g.cw, g.top - 8); else { c.textAlign = "left"; c.fillText("0", x, g.top - 8); c.textAlign = "right"; c.fillText(String(E - 1), x + band, g.top - 8); }
      }
    }
    function hanging(c, g) {
      const E = d.n_experts, y = g.top + d.n * g.rh + 14, scale = g.lh / g.most; c.font = `400 11px ${SANS}`; c.fillStyle = css("ink2"); c.textAlign = "left"; if (scale / d.n_experts > 20) c.fillText("load", 0, y + 8);
      for (let r = g.first; r < g.first + g.shown; r++) {
        const x = g.X(r, 0), mine = route(d, r, at.here).map(([e]) => e); for (let e = 0; e < E; e++) { c.fillStyle = css(mine.includes(e) ? "prob" : "river-deep"); c.fillRect(x + e * g.cw + .4, y, Math.max(.8, g.cw - .9), d.share.a[r * E + e] * scale); }
        c.fillStyle = css("line2"); c.fillRect(x, y - 1, E * g.cw, 1); dash(c, x - 2, y + scale / E, x + E * g.cw + 2, y + scale / E);
        c.font = `400 11px ${SANS}`; c.fillStyle = css("ink3"); c.textAlign = "left"; c.fillText(E * g.cw > 62 ? `${num(d.even.a[r], 1)} of ${E}` : num(d.even.a[r], 1), x, y + g.lh + 14);
      }
      c.fillStyle = css("ink3"); c.fillText(`${scale / E > 20 ? "" : "load, "}even`, 0, y + scale / E + 4); c.fillText("as if even", 0, y + g.lh + 14);
    }

    // ---- in words
    function say(row, t) {
      const list = route(d, row, t), b = d.base && t < d.base.tokens ? route(d.base, row, t) : null;
      said.replaceChildren(tokenEl(ctx.run.ids[t]), ` in layer ${d.layers[row]} takes `, ...inWords(list), ...partsWords(row, t), ...(b && !same(b, list) ? ["; unmodified ", ...inWords(b)] : []));
    }
    function partsWords(row, t) { // what comes of those weights
      const list = d.contribution ? inked(d, row, t) : []; if (list.length < 2 || list.length > 4) return [];
      return [" by weight, and they make ", ...list.flatMap(([, v], i) => [i ? (i === list.length - 1 ? " and " : ", ") : "", bold(v < 0 ? "−" + pc(-v) : pc(v))]), " of what it writes"];
    }
    function steps() {
      path.replaceChildren(...d.layers.map((layer, r) => {
        const list = route(d, r, at.here), on = r === at.row, shown = list.slice(0, 4);
        return el("button", { type: "button", class: "rtstep", "aria-pressed": String(on), "aria-label": `Layer ${layer}: ${plainWords(list)}`, on: { click: () => ctx.set({ layer, expert: null }) } }, el("span", { class: "rtlayer", text: (d.layers.length > 8 ? "L" : "Layer ") + layer }), ...shown.map(([e, w]) => el("span", { class: "rtshare" }, bold(e), ` ${share(w)}`)), list.length > 4 ? el("span", { class: "rtshare", text: `+${list.length - 4}` }) : null, list.length ? null : el("span", { class: "rtshare", text: "none" }));
      }));
    }
    function reading() { // the whole text, inked by one expert
      const { row, here, expert } = at, layer = d.layers[row], inks = [rgb("ink"), rgb("surface")]; let taken = 0, sum = 0;
      h.replaceChildren(`What expert ${expert} of layer ${layer} takes of this text`);
      text.replaceChildren(...ctx.run.ids.map((id, t) => {
        const w = weightOf(route(d, row, t), expert), ink = Math.max(0, Math.min(1, weightOf(inked(d, row, t), expert))), fill = mix(rgb("surface"), rgb("ink"), .06 + .88 * ink); if (w) { taken++; sum += w; }
        const b = el("button", { type: "button", class: "rttok" + (w ? "" : " none"), "aria-pressed": String(t === here), "aria-label": `${t}: ${tokenText(id)}, ${w ? pc(w) : "not taken"}`, on: { click: () => ctx.set({ position: t, layer, expert }), pointerenter: (ev) => tip.show(ev.clientX, ev.clientY, `${tokenText(id)} in layer ${layer}`, route(d, row, t).map(([e, v]) => [`expert ${e}`, pc(v)])), pointerleave: tip.hide } });
        tokenInto(b, id); if (w) { b.style.background = rgbs(fill); b.style.color = rgbs(contrast(fill, inks[0]) >= contrast(fill, inks[1]) ? inks[0] : inks[1]); }
        return b;
      }));
      const f = d.share.a[row * d.n_experts + expert];
      part.textContent = windowWords(d, geo); part.hidden = !part.textContent; count.textContent = taken ? `${taken} of ${d.n} tokens, with a mean weight of ${num(sum / taken)}: ${percent(f)} of the layer’s visits, where an even router would give ${percent(1 / d.n_experts)}.` : `None of the ${d.n} tokens comes to it in this layer.`;
    }
    return {
      draw(next, focus) {
        d = next; at = selected(d, focus); of.data = `${d.contribution ? "part of what the layer writes" : "weight"} 0`; unmodified.show(d.base); changes(d, note); paint(); say(at.row, at.here); steps(); reading();
      },
      exportData: () => d,
    };
  },
};
