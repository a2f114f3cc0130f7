// One token before one router: scores, shares, the cut, and the weights; a row an expert, a column a step, rows never move.
import { contrast, css, el, pc, rgb, sv, tip, tokenEl } from "../js/dom.js";
import { baseKey, baseNote, PARTED } from "./unmodified.js";
import { bold, inWords, num, same, swatch } from "./routing_shared.js";

const MOST = 16; // experts listed; the rest is one row
export const decision = {
  create(body, ctx) {
    let d = null;
    const said = el("p", { class: "readout rtsaid" }), unmodified = baseKey(ctx, el("i", { class: "sw rthollow" })), note = baseNote(ctx);
    const legend = el("div", { class: "legend" }, swatch("background:var(--river-deep)", "score and share"), swatch("background:var(--ink)", "kept"), swatch("border:1px solid var(--line2)", "cut"), unmodified);
    const fig = el("div", { class: "figure" }), side = el("div", { class: "rtfacts" });
    body.append(el("div", { class: "bar rtbar" }, said, legend), note, el("div", { class: "rttwo" }, fig, side));
    const kept = () => Array.from(d.weights.a, (w, e) => [e, w]).filter(([, w]) => w > 0).sort((a, b) => b[1] - a[1]), before = () => Array.from(d.base.weights.a, (w, e) => [e, w]).filter(([, w]) => w > 0).sort((a, b) => b[1] - a[1]);
    function listed() {
      const all = Array.from({ length: d.n_experts }, (_, e) => e); if (d.n_experts <= MOST) return { rows: all, rest: [] };
      const must = new Set([...kept().map(([e]) => e), ...(d.base ? before().map(([e]) => e) : []), d.runner_up, ctx.store.focus.expert].filter((e) => e !== null && e < d.n_experts));
      for (const e of [...all].sort((a, b) => d.logits.a[b] - d.logits.a[a])) if (must.size < MOST - 2) must.add(e);
      return { rows: all.filter((e) => must.has(e)), rest: all.filter((e) => !must.has(e)) };
    }
    function draw() {
      const W = Math.floor(fig.clientWidth) || 320, slim = W < 480, { rows, rest } = listed(), x0 = 34, cg = slim ? 18 : 40, cw = (W - x0 - cg * 3) / 4, rh = 26, top = 48, n = rows.length + (rest.length ? 1 : 0), H = top + n * rh + 6;
      const s = sv("svg", { class: "fig", viewBox: `0 0 ${W} ${H}`, height: H, role: "group", "aria-label": `Router of layer ${d.layer}: logits, softmax, top ${d.k}, weights` }), X = (i) => x0 + i * (cw + cg), took = kept();
      const limit = Math.max(...d.logits.a.map(Math.abs), ...(d.base ? d.base.logits.a.map(Math.abs) : [0]), 1e-6), neg = Math.max(0, ...d.logits.a.map((v) => -v)), pos = Math.max(0, ...d.logits.a), numbers = slim ? 0 : 38, lw = cw - numbers, z0 = X(0) + lw * neg / (neg + pos || 1), zs = lw / (neg + pos || 1);
      const most = Math.min(1, Math.ceil(Math.max(...d.probs.a, ...d.weights.a) * 10) / 10), unit = () => cw / most; // one scale for all shares
      [["Logits", `up to ±${num(limit, 1)}`], ["Softmax", slim ? "sum 1" : "sums to 1"], [`Top ${d.k}`, `${pc(d.kept)} kept`], d.renormalised ? [slim ? "÷ sum" : "Weights", slim ? "sum 1" : "÷ kept, sum to 1"] : ["Weights", slim ? "as is" : "as they are"]].forEach(([a, b], i) => { sv("text", { class: "h", x: X(i), y: 12 }, s, a); sv("text", { class: "dim", x: X(i), y: 28 }, s, b); });
      for (let i = 0; i < 4; i++) sv("line", { class: "zero", x1: i ? X(i) : z0, x2: i ? X(i) : z0, y1: top - 8, y2: H - 6 }, s);
      const label = (i, v, text, on, fill) => { const w = v * unit(i), inside = w > cw - 34, t = sv("text", { x: X(i) + (inside ? w - 5 : w + 5), y: 0, class: on ? "b ink" : "dim", "text-anchor": inside ? "end" : "start" }, null, text); if (inside && fill) t.style.fill = css(contrast(rgb(fill), rgb("surface")) > contrast(rgb(fill), rgb("ink")) ? "surface" : "ink"); return t; };
      rows.forEach((e, r) => {
        const y = top + r * rh, on = d.weights.a[e] > 0, shut = !!d.shut.a[e], chosen = ctx.store.focus.expert === e, g = sv("g", { class: "rtrow", tabindex: 0, role: "button", "aria-label": `Expert ${e}: logit ${num(d.logits.a[e])}, probability ${pc(d.probs.a[e])}, ${on ? "weight " + num(d.weights.a[e], 3) : shut ? "shut out" : "not chosen"}` }, s);
        sv("rect", { x: 0, y: y - 5, width: W, height: rh - 2, rx: 4, class: "rthit" + (chosen ? " on" : "") }, g);
        sv("text", { x: 4, y: y + 11, class: on ? "b ink" : "dim" }, g, String(e));
        const v = d.logits.a[e]; sv("rect", { x: v < 0 ? z0 + v * zs : z0, y, width: Math.max(.8, Math.abs(v) * zs), height: 14, rx: 1, fill: shut ? "none" : css("river-deep"), stroke: shut ? css("line2") : null }, g);
        if (!slim) sv("text", { x: X(0) + cw, y: y + 11, class: on ? "b ink" : "dim", "text-anchor": "end" }, g, shut ? "−∞" : num(v, 2));
        const bar = (i, value, fill, hollow) => { if (value > 0) sv("rect", { x: X(i) + (hollow ? .5 : 0), y: y + (hollow ? .5 : 0), width: Math.max(.8, value * unit(i) - (hollow ? 1 : 0)), height: hollow ? 13 : 14, rx: 1, fill: hollow ? "none" : css(fill), stroke: hollow ? css("line2") : null }, g); };
        const write = (i, value, fill) => { const t = label(i, value, value === 0 ? "0" : num(value, 3).replace(/^0\./, slim ? "." : "0."), on, fill); t.setAttribute("y", y + 11); g.append(t); };
        bar(1, d.probs.a[e], "river-deep"); write(1, d.probs.a[e], "river-deep");
        bar(2, d.probs.a[e], "ink", !on); if (on) { write(2, d.probs.a[e], "ink"); bar(3, d.weights.a[e], "ink"); write(3, d.weights.a[e], "ink"); }
        if (d.base) { // the unmodified run's, as outlines around the bars
          const o = (x, w) => sv("rect", { x: x - 1, y: y - 2, width: Math.max(2, w + 2), height: 18, rx: 2, fill: "none", stroke: css("ink2"), "stroke-width": 1, "stroke-dasharray": "3 2" }, g), bl = d.base.logits.a[e];
          if (Math.abs(bl - v) * zs > 2) o(bl < 0 ? z0 + bl * zs : z0, Math.abs(bl) * zs);
          if (Math.abs(d.base.probs.a[e] - d.probs.a[e]) * unit(1) > 2) o(X(1), d.base.probs.a[e] * unit(1));
          if (d.base.weights.a[e] > 0 && Math.abs(d.base.weights.a[e] - d.weights.a[e]) * unit(3) > 2) o(X(3), d.base.weights.a[e] * unit(3));
        }
        g.addEventListener("click", () => ctx.set({ expert: e })); g.addEventListener("keydown", (ev) => { const step = { ArrowDown: 1, ArrowUp: -1 }[ev.key]; if (ev.key === "Enter" || ev.key === " ") { ev.preventDefault(); ctx.set({ expert: e }); fig.querySelectorAll(".rtrow")[r]?.focus(); } else if (step) { ev.preventDefault(); fig.querySelectorAll(".rtrow")[(r + step + rows.length) % rows.length].focus(); } });
        g.addEventListener("pointermove", (ev) => tip.show(ev.clientX, ev.clientY, `Expert ${e}`, [["logit", shut ? `${num(v, 3)}, shut out` : num(v, 3)], ["probability", pc(d.probs.a[e])], ["weight", on ? num(d.weights.a[e], 4) : "not used"], ...(d.base ? [["unmodified weight", d.base.weights.a[e] > 0 ? num(d.base.weights.a[e], 4) : "not used"]] : [])])); g.addEventListener("pointerleave", tip.hide);
      });
      if (rest.length) { const y = top + rows.length * rh, p = rest.reduce((a, e) => a + d.probs.a[e], 0); sv("text", { x: 4, y: y + 11, class: "dim" }, s, slim ? `${rest.length} others` : `${rest.length} others, none chosen`); if (p > 0) sv("rect", { x: X(1), y, width: Math.max(.8, p * unit(1)), height: 14, rx: 1, fill: css("river") }, s); const t = label(1, p, num(p, 3), false, "river"); t.setAttribute("y", y + 11); s.append(t); }
      fig.replaceChildren(s); facts(took);
    }
    function facts(took) {
      const E = d.n_experts, row = (name, ...words) => [el("dt", { text: name }), el("dd", {}, ...words)], parts = [];
      parts.push(...row("Margin", d.margin === null ? "nobody is left out" : [bold(num(d.margin, 2)), ` logits before expert ${d.runner_up}`]));
      parts.push(...row("Entropy", bold(num(d.entropy, 2)), ` of ${num(Math.log2(E), 2)} bits, as if ${num(2 ** d.entropy, 1)} experts were even`));
      parts.push(...row("Chosen", bold(pc(d.kept)), " of all probability"));
      const list = el("dl", { class: "rtdl" }, ...parts), made = [];
      if (d.outputs) {
        const o = d.outputs, cells = Array.from(o.experts.a, (e, i) => el("tr", {}, el("td", { text: `expert ${e}` }), el("td", { class: "r", text: num(took.find(([x]) => x === e)?.[1] ?? 0, 3) }), el("td", { class: "r", text: num(o.lengths.a[i], 2) }), el("td", { class: "r b", text: o.parts.a[i] < 0 ? "−" + pc(-o.parts.a[i]) : pc(o.parts.a[i]) })));
        made.push(el("table", { class: "plain rtout" }, el("thead", {}, el("tr", {}, el("th", { text: "What each gives" }), el("th", { class: "r", text: "weight" }), el("th", { class: "r", text: "length" }), el("th", { class: "r", text: "part", title: "weight × length along the sum, as a share of the sum’s" }))), el("tbody", {}, ...cells.slice(0, 8))));
        const left = E - o.experts.a.length, ties = o.cosine === null ? "" : ` Their outputs point ${o.cosine > .5 ? "much the same way" : o.cosine < -.1 ? "against each other" : "different ways"}: cosine ${num(o.cosine, 2)}.`;
        made.push(el("p", { class: "hint", text: `${cells.length > 8 ? `The other ${cells.length - 8} are in the export. ` : ""}${left ? `The other ${left} experts are not computed.` : "All experts are computed."}${ties}${d.cut ? " An intervention takes the layer’s output away." : ""}` }));
      }
      side.replaceChildren(el("h3", { class: "sub3", text: "How sure the router was" }), list, ...made, el("pre", { class: "formula rtformula", text: `p = softmax(norm(x) W_rᵀ)\nw = ${d.renormalised ? "p / Σ p" : "p"}, the ${d.k} greatest\ny = Σ w E(norm(x))\nx: ${d.d_model}   W_r: ${E} × ${d.d_model}` }));
    }
    return {
      draw(next) {
        d = next; const took = kept(), shut = Array.from(d.shut.a).filter(Boolean).length; unmodified.show(d.base);
        said.replaceChildren("Layer ", bold(d.layer), " at ", tokenEl(ctx.run.ids[d.position]), " takes ", ...inWords(took), shut ? `; ${shut === 1 ? "one expert is" : shut + " are"} shut out by an intervention` : "");
        if (ctx.run.effect) { if (!d.base) note.say(false, PARTED); else { const b = before(); note.say(true, same(b, took) ? "The unmodified run takes the same here: " : "The unmodified run takes others here: ", ...inWords(b), "."); } } else note.say(true, "");
        draw();
      },
      exportData: () => d,
    };
  },
};
