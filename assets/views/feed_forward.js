// Feed-forward: all gates of one position as a cloud, the neurons that write most as a table, one neuron over the text and in the vocabulary, and how few do the writing.
import { chart } from "../kit/chart.js";
import { big, contrast, css, el, mix, nice, pc, rgb, rgbs, sg, sv, tip, tokenEl, tokenInto, tokenText, tone } from "../js/dom.js";
import { baseNote } from "./unmodified.js";

const num = (v, d = 2) => (Math.abs(v) < .5 * 10 ** -d ? (0).toFixed(d) : v.toFixed(d)).replace("-", "−");
const b = (t, c) => el("b", { text: t, class: c });

// ---- all neurons of one position ---------------------------------------------------------------------------------------------------
const gates = {
  create(body, ctx) {
    let d = null, hot = -1;
    const said = el("p", { class: "readout" }), box = el("div", { class: "figure" }), read = el("p", { class: "readout" }), side = el("div", { class: "scroll fftable" }), note = el("p", { class: "hint" }), base = baseNote(ctx);
    const key = el("div", { class: "legend" }, el("span", {}, el("i", { class: "sw", style: "background:var(--pos);border-radius:50%" }), "writes with +"), el("span", {}, el("i", { class: "sw", style: "background:var(--neg);border-radius:50%" }), "with −"), el("span", { text: "area: length of what it writes" }));
    body.append(el("div", { class: "bar" }, said, key), base, el("div", { class: "two ffgates" }, el("div", {}, box, read), el("div", {}, side, note)));
    const chosen = () => { const c = parseInt(ctx.controls.neuron, 10); return Number.isInteger(c) && c >= 0 && c < d.hidden.a.length ? c : d.listed.a[0]; };
    const open = (i) => ctx.control("neuron", i);
    const rows = (i) => [["gate before " + d.activation, num(d.gate_pre.a[i], 3)], ...(d.gated ? [[d.activation, num(d.gate.a[i], 3)], ["other branch", num(d.up.a[i], 3)]] : []), ["activation", num(d.hidden.a[i], 3)], ["writes, length", num(d.lengths.a[i], 3)], ...(d.base ? [["activation, unmodified", num(d.base.hidden.a[i], 3)]] : [])];

    function drawCloud() {
      const W = Math.floor(box.clientWidth) || 320, Hs = Math.min(460, Math.max(290, W * .95)), Hh = 92, Ht = Hs + Hh, x0 = 44, x1 = W - 12, y0 = 14, y1 = Hs - 30, n = d.hidden.a.length, ys = d.gated ? d.up.a : d.hidden.a;
      let xl = 0, xh = 0, yl = 0, yh = 0; for (let i = 0; i < n; i++) { const x = d.gate_pre.a[i], y = ys[i]; if (x < xl) xl = x; if (x > xh) xh = x; if (y < yl) yl = y; if (y > yh) yh = y; }
      const px = (xh - xl || 1) * .05, py = (yh - yl || 1) * .07; xl -= px; xh += px; yl -= py; yh += py;
      const X = (v) => x0 + (v - xl) / (xh - xl) * (x1 - x0), Y = (v) => y1 - (v - yl) / (yh - yl) * (y1 - y0), s = sv("svg", { class: "fig ffcloud", viewBox: `0 0 ${W} ${Ht}`, height: Ht, role: "img", tabindex: 0, "aria-label": `${big(n)} neurons: gate across, other branch up; arrow keys walk the strongest` });
      sv("rect", { x: x0, y: y0, width: Math.max(0, X(0) - x0), height: y1 - y0, fill: css("sunken"), opacity: .7 }, s);
      const gx = nice((xh - xl) / 6), gy = nice((yh - yl) / 6), word = (v, st) => num(v, st >= 1 ? 0 : st >= .1 ? 1 : 2);
      for (let i = Math.ceil(xl / gx); i * gx <= xh; i++) { const v = i * gx; sv("line", { x1: X(v), x2: X(v), y1: y0, y2: y1, class: i ? "hair" : "zero" }, s); sv("text", { x: X(v), y: y1 + 16, "text-anchor": "middle", class: "dim" }, s, word(v, gx)); }
      for (let i = Math.ceil(yl / gy); i * gy <= yh; i++) { const v = i * gy; sv("line", { x1: x0, x2: x1, y1: Y(v), y2: Y(v), class: i ? "hair" : "zero" }, s); sv("text", { x: x0 - 8, y: Y(v) + 4, "text-anchor": "end", class: "dim" }, s, word(v, gy)); }
      sv("text", { x: x0 + 6, y: y0 + 13 }, s, "closed"); sv("text", { x: x1 - 4, y: y0 + 13, "text-anchor": "end" }, s, "open");
      sv("text", { x: x0 + 6, y: y0 - 3, class: "h" }, s, d.gated ? "other branch" : "activation"); sv("text", { x: x1, y: y1 + 30, "text-anchor": "end", class: "h" }, s, d.gated ? "gate" : "before " + d.activation);
      const act = d.curve_y.a, cx = d.curve_x.a, order = Array.from(d.listed.a), listed = new Set(order), most = d.lengths.a[order[0]] || 1, R = (i) => Math.max(1.1, 12 * Math.sqrt(d.lengths.a[i] / most));
      if (d.gated) { // where gate times branch is the same: the product, drawn
        const step = nice(Math.max(...order.map((i) => Math.abs(d.hidden.a[i]))) / 3);
        for (const level of [step, 2 * step, 3 * step, -step, -2 * step, -3 * step]) {
          let p = "", last = null; cx.forEach((x, i) => { const y = level / act[i], ok = Math.abs(act[i]) > 1e-6 && x >= xl && x <= xh && y >= yl && y <= yh; if (ok) { p += `${last ? "L" : "M"}${X(x).toFixed(1)} ${Y(y).toFixed(1)}`; if (x > 0) last = [X(x), Y(y)]; else last = last ?? [X(x), Y(y)]; } else last = null; });
          sv("path", { d: p, fill: "none", stroke: css("line2"), "stroke-dasharray": "2 3" }, s);
          const y = level / (xh > 0 ? act[act.findIndex((_, i) => cx[i] >= xh * .985)] || 1 : 1); if (y >= yl && y <= yh && Math.abs(Y(y) - Y(0)) > 12 && !order.some((i) => X(d.gate_pre.a[i]) > x1 - 40 && Math.abs(Y(ys[i]) - Y(y)) < 20)) sv("text", { x: x1 - 2, y: Y(y) - 3, "text-anchor": "end", class: "dim" }, s, sg(level, step < 1 ? 1 : 0));
        }
      } else { let p = ""; cx.forEach((x, i) => { if (x >= xl && x <= xh && act[i] <= yh && act[i] >= yl) p += `${p ? "L" : "M"}${X(x).toFixed(1)} ${Y(act[i]).toFixed(1)}`; }); sv("path", { d: p, fill: "none", stroke: css("line2"), "stroke-width": 1.5 }, s); }
      const groups = ["", "", ""]; // three sizes of small dots, one path each
      for (let i = 0; i < n; i++) if (!listed.has(i)) groups[R(i) > 4 ? 2 : R(i) > 2 ? 1 : 0] += `M${X(d.gate_pre.a[i]).toFixed(1)} ${Y(ys[i]).toFixed(1)}h0`;
      groups.forEach((p, k) => sv("path", { d: p, fill: "none", stroke: css("river-deep"), "stroke-width": [2.4, 5, 9][k], "stroke-linecap": "round", opacity: .55 }, s));
      const placed = [];
      for (const i of order.slice().reverse()) sv("circle", { cx: X(d.gate_pre.a[i]), cy: Y(ys[i]), r: R(i), fill: css(d.hidden.a[i] < 0 ? "neg" : "pos"), opacity: .8, class: "ffdot", "data-i": i }, s);
      for (const i of order.slice(0, 9)) { const x = X(d.gate_pre.a[i]), y = Y(ys[i]), r = R(i), right = x < x1 - 60, w = String(i).length * 6.6 + 4, bx = right ? x + r + 3 : x - r - 3 - w, box2 = [bx, y - 7, bx + w, y + 7]; if (placed.some((q) => q[0] < box2[2] && q[2] > box2[0] && q[1] < box2[3] && q[3] > box2[1])) continue; placed.push(box2); sv("text", { x: right ? bx : bx + w, y: y + 4, "text-anchor": right ? "start" : "end", class: "ink b fflabel" }, s, i); }
      const c = chosen(); sv("circle", { cx: X(d.gate_pre.a[c]), cy: Y(ys[c]), r: R(c) + 3, fill: "none", stroke: css("prob"), "stroke-width": 2.5 }, s);
      const halo = sv("circle", { r: 0, fill: "none", stroke: css("ink"), "stroke-width": 1.5 }, s);
      // ---- how the gates lie, and what the nonlinearity makes of them
      const h0 = Hs + 8, h1 = Ht - 8, bins = Math.max(20, Math.min(60, Math.round((x1 - x0) / 11))), count = new Float64Array(bins); for (let i = 0; i < n; i++) count[Math.min(bins - 1, Math.max(0, Math.floor((d.gate_pre.a[i] - xl) / (xh - xl) * bins)))]++;
      const top = Math.max(...count), bw = (x1 - x0) / bins; for (let k = 0; k < bins; k++) if (count[k]) { const hh = count[k] / top * (h1 - h0 - 6); sv("rect", { x: x0 + k * bw + .5, y: h1 - hh, width: Math.max(1, bw - 1), height: Math.max(.8, hh), rx: 1, fill: css("river") }, s); }
      sv("line", { x1: x0, x2: x1, y1: h1, y2: h1, class: "zero" }, s); sv("line", { x1: X(0), x2: X(0), y1: h0, y2: h1, class: "zero" }, s);
      sv("text", { x: x0 - 8, y: h1 - (h1 - h0 - 6) + 8, "text-anchor": "end", class: "dim" }, s, big(top)); sv("text", { x: x0 + 6, y: h0 + 8 }, s, "how many neurons");
      if (d.gated) { let p = ""; const up = Math.max(...act), lo = Math.min(...act); cx.forEach((x, i) => { if (x >= xl && x <= xh) p += `${p ? "L" : "M"}${X(x).toFixed(1)} ${(h1 - 2 - (act[i] - lo) / (up - lo) * (h1 - h0 - 8)).toFixed(1)}`; }); sv("path", { d: p, fill: "none", stroke: css("ink"), "stroke-width": 1.6 }, s); sv("text", { x: x1 - (x1 - X(0)) * .42, y: h0 + 16, "text-anchor": "end", class: "ink" }, s, d.activation + "(gate)"); }
      const near = (e) => { const r = s.getBoundingClientRect(), k = W / r.width, ex = (e.clientX - r.left) * k, ey = (e.clientY - r.top) * k; if (ey > Hs) return -1; let best = -1, bd = 196; for (let i = 0; i < n; i++) { const q = (X(d.gate_pre.a[i]) - ex) ** 2 + (Y(ys[i]) - ey) ** 2 - (listed.has(i) ? 30 : 0); if (q < bd) { bd = q; best = i; } } return best; };
      const show = (i) => { halo.setAttribute("cx", X(d.gate_pre.a[i])); halo.setAttribute("cy", Y(ys[i])); halo.setAttribute("r", R(i) + 2.5); };
      s.addEventListener("pointermove", (e) => { hot = near(e); s.style.cursor = hot < 0 ? "default" : "pointer"; if (hot < 0) { tip.hide(); halo.setAttribute("r", 0); return; } show(hot); tip.show(e.clientX, e.clientY, `Neuron ${hot}`, rows(hot)); });
      s.addEventListener("pointerleave", () => { tip.hide(); halo.setAttribute("r", 0); }); s.addEventListener("click", () => { if (hot >= 0) open(hot); });
      s.addEventListener("keydown", (e) => { const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[e.key]; if (!step) return; e.preventDefault(); const at = order.indexOf(chosen()); open(order[Math.min(order.length - 1, Math.max(0, at < 0 ? 0 : at + step))]); });
      const held = document.activeElement === box.firstElementChild && box.firstElementChild; box.replaceChildren(s); if (held) s.focus({ preventScroll: true });
      let openGates = 0; for (let i = 0; i < n; i++) if (d.gate_pre.a[i] > 0) openGates++;
      read.replaceChildren(b(big(openGates)), ` of ${big(n)} ${d.gated ? "gates are open" : "are above zero"} (${pc(openGates / n)}).`, d.gated ? ` ${d.activation} lets a closed gate through a little, with the other sign. Dotted: the same product of gate and branch.` : "");
    }
    function drawTable() {
      const W = side.clientWidth, wide = W > 470, slim = W < 420, most = d.lengths.a[d.listed.a[0]] || 1, c = chosen(), head = ["Neuron", ...(slim ? [] : ["gate"]), ...(d.gated && wide ? [d.activation] : []), ...(d.gated && !slim ? ["× branch"] : []), slim ? "active" : "= active", "writes"];
      side.replaceChildren(el("table", { class: "plain" }, el("thead", {}, el("tr", {}, head.map((t, i) => el("th", { class: i && t !== "writes" ? "r" : "", text: t })), el("th", { text: "and raises" }))), el("tbody", {}, Array.from(d.listed.a, (i, k) => {
        const was = d.base ? d.base.hidden.a[i] : null, tr = el("tr", { class: "pick" + (i === c ? " on" : ""), on: { click: () => open(i) } }, el("td", {}, el("button", { class: "rowbtn", type: "button", text: i, "aria-label": `Open neuron ${i}`, "aria-pressed": String(i === c) })), slim ? null : el("td", { class: "r", text: num(d.gate_pre.a[i]) }), d.gated && wide ? el("td", { class: "r", text: num(d.gate.a[i]) }) : null, d.gated && !slim ? el("td", { class: "r", text: num(d.up.a[i]) }) : null, el("td", { class: "r " + tone(d.hidden.a[i]), text: sg(d.hidden.a[i]), title: was === null ? null : `unmodified ${sg(was)}` }),
          el("td", { class: "ffbarcell" }, el("i", { class: "ffbar", style: `width:${(d.lengths.a[i] / most * (wide ? 46 : 26)).toFixed(1)}px` }), el("span", { text: num(d.lengths.a[i], 1) })), el("td", { class: "ffsays" }, Array.from({ length: 3 }, (_, j) => tokenEl(d.raised.a[k * 3 + j], "mono tokword"))));
        return tr;
      }))));
      const sum = Array.from(d.listed.a).reduce((s, i) => s + d.lengths.a[i], 0);
      note.textContent = `The ${d.listed.a.length} of ${big(d.hidden.a.length)} that write most: ${pc(sum / d.total)} of all lengths; ${big(d.carriers)} make half. “Raises”: the tokens whose logits its write lifts most, straight through the unembedding.`;
    }
    function words() {
      said.replaceChildren(tokenEl(ctx.run.ids[d.position]), ` at ${d.position}: lengths of all writes add up to `, b(num(d.total, 0)), ...(d.cut ? ["; an intervention keeps them from the stream."] : ["; what the layer adds is ", b(num(d.wrote, 1)), " long, for they point in many directions."]));
      if (!ctx.run.effect) return base.say(null);
      if (!d.base) return base.say(null);
      let i = 0, far = -1; d.hidden.a.forEach((h, k) => { const m = Math.abs(h - d.base.hidden.a[k]) * d.lengths.a[k] / (Math.abs(h) || 1e-9); if (m > far) { far = m; i = k; } });
      base.say(d.base, "Against the unmodified run the write of neuron ", b(i), " moved most: its activation ", sg(d.base.hidden.a[i]), " → ", b(sg(d.hidden.a[i])), ".");
    }
    return { draw(next) { const moved = d && d.layer !== next.layer; d = next; if (moved && ctx.controls.neuron) return ctx.control("neuron", ""); words(); drawCloud(); drawTable(); }, exportData: () => d };
  },
};

