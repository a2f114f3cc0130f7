// Attention step by step: every matrix of one head as an equation, one step at a time; the rail shows all steps at once.
import { canvas2, css, cut, el, headName, mix, pc, reduced, rgb, rgbs, segmented, sg, sv, svgToken, tokenText } from "../js/dom.js";
import { PARTED } from "./unmodified.js";

const num = (v, d = 2) => (Math.abs(v) < .5 * 10 ** -d ? (0).toFixed(d) : v.toFixed(d)).replace("-", "−");
const length = (a, o, n) => { let s = 0; for (let i = 0; i < n; i++) s += a[o + i] ** 2; return Math.sqrt(s); };
const STEP = 340; // the height that a matrix may take

// ---- one matrix: a canvas of cells, names on two sides, a row and a column that can be marked ---------------------------------------
// m: {name, note, R, C, at(r,c), kind: signed|weight|mask, hidden(r,c)}; kinds of an axis: pos, dim, model
function picture(m, rgbOf) { // the cells as an image, one pixel each
  const c = document.createElement("canvas"); c.width = m.C; c.height = m.R; const g = c.getContext("2d"), im = g.createImageData(m.C, m.R), px = im.data;
  for (let r = 0, o = 0; r < m.R; r++) for (let k = 0; k < m.C; k++, o += 4) { const q = rgbOf(m, r, k); px[o] = q[0]; px[o + 1] = q[1]; px[o + 2] = q[2]; px[o + 3] = 255; }
  g.putImageData(im, 0, 0); return c;
}
function painter() { // colours of the theme, once a drawing
  const ink = rgb("ink"), sunken = rgb("sunken"), pos = rgb("pos"), neg = rgb("neg"), surface = rgb("surface"), ramp = (to) => Array.from({ length: 65 }, (_, i) => mix(sunken, to, i / 64));
  const P = ramp(pos), N = ramp(neg), I = ramp(ink);
  return (m, r, k) => {
    if (m.hidden?.(r, k)) return surface;
    const v = m.at(r, k); if (m.kind === "weight") return I[Math.round(64 * Math.sqrt(Math.min(1, Math.max(0, v))))];
    return (v < 0 ? N : P)[Math.round(64 * Math.sqrt(Math.min(1, Math.abs(v) / m.top)))];
  };
}
function ranged(m) { // the largest size among the cells that are seen
  let lo = Infinity, hi = -Infinity; for (let r = 0; r < m.R; r++) for (let k = 0; k < m.C; k++) if (!m.hidden?.(r, k)) { const v = m.at(r, k); if (v < lo) lo = v; if (v > hi) hi = v; }
  return { ...m, lo, hi, top: Math.max(1e-9, Math.abs(lo), Math.abs(hi)) };
}

