// Sampling: one distribution through the sampler's stages, on the run's own full logits; 1,000 seeded draws over it, and the run's own draw.
import { big, css, el, mulberry, pc, segmented, sv, svgToken, tip, tokenEl, tokenText } from "../js/dom.js";
import { SETTINGS, STAGES } from "../js/tables.js";
import { baseNote } from "./unmodified.js";

const F = Math.fround, MOST = 3.4028234663852886e38; // float32's largest
// ---- the sampler, in the page ------------------------------------------------------------------------------------------------
// After a penalty (which moves tokens) the order is mended once; temperature keeps it; every cut then leaves a prefix of it.
const sortIds = (x, ids) => ids.sort((a, b) => x[b] - x[a] || a - b);
function ranked(x) { // all ids, likeliest first, ties by id: one native sort of numbers that hold logit (32 bits) and id (21 bits)
  const bits = new Uint32Array(x.buffer, x.byteOffset, x.length), keys = new Float64Array(x.length), order = new Int32Array(x.length);
  for (let i = 0; i < x.length; i++) keys[i] = (0xffffffff - ((bits[i] ^ (bits[i] >>> 31 ? 0xffffffff : 0x80000000)) >>> 0)) * 0x200000 + i;
  keys.sort(); for (let i = 0; i < x.length; i++) order[i] = keys[i] % 0x200000;
  return order;
}
function mend(x, order, n, moved) { // the first n of `order` sorted anew by x, where only the ids in `moved` changed
  const out = new Int32Array(order), odd = [];
  let m = 0; for (let i = 0; i < n; i++) if (moved.has(order[i])) odd.push(order[i]); else out[m++] = order[i];
  sortIds(x, odd); let i = m - 1, j = odd.length - 1;
  for (let k = n - 1; k >= 0 && j >= 0; k--) { const a = i >= 0 ? out[i] : -1, b = odd[j]; if (a >= 0 && (x[a] < x[b] || x[a] === x[b] && a > b)) { out[k] = a; i--; } else { out[k] = b; j--; } }
  return out;
}
function weigh(st) { // exp and its running sum along the order, so that every prefix has its sum at once
  const { x, order, n } = st, cum = new Float64Array(n), top = x[order[0]];
  let z = 0; for (let i = 0; i < n; i++) { z += Math.exp(x[order[i]] - top); cum[i] = z; }
  st.cum = cum; return st;
}
export const begin = (x) => weigh({ op: "model", x, order: ranked(x), n: x.length });
export const total = (st) => st.cum[st.n - 1];
export const share = (st, id) => Math.exp(st.x[id] - st.x[st.order[0]]) / total(st);
const places = new WeakMap(); // an order -> where each id stands in it
function place(order, id) {
  let at = places.get(order); if (!at) { at = new Int32Array(order.length); for (let i = 0; i < order.length; i++) at[order[i]] = i; places.set(order, at); }
  return at[id];
}
export const kept = (st, id) => place(st.order, id) < st.n;
function scaled({ x, order, n, ...rest }, T) { // float32 like the model's own, so that the page and Python cut alike
  const out = new Float32Array(x.length), top = x[order[0]], t = F(T), far = !Number.isFinite(F(x[order[n - 1]] / t)) || !Number.isFinite(F(top / t));
  for (let i = 0; i < x.length; i++) out[i] = far ? F(x[i] - top) / T : x[i] / t;
  let left = n; while (out[order[left - 1]] === -Infinity) left--; // all but 0: what lies further down is out of float32's reach
  return { ...rest, x: out, order, n: left };
}
// The most typical tokens lie around the entropy: a stretch of the order. It comes to the front, before what it cut.
function typical(st, p) {
  const { x, order, n } = st, top = x[order[0]], z = Math.log(total(st)), logp = (i) => x[order[i]] - top - z;
  let h = 0; for (let i = 0; i < n; i++) { const l = logp(i), q = Math.exp(l); if (q > 0) h -= q * l; }
  const away = (i) => Math.abs(-logp(i) - h);
  let b = 0; while (b < n && -logp(b) < h) b++; // the surprise grows along the order
  let a = b - 1, held = 0, far = 0;
  while (a >= 0 || b < n) { const i = b >= n || a >= 0 && away(a) <= away(b) ? a-- : b++; held += Math.exp(logp(i)); far = away(i); if (held >= p) break; }
  while (a >= 0 && away(a) <= far) a--; while (b < n && away(b) <= far) b++;
  if (a < 0) return { n: b, above: 0 };
  const out = new Int32Array(order); out.set(order.subarray(a + 1, b)); out.set(order.subarray(0, a + 1), b - a - 1);
  return { order: out, n: b - a - 1, above: a + 1, fresh: true };
}
function moved(st, counts, move) { // some logits moved: the order is mended
  const x = st.x.slice(), ids = new Set(); for (const [id, times] of counts) { if (x[id] !== -Infinity) x[id] = Math.min(MOST, Math.max(-MOST, move(x[id], times))); ids.add(id); }
  return weigh({ ...st, x, order: mend(x, st.order, st.n, ids) });
}
const STEPS = {
  penalty: (st, s, counts) => s.repetition_penalty === 1 ? st : moved(st, counts, (v) => v < 0 ? v * F(s.repetition_penalty) : v / F(s.repetition_penalty)),
  presence: (st, s, counts) => s.presence_penalty === 0 ? st : moved(st, counts, (v, times) => times ? v - F(s.presence_penalty) : v),
  frequency: (st, s, counts) => s.frequency_penalty === 0 ? st : moved(st, counts, (v, times) => v - F(F(s.frequency_penalty) * times)),
  temperature: (st, s) => s.temperature === 1 ? st : s.temperature === 0 ? { ...st, n: 1 } : weigh(scaled(st, s.temperature)),
  top_k(st, s) { if (!s.top_k) return st; let n = Math.min(st.n, s.top_k); while (n < st.n && st.x[st.order[n]] === st.x[st.order[n - 1]]) n++; return { ...st, n }; },
  top_p(st, s) { if (s.top_p >= 1) return st; const stop = s.top_p * total(st); let n = 1; while (n < st.n && st.cum[n - 1] < stop) n++; return { ...st, n }; },
  min_p(st, s) { if (!s.min_p) return st; const floor = s.min_p * st.cum[0]; let n = 1; while (n < st.n && st.cum[n] - st.cum[n - 1] >= floor) n++; return { ...st, n }; },
  typical(st, s) { if (s.typical_p >= 1) return st; const { fresh, ...cut } = typical(st, s.typical_p), next = { ...st, ...cut }; return fresh ? weigh(next) : next; },
};
export const OFF = Object.fromEntries(SETTINGS.map((s) => [s.name, s.neutral]));
export function completed(order) { // steps that an older link leaves out stand behind the step that they follow in `STAGES`, as in Python
  const full = [...order]; for (const { stage: op, later } of SETTINGS) if (later && !full.includes(op)) full.splice(full.indexOf(STAGES[STAGES.indexOf(op) - 1]) + 1, 0, op);
  return full;
}
export function pipeline(base, counts, s) { // counts: id of each token so far -> how often the model has written it (0: it stands in the prompt only)
  const said = { ...OFF, ...s }; let st = base; const out = [base];
  for (const op of completed(s.order)) out.push(st = { ...STEPS[op]({ ...st, above: 0 }, said, counts), op, before: st });
  return out;
}
export function choose(st, u) { // the first token, from the likeliest on, whose running share passes u
  const aim = u * total(st); let lo = 0, hi = st.n - 1;
  while (lo < hi) { const m = (lo + hi) >> 1; if (st.cum[m] > aim) hi = m; else lo = m + 1; }
  return lo;
}

