// Sinusoidal and learned positions as maps, how alike two positions are by their distance, and ALiBi's penalties.
import { chart } from "../kit/chart.js";
import { big, canvas2, css, el, mix, rgb, rgbs, segmented, tip } from "../js/dom.js";

const bold = (t) => el("b", { text: t }), two = (v) => (v < 0 ? "−" : "") + Math.abs(v).toFixed(2);

// A map of positions (down) by coordinates (across), signed; arrow keys and the pointer read its cells.
function signedMap(label, says) {
  const c = el("canvas", { tabindex: 0, role: "application", "aria-label": label }), out = el("p", { class: "readout" }), box = el("div", { class: "figure" }, c);
  let geo = null, at = [0, 0];
  const say = () => geo && out.replaceChildren(...says(at[0], at[1], geo.value(at[0], at[1])));
  function draw(rows, columns, value, selected) {
    geo = { rows, columns, value };
    const W = Math.floor(box.clientWidth) || 320, l = 30, H = Math.max(160, Math.min(2 * rows, 260)), g = canvas2(c, W, H + 22), image = new ImageData(columns, rows), pale = rgb("sunken"), ends = [rgb("neg"), rgb("pos")];
    let top = 1e-9; for (let m = 0; m < rows; m++) for (let j = 0; j < columns; j++) top = Math.max(top, Math.abs(value(m, j)));
    for (let m = 0; m < rows; m++) for (let j = 0; j < columns; j++) { const v = value(m, j) / top, [r, gg, b] = mix(pale, ends[+(v > 0)], Math.abs(v)), o = 4 * (m * columns + j); image.data[o] = r; image.data[o + 1] = gg; image.data[o + 2] = b; image.data[o + 3] = 255; }
    const small = new OffscreenCanvas(columns, rows); small.getContext("2d").putImageData(image, 0, 0);
    g.imageSmoothingEnabled = columns > (W - l) * (window.devicePixelRatio || 1); g.imageSmoothingQuality = "high"; g.drawImage(small, l, 0, W - l, H);
    geo.cell = (e) => { const b = c.getBoundingClientRect(); return [Math.floor((e.clientY - b.top) / H * rows), Math.floor((e.clientX - b.left - l) / (W - l) * columns)]; };
    g.font = "11px Inter, sans-serif"; g.fillStyle = css("ink3"); g.textAlign = "right";
    for (let m = 0; m < rows; m += 32) g.fillText(String(m), l - 6, m / rows * H + 10);
    g.textAlign = "left"; g.fillText("coordinate 0", l, H + 15); g.textAlign = "right"; g.fillText(String(columns - 1), W, H + 15);
    if (selected < rows) { g.strokeStyle = css("prob"); g.lineWidth = 2; g.strokeRect(l, selected / rows * H - .5, W - l - 1, H / rows + 1); }
    at = [Math.min(selected, rows - 1), at[1] % columns]; say();
  }
  c.addEventListener("pointermove", (e) => { if (!geo) return; const [m, j] = geo.cell(e); if (m < 0 || m >= geo.rows || j < 0 || j >= geo.columns) return tip.hide(); tip.show(e.clientX, e.clientY, `position ${m}, coordinate ${j}`, [["value", two(geo.value(m, j))]]); });
  c.addEventListener("pointerleave", tip.hide); c.addEventListener("click", (e) => { at = geo.cell(e).map((v, i) => Math.max(0, Math.min((i ? geo.columns : geo.rows) - 1, v))); say(); });
  c.addEventListener("keydown", (e) => { const step = { ArrowDown: [1, 0], ArrowUp: [-1, 0], ArrowRight: [0, 1], ArrowLeft: [0, -1] }[e.key]; if (!step) return; e.preventDefault(); at = [Math.max(0, Math.min(geo.rows - 1, at[0] + step[0])), Math.max(0, Math.min(geo.columns - 1, at[1] + step[1]))]; say(); });
  return { root: el("div", {}, box, out), draw };
}

