// Load balancing: two trainings of one router side by side, step by step; what balance costs; two stored trainings.
import { chart } from "../kit/chart.js";
import { big, css, el, segmented, sv, tip } from "../js/dom.js";

const METHODS = [["loss", "Balancing loss", "n Σ f P, times α, is added to the task’s loss"], ["noise", "Noise", "learned noise on the logits while training"], ["bias", "Bias", "sigmoid scores; a bias moves the choice after each step"], ["choice", "Expert choice", "each expert takes its share of the batch"]];
const LADDERS = { alpha: [0, .001, .003, .01, .03, .1, .3, 1], rate: [0, .001, .003, .01, .03, .1], z: [0, .0001, .001, .01, .1] };
const pct = (v, d = 1) => (100 * v).toFixed(d) + " %";
const spell = (n) => n === 0 ? "no expert is" : n === 1 ? "1 expert is" : `${n} experts are`;
const given = (ctx, d, key) => { const v = ctx.controls[key] ?? d?.[key]; return typeof d?.[key] === "number" ? +v : v; };
const labelOf = (d) => ({ loss: `Balancing loss, α = ${d.alpha}`, noise: "Noise", bias: `Bias, ${d.rate} a step`, choice: "Expert choice" })[d.method];
const sides = (d) => [["plain", "No counterweight"], ["chosen", labelOf(d)]];

// Settings that only the server can answer: the link remembers them, and the training is asked for at once.
function settings(ctx, now) {
  const box = el("div", { class: "balset" });
  const set = (key, value) => { ctx.control(key, value); if (!ctx.store.payload(ctx.panel.name, ctx.view)) ctx.measure(ctx.view.name); };
  return { node: box, draw() {
    const d = now(), held = document.activeElement?.id;
    const slide = (key, text, note) => {
      const list = LADDERS[key], near = list.reduce((a, b) => Math.abs(b - given(ctx, d, key)) < Math.abs(a - given(ctx, d, key)) ? b : a), out = el("output", { text: String(given(ctx, d, key)) });
      const input = el("input", { type: "range", min: 0, max: list.length - 1, step: 1, id: `bal-${key}`, "aria-label": text, title: note, "aria-valuetext": String(near), on: { input: (e) => { out.textContent = String(list[+e.target.value]); e.target.setAttribute("aria-valuetext", out.textContent); }, change: (e) => set(key, list[+e.target.value]) } });
      input.value = list.indexOf(near); return el("label", { class: "slide", title: note }, el("span", { text }), input, out);
    };
    const choose = (key, text, items) => el("div", { class: "balpick" }, el("span", { text }), segmented(text, items, () => given(ctx, d, key), (k) => set(key, k)));
    const numbers = (...list) => list.map((n) => [n, String(n)]);
    const seed = el("input", { type: "number", min: 0, max: 2147483647, step: 1, id: "bal-seed", "aria-label": "Seed", on: { change: (e) => { if (/^\d{1,10}$/.test(e.target.value)) set("seed", +e.target.value); } } }); seed.value = given(ctx, d, "seed");
    const method = given(ctx, d, "method"), parts = [choose("method", "Counterweight", METHODS)];
    if (method === "loss") parts.push(slide("alpha", "Its weight α", "what n Σ f P is multiplied by"));
    if (method === "bias") parts.push(slide("rate", "Bias, a step", "how far the bias of an expert moves after each step"));
    parts.push(slide("z", "z-loss weight", "keeps the router’s logits small, in both trainings"), choose("experts", "Experts", numbers(4, 8, 16, 32)), choose("k", "Experts a token, k", numbers(1, 2, 4)), choose("steps", "Steps", numbers(150, 300, 600)), el("label", { class: "balseed" }, el("span", { text: "Seed" }), seed));
    box.replaceChildren(...parts); if (held?.startsWith("bal-")) document.getElementById(held)?.focus({ preventScroll: true });
  } };
}

