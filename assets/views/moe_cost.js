// Cost: parameters that are stored and used, experts that a batch reads, decode speed. Counting is done by the server; here it is multiplied.
import { chart } from "../kit/chart.js";
import { big, el, segmented, sv, tip } from "../js/dom.js";

const NAMES = { fp32: "32-bit", bf16: "16-bit", int8: "8-bit", int4: "4-bit" }, GB = 1e9; // 10⁹ bytes, everywhere
const MEMORIES = [1, 8, 16, 24, 40, 80, 141, 192, 320, 640, 1128], CONTEXTS = Array.from({ length: 11 }, (_, i) => 128 << i);
const PARTS = [["embedding", "embedding and unembedding"], ["attention", "attention"], ["router", "routers"], ["norms", "norms"], ["dense", "dense feed-forward"], ["shared", "shared experts"], ["experts", "routed experts"]];
const short = (n) => n >= 1e12 ? (n / 1e12).toFixed(2) + " T" : n >= 1e9 ? (n / 1e9).toFixed(n >= 99.95e9 ? 0 : 1) + " B" : n >= 1e6 ? (n / 1e6).toFixed(n >= 99.95e6 ? 0 : 1) + " M" : (n / 1e3).toFixed(0) + " k";
const size = (b) => b >= 1000 * GB ? (b / GB / 1000).toFixed(2) + " TB" : b >= .995 * GB ? (b / GB).toFixed(b >= 99.5 * GB ? 0 : 1) + " GB" : (b / 1e6).toFixed(b >= 99.5e6 ? 0 : 1) + " MB";
const work = (f) => f >= 1e12 ? (f / 1e12).toFixed(2) + " TFLOP" : f >= 1e9 ? (f / 1e9).toFixed(f >= 99.5e9 ? 0 : 1) + " GFLOP" : (f / 1e6).toFixed(f >= 99.5e6 ? 0 : 1) + " MFLOP";
const pct = (v) => (100 * v).toFixed(v >= .0995 ? 0 : 1) + " %";
const context = (row, len) => row.windows.reduce((n, [layers, window]) => n + layers * (window === null ? len : Math.min(len, window)), 0);
const flops = (row, len) => 2 * (row.active - row.lookup) + context(row, len) * row.attention;
const near = (list, v, d) => { const n = Number(v ?? d); return Number.isFinite(n) ? list.reduce((a, b) => Math.abs(b - n) < Math.abs(a - n) ? b : a) : d; };