const steps = {
  create(body, ctx) {
    let data = null, which = "now", timer = 0, mats = [], cursor = null;
    const back = el("button", { class: "btn icon", type: "button", "aria-label": "Previous step", text: "◀", on: { click: () => go(at() - 1) } }), play = el("button", { class: "btn", type: "button", text: "Play", on: { click: () => timer ? halt() : run() } }), on = el("button", { class: "btn icon", type: "button", "aria-label": "Next step", text: "▶", on: { click: () => go(at() + 1) } });
    const place = el("span", { class: "hint" }), legend = el("div", { class: "legend" }), rail = el("div", { class: "asrail", role: "tablist", "aria-label": "Steps" }), says = el("p", { class: "assays" }), eq = el("div", { class: "figure aseq" }), read = el("p", { class: "readout", "aria-live": "polite" });
    const sides = segmented("Run", [["now", "This run"], ["base", "Unmodified"]], () => which, (k) => { which = k; draw(); }); const sidebox = el("span", { hidden: true }, sides), parted = el("p", { class: "hint", hidden: true, text: PARTED });
    body.append(el("div", { class: "bar" }, el("div", { class: "asgo" }, back, play, on, place, sidebox), legend), parted, rail, says, eq, read);

    // ---- the steps ------------------------------------------------------------------------------------------------------------
    const d = () => which === "base" && data.base ? { ...data, ...data.base } : data;
    const n = () => d().q.shape[0], dh = () => data.d_head, dm = () => data.d_model, sel = () => data.position - data.first, tok = (i) => tokenText(ctx.run.ids[data.first + i]), quoted = (i) => `${tok(i)} (${data.first + i})`;
    const root = () => Math.abs(data.scaling * Math.sqrt(dh()) - 1) < 1e-6, scaleWord = () => root() ? `÷ √${dh()}` : `× ${+data.scaling.toPrecision(3)}`;
    const rows = (t, name, note, kind = "signed") => ({ name, note: note ?? `${t.shape[0]} × ${t.shape[1]}`, R: t.shape[0], C: t.shape[1], at: (r, c) => t.a[r * t.shape[1] + c], kind, rowKind: "pos", colKind: t.shape[1] === dm() && t.shape[1] !== dh() ? "model" : "dim" });
    const turned = (t, name) => ({ name, note: `${t.shape[1]} × ${t.shape[0]}`, R: t.shape[1], C: t.shape[0], at: (r, c) => t.a[c * t.shape[1] + r], kind: "signed", rowKind: "dim", colKind: "pos" });
    const square = (t, name, extra = {}) => ({ ...rows(t, name), colKind: "pos", ...extra });
    const seen = (r, c) => d().visible.a[r * n() + c] === 1, hidden = (r, c) => !seen(r, c);
    const P = () => data.rotary ? "′" : "";
    const highest = (t, i) => { let b = 0; for (let k = 0; k < n(); k++) if (seen(i, k) && (!seen(i, b) || t.a[i * n() + k] > t.a[i * n() + b])) b = k; return b; };
    const b = (t) => el("b", { text: t });
    function list() {
      const D = d(), i = sel(), N = n(), o = (t, r, c) => t.a[r * N + c], kv = data.n_heads > 1 ? `k and v belong to key/value head ${data.kv}.` : "";
      const all = [
        { key: "qkv", tab: "q, k, v", thumb: rows(D.q, "q"), mats: [rows(D.q, "q"), null, rows(D.k, "k"), null, rows(D.v, "v")], ops: [" ", " "], says: ["The normed stream times W_Q, W_K and W_V. Each token gets a query, what it looks for; a key, what it can be found by; and a value, what it hands over: ", b(`${dh()} numbers each`), `. ${kv}`] },
        data.rotary && { key: "rotate", tab: "rotate", thumb: rows(D.rot_q, "q′"), mats: [rows(D.q, "q"), rows(D.rot_q, "q′"), rows(D.k, "k"), rows(D.rot_k, "k′")], ops: ["→", " ", "→"], says: ["Each pair of numbers is turned by an angle that grows with the position, so that a score will depend on how far apart two tokens are. Nothing gets longer: |q| at ", quoted(i), " is ", b(num(length(D.q.a, i * dh(), dh()))), " before and ", b(num(length(D.rot_q.a, i * dh(), dh()))), " after."] },
        { key: "scores", tab: `q${P()} · k${P()}ᵀ`, thumb: square(D.raw, "q·k"), mats: [rows(D.rot_q, `q${P()}`), turned(D.rot_k, `k${P()}ᵀ`), square(D.raw, "scores")], ops: ["×", "="], says: (() => { const k = highest(D.raw, i); return ["Every query meets every key: one score is the sum of ", b(`${dh()} products`), ". Of the keys that it may see, ", quoted(i), " scores highest with ", quoted(k), ": ", b(num(o(D.raw, i, k), 1)), "."]; })() },
        { key: "scale", tab: scaleWord() + (data.softcap ? ", cap" : ""), thumb: null, draw: drawScale, says: (() => { const [u, s] = means(); return ["A sum of ", `${dh()} products spreads about ${root() ? `√${dh()} = ${num(Math.sqrt(dh()), Number.isInteger(Math.sqrt(dh())) ? 0 : 2)}` : num(1 / data.scaling, 1)} times as wide as one product. Divided by that, softmax does not close on one key: over the shown queries its mean entropy is `, b(`${num(s)} bits`), ` instead of `, b(`${num(u)}`), data.softcap ? `. Then the scores are bent to stay within ±${data.softcap}.` : "."]; })() },
        { key: "mask", tab: "mask", thumb: square(D.scores, "masked", { hidden }), mats: [square(D.scores, "scaled scores"), { ...square(D.scores, "mask", { kind: "mask" }), at: () => 0, hidden }, square(D.scores, "masked scores", { hidden })], ops: ["+", "="], says: (() => { let cutOff = 0; for (let k = 0; k <= i; k++) if (!seen(i, k)) cutOff++; return ["What comes later, a query must not see: there −∞ is added (white). ", quoted(i), " keeps ", b(`${i + 1 - cutOff} of ${N}`), ` keys${data.first ? " of this window" : ""}${cutOff ? `; ${cutOff} more lie outside its sliding window` : ""}.`]; })() },
        { key: "softmax", tab: "softmax", thumb: square(D.pattern, "pattern", { kind: "weight" }), mats: [square(D.scores, "masked scores", { hidden }), square(D.pattern, "pattern", { kind: "weight", hidden })], ops: ["softmax of each row →"], says: (() => { const k = highest(D.pattern, i), m = Math.max(...Array.from({ length: N }, (_, j) => seen(i, j) ? o(D.scores, i, j) : -Infinity)); let z = 0; for (let j = 0; j < N; j++) if (seen(i, j)) z += Math.exp(o(D.scores, i, j) - m); return ["exp of each score, divided by the row's sum: shares that add up to 1. ", quoted(i), " gives ", quoted(k), " ", b(pc(o(D.pattern, i, k))), data.first ? `; keys before this window get ${pc(D.outside.a[i])}.` : `: its exp is ${num(Math.exp(o(D.scores, i, k) - m), 3)} of a sum of ${num(z, 2)}.`]; })() },
        { key: "values", tab: "× v", thumb: rows(D.z, "z"), mats: [square(D.pattern, "pattern", { kind: "weight", hidden }), rows(D.v, "v"), rows(D.z, "z")], ops: ["×", "="], says: ["Each query takes the values in these shares: z is a mean of the rows of v, weighted by the pattern. |z| at ", quoted(i), " is ", b(num(length(D.z.a, i * dh(), dh()))), data.first ? ". Values before this window are in it too." : "."] },
        { key: "output", tab: "× W_O", thumb: rows(D.out, "out"), mats: [rows(D.z, "z"), { name: "W_O", note: `${dh()} × ${dm()}`, R: dh(), C: dm(), weights: true, rowKind: "dim", colKind: "model" }, rows(D.out, "written")], ops: ["×", "="], says: ["The head's own slice of W_O takes its ", `${dh()} numbers to the stream's ${dm()}. At `, quoted(i), " it writes a vector of length ", b(num(length(D.out.a, i * dm(), dm()))), "."] },
        { key: "add", tab: "Σ heads", thumb: { ...rows(D.heads, "heads"), rowKind: "head" }, draw: drawSum, says: ["All ", `${data.n_heads} heads of the block write at once; their sum${data.bias ? " and the bias" : ""} is added to the stream. At `, quoted(i), " this head's part has length ", b(num(length(D.heads.a, data.head * dm(), dm()))), ", the sum ", b(num(length(D.attn_out.a, 0, dm()))), ": heads can also undo each other."] },
      ];
      return all.filter(Boolean);
    }
    const at = () => { const i = Math.round(+(ctx.controls.step ?? 3)) - 1; return Math.min(count() - 1, Math.max(0, Number.isFinite(i) ? i : 0)); };
    const count = () => data.rotary ? 9 : 8;
    function go(i) { if (i >= 0 && i < count()) { cursor = null; ctx.control("step", i + 1); } }
    function run() { if (at() === count() - 1) go(0); play.textContent = "Pause"; timer = setInterval(() => at() < count() - 1 ? go(at() + 1) : halt(), reduced() ? 700 : 1800); }
    function halt() { clearInterval(timer); timer = 0; play.textContent = "Play"; }

    // ---- the rail -------------------------------------------------------------------------------------------------------------
    function drawRail(all, paint) {
      const focused = rail.contains(document.activeElement);
      rail.replaceChildren(...all.map((s, i) => {
        const c = el("canvas", { "aria-hidden": "true" }), cell = el("button", { class: "asstep", type: "button", role: "tab", "aria-selected": String(i === at()), tabindex: i === at() ? 0 : -1, "data-step": s.key, on: { click: () => { halt(); go(i); } } }, el("span", { class: "ast" }, el("i", { text: i + 1 }), s.tab), c);
        c.width = 112; c.height = 56; const g = c.getContext("2d");
        if (s.thumb) { const m = ranged(s.thumb), im = picture(m, paint), k = Math.min(112 / m.C, 56 / m.R), stretch = m.C > 2 * m.R; const [w, h] = stretch ? [112, Math.min(56, Math.max(14, m.R * 2))] : [m.C * k, m.R * k]; g.imageSmoothingEnabled = w < m.C; g.drawImage(im, 0, (56 - h) / 2, w, h); } else { // the entropies with and without the scale
          const e = d().entropy, N = n(), top = Math.max(1e-9, ...e.a); [["line2", 0], ["ink", 1]].forEach(([ink, r]) => { g.strokeStyle = css(ink); g.lineWidth = r ? 3 : 2; g.beginPath(); for (let j = 0; j < N; j++) g.lineTo(N > 1 ? j / (N - 1) * 110 + 1 : 56, 52 - e.a[r * N + j] / top * 48); g.stroke(); });
        }
        return cell;
      }));
      const mine = rail.children[at()]; if (focused) mine.focus({ preventScroll: true }); if (rail.scrollWidth > rail.clientWidth) rail.scrollLeft = mine.offsetLeft - rail.clientWidth / 2 + mine.offsetWidth / 2;
    }
    rail.addEventListener("keydown", (e) => { const s = { ArrowRight: 1, ArrowLeft: -1, Home: -99, End: 99 }[e.key]; if (!s) return; e.preventDefault(); halt(); go(Math.min(count() - 1, Math.max(0, at() + s))); });

    // ---- the equation ------------------------------------------------------------------------------------------------------------
    function drawEquation(s, paint) {
      const W = Math.floor(eq.clientWidth) || 320, narrow = W < 720, N = n(), list = s.mats.filter(Boolean).map((m) => m.weights ? m : ranged(m)), gutter = 64, tall = list.some((m) => m.colKind === "pos") ? 58 : 18;
      const rowsOf = (m) => m.rowKind === "pos", lead = list.map((m, i) => rowsOf(m) && (narrow || i === 0)), numTop = 18;
      let cp = Math.min(15, STEP / N), cd;
      if (narrow) { cp = Math.min(13, (W - gutter - 2) / N); cd = Math.min(5, (W - gutter - 2) / dh()); } else {
        const opw = list.length * 34, posCols = list.filter((m) => m.colKind === "pos").length, dimCols = list.filter((m) => m.colKind === "dim").length, models = list.filter((m) => m.colKind === "model").length, free = W - opw - gutter;
        cp = Math.min(cp, free / (posCols + (dimCols ? 1 : 0) + models || 1) / N * (posCols > 1 ? 1 : 1.4), posCols ? free * .42 / N : 99); cd = Math.min(7, STEP / dh(), dimCols ? (free - posCols * N * cp - models * 240) / dimCols / dh() : 5);
      }
      const dims = list.filter((x) => x.colKind === "dim").length, width = (m) => m.colKind === "pos" ? N * cp : m.colKind === "dim" ? dh() * cd : narrow ? W - gutter - 2 : m.weights ? 150 : Math.max(160, W - gutter - list.length * 34 - dims * dh() * cd - 154), height = (m) => m.rowKind === "pos" ? N * cp : dh() * (narrow ? Math.min(cd, 3) : Math.min(cd, STEP / dh()));
      mats = []; eq.replaceChildren();
      list.forEach((m, i) => {
        if (i) eq.append(el("span", { class: "asop", "aria-hidden": "true", text: narrow && s.ops[i - 1].trim() === "→" ? "↓" : s.ops[i - 1] }));
        const x0 = lead[i] || narrow ? gutter : 0, y0 = m.colKind === "pos" ? tall : narrow ? numTop : tall, w = width(m), h = height(m), c = el("canvas", { role: "img", "aria-label": `${m.name}, ${m.note}` }), box = el("div", { class: "asbox" }, c), row = el("i", { class: "ashl" }), col = el("i", { class: "ashl" }), mine = el("i", { class: "assel" });
        const g = canvas2(c, x0 + w + 2, y0 + h + 2); g.clearRect(0, 0, x0 + w + 2, y0 + h + 2); g.font = '500 11px "JetBrains Mono", monospace'; g.textBaseline = "middle";
        if (m.weights) { g.strokeStyle = css("line2"); g.setLineDash([3, 3]); g.strokeRect(x0 + .5, y0 + .5, w - 1, h - 1); g.setLineDash([]); g.fillStyle = css("ink3"); g.textAlign = "center"; g.font = "12px Inter, sans-serif"; ["weights of the model,", "the same at", "every position"].forEach((t, j) => g.fillText(t, x0 + w / 2, y0 + h / 2 + (j - 1) * 17)); } else { g.imageSmoothingEnabled = w < m.C || h < m.R; g.drawImage(picture(m, paint), x0, y0, w, h); }
        if (m.kind === "mask" || m.hidden) { g.strokeStyle = css("line2"); g.lineWidth = 1; g.strokeRect(x0 + .5, y0 + .5, w - 1, h - 1); }
        if (m.kind === "mask") { g.fillStyle = css("ink2"); g.textAlign = "center"; g.font = "13px Inter, sans-serif"; if (N > 2) { g.fillText("−∞", x0 + w * .72, y0 + h * .28); g.fillText("0", x0 + w * .3, y0 + h * .72); } g.font = '500 11px "JetBrains Mono", monospace'; }
        const every = Math.ceil(11 / cp), names = (k) => cut(tok(k), 8), named = (k) => k === sel() || k % every === 0 && Math.abs(k - sel()) >= every, ink = (k) => css(k === sel() ? "ink" : data.first + k >= ctx.run.nPrompt ? "prob" : "ink2");
        if (lead[i]) for (let k = 0; k < N; k++) if (named(k)) { g.fillStyle = ink(k); g.textAlign = "right"; g.fillText(names(k), x0 - 7, y0 + (k + .5) * cp); }
        if (m.colKind === "pos") for (let k = 0; k < N; k++) { if (!named(k)) continue; g.fillStyle = ink(k); g.save(); g.translate(x0 + (k + .5) * cp, y0 - 6); g.rotate(-Math.PI / 2); g.textAlign = "left"; g.fillText(names(k), 0, 0); g.restore(); } else { g.fillStyle = css("ink3"); g.font = "11px Inter, sans-serif"; g.textAlign = "left"; g.fillText("0", x0, y0 - 8); g.textAlign = "right"; g.fillText(String(m.C - 1), x0 + w, y0 - 8); if (w > 120) { g.textAlign = "center"; g.fillText("dimension", x0 + w / 2, y0 - 8); } }
        if (rowsOf(m)) Object.assign(mine.style, { left: x0 - 2 + "px", top: y0 + sel() * cp - 2 + "px", width: w + 4 + "px", height: Math.max(3, cp) + 4 + "px" }); else mine.hidden = true;
        box.append(row, col, mine); row.hidden = col.hidden = true;
        const M = { ...m, i, x0, y0, w, h, ch: h / m.R, cw: w / m.C, row, col, c };
        c.addEventListener("pointermove", (e) => { const r = c.getBoundingClientRect(), k = Math.floor((e.clientX - r.left - x0) / M.cw), q = Math.floor((e.clientY - r.top - y0) / M.ch); if (k < 0 || q < 0 || k >= m.C || q >= m.R) return clear(); point(s, M, q, k); });
        c.addEventListener("pointerleave", clear);
        if (rowsOf(m)) { c.style.cursor = "pointer"; c.addEventListener("click", (e) => { const r = c.getBoundingClientRect(), q = Math.floor((e.clientY - r.top - y0) / M.ch); if (q >= 0 && q < N) ctx.set({ position: data.first + q }); }); }
        if (i === list.length - 1 && !m.weights) keys(c, s, M);
        mats.push(M); eq.append(el("div", { class: "asmat" }, el("p", { class: "ashead", style: `padding-left:${x0}px` }, el("b", { text: m.name }), el("span", { text: m.note })), box, el("p", { class: "asrange", style: `padding-left:${x0}px`, text: m.weights ? "" : m.kind === "mask" ? "0 or −∞" : m.kind === "weight" ? `0 to ${num(m.hi)}` : `${num(m.lo, 1)} to ${num(m.hi, 1)}` })));
      });
    }
    function keys(c, s, M) { // the last matrix from the keyboard
      c.tabIndex = 0; c.setAttribute("role", "application"); c.setAttribute("aria-label", `${M.name}; arrow keys move over its cells`);
      c.addEventListener("keydown", (e) => { const v = { ArrowDown: [1, 0], ArrowUp: [-1, 0], ArrowRight: [0, 1], ArrowLeft: [0, -1] }[e.key]; if (!v) return; e.preventDefault(); const [r, k] = cursor ?? [sel(), 0]; cursor = [Math.min(M.R - 1, Math.max(0, r + v[0])), Math.min(M.C - 1, Math.max(0, k + v[1]))]; point(s, M, ...cursor); });
    }
    const hl = (M, what, i) => { const e = M[what]; if (i === null) { e.hidden = true; return; } e.hidden = false; Object.assign(e.style, what === "row" ? { left: M.x0 + "px", top: M.y0 + i * M.ch + "px", width: M.w + "px", height: Math.max(2, M.ch) + "px" } : { left: M.x0 + i * M.cw + "px", top: M.y0 + "px", width: Math.max(2, M.cw) + "px", height: M.h + "px" }); };
    function clear() { for (const M of mats) { hl(M, "row", null); hl(M, "col", null); } rest(); }
    function rest() { read.replaceChildren(el("span", { class: "muted", text: "Point at a cell for its number; click a row to select its token." })); }
    function point(s, M, r, k) {
      for (const X of mats) { hl(X, "row", null); hl(X, "col", null); }
      hl(M, "row", r); hl(M, "col", k); const D = d(), N = n(), [A, B] = mats, product = mats.length === 3 && M.i === 2 && s.ops[0] === "×";
      if (product) { hl(A, "row", r); if (!B.weights) hl(B, "col", k); } else if (mats.length > 1 && M.R === mats[0].R && M.C === mats[0].C) for (const X of mats) if (X.R === M.R && X.C === M.C && X !== M) { hl(X, "row", r); hl(X, "col", k); }
      const off = M.hidden?.(r, k), who = M.rowKind === "pos" ? quoted(r) : `dimension ${r}`, what = M.colKind === "pos" ? quoted(k) : `dimension ${k}`;
      read.replaceChildren(`${M.name} at ${who}, ${what}: `, b(M.weights ? "not drawn" : off ? (M.kind === "mask" || M.kind === "signed" ? "−∞" : "0") : M.kind === "weight" ? num(M.at(r, k), 4) : num(M.at(r, k), 3)));
      if (s.key === "scores" && M.i === 2) read.append(`, the sum of ${dh()} products; largest `, ...largest((j) => A.at(r, j) * B.at(j, k), dh()).flatMap((j) => [`[${j}] `, b(sg(A.at(r, j) * B.at(j, k), 1)), "  "]));
      if (s.key === "values" && M.i === 2) read.append(", of it ", ...largest((j) => seen(r, j) ? A.at(r, j) * B.at(j, k) : 0, N, 2).flatMap((j) => [b(sg(A.at(r, j) * B.at(j, k), 3)), ` from ${tok(j)}  `]));
      if (s.key === "softmax" && M.i === 1 && seen(r, k)) read.append(`, from a score of ${num(D.scores.a[r * N + k])}`);
      if (s.key === "mask" && M.i !== 1 && seen(r, k)) read.append(`, q·k was ${num(D.raw.a[r * N + k], 1)}`);
      const base = data.base, NB = base?.pattern.shape[1] ?? 0; if (which === "now" && M.kind === "weight" && !off && r < NB && k < NB) read.append(". Unmodified: ", b(num(base.pattern.a[r * NB + k], 4)));
    }
    const largest = (f, N, k = 3) => Array.from({ length: N }, (_, j) => j).sort((x, y) => Math.abs(f(y)) - Math.abs(f(x))).slice(0, k);

    // ---- the scale: what softmax would be without it --------------------------------------------------------------------------------
    const means = () => { const e = d().entropy, N = n(), mean = (r) => { let s = 0; for (let j = 0; j < N; j++) s += e.a[r * N + j]; return s / N; }; return [mean(0), mean(1)]; };
    function drawScale() {
      const W = Math.floor(eq.clientWidth) || 320, narrow = W < 720, N = n(), i = sel(), D = d(), keysAll = Array.from({ length: N }, (_, k) => k).filter((k) => seen(i, k));
      const row = (t) => t.a.subarray(i * N, (i + 1) * N), bare = row(D.unscaled), scaled = row(D.pattern), most = 26, keysShown = keysAll.length <= most ? keysAll : keysAll.slice().sort((x, y) => Math.max(scaled[y], bare[y]) - Math.max(scaled[x], bare[x])).slice(0, most).sort((x, y) => x - y);
      const lw = narrow ? W : Math.min(620, W * .56), rw = narrow ? W : W - lw - 48, rh = 17, top = 44, Ht = top + keysShown.length * rh + 8, lab = 78, qkW = 64, bw = (lw - lab - qkW - 20) / 2;
      const s = sv("svg", { class: "fig", viewBox: `0 0 ${lw} ${Ht}`, height: Ht, role: "img", "aria-label": `Softmax of ${quoted(i)} without and with the scale` }), x1 = lab + qkW + 8, x2 = x1 + bw + 12;
      for (const [x, t, sub, end] of [[lab + qkW - 8, "q · k", `of ${dh()}`, 1], [x1, "softmax of q·k", "as it is", 0], [x2, `softmax, ${scaleWord()}`, "the model's own", 0]]) { sv("text", { x, y: 12, class: "h", "text-anchor": end ? "end" : "start" }, s, t); sv("text", { x, y: 28, class: "dim", "text-anchor": end ? "end" : "start" }, s, sub); }
      for (const x of [x1, x2]) sv("line", { x1: x, x2: x, y1: top - 6, y2: Ht - 4, class: "zero" }, s);
      keysShown.forEach((k, j) => {
        const y = top + j * rh, base = y + 9; const t = svgToken(s, lab - 8, base, ctx.run.ids[data.first + k], { "text-anchor": "end" }, 9); t.style.fill = css(k === i ? "ink" : "ink2");
        sv("text", { x: lab + qkW - 8, y: base, "text-anchor": "end", class: "dim" }, s, num(D.raw.a[i * N + k], 1));
        for (const [x, p, fill] of [[x1, bare[k], "none"], [x2, scaled[k], css("ink")]]) { const w = Math.max(.6, p * (bw - 42)); sv("rect", { x, y: y + .5, width: w, height: 10, rx: 1, fill, stroke: fill === "none" ? css("ink3") : "none", "stroke-width": .9 }, s); if (p >= .0005) sv("text", { x: x + w + 5, y: base, class: p > .1 ? "ink b" : "dim" }, s, p.toFixed(3)); }
      });
      const left = el("div", {}, el("h3", { class: "sub3" }, `The row of ${quoted(i)}`), s, keysShown.length < keysAll.length ? el("p", { class: "hint", text: `The ${keysShown.length} heaviest of ${keysAll.length} keys.` }) : null), right = el("div", {}, el("h3", { class: "sub3", text: "Entropy of every query's softmax, bits" }), entropies(rw));
      eq.replaceChildren(el("div", { class: "asscale", style: narrow ? "" : `grid-template-columns:${lw}px minmax(0,1fr)` }, left, right)); mats = []; rest();
      read.replaceChildren(el("span", { class: "muted", text: "Hollow: what softmax would give without the scale. Both are made from the same q·k." + (data.first ? " Keys before the window have their share too." : "") }));
    }
    function entropies(w) {
      const N = n(), e = d().entropy, Ht = 250, x0 = 34, x1 = w - 8, y0 = 30, y1 = Ht - 30, top = Math.max(.5, Math.log2(N)), X = (j) => N > 1 ? x0 + (j + .5) / N * (x1 - x0) : (x0 + x1) / 2, Y = (v) => y1 - v / top * (y1 - y0), s = sv("svg", { class: "fig", viewBox: `0 0 ${w} ${Ht}`, height: Ht, role: "img", "aria-label": "Entropy of each query's softmax without and with the scale" });
      for (let t = 0; t <= top; t += top > 4 ? 2 : 1) { sv("line", { x1: x0, x2: x1, y1: Y(t), y2: Y(t), class: t ? "hair" : "zero" }, s); sv("text", { x: x0 - 8, y: Y(t) + 4, "text-anchor": "end", class: "dim" }, s, t); }
      let path = ""; for (let j = 0; j < N; j++) path += `${j ? "L" : "M"}${X(j).toFixed(1)} ${Y(Math.log2(data.first + j + 1)).toFixed(1)}`; if (!data.first) { sv("path", { d: path, fill: "none", stroke: css("line2"), "stroke-dasharray": "3 3" }, s); sv("text", { x: x1, y: Y(Math.log2(N)) - 7, "text-anchor": "end", class: "dim" }, s, "all keys alike: log₂ of how many it sees"); }
      for (let j = 0; j < N; j++) { const a = e.a[j], c = e.a[N + j], mine = j === sel(); sv("line", { x1: X(j), x2: X(j), y1: Y(a), y2: Y(c), stroke: css(mine ? "prob" : "line2"), "stroke-width": mine ? 2 : 1.4 }, s); sv("circle", { cx: X(j), cy: Y(a), r: 3, fill: css("surface"), stroke: css(mine ? "prob" : "ink3"), "stroke-width": 1.2 }, s); sv("circle", { cx: X(j), cy: Y(c), r: 3.4, fill: css(mine ? "prob" : "ink") }, s); sv("rect", { x: X(j) - (x1 - x0) / N / 2, y: y0 - 12, width: (x1 - x0) / N, height: y1 - y0 + 30, fill: "transparent", style: "cursor:pointer" }, s).addEventListener("click", () => ctx.set({ position: data.first + j })); }
      sv("text", { x: x0, y: Ht - 8, class: "dim" }, s, `position ${data.first}`); sv("text", { x: x1, y: Ht - 8, class: "dim", "text-anchor": "end" }, s, data.first + N - 1);
      if (X(sel()) > x0 + 60 && X(sel()) < x1 - 40) sv("text", { x: X(sel()), y: Ht - 8, class: "b", "text-anchor": "middle", fill: css("prob"), style: `fill:${css("prob")}` }, s, data.position);
      const g = sv("g", {}, s); sv("circle", { cx: x0 + 6, cy: 9, r: 3, fill: css("surface"), stroke: css("ink3"), "stroke-width": 1.2 }, g); sv("text", { x: x0 + 14, y: 13 }, g, "as it is"); sv("circle", { cx: x0 + 76, cy: 9, r: 3.4, fill: css("ink") }, g); sv("text", { x: x0 + 84, y: 13 }, g, scaleWord());
      return s;
    }

    // ---- all heads add up -----------------------------------------------------------------------------------------------------------
    function drawSum() {
      const W = Math.floor(eq.clientWidth) || 320, D = d(), H = data.n_heads, C = dm(), paint = painter(), rest0 = length(D.rest.a, 0, C), list = [...Array.from({ length: H }, (_, h) => ({ name: "H" + h, a: D.heads.a, o: h * C, h })), ...(data.bias ? [{ name: "bias", a: D.rest.a, o: 0 }] : []), { name: "Σ", a: D.attn_out.a, o: 0, sum: true }];
      let top = 1e-9; for (const r of list) for (let j = 0; j < C; j++) top = Math.max(top, Math.abs(r.a[r.o + j]));
      const lens = list.map((r) => length(r.a, r.o, C)), most = Math.max(...lens), barW = W < 560 ? 92 : 210, cw = W - 44 - barW - 24;
      eq.replaceChildren(el("div", { class: "assum", role: "group", "aria-label": `What each head writes at ${quoted(sel())}` }, list.map((r, i) => {
        const c = el("canvas", { "aria-hidden": "true" }), g = canvas2(c, cw, r.sum ? 22 : 16), m = { R: 1, C, at: (_, j) => r.a[r.o + j], kind: "signed", top }; g.imageSmoothingEnabled = cw < C; g.drawImage(picture(m, paint), 0, 0, cw, r.sum ? 22 : 16);
        const bar = el("i", { class: "asbar" + (r.sum ? " sum" : r.h === data.head ? " on" : ""), style: `width:${Math.max(1, lens[i] / most * (barW - 56)).toFixed(1)}px` });
        c.addEventListener("pointermove", (e) => { const b0 = c.getBoundingClientRect(), j = Math.min(C - 1, Math.max(0, Math.floor((e.clientX - b0.left) / cw * C))); read.replaceChildren(`${r.sum ? "Sum" : r.name} in dimension ${j}: `, b(sg(r.a[r.o + j], 4)), ...(r.sum ? [] : [`, of a sum of ${sg(D.attn_out.a[j], 4)}`])); });
        const label = r.h === undefined ? el("span", { class: "asname", text: r.name }) : el("button", { class: "asname" + (r.h === data.head ? " on" : ""), type: "button", text: r.name, "aria-label": `Select head ${headName(data.layer, r.h)}`, "aria-pressed": String(r.h === data.head), on: { click: () => ctx.set({ head: r.h }) } });
        return el("div", { class: "asrow" + (r.sum ? " sum" : "") }, label, c, el("span", { class: "aslen" }, bar, el("b", { text: num(lens[i]) })));
      }))); mats = [];
      const sum = lens.slice(0, H).reduce((x, y) => x + y, 0); read.replaceChildren("Lengths of the parts add up to ", b(num(sum)), ", the sum is ", b(num(lens.at(-1))), " long: ", b(pc(lens.at(-1) / sum)), " is left after the heads' directions are added up.", rest0 > 1e-3 && !data.bias ? ` Unexplained: ${num(rest0, 4)}.` : "");
    }

    function draw() {
      const all = list(), paint = painter(), s = all[at()], ramps = s.mats?.filter(Boolean).some((m) => m.kind === "weight");
      sidebox.hidden = !data.base; if (!data.base) which = "now"; sides.sync(); parted.hidden = !ctx.run.effect || !!data.base;
      place.textContent = `Step ${at() + 1} of ${all.length}`; back.disabled = at() === 0; on.disabled = at() === all.length - 1;
      legend.replaceChildren(s.key === "scale" ? "" : el("span", {}, "−", el("i", { class: "ramp asramp" }), "+, colour = √size, each matrix by its own largest"), ramps ? el("span", {}, "0", el("i", { class: "ramp asink" }), "1, ink = √weight") : "");
      drawRail(all, paint); says.replaceChildren(...s.says);
      eq.classList.toggle("custom", !!s.draw); if (s.draw) s.draw(); else { drawEquation(s, paint); rest(); }
      if (which === "base" && n() < data.q.shape[0]) says.append(el("span", { class: "muted", text: ` Then the unmodified run wrote other tokens: shown to position ${data.first + n() - 1}.` }));
      if (data.first) says.append(el("span", { class: "muted", text: ` Shown: positions ${data.first} to ${data.first + n() - 1} of ${ctx.run.ids.length}.` }));
    }
    return {
      draw(next, focus, what) { data = next; if (what !== "controls") cursor = null; draw(); },
      destroy: halt,
      exportData: () => ({ ...d(), tokens: Array.from({ length: n() }, (_, i) => tok(i)) }),
    };
  },
};
export const views = { steps };
