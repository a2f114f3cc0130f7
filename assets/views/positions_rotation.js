// RoPE as clock hands: one query against one key, pair by pair; the pairs add up to the score; the same two vectors at any distance.
import { big, el, headName, nice, sg, sv, tip, tokenEl, tokenInto, tokenText } from "../js/dom.js";
import { baseKey, baseNote } from "./unmodified.js";

const CLOCKS = [0, .1, .19, .28, .41, .53, .66], FAR = 256, WALK = 4000;
const turn = (tokens) => tokens < 100 ? tokens.toFixed(1) : big(Math.round(tokens));
const signed = (v, biggest) => sg(v, biggest >= 10 ? 1 : biggest >= 1 ? 2 : 3);
const bold = (t) => el("b", { text: t });

// The numbers of a view: hands in polar form, and what each pair adds at a distance.
function numbers(d) {
  const n = d.inv_freq.a.length, hand = (a, at) => Array.from({ length: n }, (_, i) => { const x = a[at * 2 * n + i], y = a[at * 2 * n + i + n]; return { r: Math.hypot(x, y), a: Math.atan2(y, x) }; }); // a model in Hugging Face's layout pairs i with i + d/2
  const Q = hand(d.q.a, 0), kept = new Map(), K = (j) => kept.get(j) ?? kept.set(j, hand(d.k.a, j)).get(j);
  const parts = (j, distance) => K(j).map((k, i) => Q[i].r * k.r * Math.cos(Q[i].a - k.a + distance * d.inv_freq.a[i]) * d.square);
  const score = (j, distance) => parts(j, distance).reduce((a, b) => a + b, 0) + d.rest.a[j];
  return { n, Q, K, parts, score, turns: (i) => 2 * Math.PI / d.inv_freq.a[i] };
}

