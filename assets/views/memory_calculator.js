// Memory calculator: what fits, when the cache outgrows the weights, and the formula against real tensors.
// Parts and parameters are counted by the server; here they are added up and multiplied by batch and length.
import { big, css, el, segmented, sv, tip } from "../js/dom.js";

const LADDER = (low, high) => { const out = []; for (let v = low; v <= high; v *= 2) out.push(v); return out; };
const BATCHES = LADDER(1, 1024), LENGTHS = LADDER(128, 1 << 20), MEMORIES = [1, 2, 4, 8, 12, 16, 24, 32, 48, 64, 80, 96, 141, 160, 192, 320, 640, 1128, 2256];
const START = { model: "Llama-2-70B", weights: "bf16", cache: "bf16", batch: 32, length: 4096, memory: 160 };
const NAMES = { fp32: "32-bit", bf16: "16-bit", int8: "8-bit", int4: "4-bit" };
const PARTS = [["embedding", "embedding", "embed"], ["positions", "positions", ""], ["attention", "attention", "attn"], ["feed_forward", "feed-forward", "MLP"], ["router", "router", ""], ["norms", "norms", ""], ["unembedding", "unembedding", "unembed"]];

const size = (b) => { const [k, u] = b >= 1e12 ? [1e12, "TB"] : b >= 1e9 ? [1e9, "GB"] : b >= 1e6 ? [1e6, "MB"] : [1e3, "kB"], v = b / k; return (v >= 999.5 ? big(Math.round(v)) : v >= 99.95 ? v.toFixed(0) : v >= 9.995 ? v.toFixed(1) : v.toFixed(2)) + " " + u; };
const short = (n) => n >= 1e9 ? (n / 1e9).toFixed(n >= 99.95e9 ? 0 : n >= 9.995e9 ? 1 : 2) + " B" : (n / 1e6).toFixed(n >= 99.95e6 ? 0 : 1) + " M";
const times = (v) => v >= 1e4 ? big(Math.round(v)) : v >= 99.95 ? Math.round(v).toString() : v >= 9.995 ? v.toFixed(1) : v.toFixed(2);
const share = (v) => v >= 10 ? big(Math.round(v)) + " ×" : v >= 1 ? v.toFixed(2) + " ×" : (100 * v).toFixed(v < .0995 ? 1 : 0) + " %";
const against = (v) => share(v) + (v >= 1 ? " the weights" : " of the weights");
const exactly = (b) => b < 1e7 ? big(b) + " bytes" : size(b);
const length = big;
// What a number takes: its bits, and its part of a scale that a group of them shares.
const stored = (f) => `codes in groups of ${f.group} that share a ${f.scale_bits}-bit scale: ${f.bytes_each} bytes a number`;

// bytes of keys and values: batch x numbers of a token in a layer x tokens that the layers hold x bytes a number
const held = (row, len) => row.windows.reduce((n, [layers, window]) => n + layers * (window === null ? len : Math.min(len, window)), 0);
const kvBytes = (row, batch, len, each) => batch * row.kv_numbers * held(row, len) * each;
const weightBytes = (row, format) => Object.values(row.bytes[format]).reduce((a, b) => a + b, 0);

// The running model: weighed in the third view, and a model like the others from then on.
const hereOf = (ctx) => ctx.store.payload(ctx.panel.name, ctx.panel.views.find((v) => v.name === "calibration"))?.data?.here ?? null;

function settings(ctx, data) { // row: null where own numbers are those of no model
  const c = ctx.controls, near = (list, v, d) => { const n = Number(v ?? d); return Number.isFinite(n) ? list.reduce((a, b) => Math.abs(b - n) < Math.abs(a - n) ? b : a) : d; };
  const s = { weights: NAMES[c.weights] ? c.weights : START.weights, cache: NAMES[c.cache] ? c.cache : START.cache, batch: near(BATCHES, c.batch, START.batch), length: near(LENGTHS, c.length, START.length), memory: near(MEMORIES, c.memory, START.memory) };
  const name = c.model ?? START.model;
  if (name === "own") return { ...s, row: data.own, model: "own" };
  const here = name === "here" ? hereOf(ctx) : null;
  s.row = here ?? data.models.find((m) => m.name === name) ?? data.models.find((m) => m.name === START.model); s.model = here ? "here" : s.row.name;
  return s;
}

