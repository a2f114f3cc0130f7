// What experts do: shares of the kinds of text, one expert's tokens and contexts, information against shuffled labels.
import { contrast, css, el, mix, pc, rgb, rgbs, segmented, sv, tip, tokenEl, tokenInto, tokenText } from "../js/dom.js";

const b = (text, cls) => el("b", { text: String(text), class: cls }), bits = (v) => (Math.abs(v) < .0005 ? 0 : v).toFixed(3).replace("-", "−"), times = (v) => v.toFixed(v < 9.95 ? 1 : 0) + " ×";
const percent = (v) => (100 * v).toFixed(1), swatch = (style, text, cls = "sw") => el("span", {}, el("i", { class: cls, style }), text);
const plural = (n, word) => `${n.toLocaleString("en-US")} ${word}${n === 1 ? "" : "s"}`;
const COUNTS = [["pairs", "Every choice", "each of a token's experts counts alike"], ["weight", "By weight", "a token's experts count by the router's weights"], ["first", "First choice", "only the expert with the largest weight counts"]];
const counting = (ctx, d) => segmented("Count", COUNTS, () => ctx.controls.count ?? d.count, (k) => ctx.control("count", k));

// The selection: a layer that has experts, and one of its experts; until one is chosen, the one that favours a kind most.
function chosen(ctx, d, shares) {
  const want = ctx.store.focus.layer ?? 0, at = d.layers.reduce((best, l, i) => Math.abs(l - want) < Math.abs(d.layers[best] - want) ? i : best, 0), E = d.n_experts, K = d.kinds.length, said = ctx.store.focus.expert;
  if (said !== null && said !== undefined) return { at, expert: Math.min(said, E - 1) };
  let expert = 0, most = -1; for (let e = 0; e < E; e++) for (let k = 0; k < K; k++) { const r = shares.a[(at * K + k) * E + e] / (d.share.a[at * E + e] || 1); if (r > most) { most = r; expert = e; } }
  return { at, expert };
}
const unmodified = (ctx) => ctx.interventions.some((i) => i.on) ? " Interventions do not act here: the model’s own routing is measured." : "";
const corpus = (d) => `${plural(d.passages, "passage")}, ${plural(d.tokens, "token")}`;