// ---- stored and used ---------------------------------------------------------------------------------------------------------------
const sizes = {
  create(body, ctx) {
    let d = null, keyed = false;
    const format = () => NAMES[ctx.controls.weights] ? ctx.controls.weights : "bf16", memory = () => near(MEMORIES, ctx.controls.memory, 80), length = () => near(CONTEXTS, ctx.controls.context, 4096);
    const weights = segmented("Weights", Object.entries(NAMES), format, (k) => ctx.control("weights", k)), slides = [];
    const slide = (key, text, list, get, word) => {
      const input = el("input", { type: "range", min: 0, max: list.length - 1, step: 1, "aria-label": text, on: { input: () => ctx.control(key, list[+input.value]) } }), out = el("output");
      slides.push(() => { input.value = list.indexOf(get()); out.textContent = word(get()); input.setAttribute("aria-valuetext", word(get())); });
      return el("label", { class: "slide" }, el("span", { text }), input, out);
    };
    const box = el("div", { class: "figure" }), said = el("p", { class: "readout" }), bar = el("div", { class: "figure" }), lines = el("div", { class: "mocwork" }), table = el("div", { class: "scroll moctable", tabindex: 0, "aria-label": "All models" }), title = el("h3", { class: "sub3" });
    body.append(el("div", { class: "bar" }, said, el("div", { class: "legend" }, el("span", {}, el("i", { class: "mocdot" }), "a token uses"), el("span", {}, el("i", { class: "mocdot hollow" }), "stored"))), box,
      el("div", { class: "mocset" }, el("div", { class: "mocpick" }, el("span", { text: "Weights" }), weights), slide("memory", "Memory of a GPU", MEMORIES, memory, (v) => `${big(v)} GB`), slide("context", "Tokens read", CONTEXTS, length, big)), title, bar, lines, table);
    const rows = () => d.rows, chosen = () => rows().find((r) => r.name === ctx.controls.model) ?? rows().find((r) => r.here && r.n_experts) ?? rows().find((r) => r.n_experts);

    function dots() {
      const W = Math.floor(box.clientWidth), narrow = W < 620, step = narrow ? 40 : 26, left = narrow ? 6 : 156, right = narrow ? 8 : 216, top = 8, all = rows(), lo = Math.min(...all.map((r) => r.active)) * .6, hi = Math.max(...all.map((r) => r.total)) * 1.5, X = (v) => left + Math.log(v / lo) / Math.log(hi / lo) * (W - left - right), H = top + all.length * step + 24;
      const svg = sv("svg", { class: "fig", viewBox: `0 0 ${W} ${H}`, height: H, role: "img", tabindex: 0, "aria-label": `Parameters used and stored, on a logarithmic axis; arrow keys choose a model. ${all.map((r) => `${r.name} ${short(r.active)} of ${short(r.total)}`).join(", ")}` });
      for (let e = Math.ceil(Math.log10(lo)); 10 ** e <= hi; e++) { sv("line", { x1: X(10 ** e), x2: X(10 ** e), y1: top, y2: H - 22, class: "hair" }, svg); sv("text", { x: X(10 ** e), y: H - 6, "text-anchor": "middle", class: "dim" }, svg, ["1", "10", "100"][e % 3] + " " + ["", "k", "M", "B", "T"][Math.floor(e / 3)]); }
      all.forEach((r, i) => {
        const on = r === chosen(), y0 = top + i * step, y = y0 + (narrow ? 27 : step / 2), g = sv("g", { class: "mocrow" + (on ? " on" : ""), "data-model": r.name }, svg), a = X(r.active), b = X(r.total);
        sv("rect", { x: 0, y: y0, width: W, height: step, class: "hit" }, g);
        sv("text", { x: narrow ? 2 : left - 12, y: narrow ? y0 + 14 : y + 4, "text-anchor": narrow ? "start" : "end", class: on ? "ink b" : "" }, g, r.here ? `${r.name}, this model` : r.name);
        if (b - a > 1) sv("line", { x1: a, x2: b, y1: y, y2: y, class: "mocspan" }, g);
        sv("circle", { cx: b, cy: y, r: 5, class: "mocstored" }, g); sv("circle", { cx: a, cy: y, r: 5, class: "mocused" + (on ? " on" : "") }, g);
        sv("text", { x: W - 2, y: narrow ? y0 + 14 : y + 4, "text-anchor": "end", class: on ? "ink b" : "dim" }, g, r.n_experts ? `${short(r.active)} of ${short(r.total)}, ${pct(r.active / r.total)}` : `${short(r.total)}, dense`);
        g.addEventListener("click", () => { keyed = false; ctx.control("model", r.name); });
      });
      svg.addEventListener("keydown", (e) => { const by = { ArrowDown: 1, ArrowUp: -1 }[e.key]; if (!by) return; e.preventDefault(); keyed = true; ctx.control("model", all[Math.min(all.length - 1, Math.max(0, all.indexOf(chosen()) + by))].name); });
      box.replaceChildren(svg); if (keyed) svg.focus({ preventScroll: true });
    }
    function parts(r) { // one bar, its length all that is stored; what a token does not use is hollow
      const W = Math.floor(bar.clientWidth), h = 26, svg = sv("svg", { class: "fig", viewBox: `0 0 ${W} 48`, height: 48, role: "img", "aria-label": `${r.name} by part: ${PARTS.filter(([k]) => r.parts[k]).map(([k, t]) => `${t} ${short(r.parts[k][0])}`).join(", ")}` }); let x = 0, label = 0;
      const put = (n, cls, text, rowsOf) => {
        const w = n / r.total * W; if (w <= 0) return;
        const rect = sv("rect", { x: x + .5, y: 1, width: Math.max(.6, w - 1), height: h, rx: 1, class: cls }, svg), words = w > 40 && w > text.length * 6.2 ? text : null; x += w;
        rect.addEventListener("pointermove", (e) => tip.show(e.clientX, e.clientY, rowsOf[0], rowsOf[1])); rect.addEventListener("pointerleave", tip.hide);
        if (words && x - w >= label) { sv("text", { x: x - w + 2, y: h + 16, class: cls.includes("idle") ? "dim" : "" }, svg, words); label = x; }
      };
      for (const [k, t] of PARTS) if (r.parts[k] && k !== "experts") put(r.parts[k][0], "moc-rest", t, [t, [["parameters", big(r.parts[k][0])], ["of all", pct(r.parts[k][0] / r.total)]]]);
      if (r.parts.experts) { const [all, used] = r.parts.experts; put(used, "moc-used", `${r.k} of ${r.n_experts} experts`, ["Experts of one token", [["parameters", big(used)], ["of all", pct(used / r.total)]]]); put(all - used, "moc-idle", "experts that it does not use", ["Experts that it does not use", [["parameters", big(all - used)], ["of all", pct((all - used) / r.total)]]]); }
      bar.replaceChildren(svg);
    }
    function details() {
      const r = chosen(), each = d.formats[format()], bytes = r.total * each, room = memory() * GB, gpus = Math.ceil(bytes / room), len = length(), f = flops(r, len), att = context(r, len) * r.attention, kv = context(r, len) * r.kv * 2;
      title.textContent = r.name; parts(r);
      const line = (name, formula, result, note) => el("div", { class: "mocline" }, el("b", { text: name }), el("span", { class: "mono", text: formula }), el("b", { class: "r", text: "= " + result }), el("span", { class: "hint", text: note }));
      lines.replaceChildren(
        line("stored", `${big(r.total)} · ${each} bytes`, size(bytes), gpus === 1 ? `Fits in ${big(memory())} GB, with ${size(room - bytes)} left for keys, values and activations.` : `Needs ${big(gpus)} GPUs of ${big(memory())} GB for the weights alone.`),
        line("a token", `2 · (${big(r.active)} − ${big(r.lookup)}) + ${big(len)} · ${big(r.attention)} · ${r.n_layers}`, work(f), `${pct(att / f)} of it attention to ${big(len)} cached tokens. A dense model of all its parameters: ${work(2 * (r.total - r.lookup) + att)}, ${((2 * (r.total - r.lookup) + att) / f).toFixed(1)} ×.`),
        line("keys and values", `${big(len)} · ${big(r.kv)} · ${r.n_layers} · 2 bytes`, size(kv), "of one sequence, in 16 bits" + (r.windows.some(([, w]) => w !== null) ? "; window layers hold no more than their window" : "") + ". Experts change nothing here: attention is not copied."));
      table.replaceChildren(el("table", { class: "plain" }, el("thead", {}, el("tr", {}, el("th", { text: "Model" }), ["experts", "stored", "as stated", "used", "share", `weights, ${NAMES[format()]}`, `GPUs of ${big(memory())} GB`, `a token, ${big(len)} read`].map((t) => el("th", { class: "r", text: t })))), el("tbody", {}, rows().map((m) => {
        const on = m === r, b = m.total * each; return el("tr", { class: "pick" + (on ? " on" : ""), on: { click: () => ctx.control("model", m.name) } }, el("td", {}, el("button", { class: "rowbtn", type: "button", text: m.name, "aria-pressed": String(on) })), el("td", { class: "r", text: m.n_experts ? `${m.k} of ${m.n_experts}${m.n_shared ? ` + ${m.n_shared}` : ""}` : "dense" }), el("td", { class: "r", text: big(m.total) }), el("td", { class: "r", text: m.stated === null ? "" : `${m.stated} B`, title: "quoted from its makers" }), el("td", { class: "r", text: big(m.active) }), el("td", { class: "r", text: pct(m.active / m.total) }), el("td", { class: "r", text: size(b) }), el("td", { class: "r", text: big(Math.ceil(b / room)) }), el("td", { class: "r", text: work(flops(m, len)) }));
      }))));
    }
    return {
      draw(next, _, what) {
        d = next; if (what === "data") { const known = d.rows.filter((r) => r.proved !== null), gap = Math.max(...known.map((r) => Math.abs(flops(r, d.proved_at) - r.proved))); ctx.check("sizes", [{ statement: `The page’s FLOPs = the module’s at ${big(d.proved_at)} tokens, ${known.length} models`, error: gap, tolerance: 0, word: "difference" }]); }
        weights.sync(); for (const sync of slides) sync(); const r = chosen();
        said.replaceChildren(el("b", { text: r.name }), r.n_experts ? ": a token uses " : ": a token uses all of ", el("b", { text: short(r.active) }), ...(r.n_experts ? [" of ", el("b", { text: short(r.total) }), " parameters, so it is computed like one and stored like the other."] : [" parameters."]));
        dots(); details();
      },
      exportData() { return { weights: format(), memory_gb: memory(), context: length(), models: rows().map((r) => ({ model: r.name, experts: r.n_experts, k: r.k, shared: r.n_shared, total: r.total, active: r.active, parts: r.parts, weight_bytes: r.total * d.formats[format()], flops: flops(r, length()), kv_bytes_16_bit: context(r, length()) * r.kv * 2 })) }; },
    };
  },
};