// ---- what fits ------------------------------------------------------------------------------------------------------------------
const budget = {
  create(body, ctx) {
    let now = null, running = null;
    const pick = el("select", { "aria-label": "Model", on: { change: () => ctx.control("model", pick.value) } });
    const weights = segmented("Weights", Object.entries(NAMES), () => now ? settings(ctx, now).weights : START.weights, (k) => ctx.control("weights", k));
    const cache = segmented("Keys and values", Object.entries(NAMES), () => now ? settings(ctx, now).cache : START.cache, (k) => ctx.control("cache", k));
    const slides = {}, slide = (name, label, list, word) => {
      const input = el("input", { type: "range", min: 0, max: list.length - 1, step: 1, "aria-label": label }), out = el("output", {});
      input.addEventListener("input", () => ctx.control(name, list[+input.value]));
      slides[name] = { sync(v) { input.value = list.indexOf(v); out.textContent = word(v); input.setAttribute("aria-valuetext", word(v)); } };
      return el("label", { class: "slide" }, el("span", { text: label }), out, input);
    };
    const own = el("div", { class: "memown", hidden: true }), wrong = el("p", { class: "hint memwrong", role: "status" });
    const figure = el("div", { class: "figure" }), work = el("div", { class: "memwork" }), said = el("p", { class: "readout" });
    const main = el("div", { class: "memmain" }, el("div", { class: "bar" }, said, el("div", { class: "legend" }, el("span", {}, el("i", { class: "sw memw" }), "weights"), el("span", {}, el("i", { class: "sw memkv" }), "keys and values"))), figure, work);
    body.append(el("div", { class: "samp mem" },
      el("div", { class: "ctl" },
        el("label", { class: "mempick" }, el("span", { class: "label", text: "Model" }), pick), own, wrong,
        el("div", { class: "memseg" }, el("span", { class: "label", text: "Weights" }), weights), el("div", { class: "memseg" }, el("span", { class: "label", text: "Keys and values" }), cache),
        slide("batch", "Sequences", BATCHES, big), slide("length", "Tokens each", LENGTHS, length), slide("memory", "Memory", MEMORIES, (v) => size(v * 1e9))),
      main));

    function drawOwn(s) {
      own.hidden = s.model !== "own"; wrong.hidden = own.hidden || !now.wrong; if (own.hidden) return;
      wrong.textContent = now.wrong ?? "";
      if (!own.children.length) {
        for (const [k, { label, low, high, start }] of Object.entries(now.limits)) {
          const input = el("input", { type: "number", min: low, max: high, value: ctx.controls[k] ?? start, "aria-label": label });
          let timer; input.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(() => ctx.control(k, input.value === "" ? "empty" : input.value), 250); });
          own.append(el("label", { class: "mini" }, label, input));
        }
        const choice = (k, label, items) => { const e = el("select", { "aria-label": label, on: { change: () => ctx.control(k, e.value) } }, items.map(([v, t]) => el("option", { value: v, text: t }))); e.value = ctx.controls[k] ?? items[0][0]; return el("label", { class: "mini" }, label, e); };
        own.append(choice("mlp", "Feed-forward", [["gated", "gated"], ["plain", "plain"]]), choice("unembedding", "Unembedding", [["untied", "untied"], ["tied", "tied"]]));
      }
    }

    function drawBars(s) {
      const W = Math.floor(figure.clientWidth), narrow = W < 560, left = narrow ? 0 : 62, right = narrow ? 4 : 132, step = narrow ? 50 : 42, top = 26, h = 24, kv = kvBytes(s.row, s.batch, s.length, now.formats[s.cache].bytes_each), room = s.memory * 1e9;
      const totals = Object.keys(NAMES).map((f) => weightBytes(s.row, f) + kv), most = Math.max(...totals, room) * 1.02, X = (v) => left + v / most * (W - left - right);
      const H = top + 4 * step + 4, svg = sv("svg", { class: "fig", viewBox: `0 0 ${W} ${H}`, height: H, role: "img", "aria-label": `${s.row.name} in four weight formats against ${size(room)}: ${Object.keys(NAMES).map((f, i) => `${NAMES[f]} ${size(totals[i])}`).join(", ")}` });
      Object.keys(NAMES).forEach((f, i) => {
        const on = f === s.weights, y = top + i * step + (narrow ? 18 : 4), g = sv("g", { class: "pickrow", "data-format": f }, svg), over = totals[i] - room;
        sv("rect", { x: 0, y: y - (narrow ? 18 : 6), width: W, height: step - 4, class: "hit" }, g);
        sv("text", { x: 0, y: narrow ? y - 5 : y + 16, class: on ? "ink b" : "" }, g, NAMES[f]);
        let x = 0; const blocks = [...PARTS.map(([k, label, brief]) => [s.row.bytes[f][k], label, brief, "w"]), [kv, "keys and values", "cache", "kv"]].filter(([v]) => v > 0);
        for (const [v, label, brief, kind] of blocks) {
          const x0 = X(x), x1 = X(x + v), r = sv("rect", { x: x0, y, width: Math.max(.75, x1 - x0 - (x1 - x0 > 3 ? 1 : 0)), height: h, rx: 1, class: `mem-${kind}` + (on ? "" : " off") }, g); x += v;
          r.addEventListener("pointermove", (e) => tip.show(e.clientX, e.clientY, label, [["bytes", size(v)], ["of all", (100 * v / totals[i]).toFixed(1) + " %"]])); r.addEventListener("pointerleave", tip.hide);
          const fit = [label, brief].find((t) => t && x1 - x0 > 6.2 * t.length + 10); if (on && fit) sv("text", { x: x0 + 6, y: y + 16, class: "seglabel " + kind }, g, fit);
        }
        const words = `${size(totals[i])}, ${over <= 0 ? "fits" : size(over) + " too much"}`;
        sv("text", { x: narrow ? W : X(totals[i]) + 8, y: narrow ? y - 5 : y + 16, "text-anchor": narrow ? "end" : "start", class: (on ? "ink b" : "dim") + (over > 0 && X(totals[i]) > X(room) ? " over" : "") }, g, words);
        g.addEventListener("click", () => ctx.control("weights", f));
      });
      sv("line", { x1: X(room), x2: X(room), y1: 18, y2: H, class: "limit" }, svg);
      const end = X(room) > W - 150; sv("text", { x: X(room) + (end ? -6 : 6), y: 14, "text-anchor": end ? "end" : "start", class: "ink" }, svg, `${size(room)} of memory`);
      figure.replaceChildren(svg);
    }

    function drawWork(s) {
      const format = now.formats[s.weights], cacheFormat = now.formats[s.cache], each = format.bytes_each, kvEach = now.formats[s.cache].bytes_each, w = weightBytes(s.row, s.weights), one = kvBytes(s.row, 1, s.length, kvEach), kv = one * s.batch, free = s.memory * 1e9 - w, fits = Math.max(0, Math.floor(free / one)), z = s.row.sizes;
      const squeezed = each < 2 && s.row.vectors, windows = s.row.windows.filter(([, x]) => x !== null && x < s.length), tokens = windows.length ? `(${s.row.windows.map(([l, x]) => `${l} · ${length(x === null ? s.length : Math.min(x, s.length))}`).join(" + ")})` : `${z.n_layers} layers · ${length(s.length)}`;
      const line = (name, formula, result, note) => el("div", { class: "memline" }, el("b", { text: name }), el("span", { class: "mono", text: formula }), el("b", { class: "r", text: "= " + result }), note && el("span", { class: "hint", text: note }));
      work.replaceChildren(
        line("weights", `${big(squeezed ? s.row.matrices : s.row.total)} · ${each}` + (squeezed ? ` + ${big(s.row.vectors)} · 2` : ""), size(w), (squeezed ? "Norms and biases stay in 16 bits. " : "") + (each < 2 ? `${NAMES[s.weights]} ${stored(format)}.` : s.row.active < s.row.total ? `A token passes ${short(s.row.active)} of ${short(s.row.total)}, but all must be there.` : "")),
        line("a token", `2 · ${z.n_kv_heads} · ${z.d_head} · ${z.n_layers} · ${kvEach}`, exactly(kvBytes(s.row, 1, 1, kvEach)), "key and value, of each key/value head and layer" + (kvEach < 2 ? `; ${NAMES[s.cache]} ${stored(cacheFormat)}` : "")),
        line("keys and values", `2 · ${z.n_kv_heads} · ${z.d_head} · ${tokens} · ${big(s.batch)} · ${kvEach}`, size(kv), windows.length ? "Window layers hold no more than their window." : ""));
      const equal = w / one;
      said.replaceChildren(el("b", { text: s.row.name }), `: ${size(w)} of weights and ${size(kv)} of keys and values, `, el("b", { text: against(kv / w) }), ". ", ...(fits ? ["In ", el("b", { text: size(s.memory * 1e9) }), " at most ", el("b", { text: big(fits) }), fits === 1 ? " such sequence fits." : " such sequences fit."] : ["Not one such sequence fits in ", el("b", { text: size(s.memory * 1e9) }), "."]), ` The cache weighs as much as the model at ${times(equal)}.`);
    }

    return {
      draw(d, _, what) {
        const here = hereOf(ctx);
        if (what === "data" || !now || here !== running) {
          now = d; running = here; const kept = pick.value;
          pick.replaceChildren(...(here ? [el("option", { value: "here", text: `This model: ${here.name}` })] : []), ...d.models.map((m) => el("option", { value: m.name, text: `${m.name}, ${short(m.total)}` })), el("option", { value: "own", text: "Own numbers" })); if (kept) pick.value = kept;
          const gap = Math.max(...[...d.models, ...(here ? [here] : []), ...(d.own ? [d.own] : [])].map((m) => Math.abs(kvBytes(m, d.proved[0], d.proved[1], 2) - m.proved)));
          ctx.check("budget", [{ statement: `The page's product = the module's, ${big(d.proved[0])} × ${big(d.proved[1])} tokens of ${d.models.length} models`, error: gap, tolerance: 0, word: "difference" }]);
        }
        const s = settings(ctx, now); pick.value = s.model; main.hidden = !s.row;
        weights.sync(); cache.sync(); for (const k of ["batch", "length", "memory"]) slides[k].sync(s[k]);
        drawOwn(s); if (s.row) { drawBars(s); drawWork(s); }
      },
      exportData() { const s = settings(ctx, now); if (!s.row) return { wrong: now.wrong }; const kv = kvBytes(s.row, s.batch, s.length, now.formats[s.cache].bytes_each); return { model: s.row.name, sizes: s.row.sizes, parameters: s.row.total, weights: s.weights, cache: s.cache, batch: s.batch, length: s.length, memory_bytes: s.memory * 1e9, weight_bytes: s.row.bytes[s.weights], weight_bytes_total: weightBytes(s.row, s.weights), cache_bytes: kv }; },
    };
  },
};