// ---- shares of the kinds ---------------------------------------------------------------------------------------------------------
function createKinds(body, ctx) {
  let d = null;
  const bar = el("div", { class: "bar" }), read = el("p", { class: "readout exread", "aria-live": "polite" }), head = el("h3", { class: "sub3" }), main = el("div"), side = el("div", { class: "exminis" });
  body.append(bar, read, el("div", { class: "exkinds" }, el("div", { class: "exmain" }, head, main), el("div", {}, el("h3", { class: "sub3" }, "All layers ", el("small", { text: "rows are experts, columns kinds; below, bits about the kind" })), side)));
  const share = (l, k, e) => d.shares.a[(l * d.kinds.length + k) * d.n_experts + e], get = (arr, l, k, e) => arr.a[(l * d.kinds.length + k) * d.n_experts + e];
  const top = () => Math.max(...d.shares.a), fill = (v, mine) => mix(rgb(mine ? "prob-soft" : "sunken"), rgb(mine ? "prob" : "ink"), Math.min(1, v / top()) * .92);
  function go(layer, expert) { ctx.set({ layer: d.layers[layer], expert }); }
  function matrix(l, mine) {
    const W = main.clientWidth, E = d.n_experts, K = d.kinds.length, slim = W < 480, lab = 26, loadW = slim ? 46 : Math.min(150, W * .22), gap = slim ? 8 : 26, cw = (W - lab - loadW - gap) / K, rh = E > 16 ? 20 : slim ? 30 : 32, top0 = slim ? 52 : 26, H = top0 + E * rh + 26;
    const s = sv("svg", { class: "fig exmatrix", viewBox: `0 0 ${W} ${H}`, height: H, role: "application", tabindex: 0, "aria-label": `Shares of ${K} kinds of text among ${E} experts of layer ${d.layers[l]}; up and down choose the expert, left and right the layer` });
    d.kinds.forEach((name, k) => { const x = lab + k * cw + cw / 2; if (slim) sv("text", { transform: `translate(${x + 3} ${top0 - 7}) rotate(-38)`, x: 0, y: 0 }, s, name); else sv("text", { x, y: top0 - 9, "text-anchor": "middle" }, s, name); });
    const lx = lab + K * cw + gap, most = Math.max(...Array.from({ length: E }, (_, e) => d.share.a[l * E + e])), sc = (loadW - (slim ? 4 : 50)) / Math.max(most, 1 / E);
    sv("text", { x: lx, y: top0 - 9, class: "ink" }, s, slim ? "all" : "of all choices");
    for (let e = 0; e < E; e++) {
      const y = top0 + e * rh, on = e === mine, f = d.share.a[l * E + e];
      const row = sv("g", { class: "exrow", "data-expert": e }, s); row.addEventListener("click", () => go(l, e));
      sv("text", { x: lab - 8, y: y + rh / 2 + 4, "text-anchor": "end", class: on ? "b" : "dim", style: on ? "fill:var(--prob)" : "" }, row, String(e));
      for (let k = 0; k < K; k++) {
        const v = share(l, k, e), c = fill(v, on), r = sv("rect", { x: lab + k * cw + 1, y: y + 1, width: cw - 2, height: rh - 2, rx: 3, fill: rgbs(c) }, row), far = get(d.beyond, l, k, e);
        const ink = contrast(c, rgb("ink")) >= contrast(c, rgb("surface")) ? rgb("ink") : rgb("surface"), dim = !far && contrast(c, rgb("ink3")) >= 4.5 ? rgb("ink3") : ink;
        sv("text", { x: lab + k * cw + cw / 2, y: y + rh / 2 + 4, "text-anchor": "middle", style: `fill:${rgbs(far ? ink : dim)};font-weight:${far ? 650 : 400};font-variant-numeric:tabular-nums;font-size:${slim ? 11 : 12}px;pointer-events:none` }, row, slim ? (100 * v).toFixed(0) : percent(v));
        r.addEventListener("pointerenter", (ev) => { say(l, e, k); tip.show(ev.clientX, ev.clientY, `Layer ${d.layers[l]}, expert ${e}, ${d.kinds[k]}`, [["share of its choices", pc(v)], ["shuffled kinds, 95 %", `${percent(get(d.low, l, k, e))} to ${percent(get(d.high, l, k, e))} %`], ["against its load", times(v / (f || 1))]]); });
        r.addEventListener("pointerleave", () => { tip.hide(); say(l, mine); });
      }
      sv("rect", { x: lx, y: y + rh / 2 - 5, width: Math.max(.8, f * sc), height: 10, rx: 1, fill: css(on ? "prob" : "river-deep") }, row);
      if (!slim) sv("text", { x: W, y: y + rh / 2 + 4, "text-anchor": "end", class: on ? "b" : "", style: on ? "fill:var(--prob)" : "" }, row, percent(f));
      if (on) sv("rect", { x: lab - .5, y: y - .5, width: K * cw + 1, height: rh + 1, rx: 4, fill: "none", stroke: css("prob"), "stroke-width": 1.5, style: "pointer-events:none" }, row);
    }
    const ex = lx + sc / E; sv("line", { x1: lx, x2: lx, y1: top0 - 2, y2: top0 + E * rh + 2, class: "zero" }, s); sv("line", { x1: ex, x2: ex, y1: top0 - 4, y2: top0 + E * rh + 6, stroke: css("ink"), "stroke-dasharray": "3 3" }, s); sv("text", { x: slim ? W : ex, y: top0 + E * rh + 20, "text-anchor": slim ? "end" : "middle", class: "dim" }, s, `even ${percent(1 / E)}`);
    s.addEventListener("keydown", (ev) => { const de = { ArrowDown: 1, ArrowUp: -1 }[ev.key], dl = { ArrowRight: 1, ArrowLeft: -1 }[ev.key]; if (!de && !dl) return; ev.preventDefault(); go(Math.min(d.layers.length - 1, Math.max(0, l + (dl ?? 0))), (mine + (de ?? 0) + E) % E); });
    return s;
  }
  function mini(l, on, mine) {
    const W = 116, E = d.n_experts, K = d.kinds.length, rh = Math.max(3, Math.min(9, 90 / E)), cw = W / K, s = sv("svg", { width: W, height: E * rh + 18, viewBox: `0 0 ${W} ${E * rh + 18}`, "aria-hidden": "true" }), most = Math.max(...d.bits.a, ...d.band_high.a), sc = W / most, y = E * rh + 6;
    for (let e = 0; e < E; e++) for (let k = 0; k < K; k++) sv("rect", { x: k * cw + .5, y: e * rh + .5, width: cw - 1, height: rh - 1, rx: 1, fill: rgbs(fill(share(l, k, e), on && e === mine)) }, s);
    sv("rect", { x: 0, y, width: Math.max(.8, d.bits.a[l] * sc), height: 7, rx: 1, fill: css("river-deep") }, s); sv("rect", { x: .5, y: y - 1.5, width: Math.max(1, d.band_high.a[l] * sc), height: 10, rx: 1, fill: css("surface"), "fill-opacity": .55, stroke: css("ink"), "stroke-dasharray": "2 2" }, s);
    return el("button", { class: "exmini", type: "button", "aria-pressed": String(on), "aria-label": `Layer ${d.layers[l]}: ${bits(d.bits.a[l])} bits about the text kind, shuffled ${bits(d.chance.a[l])}`, on: { click: () => go(l, ctx.store.focus.expert) } }, el("span", { class: "exname", text: `Layer ${d.layers[l]}` }), s, el("span", { class: "exbits" }, b(bits(d.bits.a[l])), `, shuffled ${bits(d.chance.a[l])}`));
  }
  function say(l, e, k) {
    const ks = d.kinds.map((name, i) => ({ name, v: share(l, i, e), far: get(d.beyond, l, i, e) })).sort((p, q) => q.v - p.v), one = k === undefined ? ks[0] : ks.find((x) => x.name === d.kinds[k]), f = d.share.a[l * d.n_experts + e];
    read.replaceChildren("Expert ", b(e), " of layer ", b(d.layers[l]), ` takes ${percent(f)} % of all choices, and of `, b(one.name), " ", b(`${percent(one.v)} %`), `, ${times(one.v / (f || 1))} its load${one.far ? "" : ": shuffled kinds give as much"}.`);
  }
  function draw() {
    const { at, expert } = chosen(ctx, d, d.shares), held = document.activeElement, inside = main.contains(held), mini0 = side.contains(held) ? [...side.children].indexOf(held) : -1;
    bar.replaceChildren(counting(ctx, d), el("div", { class: "legend" }, swatch("background:linear-gradient(90deg,var(--sunken),var(--ink))", `share, 0 to ${(100 * top()).toFixed(0)} %`, "ramp"), swatch("background:var(--prob)", "selected expert"), el("span", {}, el("b", { text: "12" }), " beyond chance"), swatch("border:1px dashed var(--ink)", "shuffled, 95 % below")));
    head.replaceChildren(`Layer ${d.layers[at]} `, el("small", { text: "% of each kind’s choices" })); main.replaceChildren(matrix(at, expert), el("p", { class: "hint" }, `The text kind and the expert share `, b(`${bits(d.bits.a[at])} bits`), ` here, shuffled kinds ${bits(d.chance.a[at])}; beyond chance it accounts for ${pc(Math.max(0, d.of_routing.a[at]))} of the routing. ${corpus(d)}; kinds are shuffled ${d.shuffles} times, whole passages at a time: by chance alone one number in twenty would be bold.${unmodified(ctx)}`));
    side.replaceChildren(...d.layers.map((_, l) => mini(l, l === at, expert))); if (inside) main.querySelector("svg").focus({ preventScroll: true }); if (mini0 >= 0) side.children[mini0]?.focus({ preventScroll: true });
    say(at, expert);
  }
  return { draw(next) { d = next; draw(); }, exportData: () => d };
}