// ---- experts that a batch reads ------------------------------------------------------------------------------------------------------
const reading = {
  create(body, ctx) {
    const plot = el("div"), table = el("div", { class: "scroll" }), said = el("p", { class: "readout" }), note = el("p", { class: "hint" }); let d = null;
    body.append(said, el("div", { class: "two moctwo" }, el("div", {}, el("h3", { class: "sub3", text: "Different experts, by tokens in the batch" }), plot), el("div", {}, table, note)));
    const curve = chart(plot, { height: 300, label: "Different experts read against tokens in the batch: formula, random tokens, neighbours" });
    return {
      draw(next) {
        d = next; const x = d.rows.map((r) => r.batch), far = d.rows.filter((r) => r.consecutive);
        curve.draw({ traces: [
          { x, y: d.rows.map((r) => r.even), name: "even router", color: "river", width: 7, hover: "even router %{y:.2f}<extra></extra>" },
          { x, y: d.rows.map((r) => r.expected), name: "this load", color: "ink2", width: 1.5, dash: "4px,3px", hover: "this load %{y:.2f}<extra></extra>" },
          { x, y: d.rows.map((r) => r.random.mean), name: "random tokens", color: "prob", mode: "markers", size: 8, hover: "random tokens %{y:.2f}<extra></extra>" },
          { x: far.map((r) => r.batch), y: far.map((r) => r.consecutive.mean), name: "neighbours", color: "ink", mode: "markers", size: 8, hollow: true, hover: "neighbours %{y:.2f}<extra></extra>" },
        ], x: { title: "tokens in the batch", type: "log", tickvals: x.filter((b) => [1, 2, 4, 8, 16, 32].includes(b)) }, y: { range: [0, d.n_experts * 1.05] }, marks: [{ y: d.n_experts, label: `all ${d.n_experts}`, color: "ink3" }], margin: { r: 14, t: 34 } });
        const each = (v, b) => d.expert === null ? "" : size(2 * v * d.expert / b);
        table.replaceChildren(el("table", { class: "plain" }, el("thead", {}, el("tr", {}, ["tokens", "even router", "random", "neighbours", "read a token"].map((t, i) => el("th", { class: "r", text: t })))), el("tbody", {}, d.rows.map((r) => el("tr", {}, el("td", { class: "r", text: String(r.batch) }), el("td", { class: "r", text: r.even.toFixed(2) }), el("td", { class: "r", text: r.random.mean.toFixed(2) }), el("td", { class: "r", text: r.consecutive ? r.consecutive.mean.toFixed(2) : "" }), el("td", { class: "r", text: each(r.random.mean, r.batch) }))))));
        const last = d.rows.at(-1), own = d.own;
        said.replaceChildren(`${big(d.tokens)} tokens of ${d.passages} passages, layer ${d.layer}, ${d.k} of ${d.n_experts} experts a token. `, ...(own?.length ? ["This run’s ", el("b", { text: String(own.length) }), " tokens together read ", el("b", { text: `${own.at(-1)} of ${d.n_experts}` }), "."] : []));
        note.textContent = `Read a token: expert weights of this layer in 16 bits, shared by a random batch. Batches of ${last.batch} read ${last.random.mean.toFixed(1)} experts: ${(last.random.mean / d.k).toFixed(1)} times a single token’s, for ${last.batch} tokens.`;
      },
      exportData() { return d; },
    };
  },
};