// ---- the load, step by step ----------------------------------------------------------------------------------------------------
const training = {
  create(body, ctx) {
    let d = null, step = 0, keyed = null;
    const set = settings(ctx, () => d), said = el("p", { class: "readout balsaid" }), at = el("span", { class: "readout balat" });
    const swatch = (cls, text) => el("span", {}, el("i", { class: "sw " + cls }), text);
    const legend = el("div", { class: "legend" }, swatch("bal-a", "an expert"), swatch("bal-on", "the selected one"), el("span", {}, el("i", { class: "baldash" }), "even"));
    const slider = el("input", { type: "range", min: 1, step: 1, "aria-label": "Step", on: { input: () => { step = +slider.value - 1; show(); } } });
    const columns = sides({ method: "loss", alpha: "" }).map(([key]) => ({ key, head: el("div", { class: "balhead" }), stream: el("div", { class: "figure" }), bars: el("div", { class: "figure balbars" }) }));
    body.append(set.node, el("div", { class: "bar" }, said, legend), el("div", { class: "balcols" }, columns.map((c) => el("div", { class: "balcol" }, c.head, c.stream, c.bars))), el("label", { class: "slide balstep" }, el("span", { text: "Step" }), slider, at));
    const picked = () => { const n = Number(ctx.controls.expert ?? columnBest()); return Number.isInteger(n) && n >= 0 && n < d.experts ? n : 0; };
    const columnBest = () => { const s = d.plain.end.share.a; let best = 0; for (let e = 1; e < s.length; e++) if (s[e] > s[best]) best = e; return best; };
    const share = (run, t, e) => run.share.a[t * d.experts + e];

    function stream(c) {
      const run = d[c.key], n = d.experts, T = run.share.shape[0], S = d.steps, W = Math.max(260, Math.floor(c.stream.clientWidth)), right = 84, x1 = W - right, top = 6, h = 236, H = top + h + 22, X = (t) => t / (S - 1) * x1, on = picked();
      const svg = sv("svg", { class: "fig balfig", viewBox: `0 0 ${W} ${H}`, height: H, role: "img", tabindex: 0, "aria-label": `${sides(d).find(([k]) => k === c.key)[1]}: share of the tokens of each expert over ${T} of ${S} steps. ${T < S ? "So far" : "At the end"} ${Array.from(run.end.share.a, (v, e) => `expert ${e} ${pct(v)}`).join(", ")}. Left and right move the step, up and down choose an expert.` });
      const base = new Float64Array(T);
      for (let e = 0; e < n; e++) {
        const up = [], down = [];
        for (let t = 0; t < T; t++) { const y0 = top + base[t] * h; base[t] += share(run, t, e); up.push(`${X(t).toFixed(1)} ${y0.toFixed(2)}`); down.push(`${X(t).toFixed(1)} ${(top + base[t] * h).toFixed(2)}`); }
        const p = sv("path", { d: `M${up.join("L")}L${down.reverse().join("L")}Z`, class: "balband " + (e === on ? "bal-on" : e % 2 ? "bal-b" : "bal-a"), "data-expert": e }, svg);
        p.addEventListener("click", () => { keyed = null; ctx.control("expert", e); });
      }
      for (let e = 1; e < n; e++) sv("line", { x1: 0, x2: x1, y1: top + e / n * h, y2: top + e / n * h, class: "baleven" }, svg);
      let y = top, thin = [];
      Array.from(run.end.share.a).forEach((v, e) => {
        const mid = y + v * h / 2; y += v * h;
        if (v * h >= 13) sv("text", { x: x1 + 8, y: mid + 4, class: e === on ? "balnow b" : "" }, svg, `e${e} ${pct(v)}`); else thin.push([mid, v, e]);
      });
      const narrowest = thin.find(([, , e]) => e === on); if (narrowest) sv("path", { d: `M${x1} ${narrowest[0]}h7`, class: "balnowline" }, svg);
      if (thin.length) sv("text", { x: x1 + 8, y: H - 5, class: thin.some(([, , e]) => e === on) ? "balnow" : "dim" }, svg, `${thin.length} other${thin.length > 1 ? "s" : ""} ${pct(thin.reduce((sum, [, v]) => sum + v, 0))}`);
      const tick = S <= 150 ? 50 : S <= 300 ? 100 : 200;
      for (let t = 0; t < S; t += tick) sv("text", { x: Math.max(3, X(t)), y: H - 5, "text-anchor": t ? "middle" : "start", class: "dim" }, svg, t ? String(t) : "step 1");
      sv("text", { x: x1, y: H - 5, "text-anchor": "end", class: "dim" }, svg, String(S));
      const x = X(step); sv("line", { x1: x, x2: x, y1: top - 4, y2: top + h + 4, class: "balcursor" }, svg);
      const where = (ev) => { const r = svg.getBoundingClientRect(); return Math.min(T - 1, Math.max(0, Math.round((ev.clientX - r.left) / r.width * W / x1 * (S - 1)))); };
      svg.addEventListener("pointermove", (ev) => {
        if ((ev.clientX - svg.getBoundingClientRect().left) / svg.getBoundingClientRect().width * W > X(T - 1) + 4) return tip.hide();
        const t = where(ev), r = svg.getBoundingClientRect(), f = ((ev.clientY - r.top) / r.height * H - top) / h; if (f < 0 || f > 1) return tip.hide();
        let e = 0, sum = share(run, t, 0); while (sum < f && e < n - 1) sum += share(run, t, ++e);
        tip.show(ev.clientX, ev.clientY, `Expert ${e}, step ${t + 1}`, [["share of the pairs", pct(share(run, t, e))], ["f", run.f.a[t * n + e].toFixed(3)], ["P", run.P.a[t * n + e].toFixed(3)]]);
      });
      svg.addEventListener("pointerleave", tip.hide);
      svg.addEventListener("click", (ev) => { step = where(ev); show(); });
      svg.addEventListener("keydown", (ev) => {
        const by = { ArrowRight: 1, ArrowLeft: -1, PageDown: 25, PageUp: -25, Home: -T, End: T }[ev.key], to = { ArrowDown: 1, ArrowUp: -1 }[ev.key]; if (!by && !to) return; ev.preventDefault(); keyed = c.key;
        if (by) { step = Math.min(T - 1, Math.max(0, step + by)); show(); } else ctx.control("expert", Math.min(n - 1, Math.max(0, on + to)));
      });
      c.stream.replaceChildren(svg); if (keyed === c.key) svg.focus({ preventScroll: true });
    }

    function bars(c) { // f and P at the step: a bar and a dot on one scale of shares
      const run = d[c.key], n = d.experts, W = Math.max(260, Math.floor(c.bars.clientWidth)), lab = 26, cols = W < 340 ? [46, 46, 50] : [58, 58, 58], num = cols[0] + cols[1] + cols[2], x0 = lab, x1 = W - num - 12, rh = n > 16 ? 16 : 19, top = 22, on = picked(), t = step;
      const f = Array.from({ length: n }, (_, e) => run.f.a[t * n + e]), P = Array.from({ length: n }, (_, e) => run.P.a[t * n + e]), k = f.reduce((a, b) => a + b, 0), most = Math.max(...f.map((v) => v / k), ...P, 1.6 / n), X = (v) => x0 + v / most * (x1 - x0), H = top + n * rh + 28;
      const ends = [W - cols[1] - cols[2], W - cols[2], W], svg = sv("svg", { class: "fig", viewBox: `0 0 ${W} ${H}`, height: H, role: "img", "aria-label": `f and P at step ${t + 1}: ${f.map((v, e) => `expert ${e} ${v.toFixed(3)} and ${P[e].toFixed(3)}`).join(", ")}` });
      ["f", "P", "n f P"].forEach((h, i) => sv("text", { x: ends[i], y: 12, "text-anchor": "end", class: "dim" }, svg, h));
      sv("text", { x: x0, y: 12, class: "dim" }, svg, W < 420 ? "bar f/k, dot P" : "bar: share of the pairs, f/k; dot: P");
      f.forEach((v, e) => {
        const y = top + e * rh, mid = y + rh / 2, cls = e === on ? "ink b" : "", g = sv("g", { class: "balrow", "data-expert": e }, svg);
        sv("rect", { x: 0, y, width: W, height: rh, class: "hit" + (e === on ? " on" : "") }, g);
        sv("text", { x: 2, y: mid + 4, class: cls }, g, `e${e}`);
        if (v > 0) sv("rect", { x: x0, y: mid - 5, width: Math.max(.8, X(v / k) - x0), height: 10, rx: 1, class: e === on ? "bal-on" : "bal-b" }, g);
        sv("circle", { cx: X(P[e]), cy: mid, r: 3.5, class: "balP" }, g);
        [v, P[e], n * v * P[e]].forEach((value, i) => sv("text", { x: ends[i], y: mid + 4, "text-anchor": "end", class: cls }, g, value.toFixed(3)));
        g.addEventListener("click", () => { keyed = null; ctx.control("expert", e); });
      });
      sv("line", { x1: x0, x2: x0, y1: top - 3, y2: top + n * rh, class: "zero" }, svg); sv("line", { x1: X(1 / n), x2: X(1 / n), y1: top - 3, y2: top + n * rh, class: "baleven over" }, svg);
      const y = top + n * rh; sv("line", { x1: 0, x2: W, y1: y + 3.5, y2: y + 3.5, class: "zero" }, svg); sv("text", { x: 2, y: y + 20, class: "ink b" }, svg, W < 340 ? "Sum" : `Sum at step ${t + 1}`);
      [k, P.reduce((a, b) => a + b, 0), run.balance.a[t]].forEach((value, i) => sv("text", { x: ends[i], y: y + 20, "text-anchor": "end", class: "ink b" }, svg, value.toFixed(3)));
      c.bars.replaceChildren(svg);
    }

    function show() {
      slider.max = d.plain.share.shape[0]; slider.value = step + 1; at.textContent = `${step + 1} of ${d.steps}`;
      for (const c of columns) { stream(c); bars(c); }
    }
    return {
      draw(next, _, what) {
        if (what === "data" || !d) { const last = next.plain.share.shape[0] - 1, follow = !d || d.steps !== next.steps || step === d.plain.share.shape[0] - 1; d = next; step = follow ? last : Math.min(step, last); set.draw(); }
        const a = d.plain.end, b = d.chosen.end, T = d.plain.share.shape[0], going = T < d.steps;
        sides(d).forEach(([key, title], i) => { const end = d[key].end; columns[i].head.replaceChildren(el("h3", { class: "sub3", text: title }), el("p", { class: "hint", text: `${going ? `After ${T} of ${d.steps} steps` : "At the end"} ${spell(end.idle)} idle; the load is worth ${end.effective.toFixed(1)} even experts; the busiest has ${end.busiest.toFixed(1)} × its share.` + (key === "chosen" && d.method === "choice" ? ` ${pct(end.unserved)} of the tokens were taken by no expert.` : "") })); });
        said.replaceChildren("Without a counterweight ", el("b", { text: `${a.idle} of ${d.experts}` }), going ? " experts are idle so far, under a tenth of an even share; here " : " experts end idle, under a tenth of an even share; here ", el("b", { text: String(b.idle) }), `. ${big(d.tokens)} tokens of passages of six kinds, ${d.batch} a step; ${d.k === 1 ? "the expert’s weight is its probability" : "weights sum to 1"}; all weights begin as N(0, 0.02), the same in both.`);
        show();
      },
      exportData() { return d; },
    };
  },
};