// ---- one neuron ----------------------------------------------------------------------------------------------------------------------
const SHOWN = 240;
const neuron = {
  create(body, ctx) {
    let d = null;
    const chain = el("p", { class: "ffchain" }), text = el("div", { class: "fftext", role: "group", "aria-label": "The text, shaded by this neuron's activation" }), read = el("p", { class: "readout", "aria-live": "polite" }), lists = el("div", { class: "ffsaid" }), base = baseNote(ctx);
    body.append(chain, base, el("h3", { class: "sub3", text: "Where it is active" }), text, read, el("h3", { class: "sub3 ffhead" }), lists);
    function draw() {
      const p = d.position, h = d.hidden.a, act = d.activation, up = d.up?.a;
      chain.replaceChildren("At ", tokenEl(ctx.run.ids[p]), ` (${p}) ${act}(${num(d.gate_pre.a[p], 3)}) = `, b(num(d.gate.a[p], 3)), ...(up ? [`; × branch ${num(up[p], 3)} = `, b(sg(h[p], 3)), " active"] : [" active"]), `; × |value| ${num(d.value_length, 3)} = `, b(num(Math.abs(h[p]) * d.value_length, 3)), " written", d.strongest ? ", the most of this layer here." : ".");
      base.say(d.base, "Unmodified, it was active with ", sg(d.base?.hidden.a[p] ?? 0, 3), ".");
      const n = h.length, first = n <= SHOWN ? 0 : Math.min(Math.max(0, p - SHOWN / 2), n - SHOWN), last = Math.min(n, first + SHOWN); let top = 1e-9, best = 0; for (let i = 0; i < n; i++) if (Math.abs(h[i]) > top) { top = Math.abs(h[i]); best = i; }
      const P = rgb("pos"), N = rgb("neg"), S = rgb("surface"), inks = [rgb("ink"), S];
      text.replaceChildren(...Array.from({ length: last - first }, (_, k) => {
        const i = first + k, fill = mix(S, h[i] < 0 ? N : P, Math.sqrt(Math.abs(h[i]) / top) * .92), ink = contrast(fill, inks[0]) >= contrast(fill, inks[1]) ? inks[0] : inks[1], t = el("button", { class: "fftok mono" + (i === p ? " on" : ""), type: "button", style: `background:${rgbs(fill)};color:${rgbs(ink)}`, "aria-label": `${tokenText(ctx.run.ids[i])} at ${i}: ${num(h[i], 3)}`, on: { click: () => ctx.set({ position: i }) } });
        tokenInto(t, ctx.run.ids[i]); const say = () => read.replaceChildren(tokenEl(ctx.run.ids[i]), ` at ${i}: gate ${num(d.gate_pre.a[i], 3)}`, up ? `, branch ${num(up[i], 3)}` : "", ", active ", b(sg(h[i], 3), tone(h[i])));
        t.addEventListener("pointerenter", say); t.addEventListener("focus", say); return t;
      }));
      const rest = () => read.replaceChildren("Most active at ", tokenEl(ctx.run.ids[best]), ` (${best}): `, b(sg(h[best], 3), tone(h[best])), `. Blue +, orange −, colour = √size. ${n > SHOWN ? `Shown: positions ${first} to ${last - 1}.` : ""}`); rest(); text.onpointerleave = rest;
      // what it says: the value times the activation here, so that up is up
      const sign = h[p] < 0 ? -1 : 1, by = h[p], side = (ids, v) => Array.from(ids.a, (id, i) => [id, v.a[i] * by]), lists2 = [side(d.raised_ids, d.raised), side(d.lowered_ids, d.lowered)]; if (sign < 0) lists2.reverse();
      const most = Math.max(1e-9, ...lists2.flat().map((r) => Math.abs(r[1])));
      body.querySelector(".ffhead").textContent = "What it says, in logits of the next token";
      lists.replaceChildren(...lists2.map((list, up2) => el("div", {}, el("p", { class: "hint", text: up2 ? "lowers" : "raises" }), el("table", { class: "plain" }, el("tbody", {}, list.map(([id, v]) => el("tr", {}, el("td", { class: "fftd" }, tokenEl(id)), el("td", { class: "ffw" }, el("i", { class: "ffbar " + (v < 0 ? "neg" : "pos"), style: `width:${(Math.abs(v) / most * 100).toFixed(1)}%` })), el("td", { class: "r", text: sg(v, Math.abs(most) < .1 ? 4 : 3) }))))))));
    }
    return { draw(next) { d = next; draw(); }, exportData: () => ({ ...d, raised_tokens: Array.from(d.raised_ids.a, tokenText), lowered_tokens: Array.from(d.lowered_ids.a, tokenText) }) };
  },
};