// ---- when the cache outgrows the weights -------------------------------------------------------------------------------------------
const table = {
  create(body, ctx) {
    let now = null, keyed = false;
    const box = el("div", { class: "figure" }), said = el("p", { class: "readout" }), side = el("div", { class: "scroll memtable", tabindex: 0, "aria-label": "Sizes of real models" });
    body.append(said, box, side);
    const rows = () => [...{ here: [hereOf(ctx)], own: [now.own] }[ctx.controls.model]?.filter(Boolean) ?? [], ...now.models];
    function drawDots(s) {
      const W = Math.floor(box.clientWidth), narrow = W < 560, step = narrow ? 36 : 23, left = narrow ? 4 : 122, right = narrow ? 8 : 190, top = 24, H = top + rows().length * step + 26, ys = (i) => top + i * step + (narrow ? 24 : step / 2);
      const equal = rows().map((m) => weightBytes(m, s.weights) / kvBytes(m, 1, s.length, now.formats[s.cache].bytes_each)), lo = Math.min(s.batch, ...equal) * .6, hi = Math.max(s.batch, ...equal) * 1.4, X = (v) => left + Math.log(v / lo) / Math.log(hi / lo) * (W - left - right);
      const svg = sv("svg", { class: "fig", viewBox: `0 0 ${W} ${H}`, height: H, role: "img", tabindex: 0, "aria-label": `Sequences of ${length(s.length)} tokens at which the cache weighs as much as the weights, by model; arrow keys choose a model. ${rows().map((m, i) => `${m.name} ${times(equal[i])}`).join(", ")}` });
      for (let e = Math.ceil(Math.log10(lo)); 10 ** e <= hi; e++) { const v = 10 ** e; sv("line", { x1: X(v), x2: X(v), y1: top, y2: H - 24, class: "hair" }, svg); sv("text", { x: X(v), y: H - 8, "text-anchor": "middle", class: "dim" }, svg, v >= 1 ? big(v) : String(v)); }
      const bands = rows().map((m, i) => { const g = sv("g", { class: "pickrow", "data-model": m.name }, svg); sv("rect", { x: 0, y: top + i * step, width: W, height: step, class: "hit" + (m.name === s.row?.name ? " on" : "") }, g); return g; });
      sv("line", { x1: X(s.batch), x2: X(s.batch), y1: 18, y2: H - 24, class: "limit" }, svg);
      rows().forEach((m, i) => {
        const on = m.name === s.row?.name, past = equal[i] <= s.batch, g = sv("g", { class: "pickmark" }, svg), y = ys(i), x = X(equal[i]);
        sv("line", { x1: left, x2: x, y1: y, y2: y, class: on ? "stem on" : "stem" }, g);
        sv("circle", { cx: x, cy: y, r: on ? 5.5 : 4.5, class: "memdot" + (on ? " on" : "") + (past ? " past" : "") }, g);
        sv("text", { x: narrow ? 4 : left - 10, y: narrow ? y - 9 : y + 4, "text-anchor": narrow ? "start" : "end", class: on ? "ink b" : "" }, g, m.name);
        const kv = kvBytes(m, s.batch, s.length, now.formats[s.cache].bytes_each), words = "cache " + against(kv / weightBytes(m, s.weights));
        sv("text", { x: W - 2, y: narrow ? y - 9 : y + 4, "text-anchor": "end", class: past ? "ink b" : "dim" }, g, words);
        const label = times(equal[i]), crossed = X(s.batch) > x + 3 && X(s.batch) < x + 13 + 6.5 * label.length, flip = crossed && x - left > 60; // not across the ink line
        if (!narrow || x < W - 60) sv("text", { x: x + (flip ? -9 : 9), y: y + 4, "text-anchor": flip ? "end" : "start", class: (on ? "ink b" : "") + " halo" }, g, label);
        bands[i].addEventListener("click", () => ctx.control("model", m.name));
        bands[i].addEventListener("pointermove", (e) => tip.show(e.clientX, e.clientY, m.name, [["weights", size(weightBytes(m, s.weights))], [`cache of ${big(s.batch)}`, size(kv)], ["equal at", times(equal[i]) + " sequences"]])); bands[i].addEventListener("pointerleave", tip.hide);
      });
      const end = X(s.batch) > W - 170; sv("text", { x: X(s.batch) + (end ? -6 : 6), y: 13, "text-anchor": end ? "end" : "start", class: "ink" }, svg, `${big(s.batch)} × ${length(s.length)} tokens`);
      svg.addEventListener("keydown", (e) => { const d = { ArrowDown: 1, ArrowUp: -1 }[e.key]; if (!d) return; e.preventDefault(); keyed = true; const at = rows().findIndex((m) => m.name === settings(ctx, now).row?.name); ctx.control("model", rows()[Math.min(rows().length - 1, Math.max(0, at + d))].name); });
      svg.addEventListener("pointerdown", () => { keyed = false; });
      const focused = keyed && document.activeElement === box.firstElementChild; box.replaceChildren(svg); if (focused) svg.focus({ preventScroll: true });
      const passed = equal.filter((v) => v <= s.batch).length, llama = rows().find((m) => m.name === "Llama-2-70B"), k = kvBytes(llama, s.batch, s.length, now.formats[s.cache].bytes_each), w = weightBytes(llama, s.weights);
      said.replaceChildren(el("b", { text: String(passed) }), ` of ${rows().length} models have a cache larger than their weights at ${big(s.batch)} × ${length(s.length)} tokens, weights in ${NAMES[s.weights]}, cache in ${NAMES[s.cache]}. Llama-2-70B: `, el("b", { text: size(k) }), " of cache against ", el("b", { text: size(w) }), ` of weights: ${against(k / w)}.`);
    }
    function drawTable(s) {
      const cols = [["n_layers", "layers"], ["d_model", "d_model"], ["n_heads", "heads"], ["n_kv_heads", "kv heads"], ["d_head", "d_head"], ["d_mlp", "d_mlp"], ["d_vocab", "d_vocab"]];
      side.replaceChildren(el("table", { class: "plain" }, el("thead", {}, el("tr", {}, el("th", { text: "Model" }), cols.map(([, t]) => el("th", { class: "r", text: t })), ["parameters", "weights", "a token, bytes", "cache"].map((t) => el("th", { class: "r", text: t })))), el("tbody", {}, rows().map((m) => {
        const on = m.name === s.row?.name, z = m.sizes, notes = [z.gated ? null : "plain MLP", z.tied ? "tied" : null, z.n_experts ? `${z.n_experts} experts` : null, ...m.windows.filter(([, x]) => x !== null).map(([l, x]) => `${l} layers look back ${big(x)}`)].filter(Boolean).join(", ");
        return el("tr", { class: "pick" + (on ? " on" : ""), on: { click: () => ctx.control("model", m.name) } }, el("td", {}, el("button", { class: "rowbtn", type: "button", text: m.name, "aria-pressed": String(on) }), notes && el("small", { text: notes })), cols.map(([k]) => el("td", { class: "r", text: big(z[k]) })), el("td", { class: "r" }, big(m.total), m.quoted === null ? "" : el("small", { text: `quoted: ${m.quoted} B` })), el("td", { class: "r", text: size(weightBytes(m, s.weights)) }), el("td", { class: "r", text: big(kvBytes(m, 1, 1, now.formats[s.cache].bytes_each)) }), el("td", { class: "r", text: size(kvBytes(m, s.batch, s.length, now.formats[s.cache].bytes_each)) }));
      }))));
    }
    return {
      draw(d) { now = d; const s = settings(ctx, d); drawDots(s); drawTable(s); },
      exportData() { const s = settings(ctx, now); return { weights: s.weights, cache: s.cache, batch: s.batch, length: s.length, models: rows().map((m) => ({ model: m.name, ...m.sizes, parameters: m.total, weight_bytes: weightBytes(m, s.weights), cache_bytes_per_token: kvBytes(m, 1, 1, now.formats[s.cache].bytes_each), cache_bytes: kvBytes(m, s.batch, s.length, now.formats[s.cache].bytes_each), equal_at_sequences: weightBytes(m, s.weights) / kvBytes(m, 1, s.length, now.formats[s.cache].bytes_each) })) }; },
    };
  },
};