// ---- what it costs ---------------------------------------------------------------------------------------------------------------
const price = {
  create(body) {
    const plot = el("div"), table = el("div", { class: "scroll" }), note = el("p", { class: "hint" });
    body.append(el("div", { class: "two balprice" }, el("div", {}, el("h3", { class: "sub3", text: "The task’s loss; 1 is writing the mean" }), plot), el("div", {}, table, note)));
    const curve = chart(plot, { height: 290, label: "The task's loss over the steps of both trainings" });
    let now = null;
    const smooth = (a, w = 12) => Array.from(a, (_, i) => { const from = Math.max(0, i - w + 1); let s = 0; for (let j = from; j <= i; j++) s += a[j]; return s / (i - from + 1); });
    return {
      draw(d) {
        now = d; const T = d.plain.loss.shape[0], going = T < d.steps, x = Array.from({ length: T }, (_, i) => i + 1), short = { loss: "with loss", noise: "with noise", bias: "with bias", choice: "expert choice" }[d.method];
        const y = { plain: smooth(d.plain.loss.a), chosen: smooth(d.chosen.loss.a) };
        curve.draw({ traces: [{ x, y: y.plain, name: "no counterweight", color: "ink2", dash: "4px,3px", width: 1.8 }, { x, y: y.chosen, name: short, color: "prob", width: 2 }], x: { title: "step", range: [0, d.steps] }, y: { rangemode: "tozero" }, margin: { r: 14, t: 30 } });
        const a = d.plain, b = d.chosen, none = going ? "" : "none to drop", row = (what, small, p, q, word = (v) => v.toFixed(3)) => el("tr", {}, el("td", {}, what, small && el("small", { text: small })), el("td", { class: "r", text: p === null ? "" : word(p) }), el("td", { class: "r", text: q === null ? none : word(q) }));
        const lines = [row("Task loss", "last 20 steps", a.end.loss, b.end.loss), row("Task loss", `${d.held} held-out tokens`, a.end.held_out, b.end.held_out), row("Balance, n Σ f P", `even: ${d.k}`, a.end.balance, b.end.balance)];
        d.factors.forEach((f, i) => lines.push(row(`Dropped at capacity factor ${f}`, "of the pairs, last 20 steps", a.end.dropped[i], d.method !== "choice" ? b.end.dropped[i] : null, (v) => pct(v))));
        d.factors.forEach((f, i) => lines.push(row(`Held-out loss at factor ${f}`, "the rest dropped", a.limits?.[i][1] ?? null, b.limits?.[i][1] ?? null)));
        if (d.method === "choice") lines.push(row("Tokens that no expert took", "last 20 steps", a.end.unserved, b.end.unserved, (v) => pct(v)));
        table.replaceChildren(el("table", { class: "plain baltable" }, el("thead", {}, el("tr", {}, el("th", { text: "Counterweight" }), el("th", { class: "r", text: "none" }), el("th", { class: "r", text: short }))), el("tbody", {}, lines)));
        const gap = going ? 0 : b.end.held_out / a.end.held_out - 1;
        note.textContent = going ? `${T} of ${d.steps} steps are trained; held-out tokens are asked at the end.` : `In this one pair of trainings, the balanced one’s held-out loss is ${pct(Math.abs(gap))} ${gap > 0 ? "greater" : "less"}, as long as nothing is dropped; another seed says how much of that is luck. Lines are means of 12 steps. Each excerpt held out is whole, so no held-out token stood beside one trained on.`;
      },
      exportData() { return now; },
    };
  },
};