// ---- one expert --------------------------------------------------------------------------------------------------------------------
function createExpert(body, ctx) {
  let d = null, only = "all";
  const bar = el("div", { class: "bar exbar" }), sum = el("p", { class: "readout exread" }), lift = el("div"), often = el("div"), takes = el("div", { class: "extakes" }), filter = el("div", { class: "bar" }), list = el("div", { class: "exlines" });
  const key = el("div", { class: "legend exkey" }, swatch("background:var(--river-deep)", "more than its passages explain"), swatch("border:1px solid var(--river-deep)", "no more"), swatch("background:var(--ink);height:1.5px;width:16px;border-radius:0", "labels shuffled, 95 %"));
  body.append(bar, sum, key, el("div", { class: "exthree" }, lift, often, takes), el("h3", { class: "sub3 exhead" }, "Where it weighs most ", el("small", { text: "the token in its passage; violet: this expert works on it, the deeper the more" })), filter, list);
  function choose() {
    const { at, expert } = chosen(ctx, d, d.by_kind), many = (label, n, value, name, set) => n <= 16 ? segmented(label, Array.from({ length: n }, (_, i) => [i, name(i), `${label} ${name(i)}`]), () => value, (k) => set(+k))
      : el("select", { "aria-label": label, on: { change: (e) => set(+e.target.value) } }, Array.from({ length: n }, (_, i) => el("option", { value: i, text: name(i), selected: i === value })));
    bar.replaceChildren(el("div", { class: "expick" }, el("span", { text: "Layer" }), many("Layer", d.layers.length, at, (i) => String(d.layers[i]), (i) => ctx.set({ layer: d.layers[i], expert }))), el("div", { class: "expick" }, el("span", { text: "Expert" }), many("Expert", d.n_experts, expert, String, (e) => ctx.set({ layer: d.layers[at], expert: e }))));
    return { at, expert };
  }
  function table(box, title, note, t, at, expert, isLift) {
    const R = t.ids.shape[2], o = (at * d.n_experts + expert) * R, rows = [], f = d.share.a[at * d.n_experts + expert], each = d.count === "pairs" ? d.k : 1; // of a token's k choices at most one is this expert
    for (let i = o; i < o + R; i++) if (t.ids.a[i] >= 0 && t.share.a[i] > 0) rows.push({ id: t.ids.a[i], lift: t.lift.a[i], goes: t.share.a[i] * each, low: t.low.a[i] * each, high: t.high.a[i] * each, count: t.count.a[i], work: t.share.a[i] * t.count.a[i] / (f * d.tokens) });
    const W = 92, X = (v) => 1 + v * (W - 3), drawn = (r) => {
      const s = sv("svg", { width: W, height: 14, viewBox: `0 0 ${W} 14`, role: "img", "aria-label": `goes here ${pc(r.goes)}, passages alone ${pc(r.low)} to ${pc(r.high)}` }), far = r.goes > r.high; sv("line", { class: "zero", x1: .5, x2: .5, y1: 0, y2: 14 }, s);
      sv("rect", { x: 1, y: 2.5, width: Math.max(.8, X(r.goes) - 1), height: 9, rx: 1, fill: far ? css("river-deep") : "none", stroke: far ? null : css("river-deep") }, s);
      sv("line", { x1: X(r.low), x2: X(r.high), y1: 7, y2: 7, stroke: css("ink"), "stroke-width": 1.5 }, s); for (const q of [r.low, r.high]) sv("line", { x1: X(q), x2: X(q), y1: 4, y2: 10, stroke: css("ink") }, s); return s;
    };
    box.replaceChildren(el("h3", { class: "sub3" }, title + " ", el("small", { text: note })), rows.length ? el("table", { class: "plain extable" }, el("thead", {}, el("tr", {}, ...[["Token"], [d.count === "weight" ? "weight here" : "goes here"], [""], isLift ? ["lift", "p(expert | token) / p(expert)"] : ["of its work", "share of all that this expert takes"], ["seen", "occurrences in the passages"]].map(([h, why], i) => el("th", { scope: "col", text: h, title: why, class: i > 1 ? "r" : "" })))), el("tbody", {}, rows.map((r) => el("tr", {}, el("td", { class: "extok" }, tokenEl(r.id)), el("td", {}, drawn(r)), el("td", { class: "r", text: `${(100 * r.goes).toFixed(0)} %` }), el("td", { class: "r" }, b(isLift ? times(r.lift) : pc(r.work))), el("td", { class: "r", text: String(Math.round(r.count)) }))))) : el("p", { class: "hint", text: "This expert is never chosen in these passages." }));
  }
  function shares(title, names, share, low, high, at, expert) {
    const E = d.n_experts, K = names.length, W = Math.max(220, takes.clientWidth), lab = 92, num = 52, rh = 19, H = K * rh + 20, get = (arr, k) => arr.a[(at * K + k) * E + expert], f = d.share.a[at * E + expert], most = Math.max(...names.map((_, k) => Math.max(get(share, k), get(high, k))), f, 1e-6), X = (v) => lab + v / most * (W - lab - num);
    const s = sv("svg", { class: "fig", viewBox: `0 0 ${W} ${H}`, height: H, role: "img", "aria-label": `Share of each ${title} that goes to this expert: ${names.map((n, k) => `${n} ${percent(get(share, k))} %`).join(", ")}` });
    names.forEach((name, k) => {
      const y = k * rh, v = get(share, k), far = v > get(high, k) || v < get(low, k); sv("text", { x: lab - 8, y: y + 13, "text-anchor": "end", class: far ? "ink" : "dim" }, s, name);
      sv("rect", { x: lab, y: y + 4, width: Math.max(.8, X(v) - lab), height: 11, rx: 1, fill: far ? css("river-deep") : "none", stroke: far ? null : css("river-deep") }, s);
      sv("line", { x1: X(get(low, k)), x2: X(get(high, k)), y1: y + 9.5, y2: y + 9.5, stroke: css("ink"), "stroke-width": 1.5 }, s); for (const q of [low, high]) sv("line", { x1: X(get(q, k)), x2: X(get(q, k)), y1: y + 6.5, y2: y + 12.5, stroke: css("ink"), "stroke-width": 1 }, s);
      sv("text", { x: W, y: y + 13, "text-anchor": "end", class: far ? "b ink" : "dim" }, s, percent(v));
    });
    sv("line", { x1: X(f), x2: X(f), y1: 0, y2: K * rh + 4, stroke: css("ink"), "stroke-dasharray": "3 3" }, s); sv("line", { x1: lab, x2: lab, y1: 0, y2: K * rh + 2, class: "zero" }, s); sv("text", { x: Math.min(X(f), W - 46), y: K * rh + 17, "text-anchor": "middle", class: "dim" }, s, `of all ${percent(f)}`);
    return el("div", {}, el("h3", { class: "sub3" }, `Of each ${title} `, el("small", { text: "% of its choices" })), s);
  }
  function lines(at, expert) {
    const [, , K, R] = d.at.shape, P = 2 * d.near + 1, reach = list.clientWidth < 620 ? 4 : d.near, S = rgb("surface"), V = rgb("prob");
    const chip = (place, w, cls) => { const e = tokenInto(el("span", { class: "extk" + cls }), d.ids.a[place]); if (w > 0) e.style.background = rgbs(mix(S, V, .34 * w)); return e; };
    const rows = [];
    d.kinds.forEach((name, k) => {
      if (only !== "all" && only !== String(k)) return; let first = true;
      for (let r = 0; r < R; r++) {
        const o = ((at * d.n_experts + expert) * K + k) * R + r, p = d.at.a[o]; if (p < 0) continue;
        let n = d.starts.a.length - 1; while (d.starts.a[n] > p) n--; const begin = d.starts.a[n], end = n + 1 < d.starts.a.length ? d.starts.a[n + 1] : d.ids.a.length, w = (q) => d.weights.a[o * P + q - p + d.near] / 255;
        const before = el("span", { class: "exleft" }), after = el("span", { class: "exright" }); for (let q = Math.max(begin, p - reach); q < p; q++) before.append(chip(q, w(q), "")); for (let q = p + 1; q < Math.min(end, p + reach + 1); q++) after.append(chip(q, w(q), ""));
        const row = el("div", { class: "exline", role: "listitem", "aria-label": `${name}: ${tokenText(d.ids.a[p])}, weight ${w(p).toFixed(2)}, in ${d.documents[n]}` }, el("span", { class: "exkind", text: first ? name : "" }), before, el("span", { class: "exmid" }, chip(p, w(p), " on")), after, el("span", { class: "exw", text: w(p).toFixed(2) }));
        row.addEventListener("pointerenter", (ev) => tip.show(ev.clientX, ev.clientY, d.documents[n], [["kind", name], ["place in the passage", `${p - begin} of ${end - begin}`], ["weight", w(p).toFixed(2)]])); row.addEventListener("pointerleave", tip.hide); rows.push(row); first = false;
      }
      if (first) rows.push(el("div", { class: "exline none", role: "listitem" }, el("span", { class: "exkind", text: name }), el("span", { class: "hint exnone", text: "never chosen in this kind" })));
    });
    list.setAttribute("role", "list"); list.replaceChildren(...rows);
  }
  function draw() {
    const held = document.activeElement?.closest?.(".expick .seg"), label = held?.getAttribute("aria-label"), { at, expert } = choose(); if (label) bar.querySelector(`.seg[aria-label="${label}"] [aria-pressed=true]`)?.focus({ preventScroll: true });
    const E = d.n_experts, f = d.share.a[at * E + expert], of = (arr, names) => names.map((name, k) => ({ name, r: arr.a[(at * names.length + k) * E + expert] / (f || 1) })).sort((p, q) => q.r - p.r), kinds = of(d.by_kind, d.kinds), cls = of(d.by_class, d.classes);
    sum.replaceChildren("Expert ", b(expert), " of layer ", b(d.layers[at]), " takes ", b(`${percent(f)} %`), ` of all choices, ${f * E >= 1.1 ? "more than" : f * E <= .9 ? "less than" : "about"} an even share (${percent(1 / E)} %). Against that it favours `, b(kinds[0].name), ` (${times(kinds[0].r)}) and avoids ${kinds.at(-1).name} (${times(kinds.at(-1).r)}); of token classes it favours `, b(cls[0].name), ` (${times(cls[0].r)}).`, unmodified(ctx));
    table(lift, "Sent here more than elsewhere", `by lift, of those seen ${d.least} times or more`, d.lift, at, expert, true);
    table(often, "Most of its work", "by the share of its choices", d.often, at, expert, false);
    takes.replaceChildren(shares("text kind", d.kinds, d.by_kind, d.kind_low, d.kind_high, at, expert), shares("token class", d.classes, d.by_class, d.class_low, d.class_high, at, expert));
    filter.replaceChildren(segmented("Kind", [["all", "All kinds"], ...d.kinds.map((k, i) => [String(i), k])], () => only, (k) => { only = k; lines(at, expert); })); lines(at, expert);
  }
  return { draw(next) { d = next; draw(); }, exportData: () => d };
}