export const rotation = {
  create(body, ctx) {
    let d = null, N = null, local = {};
    const clocks = el("div", { class: "figure" }), bars = el("div", { class: "figure" }), far = el("div", { class: "figure" }), said = el("p", { class: "readout" }), keys = el("div", { class: "tgt poskeys" }), pairSaid = el("p", { class: "readout" }), note = el("p", { class: "hint" });
    const swatch = (v, t) => el("span", {}, el("i", { class: "sw", style: `background:var(--${v})` }), t);
    const slider = (name, text, hint) => { const out = el("output"), input = el("input", { type: "range", step: 1, "aria-label": hint, on: { input: () => { local[name] = +input.value; show(); }, change: () => ctx.control(name === "dist" ? "dist" : name, name === "dist" ? stamp() : local[name]) } }); return { root: el("label", { class: "slide" }, el("span", { text }), input, out), set(lo, hi, v, said) { input.min = lo; input.max = Math.max(hi, lo + 1); input.value = v; input.disabled = hi <= lo; out.textContent = said ?? big(v); } }; };
    const keySlide = slider("key", "Key", "Position of the key"), distSlide = slider("dist", "Distance", "Tokens between query and key"), shiftSlide = slider("shift", "Shift both", "Positions by which query and key are moved together");
    const barsHead = el("h3", { class: "sub3 posnext" }), farHead = el("h3", { class: "sub3 posnext" }, "The same two vectors, further apart", el("small", { text: "q·k by distance, log scale; click, or use the arrow keys, to set it" }));
    const before = baseNote(ctx), beforeKey = baseKey(ctx, el("i", { class: "poswas" }));
    body.append(el("div", { class: "posslides" }, keySlide.root, distSlide.root, shiftSlide.root), el("div", { class: "bar posbar" }, keys, el("div", { class: "legend" }, swatch("prob", "query hand"), swatch("ink", "key hand"), swatch("pos", "adds"), swatch("neg", "takes away"), beforeKey)), said, before, clocks, barsHead, bars, pairSaid, farHead, far, note);

    // ---- what is chosen: in the link, or the key most attended at its own distance -----------------------------------------------
    const count = () => d.attention.a.length, strongest = () => { const a = d.attention.a, last = a.length - 1; let b = Math.max(0, last - 1); for (let k = 0; k < last; k++) if (a[k] > a[b]) b = k; return b; }; // the query's own key says little
    const stamp = () => `${d.position}-${key()}-${dist()}`; // a distance belongs to this query and key
    const key = () => { const k = local.key; return Number.isInteger(k) && k >= d.first && k <= d.position ? k : d.first + strongest(); };
    const own = () => d.position - key(), dist = () => Number.isInteger(local.dist) ? Math.min(FAR, Math.max(0, local.dist)) : own(), shift = () => Math.min(WALK, Math.max(0, local.shift || 0));
    const j = () => key() - d.first, most = () => N.Q.map((q, i) => [q.r * N.K(j())[i].r, i]).sort((a, b) => b[0] - a[0])[0][1];
    const shown = () => { const fixed = CLOCKS.map((f) => Math.round(f * N.n)).filter((i) => i < N.n), extra = Number.isInteger(local.pair) && local.pair >= 0 && local.pair < N.n ? local.pair : most(); return [...new Set([...fixed, extra])].sort((a, b) => a - b); };
    function setKey(k) { local.key = k; local.dist = null; ctx.control("key", k); }
    function setDist(v) { local.dist = Math.min(FAR, Math.max(0, v)); ctx.control("dist", stamp()); }
    function read() {
      const c = ctx.controls, whole = (v) => v === undefined || v === "" || !Number.isInteger(+v) ? null : +v, [p, k, v] = String(c.dist ?? "").split("-").map(Number);
      local = { key: whole(c.key), shift: whole(c.shift), pair: whole(c.pair) };
      local.dist = p === d.position && k === key() && Number.isInteger(v) ? v : null;
    }

    // ---- the clocks ----------------------------------------------------------------------------------------------------------------
    function drawClocks(parts) {
      const list = shown(), W = Math.floor(clocks.clientWidth) || 320, wide = W >= 720, per = wide ? Math.max(8, list.length) : 4, cw = W / per, rad = Math.min(46, cw / 2 - 10), ch = rad * 2 + 62, rows = Math.ceil(list.length / per), biggest = Math.max(...parts.map(Math.abs));
      const s = sv("svg", { class: "fig", viewBox: `0 0 ${W} ${rows * ch}`, height: rows * ch, role: "img", "aria-label": `Hands of ${list.length} of ${N.n} pairs` }), K = N.K(j()), m = key() + shift() + dist(), at = key() + shift(), mq = Math.max(...list.map((i) => N.Q[i].r)) || 1, mk = Math.max(...list.map((i) => K[i].r)) || 1, big1 = most();
      list.forEach((i, o) => {
        const w = d.inv_freq.a[i], cx = (o % per) * cw + cw / 2, cy = Math.floor(o / per) * ch + 20 + rad, aq = N.Q[i].a + m * w, ak = K[i].a + at * w, end = (a, r) => [cx + r * Math.cos(a), cy - r * Math.sin(a)];
        let between = (aq - ak) % (2 * Math.PI); if (between > Math.PI) between -= 2 * Math.PI; if (between < -Math.PI) between += 2 * Math.PI;
        const ra = rad * .36, [ax, ay] = end(ak, ra), [bx, by] = end(ak + between, ra), [kx, ky] = end(ak, rad * Math.max(.2, Math.sqrt(K[i].r / mk))), [qx, qy] = end(aq, rad * Math.max(.2, Math.sqrt(N.Q[i].r / mq)));
        sv("circle", { cx, cy, r: rad, fill: "var(--surface)", stroke: "var(--line2)" }, s);
        sv("path", { d: `M${cx} ${cy}L${ax} ${ay}A${ra} ${ra} 0 0 ${between > 0 ? 0 : 1} ${bx} ${by}Z`, fill: `var(--${parts[i] >= 0 ? "pos" : "neg"}-soft)` }, s);
        for (const [x, y, v, width, dot] of [[kx, ky, "ink", 2.2, 2.8], [qx, qy, "prob", 3, 3.6]]) { sv("line", { x1: cx, y1: cy, x2: x, y2: y, stroke: `var(--${v})`, "stroke-width": width, "stroke-linecap": "round" }, s); sv("circle", { cx: x, cy: y, r: dot, fill: `var(--${v})` }, s); }
        sv("circle", { cx, cy, r: 2, fill: "var(--ink)" }, s);
        const word = i === local.pair ? ", chosen" : i === big1 ? ", largest" : "";
        sv("text", { class: "b ink", x: cx, y: cy - rad - 7, "text-anchor": "middle" }, s, `pair ${i}${wide ? word : ""}`); sv("text", { class: "dim", x: cx, y: cy + rad + 16, "text-anchor": "middle" }, s, (wide ? "turn in " : "") + turn(N.turns(i)));
        sv("text", { class: "b", x: cx, y: cy + rad + 31, "text-anchor": "middle", style: `fill:var(--${Math.abs(parts[i]) < biggest / 2000 ? "ink3" : parts[i] < 0 ? "neg" : "pos"})` }, s, signed(parts[i], biggest));
      });
      clocks.replaceChildren(s);
    }

    // ---- all pairs, and their sum -----------------------------------------------------------------------------------------------------
    function drawBars(parts) {
      const held = document.activeElement === bars.firstElementChild, W = Math.floor(bars.clientWidth) || 320, wide = W >= 560, x0 = 48, right = wide ? 104 : 6, H = 150, y0 = 66, n = N.n, bw = (W - x0 - right) / n, K = N.K(j()), room = parts.map((_, i) => N.Q[i].r * K[i].r * d.square), top = Math.max(...room) || 1, y = (v) => v / top * 50, total = N.score(j(), dist()), gap = bw > 5 ? 3 : bw > 3 ? 1 : .2, list = shown(), was = d.base && dist() === own() ? d.base.parts.a.subarray(j() * n, (j() + 1) * n) : null;
      const s = sv("svg", { class: "fig", viewBox: `0 0 ${W} ${H}`, height: H, role: "application", tabindex: 0, "aria-label": `What each of ${n} pairs adds to q·k; left and right choose a pair` });
      for (const v of [-1, 0, 1]) { sv("line", { class: v ? "hair" : "zero", x1: x0, x2: W - right, y1: y0 - v * 50, y2: y0 - v * 50 }, s); sv("text", { class: "dim", x: x0 - 6, y: y0 - v * 50 + 4, "text-anchor": "end" }, s, v ? signed(v * top, top * 10) : "0"); }
      const every = [1, 2, 4, 8, 16, 32, 64].find((e) => e * bw >= 18) ?? 64;
      parts.forEach((v, i) => {
        const x = x0 + i * bw, h = Math.abs(y(v)), out = y(room[i]);
        if (bw > 3) sv("rect", { x: x + gap / 2, y: y0 - out, width: bw - gap, height: Math.max(1, 2 * out), rx: 1, fill: "none", stroke: "var(--line2)", "stroke-width": .8 }, s);
        sv("rect", { x: x + gap / 2, y: v > 0 ? y0 - h : y0, width: Math.max(.6, bw - gap), height: Math.max(.6, h), rx: 1, fill: `var(--${v >= 0 ? "pos" : "neg"})` }, s);
        if (was) sv("line", { x1: x, x2: x + bw, y1: y0 - y(was[i]), y2: y0 - y(was[i]), stroke: "var(--ink)", "stroke-width": 1.2, "stroke-dasharray": "2 2" }, s);
        if (i % every === 0) sv("text", { class: list.includes(i) ? "b ink" : "dim", x: x + bw / 2, y: 138, "text-anchor": "middle" }, s, String(i));
      });
      if (Number.isInteger(local.pair)) sv("rect", { x: x0 + local.pair * bw, y: y0 - 56, width: bw, height: 112, rx: 2, fill: "none", stroke: "var(--ink)", "stroke-width": 1.2 }, s);
      const pick = (e) => Math.min(n - 1, Math.max(0, Math.floor((e.clientX - s.getBoundingClientRect().left - x0) / bw))), rows = (i) => [["adds", signed(parts[i], top)], ...(was ? [["unmodified", signed(was[i], top)]] : []), ["at most", signed(room[i], top)], ["a turn in", turn(N.turns(i)) + " tokens"], ["|q|, |k|", `${N.Q[i].r.toFixed(2)}, ${K[i].r.toFixed(2)}`]];
      const hit = sv("rect", { x: x0, y: 0, width: W - x0 - right, height: H, fill: "transparent", style: "cursor:pointer" }, s);
      hit.addEventListener("pointermove", (e) => tip.show(e.clientX, e.clientY, `pair ${pick(e)}`, rows(pick(e)))); hit.addEventListener("pointerleave", tip.hide); hit.addEventListener("click", (e) => ctx.control("pair", pick(e)));
      s.addEventListener("keydown", (e) => { const step = { ArrowRight: 1, ArrowLeft: -1 }[e.key]; if (!step) return; e.preventDefault(); const from = Number.isInteger(local.pair) ? local.pair : most(); ctx.control("pair", Math.min(n - 1, Math.max(0, from + step))); });
      if (wide) { sv("text", { class: "h", x: W - right + 14, y: y0 - 10 }, s, "q·k"); sv("text", { x: W - right + 14, y: y0 + 12, style: `font-size:18px;font-weight:650;fill:var(--${total < 0 ? "neg" : "pos"})` }, s, signed(total, 10)); sv("text", { class: "dim", x: W - right + 14, y: y0 + 29 }, s, `× ${d.scale.toPrecision(3)} = ${sg(total * d.scale)}`); }
      bars.replaceChildren(s); if (held) s.focus({ preventScroll: true });
      const i = Number.isInteger(local.pair) ? local.pair : most();
      pairSaid.replaceChildren(`Pair ${i}: `, ...rows(i).flatMap(([t, v], o) => [(o ? ", " : "") + t + " ", bold(v)]), ". ", ...(wide ? [] : ["Sum q·k ", bold(signed(total, 10)), ` × ${d.scale.toPrecision(3)} = `, bold(sg(total * d.scale)), ". "]), ...(d.d_rotary < d.d_head ? [`${d.d_head - d.d_rotary} numbers are not turned and add `, bold(signed(d.rest.a[j()], 10)), "."] : []));
    }

    // ---- by distance --------------------------------------------------------------------------------------------------------------------
    function drawFar() {
      const held = document.activeElement === far.firstElementChild, W = Math.floor(far.clientWidth) || 320, H = 250, l = 46, r = 16, v = Array.from({ length: FAR + 1 }, (_, k) => N.score(j(), k)), lo = Math.min(0, ...v), hi = Math.max(0, ...v), X = (k) => l + (W - l - r) * Math.log2(1 + k) / Math.log2(1 + FAR), Y = (u) => 26 + (H - 72) * (hi - u) / (hi - lo || 1);
      const s = sv("svg", { class: "fig", viewBox: `0 0 ${W} ${H}`, height: H, role: "application", tabindex: 0, "aria-label": `q·k at distances from 0 to ${FAR}; left and right change the distance` }), step = nice((hi - lo) / 6 || 1), digits = step >= 1 ? 0 : step >= .1 ? 1 : 2;
      for (let i = Math.ceil(lo / step); i * step <= hi + 1e-9; i++) { sv("line", { class: i ? "hair" : "zero", x1: l, x2: W - r, y1: Y(i * step), y2: Y(i * step) }, s); sv("text", { class: "dim", x: l - 7, y: Y(i * step) + 4, "text-anchor": "end" }, s, i ? sg(i * step, digits) : "0"); }
      for (const k of [0, 1, 2, 4, 8, 16, 32, 64, 128, 256]) sv("text", { class: "dim", x: X(k), y: H - 28, "text-anchor": "middle" }, s, String(k));
      sv("text", { class: "dim", x: (l + W - r) / 2, y: H - 8, "text-anchor": "middle" }, s, "tokens apart");
      sv("path", { d: "M" + v.map((u, k) => `${X(k).toFixed(1)} ${Y(u).toFixed(1)}`).join("L"), fill: "none", stroke: "var(--river-deep)", "stroke-width": 1.5, "stroke-linejoin": "round" }, s);
      v.forEach((u, k) => { if (k <= 32) sv("circle", { cx: X(k), cy: Y(u), r: 2.2, fill: "var(--river-deep)" }, s); });
      const at = Math.min(FAR, dist()), right = X(at) > W - 150;
      sv("line", { x1: X(at), x2: X(at), y1: 8, y2: H - 44, stroke: "var(--prob)" }, s); sv("circle", { cx: X(at), cy: Y(v[at]), r: 4.5, fill: "var(--prob)" }, s);
      sv("text", { class: "b", x: X(at) + (right ? -9 : 9), y: 16, "text-anchor": right ? "end" : "start", style: "fill:var(--prob);paint-order:stroke;stroke:var(--surface);stroke-width:4px" }, s, `${signed(N.score(j(), dist()), 10)} at ${dist()}${dist() === own() ? ", as in the text" : ""}`);
      const hit = sv("rect", { x: l, y: 0, width: W - l - r, height: H - 24, fill: "transparent", style: "cursor:pointer" }, s), pick = (e) => Math.max(0, Math.min(FAR, Math.round(2 ** ((e.clientX - s.getBoundingClientRect().left - l) / (W - l - r) * Math.log2(1 + FAR)) - 1)));
      hit.addEventListener("pointermove", (e) => tip.show(e.clientX, e.clientY, `${pick(e)} apart`, [["q·k", signed(v[pick(e)], 1)], ["scaled", sg(v[pick(e)] * d.scale)]])); hit.addEventListener("pointerleave", tip.hide); hit.addEventListener("click", (e) => setDist(pick(e)));
      s.addEventListener("keydown", (e) => { const k = { ArrowRight: 1, ArrowLeft: -1, PageUp: 10, PageDown: -10 }[e.key]; if (!k) return; e.preventDefault(); setDist(dist() + k); });
      far.replaceChildren(s); if (held) s.focus({ preventScroll: true });
    }

    function drawKeys() { // the most attended keys, the chosen one and the query itself
      const top = Array.from({ length: count() }, (_, k) => k).sort((a, b) => d.attention.a[b] - d.attention.a[a]).slice(0, innerWidth < 700 ? 4 : 7), list = [...new Set([...top, j(), count() - 1])].sort((a, b) => a - b), held = keys.contains(document.activeElement);
      keys.replaceChildren(el("span", { text: "Key" }), ...list.map((k) => { const at = d.first + k, b = tokenInto(el("button", { type: "button", "aria-pressed": String(at === key()), "aria-label": `Key ${tokenText(ctx.run.ids[at])} at position ${at}, attention ${d.attention.a[k].toFixed(3)}`, on: { click: () => setKey(at) } }), ctx.run.ids[at], 14); b.append(el("small", { text: " " + d.attention.a[k].toFixed(2) })); return b; }));
      if (held) keys.querySelector("[aria-pressed=true]")?.focus();
    }
    function show() {
      const parts = N.parts(j(), dist()), moved = shift(), asRead = dist() === own(), at = key() + moved, m = at + dist(), total = N.score(j(), dist());
      keySlide.set(d.first, d.position, key()); distSlide.set(0, FAR, Math.min(FAR, dist()), big(dist())); shiftSlide.set(0, WALK, moved);
      said.replaceChildren("Query ", tokenEl(ctx.run.ids[d.position]), " at ", bold(big(m)), ", key ", tokenEl(ctx.run.ids[key()]), " at ", bold(big(at)), ": distance ", bold(big(dist())), ", q·k ", bold(signed(total, 10)), ", ", ...(asRead ? ["attention ", bold(d.attention.a[j()].toFixed(3))] : ["not the text’s own distance: ", el("button", { class: "linkbtn", type: "button", text: `back to ${own()}`, on: { click: () => { local.dist = null; ctx.control("dist", ""); } } })]));
      beforeKey.show(d.base && asRead); if (d.base) { const n = N.n, sum = d.base.parts.a.subarray(j() * n, (j() + 1) * n).reduce((a, b) => a + b, d.base.rest.a[j()]); before.say(true, "Unmodified, this query and key had q·k ", bold(signed(sum, 10)), ", attention ", bold(d.base.attention.a[j()].toFixed(3)), "."); } else before.say(null);
      barsHead.replaceChildren(`All ${N.n} pairs`, el("small", { text: "outline: the most a pair could add or take; a hand’s length is √size" }));
      drawKeys(); drawClocks(parts); drawBars(parts); drawFar();
      const slow = Array.from({ length: N.n }, (_, i) => i).filter((i) => N.turns(i) > d.n_ctx).length;
      note.textContent = `Near tokens differ by fast pairs, far ones by slow pairs. Pair 0 turns once in ${turn(N.turns(0))} tokens, pair ${N.n - 1} once in ${turn(N.turns(N.n - 1))}; ${slow} of ${N.n} never finish a turn within ${big(d.n_ctx)} positions, ${d.trained ? "the trained length" : "the config’s limit"}.` + (d.window ? ` This layer's queries see ${d.window} tokens back.` : "");
    }
    return {
      draw(data, focus, what) { const fresh = d !== data; d = data; if (fresh) N = numbers(d); if (what === "focus" && !fresh) return; read(); show(); },
      exportData: () => ({ head: headName(d.layer, d.head), query: d.position, key: key(), distance: dist(), shift: shift(), parts: N.parts(j(), dist()), rest: d.rest.a[j()], score: N.score(j(), dist()), scale: d.scale, by_distance: Array.from({ length: FAR + 1 }, (_, k) => N.score(j(), k)), q: d.q, k: d.k, inv_freq: d.inv_freq, attention: d.attention }),
    };
  },
};