// ---- words --------------------------------------------------------------------------------------------------------------------
const NAMES = Object.fromEntries(SETTINGS.map((s) => [s.stage, s.label]));
const ORDERS = { transformers: STAGES, last: ["penalty", "presence", "frequency", "top_k", "typical", "top_p", "min_p", "temperature"] };
const SETTING = Object.fromEntries(SETTINGS.map((s) => [s.stage, s.name]));
const RARE = ["penalty", "presence", "frequency", "typical"]; // steps without a column while they are off
const isOff = (op, s) => RARE.includes(op) && s[SETTING[op]] === OFF[SETTING[op]];
const digits = ({ step }) => (String(step).split(".")[1] ?? "").length;
const title = ({ term }) => term[0].toUpperCase() + term.slice(1);
const PENALTIES = ["penalty", "presence", "frequency"];
const ROWS = 26;

const stages = {
  create(body, ctx) {
    let now = null, base = null, previous = new Map(), last = null, picked = null, axis = "log", keyed = false, middle = "top_p", again = 0;
    const cache = new Map();
    const setting = () => { const s = { ...OFF, ...ctx.run.sampler, ...ctx.sampler }; return { ...s, order: completed(s.order ?? STAGES) }; };
    const orderName = (o) => Object.keys(ORDERS).find((k) => ORDERS[k].join() === o.join()) ?? "custom";

    // ---- controls
    const ctl = el("div", { class: "ctl" }), box = el("div", { class: "figure" }), facts = el("div", { class: "facts" }), notice = el("div", { class: "sampnote" }), line = el("div", { class: "readout samphover" }), compared = baseNote(ctx), pickBox = el("div", { class: "sampstage" }), dice = el("div", { class: "figure dice" });
    const sliders = SETTINGS.map((setting) => {
      const { name: key, least, most, step } = setting, out = el("output", {}), inp = el("input", { type: "range", min: least, max: most, step, "aria-label": title(setting), "data-samp": key, on: { input: (e) => ctx.setSampler({ [key]: +e.target.value }) } });
      const w = el("label", { class: "slide" }, el("span", { text: title(setting) }), inp, out, el("small", { text: setting.meaning }));
      w.sync = (s) => { const v = s[key]; inp.max = Math.max(most, v); if (+inp.value !== v) inp.value = v; out.textContent = v === OFF[key] && key !== "temperature" ? "off" : v.toFixed(digits(setting)).replace("-", "−"); };
      return w;
    });
    const steps = el("ol", { class: "order", "aria-label": "Order of the sampler’s steps" });
    const setOrder = (o) => ctx.setSampler({ order: o });
    const orderSeg = segmented("Order of the steps", [["transformers", "transformers"], ["last", "llama.cpp", "Temperature last, after the cuts"]], () => orderName(setting().order), (k) => setOrder([...ORDERS[k]]));
    function drawOrder(s) {
      orderSeg.sync(); const move = (i, d) => { const o = [...s.order]; [o[i], o[i + d]] = [o[i + d], o[i]]; setOrder(o); steps.children[i + d]?.querySelector(`button[data-d="${d}"]`)?.focus(); };
      const key = s.order.join(); if (steps.dataset.key === key) return; steps.dataset.key = key;
      steps.replaceChildren(...s.order.map((op, i) => el("li", {}, el("span", { text: NAMES[op] }), ...[[-1, "↑", "earlier"], [1, "↓", "later"]].map(([d, t, word]) => el("button", { type: "button", class: "btn ghost", "data-d": d, "aria-label": `${NAMES[op]} ${word}`, text: t, disabled: i + d < 0 || i + d >= s.order.length, on: { click: () => move(i, d) } })))));
    }
    const axisSeg = segmented("Axis", [["log", "Log axis"], ["lin", "Linear"]], () => axis, (k) => { axis = k; show(); });
    ctl.append(...sliders, el("div", { class: "orderbox" }, el("span", { class: "label", text: "Order" }), orderSeg, el("details", {}, el("summary", { text: "Step by step" }), steps)), el("div", { class: "axisbox" }, axisSeg, el("button", { class: "btn", type: "button", text: "Draw again", on: { click: () => { again++; show(); } } })));
    body.append(notice, el("div", { class: "samp" }, ctl, el("div", { class: "sampmain" }, compared, line, pickBox, box, dice), facts));

    // ---- one position: sort once
    function take(d) {
      if (now === d) return; now = d; picked = null; again = 0;
      const x = d.logits.a, n = x.length;
      if (!cache.has(d)) {
        const b = begin(x); let h = 0; const z = total(b); for (let i = 0; i < n; i++) { const p = (b.cum[i] - (i ? b.cum[i - 1] : 0)) / z; if (p > 0) h -= p * Math.log2(p); }
        b.entropy = h; cache.set(d, b); if (cache.size > 12) cache.delete(cache.keys().next().value);
      }
      base = cache.get(d); previous = new Map(); ctx.run.ids.slice(0, d.position + 1).forEach((id, at) => previous.set(id, (previous.get(id) ?? 0) + (at >= ctx.run.nPrompt ? 1 : 0)));
    }
    const was = (id) => { const i = now.base ? now.base.ids.indexOf(id) : -1; return i < 0 ? null : now.base.probabilities.a[i]; }; // in the run without interventions
    const stepHere = () => ctx.run.steps.find((s) => s.position === now.position);
    const nextHere = () => ctx.run.ids[now.position + 1];
    const free = () => now.position >= ctx.run.nPrompt - 1;

    // ---- the chart
    function columns(all, s, W, lab, numW) {
      let mids = all.slice(1).filter((st) => !isOff(st.op, s)); const gap = W < 620 ? 16 : 22;
      const fitting = (n) => (W - lab - gap * (n - 1) - numW) / (n + .7);
      if (fitting(mids.length + 2) < 56) { const on = mids.filter((st) => s[SETTING[st.op]] !== OFF[SETTING[st.op]]); if (on.length) mids = on; } // for want of room only those that do something
      const fits = fitting(mids.length + 2) >= 56;
      pickBox.hidden = fits;
      if (!mids.some((m) => m.op === middle)) middle = mids.at(-1).op;
      if (!fits) pickBox.replaceChildren(segmented("Stage shown in the middle", mids.map((m) => [m.op, NAMES[m.op]]), () => middle, (k) => { middle = k; show(); }));
      const chosen = fits ? mids : mids.filter((m) => m.op === middle), list = [all[0], ...chosen, { ...all[all.length - 1], op: "left" }], unit = fitting(list.length);
      let x = lab; return list.map((st, i) => { const w = unit * (i === list.length - 1 ? 1.7 : 1), c = { st, x, w, before: st.op === "left" ? all[all.length - 2] : all[all.indexOf(st) - 1] }; x += w + gap; return c; });
    }
    const taken = (v) => `${v < 0 ? "+" : "−"} ${Math.abs(v).toFixed(2)}`;
    const under = (st, s) => ({ model: () => "T = 1", penalty: () => `× ${s.repetition_penalty.toFixed(2)}`, presence: () => taken(s.presence_penalty), frequency: () => `${taken(s.frequency_penalty)} each`, temperature: () => s.temperature === 0 ? "T = 0, greedy" : `T = ${s.temperature.toFixed(2)}`, left: () => `${big(st.n)} left` }[st.op] ?? (() => st.n === base.n ? "off" : `${big(st.n)} left`))();
    function drawn(end) {
      const rnd = mulberry(ctx.run.seed + again * 7919), c = new Map();
      for (let i = 0; i < 1000; i++) { const id = end.order[choose(end, rnd())]; c.set(id, (c.get(id) || 0) + 1); }
      return c;
    }
    function chart() {
      const s = setting(), all = pipeline(base, previous, s), end = all[all.length - 1], W = Math.floor(box.clientWidth || 600), narrow = W < 620, lab = narrow ? 84 : 104, numW = narrow ? 54 : 122, rh = 20, top = 50;
      const cols = columns(all, s, W, lab, numW), marked = stepHere()?.chosen ?? nextHere();
      const lost = Math.max(0, ...all.map((st) => st.above ?? 0)), above = all.findLast((st) => st.above)?.before?.order.subarray(0, Math.min(lost, 6)) ?? []; // the likeliest, where the typical cut took them
      const rows = [...new Set([...above, ...end.order.subarray(0, Math.min(ROWS - above.length, end.order.length))])]; if (above.length) sortIds(end.x, rows);
      const shown = rows.length, far = marked !== undefined && !rows.includes(marked); if (far) rows.push(marked);
      const Ht = top + rows.length * rh + (far ? 14 : 0) + 40, bot = Ht - 44, Y = (i) => top + i * rh + rh / 2 - 2 + (far && i === rows.length - 1 ? 14 : 0);
      const svg = sv("svg", { class: "fig sampfig", viewBox: `0 0 ${W} ${Ht}`, height: Ht, role: "img", tabindex: 0, "aria-label": `Distribution after position ${now.position} through the sampler’s stages; arrow keys choose a row` });
      const log = axis === "log", lo = -4.4, pmax = Math.max(...cols.map((c) => share(c.st, c.st.order[0]))), lim = [.1, .2, .5, 1].find((v) => v >= pmax) || 1, f = log ? (p) => Math.min(1, Math.max(0, (Math.log10(Math.max(p, 1e-9)) - lo) / -lo)) : (p) => Math.min(1, p / lim);
      const counts = drawn(end);
      cols.forEach((c, j) => {
        const lastCol = j === cols.length - 1; sv("text", { x: c.x, y: 12, class: "h" }, svg, c.st.op === "model" ? "Model" : lastCol ? (narrow ? "Sampler" : "What is left, and 1,000 draws") : c.st.op === "temperature" && c.w < 56 ? "Temp." : NAMES[c.st.op]); sv("text", { x: c.x, y: 28, "data-left": c.st.op === "left" ? c.st.n : null }, svg, under(c.st, s));
        const ticks = log ? (lastCol && c.w > 130 ? [-4, -3, -2, -1, 0] : c.w < 64 ? [-4, 0] : [-4, -2, 0]) : lastCol && c.w > 130 ? [0, lim / 2, lim] : [0, lim];
        ticks.forEach((t, k) => { const xx = c.x + f(log ? 10 ** t : t) * c.w, edge = c.w < 80 && k === ticks.length - 1; sv("line", { x1: xx, x2: xx, y1: top - 4, y2: bot, class: !log && t === 0 ? "zero" : "hair" }, svg); sv("text", { x: edge ? xx + 3 : xx, y: bot + 15, "text-anchor": edge ? "end" : "middle", class: "dim" }, svg, log ? ["1", ".1", ".01", ".001", "1e-4"][-t] : String(+t.toFixed(4))); });
      });
      const xp = W - (narrow ? 0 : 56); if (!narrow) { sv("text", { x: xp, y: 28, "text-anchor": "end" }, svg, "kept"); sv("text", { x: W, y: 28, "text-anchor": "end" }, svg, "drawn"); }
      const groups = rows.map((id, i) => {
        const g = sv("g", { class: "samprow", "data-id": id }, svg), yc = Y(i), on = kept(end, id), pushed = previous.has(id);
        sv("rect", { class: "hit", x: 0, y: yc - rh / 2, width: W, height: rh, rx: 3 }, g);
        if (id === marked) sv("rect", { x: 0, y: yc - 9, width: lab - 8, height: 18, rx: 4, fill: css("prob-soft") }, g);
        const t = svgToken(g, lab - 14, yc + 4, id, { "text-anchor": "end", class: "m" + (on ? " b" : "") }, narrow ? 9 : 12); t.style.fill = css(id === marked ? "prob" : on ? "ink" : "ink3");
        if (far && i === rows.length - 1) sv("text", { x: lab - 14, y: yc - 14, "text-anchor": "end", class: "dim" }, g, "…");
        let seen = base; // the last stage of those drawn that still had it
        cols.forEach((c, j) => {
          const live = kept(c.st, id), p = live ? share(c.st, id) : kept(c.before ?? base, id) ? share(c.before, id) : share(seen, id); if (live) seen = c.st;
          const xx = c.x + f(p) * c.w, col = css(c.st.op === "model" ? "river-deep" : "prob");
          if (log) { if (live) sv("line", { x1: c.x, x2: xx, y1: yc, y2: yc, stroke: col, "stroke-width": 1.25, opacity: .45 }, g); sv("circle", { cx: xx, cy: yc, r: live ? 4 : 3.4, fill: live ? col : css("surface"), stroke: live ? "none" : css("line2"), "stroke-width": 1.3 }, g); } else sv("rect", { x: c.x, y: yc - 5, width: Math.max(1, xx - c.x), height: 10, rx: 1, fill: live ? col : "none", stroke: live ? "none" : css("line2") }, g);
          if (c.st.op === "model" && was(id) !== null) { const xb = c.x + f(was(id)) * c.w; sv("line", { x1: xb, x2: xb, y1: yc - 7, y2: yc + 7, class: "basemark", "data-p": was(id) }, g); }
          if (pushed && PENALTIES.includes(c.st.op)) sv("text", { x: c.x + c.w + 4, y: yc + 4, class: "dim" }, g, c.st.x[id] < c.before.x[id] ? "↓" : c.st.x[id] > c.before.x[id] ? "↑" : "");
          if (j === cols.length - 1 && on) { const n = counts.get(id) || 0, xd = c.x + f(n / 1000) * c.w; if (n) sv("line", { x1: xd, x2: xd, y1: yc - 8, y2: yc + 8, stroke: css("ink"), "stroke-width": 2 }, g); sv("text", { x: xp, y: yc + 4, "text-anchor": "end", class: "ink kept" }, g, pc(p, 1)); if (!narrow) sv("text", { x: W, y: yc + 4, "text-anchor": "end", class: "ink drawn" }, g, big(n)); }
        });
        g.addEventListener("pointerenter", () => tell(id)); g.addEventListener("click", () => { picked = id; tell(id); svg.querySelectorAll(".samprow").forEach((q) => q.classList.toggle("on", +q.dataset.id === id)); });
        g.classList.toggle("on", id === picked);
        return g;
      });
      svg.addEventListener("pointerleave", () => tell(picked));
      svg.addEventListener("pointerdown", () => { keyed = false; });
      svg.addEventListener("keydown", (e) => { keyed = true; const d = { ArrowDown: 1, ArrowUp: -1 }[e.key], i = rows.indexOf(picked); if (d) { e.preventDefault(); picked = rows[Math.min(rows.length - 1, Math.max(0, i + d))]; groups.forEach((g) => g.classList.toggle("on", +g.dataset.id === picked)); tell(picked); } if (e.key === "Enter" && picked !== null && free()) ctx.force(now.position, picked); });
      // Each cut is a line with its name, wherever what it keeps is a stretch of the rows.
      cols.forEach((c) => {
        if (c.st.op === "model" || c.st.n >= c.before.n && c.st.op !== "left") return;
        const first = rows.findIndex((id) => kept(c.st, id)); let end_ = first; while (end_ < shown && kept(c.st, rows[end_])) end_++;
        if (first < 0 || rows.slice(end_).some((id) => kept(c.st, id))) return;
        const x1 = c.x - (c.st.op === "left" ? 0 : 4), x2 = c.st.op === "left" ? W : c.x + c.w + 12, named = c.st.op !== "left" && c.st.op !== "temperature" && c.w > 64;
        const ruled = (i, text, dy) => {
          const y = top + i * rh - 2; sv("line", { x1, x2, y1: y, y2: y, stroke: css("ink"), "stroke-width": 1.25 }, svg); if (!named) return;
          const t = sv("text", { x: x2, y: y + dy, "text-anchor": "end", class: "b" }, svg, text); t.style.fill = css("ink"); t.style.paintOrder = "stroke"; t.style.stroke = css("surface"); t.style.strokeWidth = "4px";
        };
        if (end_ < shown) ruled(end_, NAMES[c.st.op]?.toLowerCase(), -5);
        if (first > 0) ruled(first, `${big(c.st.above || first)} above`, c.st.op === "typical" && end_ - first < 2 && end_ < shown ? -5 : 13);
      });
      const tst = all.filter((st) => st.n === base.n).pop(); let pb = 1; for (const id of rows.slice(0, shown)) if (kept(tst, id)) pb -= share(tst, id);
      if (base.n > shown) sv("text", { x: narrow ? 0 : W, y: Ht - 6, "text-anchor": narrow ? "start" : "end", class: "dim" }, svg, `${big(base.n - shown)} more tokens share ${pc(Math.max(0, pb))} before the cuts.`);
      const focused = keyed && document.activeElement === box.firstElementChild; box.replaceChildren(svg); if (focused) svg.focus({ preventScroll: true });
      last = { all, end, counts, s };
      tell(picked);
    }
    function tell(id) {
      line.replaceChildren(); if (!last) return;
      if (id === null || id === undefined) { line.append(el("span", { text: free() ? "Point at a row for its numbers; choose it to force that token and branch here." : "Point at a row for its numbers." })); return; }
      const { all, end, counts, s } = last, out = all.find((st) => !kept(st, id)), rank = [...base.order.subarray(0, 2000)].indexOf(id);
      line.append(tokenEl(id, "mono tokword b"), ` rank ${rank < 0 ? "beyond 2,000" : rank + 1}, model ${pc(share(base, id))}${was(id) === null ? "" : `, unmodified ${pc(was(id))}`}`, previous.has(id) && [s.repetition_penalty !== 1, s.presence_penalty, s.frequency_penalty].some(Boolean) ? (previous.get(id) ? `, written ${previous.get(id)} ×` : ", in the prompt") : "", out ? `, cut by ${out.op === "temperature" ? "temperature 0" : NAMES[out.op].toLowerCase()}` : `, after the cuts ${pc(share(end, id))}, drawn ${big(counts.get(id) || 0)} of 1,000`);
      if (picked !== null && free()) { const chosen = picked; line.append(el("button", { class: "btn force", type: "button", on: { click: () => ctx.force(now.position, chosen) } }, "Force ", tokenEl(chosen, "mono tokword"), " here")); }
    }

    // ---- the draw: the unit interval, cut into the kept tokens' shares
    function drawDice() {
      const st = stepHere(), { end, s } = last, W = Math.floor(dice.clientWidth || 600), own = pipeline(base, previous, ctx.run.sampler), mine = own[own.length - 1];
      const run = { ...OFF, ...ctx.run.sampler }, differs = Object.keys(OFF).some((k) => s[k] !== run[k]) || s.order.join() !== completed(run.order).join();
      const rowsOf = st ? [["The run’s own settings", mine, st], ...(differs ? [["These settings, same u", end, st]] : [])] : [["These settings", end, null]];
      const rh = 62, H = st ? rowsOf.length * rh : 46, svg = sv("svg", { class: "fig", viewBox: `0 0 ${W} ${H}`, height: H, role: "img", "aria-label": "The unit interval divided among the tokens that can be drawn" });
      rowsOf.forEach(([name, e, step], r) => {
        const y = r * rh + 20, z = total(e), fixed = step?.forced && r === 0, j = step && step.u !== null && step.u !== undefined ? choose(e, step.u) : -1; let from = 0;
        sv("text", { x: 0, y: y - 8, class: "b" }, svg, name).style.fill = css("ink");
        for (let i = 0; i < Math.min(e.n, 400) && from < .9995; i++) {
          const p = (e.cum[i] - (i ? e.cum[i - 1] : 0)) / z, x = from * W, w = p * W; from += p; if (w < .4) continue;
          const id = e.order[i], hit = i === j, g = sv("g", {}, svg);
          sv("rect", { x: x + .5, y, width: Math.max(.6, w - 1), height: 22, rx: w > 6 ? 2 : 0, fill: css(hit ? "prob" : "prob-soft"), stroke: css("prob"), "stroke-width": w > 4 && !hit ? .8 : 0 }, g);
          if (w > 36) { const t = svgToken(g, x + w / 2, y + 15, id, { "text-anchor": "middle" }, Math.max(3, Math.floor((w - 8) / 6.8))); t.style.fill = css(hit ? "on-prob" : "prob"); }
          const a = from - p, b = from; g.addEventListener("pointermove", (ev) => tip.show(ev.clientX, ev.clientY, tokenText(id), [["from", a.toFixed(4)], ["to", b.toFixed(4)], ["share", pc(p)]])); g.addEventListener("pointerleave", tip.hide);
        }
        if (from < .999) { sv("rect", { x: from * W, y, width: (1 - from) * W, height: 22, fill: css("sunken") }, svg); if ((1 - from) * W > 120) sv("text", { x: (from + 1) / 2 * W, y: y + 15, "text-anchor": "middle" }, svg, `${big(e.n)} tokens in all`); }
        if (j >= 0) {
          const x = step.u * W, id = e.order[j]; sv("line", { x1: x, x2: x, y1: y - 5, y2: y + 27, stroke: css("ink"), "stroke-width": 2 }, svg);
          const t = sv("text", { x: x + (step.u > .7 ? 1 : step.u < .3 ? -1 : 0), y: y + 38, "text-anchor": step.u > .7 ? "end" : step.u < .3 ? "start" : "middle", class: "ink" }, svg); t.textContent = (e.n === 1 ? `Only “${tokenText(id)}” is left: any u picks it` : `u = ${step.u.toFixed(3)} falls in the share of “${tokenText(id)}”`) + (fixed ? `, but “${tokenText(step.chosen)}” was forced` : r ? (id === step.chosen ? ": the same token" : `, not “${tokenText(step.chosen)}”`) : "");
        } else if (step) sv("text", { x: 0, y: y + 36, class: "ink" }, svg, fixed ? `“${tokenText(step.chosen)}” was forced here` : `“${tokenText(step.chosen)}” is the likeliest: nothing was drawn by chance`);
      });
      dice.replaceChildren(el("h3", { class: "sub3", text: "The draw: a number u between 0 and 1 falls into one token’s share" }), svg);
    }
    function say(s) {
      const p = now.position, out = [];
      if (!free()) out.push(el("p", {}, `Position ${p} lies inside the prompt: its next token `, tokenEl(nextHere()), " was given, not drawn. The model’s distribution is there all the same, and the sliders work on it."));
      if (s.temperature === 0) out.push(el("p", {}, "Temperature 0 takes the likeliest token: the cuts and the draw have nothing to choose from. ", el("button", { class: "linkbtn", type: "button", text: "Set temperature 1", on: { click: () => ctx.setSampler({ temperature: 1 }) } })));
      notice.replaceChildren(...out); notice.hidden = !out.length;
    }
    function compare(d) {
      const b = d.base, likeliest = b && b.probabilities.a[b.ids.indexOf(b.likeliest)];
      compared.say(b, ...(b ? [el("i", { class: "basetick" }), "unmodified run. KL(unmodified ‖ now) ", el("b", { text: b.kl.toFixed(4) + " nats", "data-kl": b.kl }), "; its likeliest token ", tokenEl(b.likeliest, "mono tokword b"), ` ${pc(likeliest)}, now ${pc(share(base, b.likeliest))}.`] : []));
    }
    function count(s) {
      const { end, counts, all } = last; let h = 0; const z = total(end); for (let i = 0; i < end.n; i++) { const p = (end.cum[i] - (i ? end.cum[i - 1] : 0)) / z; if (p > 0) h -= p * Math.log2(p); }
      let held = 0; const z0 = total(base); for (let i = 0; i < end.n; i++) held += Math.exp(base.x[end.order[i]] - base.x[base.order[0]]) / z0;
      facts.replaceChildren(...[["Tokens that can be drawn", big(end.n)], ["Model’s probability kept", pc(Math.min(1, held))], ["Entropy, model", base.entropy.toFixed(2) + " bits"], ["Entropy, after the cuts", h.toFixed(2) + " bits"], ["Different tokens drawn", big(counts.size)], ["Seed of the draws", again ? `${ctx.run.seed}, draw ${again + 1}` : String(ctx.run.seed)]].flatMap(([a, b]) => [el("span", { text: a }), el("b", { text: b })]));
    }
    function prove(d) {
      let e = 0; const n = d.top_ids.a.length; for (let i = 0; i < n; i++) e = Math.max(e, Math.abs(share(base, d.top_ids.a[i]) - d.top_p.a[i]));
      const list = [{ statement: `Softmax in the page equals the model’s, top ${n} of ${big(base.n)}`, error: e, tolerance: 1e-6, word: "largest error" }];
      const own = pipeline(base, previous, ctx.run.sampler); let off = 0; own.slice(1).forEach((st) => { off += Math.abs(st.n - d.kept[st.op]); });
      list.push({ statement: `The run’s own settings keep ${big(own[own.length - 1].n)} token${own[own.length - 1].n === 1 ? "" : "s"}, here and in Python`, error: off, tolerance: 0, word: "differences" });
      const st = stepHere(); if (st && !st.forced && Number.isFinite(st.u)) { const end = own[own.length - 1]; list.push({ statement: `u = ${st.u.toFixed(3)} picks “${tokenText(st.chosen)}”, as in the run`, error: end.order[choose(end, st.u)] === st.chosen ? 0 : 1, tolerance: 0, word: "differences" }); }
      ctx.check("stages", list);
    }
    function show() { const s = setting(); sliders.forEach((w) => w.sync(s)); drawOrder(s); axisSeg.sync(); say(s); chart(); drawDice(); count(s); }
    return {
      draw(d, focus, what) {
        const fresh = d !== now; take(d);
        if (!fresh && what === "focus") return; // nothing here follows layer, head or target
        show(); if (fresh) { compare(d); prove(d); }
      },
      exportData() { const { end, s, counts, all } = last; return { position: now.position, settings: s, seed: ctx.run.seed, previous: [...previous].map(([id, times]) => ({ id, times })), stages: all.map((st) => ({ step: st.op, kept: st.n })), ...(now.base ? { unmodified: { kl: now.base.kl, likeliest: now.base.likeliest, tokens: now.base.ids.map((id) => ({ id, text: tokenText(id), probability: was(id) })) } } : {}), kept: Array.from(end.order.subarray(0, Math.min(end.n, 5000)), (id) => ({ id, text: tokenText(id), probability: share(end, id), drawn: counts.get(id) || 0 })) }; },
    };
  },
};
export const views = { stages };
