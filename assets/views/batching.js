// Batching: one small load served twice, pass by pass. Time runs to the right, on a phone downward; a lane is a request.
import { big, css, el, nice, sv, tip, tokenEl, tokenText } from "../js/dom.js";

const WAYS = [["static", "Static"], ["continuous", "Continuous"]];
const KINDS = { prefill: "reads its prompt, writes the first token", decode: "writes a token", wasted: "computed and thrown away" };
const SLIDERS = [
  ["requests", "Requests", 2, 12, 1, (v) => String(v), (d) => d.requests.length],
  ["slots", "Slots, rows a pass", 1, 6, 1, (v) => String(v), (d) => d.slots],
  ["gap", "Mean gap, decode steps", -2, 4, .5, (v) => (2 ** v).toFixed(v < 0 ? 2 : 1), (d) => Math.log2(d.gap)],
  ["blocks", "Pool, blocks of 4 tokens", 5, 32, 1, (v) => String(v), (d) => d.pool.blocks],
];
const ms = (s) => s >= 9.995 ? s.toFixed(1) + " s" : s >= .9995 ? s.toFixed(2) + " s" : Math.round(s * 1e3) + " ms";
const mean = (a) => a.reduce((x, y) => x + y, 0) / a.length;
const count = (n, one) => `${n} ${one}${n === 1 ? "" : "s"}`;