// ---- stored trainings --------------------------------------------------------------------------------------------------------------
const NAMES = { "six-kinds-moe": ["with the loss", "prob", undefined], "six-kinds-unbalanced": ["without", "ink2", "4px,3px"] };
const recorded = {
  create(body) {
    const left = el("div"), right = el("div"), note = el("p", { class: "hint" });
    body.append(el("div", { class: "two balprice" }, el("div", {}, el("h3", { class: "sub3", text: "Balance loss, mean of the layers" }), left), el("div", {}, el("h3", { class: "sub3", text: "Busiest and idlest expert of any layer, share of the pairs" }), right)), note);
    const a = chart(left, { height: 250, label: "Balance loss over the steps of the stored trainings" }), b = chart(right, { height: 250, label: "Busiest and idlest expert over the steps of the stored trainings" });
    let now = null;
    return {
      draw(d) {
        now = d;
        if (!d.models.length) { note.textContent = "No training is stored here."; return; }
        const of = (m) => { const [name, color, dash] = NAMES[m.name]; return { x: m.step, name, color, dash, width: 1.8 }; };
        a.draw({ traces: d.models.map((m) => ({ ...of(m), y: m.balance })), x: { title: "step" }, y: { tickformat: ".2f" }, margin: { r: 14, t: 30 } });
        b.draw({ traces: d.models.flatMap((m) => [{ ...of(m), y: m.busiest, hover: "%{y:.1%}<extra>busiest</extra>" }, { ...of(m), y: m.idlest, legend: false, hover: "%{y:.1%}<extra>idlest</extra>" }]), x: { title: "step" }, y: { tickformat: ".0%", rangemode: "tozero" }, margin: { r: 14, t: 30 } });
        note.textContent = d.missing ? "The twin trained without the balancing loss is not on this shelf: only one curve of two is drawn." : "Above each other in the right chart: the busiest of all experts, and the idlest.";
      },
      exportData() { return now; },
    };
  },
};
export const views = { training, price, recorded };