// ---- real tensors ------------------------------------------------------------------------------------------------------------------
const calibration = {
  create(body) {
    const box = el("div", { class: "scroll" }), note = el("p", { class: "hint memnote" }); body.append(box, note);
    return {
      draw(d) {
        const row = (what, shape, formula, found, extra) => el("tr", {}, el("td", { text: what }), el("td", { class: "r", text: shape }), el("td", { class: "r", text: big(formula) }), el("td", { class: "r", text: big(found) }), el("td", { class: "r", text: found === formula ? "0" : (found > formula ? "+" : "−") + big(Math.abs(found - formula)) + ` (${(100 * (found / formula - 1)).toFixed(1)} %)` }), el("td", { class: "r", text: extra ? big(extra) : "" }));
        box.replaceChildren(el("table", { class: "plain memreal" }, el("thead", {}, el("tr", {}, el("th", { text: "Held in memory" }), ["sequences × tokens", "formula, bytes", "counted, bytes", "difference", "positions, tables"].map((t) => el("th", { class: "r", text: t })))), el("tbody", {}, row(`weights, fp32, ${big(d.weights.count)} numbers`, "", d.weights.formula_bytes, d.weights.bytes), d.caches.map((c) => row("cache, " + c.layout, `${c.batch} × ${c.length}`, c.formula, c.tensors, c.books)))));
        note.textContent = `Counted: every number that is no longer NaN. A paged cache takes whole blocks of ${d.block} tokens, counted where a block holds anything: the difference is the last block's empty places. Positions and block tables are bookkeeping that the formula leaves out.`;
      },
    };
  },
};
export const views = { budget, table, calibration };