export const maps = {
  create(body, ctx) {
    let d = null, head = 0;
    const left = el("div"), right = el("div"), learnedBox = el("div", { hidden: true }), penalties = el("div", { class: "figure" }), alibiSaid = el("p", { class: "readout" }), c = el("canvas", { tabindex: 0, role: "application" }), about = el("p", { class: "hint" });
    const paper = () => ctx.controls.order === "paper", pairOf = (j) => paper() ? j >> 1 : j % (d.d_model / 2), cosine = (j) => paper() ? j % 2 === 1 : j >= d.d_model / 2;
    const wave = (j) => 2 * Math.PI / d.speeds.a[pairOf(j)];
    const sines = signedMap("Sinusoidal vectors: positions down, coordinates across; arrow keys read a cell", (m, j, v) => ["Position ", bold(String(m)), `, wave ${pairOf(j)}: ${cosine(j) ? "cos" : "sin"}(${m} · ${d.speeds.a[pairOf(j)].toPrecision(3)}) = `, bold(two(v)), `, ${big(Math.round(wave(j)))} positions long`]);
    const table = signedMap("The learned table: positions down, coordinates across; arrow keys read a cell", (m, j, v) => ["Position ", bold(String(m)), `, coordinate ${j}: `, bold(v.toFixed(3))]);
    const sub = (t, small) => el("h3", { class: "sub3" }, t, el("small", { text: small }));
    const head1 = sub("Sinusoidal vectors", ""), head2 = sub("How alike two positions are", "mean cosine, by their distance, log scale"), head3 = sub("ALiBi: a penalty on distance", ""), head4 = sub("The learned table", "");
    const order = segmented("Order of the coordinates", [["halves", "Sines, then cosines"], ["paper", "Side by side, as in the paper"]], () => paper() ? "paper" : "halves", (k) => ctx.control("order", k));
    left.append(head1, order, sines.root); right.append(head2); learnedBox.append(head4, table.root); penalties.append(c);
    body.append(el("div", { class: "poscols" }, left, right), learnedBox, el("div", { class: "posalibi" }, head3, penalties, alibiSaid, about));
    const alike = chart(right, { height: 284, label: "How alike two positions are, by distance" });

    // What is left of a key's weight at each distance, a row a head: ink.
    function drawAlibi() {
      const n = d.positions, H = d.n_heads, W = Math.floor(penalties.clientWidth) || 320, wide = W > 560, l = 52, r = wide ? 214 : 64, rh = Math.max(12, Math.min(20, 420 / H)), g = canvas2(c, W, H * rh + 22), pale = rgb("sunken"), ink = rgb("ink"), cw = (W - l - r) / n;
      g.font = "11px Inter, sans-serif"; g.textBaseline = "middle";
      for (let h = 0; h < H; h++) {
        for (let k = 0; k < n; k++) { g.fillStyle = rgbs(mix(pale, ink, Math.exp(d.alibi.bias.a[h * n + k]))); g.fillRect(l + k * cw, h * rh + 1, cw + .4, rh - 2); }
        if (rh < 12 && h % 2) continue;
        g.fillStyle = css(h === head ? "prob" : "ink2"); g.font = `${h === head ? 600 : 400} 11px Inter, sans-serif`; g.textAlign = "right"; g.fillText(`head ${h}`, l - 8, h * rh + rh / 2);
        g.textAlign = "left"; g.fillText(wide ? `slope ${slope(h)}, halved in ${half(h)}` : slope(h), W - r + 10, h * rh + rh / 2);
      }
      g.fillStyle = css("ink3"); g.font = "11px Inter, sans-serif"; g.textBaseline = "alphabetic"; for (let k = 0; k < n; k += 32) { g.textAlign = k ? "center" : "left"; g.fillText(k ? String(k) : wide ? "0 tokens apart" : "0 apart", l + k * cw, H * rh + 15); }
      c.setAttribute("aria-label", `ALiBi of ${H} heads: what is left of a weight by distance; up and down walk the heads`);
      alibiSaid.replaceChildren(`Head ${head}: subtracts `, bold(slope(head)), " a token from its scores; a key’s weight is halved every ", bold(half(head)), ".");
    }
    const slope = (h) => { const s = d.alibi.slopes.a[h]; return s >= .01 ? s.toFixed(4).replace(/0+$/, "") : s.toPrecision(3); }, half = (h) => { const t = Math.LN2 / d.alibi.slopes.a[h]; return (t < 10 ? t.toFixed(1) : Math.round(t)) + " tokens"; };
    const rowAt = (e) => { const b = c.getBoundingClientRect(); return Math.max(0, Math.min(d.n_heads - 1, Math.floor((e.clientY - b.top) / (b.height - 22) * d.n_heads))); };
    c.addEventListener("keydown", (e) => { const k = { ArrowDown: 1, ArrowUp: -1 }[e.key]; if (!k) return; e.preventDefault(); head = Math.max(0, Math.min(d.n_heads - 1, head + k)); drawAlibi(); });
    c.addEventListener("click", (e) => { head = rowAt(e); drawAlibi(); });
    c.addEventListener("pointermove", (e) => { const h = rowAt(e), b = c.getBoundingClientRect(), W = b.width, wide = W > 560, k = Math.round((e.clientX - b.left - 52) / (W - 52 - (wide ? 214 : 64)) * d.positions); if (k < 0 || k >= d.positions) return tip.hide(); tip.show(e.clientX, e.clientY, `head ${h}, ${k} apart`, [["bias", two(d.alibi.bias.a[h * d.positions + k])], ["weight left", (100 * Math.exp(d.alibi.bias.a[h * d.positions + k])).toPrecision(3) + " %"]]); });
    c.addEventListener("pointerleave", tip.hide);

    return {
      draw(data, focus, what) {
        order.sync(); const same = d === data; d = data; head = Math.min(head, d.n_heads - 1);
        const speeds = d.speeds.a, uses = { rope: "turns queries and keys instead", learned: "has a learned table instead", alibi: "uses ALiBi instead", none: "has none", sinusoidal: "uses them" }[d.kind];
        const value = (m, j) => (cosine(j) ? Math.cos : Math.sin)(m * speeds[pairOf(j)]);
        const last = d.row.a.reduce((e, v, j) => Math.max(e, Math.abs(v - (j % 2 ? Math.cos : Math.sin)((d.positions - 1) * speeds[j >> 1]))), 0);
        ctx.check(null, [{ statement: "The map drawn here is the stack’s, last row", error: last, tolerance: 1e-4, word: "largest error" }]);
        head1.querySelector("small").textContent = `width ${big(d.d_model)}, as this model’s, which ${uses}`;
        sines.draw(d.positions, d.d_model, value, focus.position);
        if (same && (what === "controls" || what === "focus")) return;
        learnedBox.hidden = !d.learned;
        if (d.learned) { const t = d.learned.table, w = t.shape[1]; head4.querySelector("small").textContent = `first ${t.shape[0]} of ${big(d.n_ctx)} rows, as trained`; table.draw(t.shape[0], w, (m, j) => t.a[m * w + j], focus.position); }
        const xs = Array.from(d.distance.a).slice(1), ys = (a) => Array.from(a.a).slice(1), traces = [{ x: xs, y: ys(d.sinusoidal), name: "sinusoidal, θ 10,000", color: "river-deep", hover: "%{x} apart: %{y:.3f}<extra>sinusoidal</extra>" }];
        if (d.rope) traces.push({ x: xs, y: ys(d.rope.similarity), name: `this model’s rotation, θ ${big(d.rope.theta)}`, color: "prob", hover: "%{x} apart: %{y:.3f}<extra>rotation</extra>" });
        if (d.learned) traces.push({ x: xs.slice(0, d.learned.similarity.a.length - 1), y: ys(d.learned.similarity), name: "learned, as trained", color: "prob", hover: "%{x} apart: %{y:.3f}<extra>learned</extra>" });
        alike.draw({ traces, x: { type: "log", title: "tokens apart", dtick: 1 }, y: { range: [Math.min(0, ...traces.flatMap((t) => t.y)) - .06, 1.05], nticks: 5 } });
        head3.querySelector("small").textContent = `what is left of a key’s weight, were this model’s ${d.n_heads} heads to use it; ${d.kind === "alibi" ? "they do" : "they do not"}`;
        about.textContent = "slope of head h of n: 2^(−8h/n), h from 1. Ink: e^(−slope · distance).";
        drawAlibi();
      },
      exportData: () => ({ ...d, sinusoidal_row: d.row }),
    };
  },
};