// ---- how few do the writing -----------------------------------------------------------------------------------------------------------
const sparsity = {
  create(body, ctx) {
    const left = el("div", {}, el("h3", { class: "sub3" })), right = el("div", {}, el("h3", { class: "sub3" })), said = el("p", { class: "readout" }), base = baseNote(ctx); body.append(said, base, el("div", { class: "fftwo" }, left, right));
    const byLayer = chart(left, { height: 250, label: "Share of neurons that make half of the writing, by layer; arrow keys walk the layers" }), byPos = chart(right, { height: 250, label: "Share of neurons that make half of the writing, by position" }); let d = null;
    const lines = (carriers, open, at, unit, names, was) => [
      { name: "make half of the writing", x: Array.from(carriers.a, (_, i) => i), y: Array.from(carriers.a, (v) => v / d.d_mlp), color: "ink", mode: "lines+markers", size: 5, text: names, hover: `%{text}: %{y:.1%}<extra>make half</extra>` },
      { name: "have an open gate", x: Array.from(open.a, (_, i) => i), y: Array.from(open.a), color: "river-deep", dash: "dot", text: names, hover: `%{text}: %{y:.1%}<extra>open</extra>` },
      ...(was ? [{ name: "unmodified", x: Array.from(was.a, (_, i) => i), y: Array.from(was.a, (v) => v / d.d_mlp), color: "ink2", dash: "dash", width: 1.25, text: names, hover: `%{text}: %{y:.1%}<extra>half, unmodified</extra>` }] : []),
      { x: [at, at], y: [carriers.a[at] / d.d_mlp, open.a[at]], mode: "markers", color: "prob", size: 10, legend: false, hover: `${unit} ${at}: %{y:.1%}<extra></extra>` },
    ];
    return {
      draw(next) {
        d = next; left.firstChild.replaceChildren("Along the layers, at ", tokenEl(ctx.run.ids[d.position])); right.firstChild.textContent = `Along the text, in layer ${d.layer}`;
        said.replaceChildren("In layer ", b(d.layer), " at this token, ", b(big(d.layer_carriers.a[d.layer])), ` of ${big(d.d_mlp)} neurons make half of all that is written, and ${pc(d.layer_open.a[d.layer])} of the gates are open.`);
        base.say(d.base, "Unmodified, ", b(big(d.base?.layer_carriers.a[d.layer] ?? 0)), " made half here.");
        const y = { tickformat: ".0%", rangemode: "tozero", title: `of ${big(d.d_mlp)} neurons` }, names = Array.from(d.pos_open.a, (_, i) => `${tokenText(ctx.run.ids[i])} (${i})`.replace(/</g, "‹"));
        byLayer.draw({ traces: lines(d.layer_carriers, d.layer_open, d.layer, "layer", Array.from(d.layer_open.a, (_, i) => `layer ${i}`), d.base?.layer_carriers), x: { title: "layer" }, y, margin: { t: 34 }, onClick: (v) => v && ctx.set({ layer: Math.round(v.x ?? v.index) }) });
        byPos.draw({ traces: lines(d.pos_carriers, d.pos_open, d.position, "position", names, d.base?.pos_carriers), x: { title: "position" }, y, margin: { t: 34 }, onClick: (v) => v && ctx.set({ position: Math.round(v.x ?? v.index) }) });
      },
      exportData: () => d,
    };
  },
};
export const views = { gates, neuron, sparsity };
