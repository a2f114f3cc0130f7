// How the visits fall on the experts: this text against a corpus, layer by layer, and the loss that uneven work costs.
import { css, el, pc, sv, tip } from "../js/dom.js";
import { baseKey, baseNote } from "./unmodified.js";
import { bold, num, percent, swatch, windowed, windowWords } from "./routing_shared.js";

export const load = {
  create(body, ctx) {
    let d = null;
    const said = el("p", { class: "readout rtsaid" }), unmodified = baseKey(ctx, el("i", { class: "sw rthollow" }), "this text, unmodified"), note = baseNote(ctx), grid = el("div", { class: "rtgrid" }), hint = el("p", { class: "hint" });
    const probability = el("span", {}, el("i", { class: "rtdot" }), "mean probability P"), corpus = el("span", {}, el("i", { class: "rttick" }), "corpus");
    body.append(el("div", { class: "bar rtbar" }, said, el("div", { class: "legend" }, swatch("background:var(--river-deep)", "this text, f"), corpus, probability, unmodified)), note, grid, hint);
    function layerChart(r, W, most) {
      const E = d.n_experts, rh = E <= 16 ? 18 : E <= 32 ? 10 : 5, x0 = 26, x1 = W - 58, top = 42, H = top + E * rh + 26, X = (v) => x0 + v / most * (x1 - x0), layer = d.layers[r], on = ctx.store.focus.layer === layer, every = Math.ceil(12 / rh);
      const s = sv("svg", { class: "fig", viewBox: `0 0 ${W} ${H}`, height: H, role: "group", "aria-label": `Layer ${layer}: share of visits of each expert` });
      sv("text", { class: "h", x: 0, y: 12 }, s, `Layer ${layer}`); if (on) sv("rect", { x: 0, y: 17, width: 42, height: 2, fill: css("ink") }, s);
      sv("text", { class: "dim", x: Math.min(X(1 / E), x1 - 20), y: top - 8, "text-anchor": "middle" }, s, `even ${percent(1 / E)}`);
      sv("line", { class: "zero", x1: x0, x2: x0, y1: top - 3, y2: top + E * rh + 3 }, s);
      for (let e = 0; e < E; e++) {
        const i = r * E + e, y = top + e * rh, f = d.share.a[i], c = d.corpus.a[i], p = d.P.a[i], chosen = on && ctx.store.focus.expert === e, g = sv("g", { class: "rtrow", tabindex: e ? -1 : 0, role: "button", "aria-label": `Layer ${layer} expert ${e}: ${percent(f)} of this text’s visits, ${percent(c)} of the corpus’` }, s);
        sv("rect", { class: "rthit" + (chosen ? " on" : ""), x: 0, y, width: W, height: rh, rx: 3 }, g);
        if (e % every === 0 || chosen) sv("text", { class: chosen ? "b ink" : "dim", x: x0 - 7, y: y + rh / 2 + 4, "text-anchor": "end" }, g, String(e));
        sv("rect", { x: x0, y: y + 3, width: Math.max(f ? .8 : 0, X(f) - x0), height: Math.max(2, rh - 6), rx: 1, fill: css("river-deep") }, g);
        if (d.base && Math.abs(d.base.share.a[i] - f) > 5e-4) sv("rect", { x: x0 - .5, y: y + 1.5, width: X(d.base.share.a[i]) - x0 + 1, height: Math.max(3, rh - 3), rx: 1, fill: "none", stroke: css("ink2"), "stroke-width": 1.25 }, g);
        sv("rect", { x: X(c) - 1, y: y + 1, width: 2, height: rh - 2, fill: css("ink") }, g);
        if (rh > 10) sv("circle", { cx: X(p), cy: y + rh / 2, r: 3.2, fill: css("surface"), stroke: css("ink2"), "stroke-width": 1.25 }, g);
        if (e % every === 0) sv("text", { class: "num", x: W, y: y + rh / 2 + 4, "text-anchor": "end" }, g, percent(f));
        const rows = [["this text", percent(f)], ["corpus", percent(c)], ["mean probability", percent(p)], ...(d.base ? [["unmodified", percent(d.base.share.a[i])]] : [])];
        g.addEventListener("pointermove", (ev) => tip.show(ev.clientX, ev.clientY, `Layer ${layer} expert ${e}`, rows)); g.addEventListener("pointerleave", tip.hide); g.addEventListener("click", () => ctx.set({ layer, expert: e }));
        g.addEventListener("keydown", (ev) => { const step = { ArrowDown: 1, ArrowUp: -1 }[ev.key]; if (step) { ev.preventDefault(); const all = s.querySelectorAll(".rtrow"), next = all[(e + step + E) % E]; all[e].setAttribute("tabindex", -1); next.setAttribute("tabindex", 0); next.focus(); } else if (ev.key === "Enter" || ev.key === " ") { ev.preventDefault(); ctx.set({ layer, expert: e }); } });
      }
      sv("line", { x1: X(1 / E), x2: X(1 / E), y1: top - 4, y2: top + E * rh + 4, stroke: css("ink"), "stroke-dasharray": "3 3", "pointer-events": "none" }, s);
      const far = d.distance.a[r] > d.seldom.a[r]; sv("text", { class: "dim", x: 0, y: H - 4 }, s, `balance ${num(d.balance.a[r])}; `).append(sv("tspan", far ? { class: "rtfar" } : {}, null, `${pc(d.distance.a[r])} apart, chance ${pc(d.chance.a[r])}`));
      return s;
    }
    function draw() {
      const W = Math.min(400, Math.max(280, Math.floor(grid.firstElementChild?.clientWidth || Math.min(380, grid.clientWidth || 320)))), most = Math.max(...d.share.a, ...d.corpus.a, ...d.P.a, ...(d.base ? d.base.share.a : [0]), 1.3 / d.n_experts) * 1.04;
      const row = Math.max(0, d.layers.indexOf(ctx.store.focus.layer)), part = windowed(d.layers.length, d.n_experts > 16 ? 6 : 24, row), cells = Array.from({ length: part.shown }, () => el("div", { class: "figure" })); grid.replaceChildren(...cells);
      const real = Math.floor(cells[0].clientWidth) || W; cells.forEach((c, i) => c.append(layerChart(part.first + i, real, most)));
      const far = d.layers.filter((_, r) => d.distance.a[r] > d.seldom.a[r]), mean = Array.from(d.balance.a).reduce((a, b) => a + b, 0) / d.layers.length;
      said.replaceChildren("Balance loss n Σ f P, mean of the layers: ", bold(num(mean)), ` (${d.k} if even, ${d.n_experts} at worst). `, far.length ? bold(`In ${far.length} of ${d.layers.length} layers`) : bold("In no layer"), " this text’s load lies further from the corpus’ than 19 of 20 blind draws of as many of its tokens.");
      if (d.base) { const before = Array.from(d.base.balance.a).reduce((a, b) => a + b, 0) / d.layers.length; note.say(true, "Balance loss of the unmodified run ", bold(num(before)), ` over the ${d.base.n} tokens of its own text. The corpus is read by the unmodified model.`); } else note.say(true, "");
      hint.textContent = `${windowWords(d, part)}Corpus: ${d.corpus_tokens.toLocaleString("en-US")} tokens of ${d.passages} passages of ${d.kinds.length} kinds: ${d.kinds.join(", ")}. ${d.held_out ? "This model was not trained on them." : "Whether this model was trained on them is not known."} Apart: share of visits that would have to move; chance: the mean over ${d.draws} draws of ${d.n} token${d.n === 1 ? "" : "s"} from it. f of the loss is the share shown times the ${d.k} visits of a token.`;
    }
    return { draw(next) { d = next; unmodified.show(d.base); draw(); }, exportData: () => d };
  },
};