// ---- decode speed ------------------------------------------------------------------------------------------------------------------------
const KINDS = [["mixture", "mixture", "prob", undefined], ["active", "dense, active size", "ink2", "4px,3px"], ["total", "dense, total size", "river-deep", undefined]];
const range = (low, high, d = 2) => low.toFixed(d) === high.toFixed(d) ? "" : `${low.toFixed(d)} to ${high.toFixed(d)}`;
const speed = {
  create(body, ctx) {
    const plot = el("div"), table = el("div", { class: "scroll" }), said = el("p", { class: "readout" }), note = el("p", { class: "hint" }); let d = null;
    body.append(said, el("div", { class: "two moctwo" }, el("div", {}, el("h3", { class: "sub3", text: "Tokens a second, all rows together" }), plot), el("div", {}, table, note)));
    const curve = chart(plot, { height: 290, label: "Tokens a second against rows in the batch" });
    const ratio = (other, b) => d.ratios.find((r) => r.other === other && r.batch === b);
    function verdict(other, what) { // of one row alone
      const r = ratio(other, 1), spread = range(r.low, r.high) || r.median.toFixed(2);
      return r.clear ? [` Its step takes `, el("b", { text: r.median.toFixed(2) + " times" }), ` as long as that of ${what} (${spread}).`] : [` The machine was busy: against ${what}, its step took ${spread} times as long, which is no verdict.`];
    }
    return {
      draw(next) {
        d = next; const of = (name) => d.speeds.filter((s) => s.name === name), at = (name, b) => d.speeds.find((s) => s.name === name && s.batch === b), going = d.done < d.rounds;
        curve.draw({ traces: KINDS.map(([key, name, color, dash]) => ({ x: of(key).map((s) => s.batch), y: of(key).map((s) => s.tokens), name, color, dash, mode: "lines+markers", size: 7, error_y: { type: "data", symmetric: false, array: of(key).map((s) => s.fast - s.tokens), arrayminus: of(key).map((s) => s.tokens - s.slow), thickness: 1, width: 3 }, hover: `${name}: %{y:.0f}<extra></extra>` })), x: { title: "rows in the batch", type: "log", tickvals: d.batches }, y: { rangemode: "tozero" }, margin: { r: 14, t: 34 } });
        const digits = (v) => v >= 99.5 ? 0 : v >= 9.95 ? 1 : 2, cell = (big, small) => el("td", { class: "r" }, big, small ? el("small", { class: "mocspread", text: small }) : null), ms = (s) => cell(s.step_ms.toFixed(digits(s.step_ms)) + " ms", range(s.low_ms, s.high_ms, digits(s.step_ms)));
        const to = (r) => cell(r.clear ? r.median.toFixed(2) + " ×" : going ? "" : "not clear", range(r.low, r.high));
        table.replaceChildren(el("table", { class: "plain" }, el("thead", {}, el("tr", {}, ["rows", "mixture", "active size", "total size", "to active", "to total", "experts"].map((t) => el("th", { class: "r", text: t })))), el("tbody", {}, d.batches.map((b, i) => el("tr", {}, el("td", { class: "r", text: String(b) }), ...KINDS.map(([key]) => ms(at(key, b))), to(ratio("active", b)), to(ratio("total", b)), el("td", { class: "r", text: d.read[i].toFixed(1) }))))));
        said.replaceChildren(going ? `Round ${d.done} of ${d.rounds}. ` : "", `${d.model}, one row: `, el("b", { text: at("mixture", 1).tokens.toFixed(0) }), " tokens a second.", ...(going ? [] : [...verdict("active", "a dense decoder of its active size"), ...verdict("total", "one of its total size")]));
        note.textContent = `Medians of ${d.done} round${d.done === 1 ? "" : "s"} of ${d.new} steps each, below them the middle half of the rounds; behind ${d.prompt} tokens of a passage, decoders in turns, ${d.threads} thread${d.threads === 1 ? "" : "s"}. Ratios are of one round each; “not clear” where the middle half holds both more and less than 1. The dense decoders have the same sizes with one feed-forward ${d.k} and ${d.n_experts} times an expert’s width (${short(d.parameters.active)} and ${short(d.parameters.total)} parameters), and random weights: a step takes as long. Experts: read in each layer, by the formula of the view above.`;
      },
      exportData() { return d; },
    };
  },
};
export const views = { sizes, reading, speed };