const timeline = {
  create(body, ctx) {
    let now = null, keyed = false;
    const sliders = SLIDERS.map(([name, label, low, high, step, word, read]) => {
      const input = el("input", { type: "range", min: low, max: high, step, "aria-label": label }), out = el("output", {});
      const show = () => { out.textContent = word(+input.value); input.setAttribute("aria-valuetext", word(+input.value)); };
      input.addEventListener("input", show); input.addEventListener("change", () => ctx.control(name, name === "gap" ? +(2 ** +input.value).toFixed(3) : +input.value));
      return { node: el("label", { class: "slide" }, el("span", { text: label }), out, input), sync() { if (document.activeElement !== input) input.value = read(now); show(); } };
    });
    const seed = el("input", { type: "number", min: 0, max: 9999, "aria-label": "Seed of the load", on: { change: () => { if (seed.value !== "") ctx.control("seed", +seed.value); } } });
    const swatch = (cls, text) => el("span", {}, el("i", { class: "sw bat-" + cls }), text);
    const box = el("div", { class: "figure" }), said = el("p", { class: "readout" }), facts = el("div", { class: "scroll" }), chosen = el("div", { class: "batchosen" });
    body.append(
      el("div", { class: "batctl" }, sliders.map((s) => s.node), el("label", { class: "slide batseed" }, el("span", { text: "Seed" }), seed)),
      el("div", { class: "bar" }, said, el("div", { class: "legend" }, el("span", {}, arrivalKey(), "arrives"), el("span", {}, el("i", { class: "batwait" }), "waits"), swatch("prefill", "reads its prompt"), swatch("decode", "writes a token"), swatch("wasted", "thrown away"))),
      box, el("div", { class: "two batfoot" }, facts, chosen));
    function arrivalKey() { const s = sv("svg", { width: 8, height: 14, viewBox: "0 0 8 14", "aria-hidden": "true" }); sv("line", { x1: 4, x2: 4, y1: 1, y2: 13, class: "arrive" }, s); return s; }

    const selected = () => { const n = Number(ctx.controls.request ?? 0); return Number.isInteger(n) && n >= 0 && n < now.requests.length ? n : 0; };
    const last = (way) => way.passes.at(-1)?.[1] ?? 0, delivered = (way, i) => way.latency[i] === null ? Math.max(now.requests[i].arrives, last(way)) : now.requests[i].arrives + way.latency[i];

    function draw() {
      const W = Math.floor(box.clientWidth), narrow = W < 620, n = now.requests.length, on = selected();
      const end = Math.max(...WAYS.map(([k]) => last(now[k])), now.requests.at(-1).arrives), pool = now.pool.blocks;
      // across: where lanes lie; along: time
      const lane = narrow ? Math.min(26, (W - 34 - 58) / (2 * n)) : 22, head = narrow ? 0 : 26, a0 = narrow ? 34 : 22, apart = narrow ? 8 : 22, strip = narrow ? 40 : 44;
      const from = { static: a0 + (narrow ? 0 : head), continuous: a0 + (narrow ? 0 : head) + n * lane + apart + (narrow ? 0 : head) }, stripAt = from.continuous + n * lane + (narrow ? 12 : 16);
      const t0 = narrow ? 40 : 116, t1 = narrow ? 40 + Math.max(420, Math.min(760, end / now.step * 20)) : W - 74, T = (t) => t0 + t / end * (t1 - t0);
      const H = narrow ? t1 + 10 : stripAt + strip + 30, place = (x, a) => narrow ? { x: a, y: x } : { x, y: a };
      const rect = (x0, x1, b0, b1, attrs, parent) => sv("rect", narrow ? { x: b0, y: x0, width: Math.max(.5, b1 - b0), height: Math.max(.5, x1 - x0), ...attrs } : { x: x0, y: b0, width: Math.max(.5, x1 - x0), height: Math.max(.5, b1 - b0), ...attrs }, parent);
      const line = (x0, b0, x1, b1, attrs, parent) => { const p = place(x0, b0), q = place(x1, b1); return sv("line", { x1: p.x, y1: p.y, x2: q.x, y2: q.y, ...attrs }, parent); };
      const text = (x, b, words, attrs, parent) => sv("text", { ...place(x, b), ...attrs }, parent, words);
      const svg = sv("svg", { class: "fig batfig", viewBox: `0 0 ${W} ${H}`, height: H, role: "img", tabindex: 0, "aria-label": `Timeline of ${n} requests. ${WAYS.map(([k, t]) => `${t}: all answered after ${ms(now[k].seconds)}, latencies ${now[k].latency.map((v) => v === null ? "not yet" : ms(v)).join(", ")}`).join(". ")}. Arrow keys choose a request.` });
      const lanesEnd = narrow ? stripAt + strip : stripAt + strip, tick = nice(end / (narrow ? 6 : 8));
      for (let i = 0; i * tick <= end * 1.0001; i++) { const x = T(i * tick); line(x, narrow ? 30 : head + 12, x, lanesEnd, { class: "hair" }, svg); const words = i ? (tick >= 1 ? `${i * tick} s` : `${Math.round(i * tick * 1e3)}`) : "0 ms"; if (narrow) sv("text", { x: 26, y: x + 4, "text-anchor": "end", class: "dim" }, svg, words); else sv("text", { x, y: lanesEnd + 18, "text-anchor": "middle", class: "dim" }, svg, words); }
      for (const [k, title] of WAYS) {
        const way = now[k], base = from[k], rows = new Map();
        if (narrow) text(14, base, title, { class: "h" }, svg); else { text(0, base - 10, title, { class: "h" }, svg); text(t0, base - 10, way.passes.length ? `${count(way.passes.length, "pass").replace("passs", "passes")}${way.latency.includes(null) ? " so far" : `, all answered after ${ms(way.seconds)}`}, ${(100 * way.useful).toFixed(0)} % of the slots' time useful` : "not served yet", { class: "dim" }, svg); }
        for (let i = 0; i < n; i++) {
          const r = now.requests[i], b = base + i * lane, mid = b + lane / 2, g = sv("g", { class: "batlane" + (i === on ? " on" : ""), "data-request": i }, svg), done = delivered(way, i);
          rect(narrow ? 20 : 0, narrow ? t1 : W, b, b + lane, { class: "hit" }, g);
          if (narrow) text(30, mid, String(i + 1), { "text-anchor": "middle", class: i === on ? "ink b" : "dim" }, g);
          else { text(16, mid + 4, String(i + 1), { "text-anchor": "end", class: i === on ? "ink b" : "" }, g); text(26, mid + 4, `${r.prompt.length} + ${r.wants} tokens`, { class: "dim" }, g); }
          line(T(r.arrives), mid, T(done), mid, { class: "wait" }, g);
          line(T(r.arrives), b + 3, T(r.arrives), b + lane - 3, { class: "arrive" }, g);
          rows.set(i, g); g.addEventListener("click", () => { keyed = false; ctx.control("request", i); });
        }
        const busy = new Map(); for (const [, step] of way.cells) busy.set(step, (busy.get(step) ?? 0) + 1);
        for (const [i, step, kind, token, read] of way.cells) {
          const [p0, p1] = way.passes[step], b = base + i * lane, cell = rect(T(p0) + .6, T(p1) - .6, b + (narrow ? 2 : 4), b + lane - (narrow ? 2 : 4), { class: `cell bat-${kind}`, rx: 1.5 }, rows.get(i));
          const found = way.found.find(([r, s]) => r === i && s === step)?.[2];
          cell.addEventListener("pointermove", (e) => tip.show(e.clientX, e.clientY, `Request ${i + 1}, pass ${step + 1}`, [[KINDS[kind], token === null ? "" : tokenText(token), 1], ...(kind === "prefill" ? [["tokens read", String(read)]] : []), ...(found ? [["found in shared blocks", String(found)]] : []), ["rows in the pass", String(busy.get(step))], ["time", `${Math.round(p0 * 1e3)} to ${Math.round(p1 * 1e3)} ms`]])); cell.addEventListener("pointerleave", tip.hide);
        }
        for (const [i, step] of way.preempted) { const x = T(way.passes[step][0]), mid = base + i * lane + lane / 2, p = place(x, mid); const m = sv("path", { d: narrow ? `M${p.x - 4} ${p.y + 5} ${p.x + 4} ${p.y + 5} ${p.x} ${p.y - 2}Z` : `M${p.x + 6} ${p.y - 5} ${p.x + 6} ${p.y + 5} ${p.x - 2} ${p.y}Z`, class: "preempt" }, rows.get(i)); m.addEventListener("pointermove", (e) => tip.show(e.clientX, e.clientY, `Request ${i + 1} is preempted`, [["its blocks go to older requests", ""], ["later it reads all again", ""]])); m.addEventListener("pointerleave", tip.hide); }
        if (!narrow) for (let i = 0; i < n; i++) { if (way.latency[i] === null) continue; const x = T(delivered(way, i)); text(x + 7, base + i * lane + lane / 2 + 4, ms(way.latency[i]), { class: (i === on ? "ink b" : "") + " halo" }, rows.get(i)); }
      }
      // blocks in use after each pass of continuous batching
      const used = now.continuous.blocks, B = (v) => narrow ? stripAt + v / pool * strip : stripAt + strip - v / pool * strip, g = sv("g", { class: "batpool" }, svg), low = B(0);
      now.continuous.passes.forEach(([p0, p1], s) => rect(T(p0) + .6, T(p1) - .6, Math.min(low, B(used[s])), Math.max(low, B(used[s])), { class: "blocks" }, g));
      line(T(0), B(0), T(end), B(0), { class: "zero" }, g); line(T(0), B(pool), T(end), B(pool), { class: "limit" }, g);
      if (narrow) text(14, stripAt, "Blocks", { class: "h" }, g); else { text(0, stripAt + 12, "Blocks in use", { class: "h" }, g); text(0, stripAt + 28, `pool of ${pool}, most ${Math.max(0, ...used)}`, { class: "dim" }, g); }
      svg.addEventListener("keydown", (e) => { const d = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 }[e.key]; if (!d) return; e.preventDefault(); keyed = true; ctx.control("request", Math.min(n - 1, Math.max(0, on + d))); });
      const focused = keyed && document.activeElement === box.firstElementChild; box.replaceChildren(svg); if (focused) svg.focus({ preventScroll: true });
    }

    function drawWords() {
      const s = now.static, c = now.continuous, again = c.preempted.length, b = (t) => el("b", { text: t });
      if (!now.rounds) { said.textContent = `Round 1 of ${now.of_rounds}: ${s.latency.includes(null) ? "static batches" : "continuous batching"} is being served.`; facts.replaceChildren(); chosen.replaceChildren(); return; }
      const r3 = now.ratio, spread = (t) => `${ms(t.low / 1e3)} to ${ms(t.high / 1e3)}`, verdict = now.rounds < now.of_rounds ? [` Round ${now.rounds} of ${now.of_rounds} so far.`] : r3.clear ? [" Static batches took ", b(`${r3.median.toFixed(2)} times`), ` as long (${r3.low.toFixed(2)} to ${r3.high.toFixed(2)} over ${now.rounds} rounds).`] : [` The machine was busy: the rounds disagree on which is faster (${r3.low.toFixed(2)} to ${r3.high.toFixed(2)} times).`];
      said.replaceChildren("All answered after ", b(ms(now.continuous_ms.ms / 1e3)), ` continuously (${spread(now.continuous_ms)}), `, b(ms(now.static_ms.ms / 1e3)), ` in static batches (${spread(now.static_ms)}).`, ...verdict, ` Drawn is the round in the middle: mean latency `, b(ms(mean(c.latency))), " against ", b(ms(mean(s.latency))), `, ${count(again, "preemption")}. One decode step alone takes ${ms(now.step)} here, ${count(now.threads, "thread")}.`);
      const row = (what, f, note) => el("tr", {}, el("td", {}, what, note && el("small", { text: note })), el("td", { class: "r", text: f(s) }), el("td", { class: "r", text: f(c) }));
      const reread = c.cells.filter(([i, step, kind]) => kind === "prefill" && c.preempted.some(([r, at]) => r === i && at < step)).reduce((n, x) => n + x[4], 0);
      facts.replaceChildren(el("table", { class: "plain batfacts" }, el("thead", {}, el("tr", {}, el("th", { text: "In the round that is drawn" }), el("th", { class: "r", text: "static" }), el("th", { class: "r", text: "continuous" }))), el("tbody", {},
        row("Requests a second", (w) => (now.requests.length / w.seconds).toFixed(2)), row("Latency, mean", (w) => ms(mean(w.latency)), "from arrival until the answer is given out"), row("Latency, longest", (w) => ms(Math.max(...w.latency))), row("First token, mean", (w) => ms(mean(w.first)), "until it is computed"), row("Rows computed", (w) => String(w.rows)), row("Rows thrown away", (w) => String(w.wasted)), row("Slots' time useful", (w) => (100 * w.useful).toFixed(1) + " %"), row("Preemptions", (w) => String(w.preempted.length)), row("Tokens read again", (w) => String(w === c ? reread : 0)))));
      const i = selected(), r = now.requests[i], arrow = el("span", { class: "muted", text: " writes " });
      chosen.replaceChildren(el("h3", { class: "sub3", text: `Request ${i + 1}` }), el("p", { class: "battext" }, r.prompt.map((id) => tokenEl(id, "mono tok")), arrow, r.answer.map((id) => tokenEl(id, "mono tok gen"))), el("p", { class: "hint", text: `Arrives at ${ms(r.arrives)}, answered after ${ms(s.latency[i])} in its static batch and ${ms(c.latency[i])} continuously. A piece of this run's text; greedy; arrivals are a Poisson process with seed ${now.seed}. A request has read all it holds when it writes its first token; whoever runs waits while a newcomer's prompt is read.` }));
    }
    return {
      draw(d) { now = d; for (const s of sliders) s.sync(); seed.value = now.seed; draw(); drawWords(); },
      exportData() {
        const way = (w) => ({ seconds: w.seconds, requests_per_second: now.requests.length / w.seconds, latency: w.latency, first_token: w.first, useful: w.useful, passes: w.passes, cells: w.cells.map(([request, pass, kind, token, read]) => ({ request: request + 1, pass: pass + 1, kind, token: token === null ? null : tokenText(token), read })), preempted: w.preempted, ...(w.blocks ? { blocks: w.blocks } : {}) });
        return { slots: now.slots, gap_in_decode_steps: now.gap, decode_step_seconds: now.step, pool: now.pool, seed: now.seed, threads: now.threads, requests: now.requests.map((r) => ({ arrives: r.arrives, prompt: r.prompt.map(tokenText), answer: r.answer.map(tokenText) })), rounds: now.rounds, static_over_continuous: now.ratio, static_ms: now.static_ms, continuous_ms: now.continuous_ms, static: way(now.static), continuous: way(now.continuous) };
      },
    };
  },
};
export const views = { timeline };