// ---- information -------------------------------------------------------------------------------------------------------------------
const NAMES = { kind: "Text kind", class: "Token class", token: "Token", kind_given_token: "Text kind, token known" };
const HOW = { kind: "whole passages change their kinds", class: "each passage’s classes are turned round", token: "each passage’s tokens are turned round", kind_given_token: "kinds change places among occurrences of one token" };
function createInformation(body, ctx) {
  let d = null;
  const bar = el("div", { class: "bar" }), said = el("ul", { class: "exsaid" }), panes = el("div", { class: "expanes" }), head = el("h3", { class: "sub3 exhead" }), side = el("div", { class: "scroll" }), note = el("p", { class: "hint" });
  body.append(bar, said, panes, head, side, note);
  function pane(m, at) {
    const box = el("div", { class: "expane" }, el("h3", { class: "sub3" }, NAMES[m.label] + " ", el("small", { text: "bits" }))); panes.append(box);
    const W = box.clientWidth, H = 190, x0 = 30, x1 = W - 12, y0 = 12, y1 = H - 26, L = d.layers.length, most = Math.max(...d.available.a, ...d.measured.flatMap((o) => [...o.bits.a])) * 1.04, X = (l) => L === 1 ? (x0 + x1) / 2 : x0 + l / (L - 1) * (x1 - x0), Y = (v) => y1 - Math.max(0, v) / most * (y1 - y0);
    const s = sv("svg", { class: "fig", viewBox: `0 0 ${W} ${H}`, height: H, tabindex: 0, role: "application", "aria-label": `${NAMES[m.label]}: bits by layer ${Array.from(m.bits.a, bits).join(", ")}; shuffled ${Array.from(m.chance.a, bits).join(", ")}; arrow keys choose the layer` }, box), step = most > 3 ? 1 : .5;
    for (let v = 0; v <= most; v += step) { sv("line", { class: v ? "hair" : "zero", x1: x0, x2: x1, y1: Y(v), y2: Y(v) }, s); sv("text", { x: x0 - 6, y: Y(v) + 4, "text-anchor": "end", class: "dim" }, s, v.toFixed(1)); }
    const path = (f) => d.layers.map((_, l) => `${l ? "L" : "M"}${X(l).toFixed(1)} ${Y(f(l)).toFixed(1)}`).join("");
    sv("path", { d: `${path((l) => m.high.a[l])}${d.layers.map((_, l) => `L${X(L - 1 - l).toFixed(1)} ${Y(m.low.a[L - 1 - l]).toFixed(1)}`).join("")}Z`, fill: css("river"), stroke: css("river-deep"), "stroke-width": 1.5, "stroke-linejoin": "round" }, s);
    sv("path", { d: path((l) => d.available.a[l]), fill: "none", stroke: css("ink3"), "stroke-dasharray": "3 3" }, s); sv("path", { d: path((l) => m.bits.a[l]), fill: "none", stroke: css("ink"), "stroke-width": 2 }, s);
    const every = Math.ceil(L / Math.max(2, (x1 - x0) / 26));
    d.layers.forEach((name, l) => {
      const on = l === at, far = m.beyond.a[l]; sv("circle", { cx: X(l), cy: Y(m.bits.a[l]), r: on ? 5 : 3.2, fill: css(far ? on ? "prob" : "ink" : "surface"), stroke: css(on ? "prob" : "ink"), "stroke-width": 1.5 }, s);
      if (on || l % every === 0 && Math.abs(l - at) >= every) sv("text", { x: X(l), y: H - 8, "text-anchor": "middle", class: on ? "b" : "dim", style: on ? "fill:var(--prob)" : "" }, s, String(name));
      const hit = sv("rect", { x: X(l) - (x1 - x0) / L / 2, y: 0, width: (x1 - x0) / L, height: H, fill: "transparent", style: "cursor:pointer" }, s); hit.addEventListener("click", () => ctx.set({ layer: name }));
      hit.addEventListener("pointerenter", (ev) => tip.show(ev.clientX, ev.clientY, `Layer ${name}, ${NAMES[m.label]}`, [["measured, bits", bits(m.bits.a[l])], ["shuffled", `${bits(m.chance.a[l])} (${bits(m.low.a[l])} to ${bits(m.high.a[l])})`], ["beyond chance", bits(m.bits.a[l] - m.chance.a[l])], ["of the routing", pc(Math.max(0, m.of_routing.a[l]))]])); hit.addEventListener("pointerleave", tip.hide);
    });
    const top = Y(m.bits.a[at]); sv("text", { x: X(at), y: top - 10 < y0 ? top + 20 : top - 10, "text-anchor": at === 0 ? "start" : at === L - 1 ? "end" : "middle", class: "b", style: "fill:var(--prob);paint-order:stroke;stroke:var(--surface);stroke-width:3px" }, s, m.bits.a[at].toFixed(2));
    s.addEventListener("keydown", (ev) => { const k = { ArrowRight: 1, ArrowLeft: -1 }[ev.key]; if (!k) return; ev.preventDefault(); ctx.set({ layer: d.layers[Math.min(L - 1, Math.max(0, at + k))] }); });
  }
  function draw() {
    const want = ctx.store.focus.layer ?? 0, at = d.layers.reduce((best, l, i) => Math.abs(l - want) < Math.abs(d.layers[best] - want) ? i : best, 0), held = [...panes.children].findIndex((p) => p.contains(document.activeElement));
    bar.replaceChildren(counting(ctx, d), el("div", { class: "legend" }, swatch("background:var(--ink);height:2px;width:16px;border-radius:0", "measured"), swatch("background:var(--river);border:1.5px solid var(--river-deep)", `shuffled, 95 % of ${d.shuffles}`), swatch("border-top:1px dashed var(--ink3);height:0;width:16px;border-radius:0", "all that the routing carries")));
    said.replaceChildren(...d.sentences.map((t) => el("li", { text: t }))); panes.replaceChildren(); d.measured.forEach((m) => pane(m, at)); if (held >= 0) panes.children[held].querySelector("svg").focus({ preventScroll: true });
    head.replaceChildren(`Layer ${d.layers[at]} `, el("small", { text: `in bits; the routing carries ${bits(d.available.a[at])}` }));
    const cols = [["Label"], ["measured"], ["shuffled"], ["beyond", "measured less the mean of the shuffled"], ["of the label", "beyond chance, as a share of the label's entropy"], ["of the routing", "beyond chance, as a share of what the routing carries"], ["Miller–Madow", "the measured value less the first term of its bias, without shuffling"]];
    side.replaceChildren(el("table", { class: "plain extable exinfo" }, el("thead", {}, el("tr", {}, ...cols.map(([t, why], i) => el("th", { scope: "col", text: t, title: why, class: i ? "r" : "" })))), el("tbody", {}, d.measured.map((m) => { const far = m.beyond.a[at], excess = m.bits.a[at] - m.chance.a[at]; return el("tr", {}, el("td", { title: HOW[m.label], text: NAMES[m.label] }), el("td", { class: "r" }, b(bits(m.bits.a[at]))), el("td", { class: "r", text: `${bits(m.low.a[at])} to ${bits(m.high.a[at])}` }), el("td", { class: "r" }, far ? b(bits(excess)) : el("span", { class: "muted", text: "chance" })), el("td", { class: "r", text: far ? pc(Math.max(0, excess / m.entropy)) : "" }), el("td", { class: "r", text: far ? pc(Math.max(0, m.of_routing.a[at])) : "" }), el("td", { class: "r", text: bits(m.miller_madow.a[at]) })); }))));
    note.textContent = `${corpus(d)}. Shuffled: ${d.measured.map((m) => `${NAMES[m.label].toLowerCase()}, ${HOW[m.label]}`).join("; ")}. Beyond chance is a cautious figure: where a label settles much of the choice, the shuffled mean is more than the bias. Each kind is one source here, so that a kind cannot be told from its author, age or language.${unmodified(ctx)}`;
  }
  return { draw(next) { d = next; draw(); }, exportData: () => d };
}

export const views = { kinds: { create: createKinds }, expert: { create: createExpert }, information: { create: createInformation } };
