// Pictures and speech: what each head reads from a patch of a picture, which patches are alike; a waveform and the words heard in it.
import { canvas2, css, el, mix, pc, rgb, rgbs } from "../js/dom.js";

const b = (t) => el("b", { text: t });

const patches = {
  create(body, ctx) {
    let d = null, at = null, img = null;
    const pick = el("div", { class: "chips" }), layer = el("input", { type: "range", min: 0, step: 1, "aria-label": "Layer", on: { input: (e) => { out.textContent = `${+e.target.value + 1} of ${d.n_layers}`; }, change: (e) => ctx.control("layer", +e.target.value) } }), out = el("output", {}), cls = el("button", { class: "btn", type: "button", text: "Ask CLS", title: "The row that belongs to no patch and stands for the whole picture", on: { click: () => { at = null; paint(); } } });
    const big = el("canvas", { class: "psbig", tabindex: 0, role: "application", "aria-label": "The picture in patches; arrow keys choose one" }), like = el("canvas", { role: "img" }), heads = el("div", { class: "psheads" }), said = el("p", { class: "readout" });
    const h1 = el("h3", { class: "sub3" }), h2 = el("h3", { class: "sub3", text: "Patches whose final state is like its own" });
    body.append(el("div", { class: "bar" }, pick, el("div", { class: "psctl" }, el("label", { class: "slide" }, el("span", { text: "Layer" }), layer, out), cls)), said, el("div", { class: "pstwo" }, el("div", {}, h1, big), el("div", {}, h2, like)), el("h3", { class: "sub3", text: "What each head reads from there" }), heads,
      el("div", { class: "legend" }, el("span", {}, el("i", { class: "ramp psread" }), "share read, of the strongest"), el("span", {}, el("i", { class: "ramp pslike" }), "cosine 0 to 1")));
    const n = () => d.grid[0] * d.grid[1], same = (i) => d.alike.a[q() * (n() + 1) + i + 1] / 127, q = () => at === null ? 0 : at + 1;
    const w = (h, k) => { const N = n() + 1, v = d.pattern.a[(h * N + q()) * N + k + 1] / 255; return v * v; };
    function picture(c, W, value, hue) { // the picture in grey light, coloured where the value is high
      const [R, C] = d.grid, k = W / C, H = R * k, g = canvas2(c, W, H); if (img.complete) g.drawImage(img, 0, 0, W, H);
      g.fillStyle = rgbs(rgb("surface"), .55); g.fillRect(0, 0, W, H); const ink = rgb(hue);
      for (let i = 0; i < n(); i++) { const v = value(i); if (v > .02) { g.fillStyle = rgbs(ink, (.85 * Math.min(1, v)).toFixed(3)); g.fillRect(i % C * k, Math.floor(i / C) * k, k + .3, k + .3); } }
      if (at !== null) { g.strokeStyle = css("surface"); g.lineWidth = 4; g.strokeRect(at % C * k, Math.floor(at / C) * k, k, k); g.strokeStyle = css("ink"); g.lineWidth = 2; g.strokeRect(at % C * k, Math.floor(at / C) * k, k, k); }
    }
    function paint() {
      if (!d || !img) return;
      const H = d.pattern.shape[0], W = Math.min(448, Math.floor(big.parentNode.clientWidth) || 320), mean = new Float32Array(n()); let top = 0, rest = 0;
      for (let i = 0; i < n(); i++) { for (let h = 0; h < H; h++) mean[i] += w(h, i) / H; top = Math.max(top, mean[i]); rest += mean[i]; }
      picture(big, W, (i) => mean[i] / top, "prob");
      picture(like, W, (i) => Math.max(0, same(i)), "pos");
      h1.textContent = `What ${at === null ? "CLS" : "the patch"} reads, mean of ${H} heads`;
      const near = Array.from({ length: n() }, (_, i) => same(i)).filter((v, i) => v > .5 && i !== at).length, first = Math.max(...mean);
      said.replaceChildren(...(at === null ? [b("CLS"), ` reads the patches with ${pc(rest)} of its attention, the strongest with ${pc(first)}. Click a patch to ask it instead.`] : [b(`Patch in row ${Math.floor(at / d.grid[1]) + 1}, column ${at % d.grid[1] + 1}`), ` reads its strongest patch with ${pc(first)}; ${near} others are more than half alike (cosine over 0.5).`]));
      const across = heads.clientWidth < 560 ? 3 : H, each = Math.min(150, Math.floor((heads.clientWidth - 12 * (across - 1)) / across));
      heads.replaceChildren(...Array.from({ length: H }, (_, h) => { const c = el("canvas", { role: "img", "aria-label": `Head ${h}` }); let m = 0; for (let i = 0; i < n(); i++) m = Math.max(m, w(h, i)); picture(c, each, (i) => w(h, i) / m, "prob"); return el("figure", {}, c, el("figcaption", { text: `H${h}, strongest ${pc(m)}` })); }));
    }
    big.addEventListener("click", (e) => { const r = big.getBoundingClientRect(), C = d.grid[1]; at = Math.min(d.grid[0] - 1, Math.floor((e.clientY - r.top) / r.height * d.grid[0])) * C + Math.min(C - 1, Math.floor((e.clientX - r.left) / r.width * C)); paint(); });
    big.addEventListener("keydown", (e) => { const C = d.grid[1], by = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -C, ArrowDown: C }[e.key]; if (!by) return; e.preventDefault(); at = Math.min(n() - 1, Math.max(0, (at ?? Math.floor(n() / 2)) + by)); paint(); });
    return {
      draw(next, _, what) {
        if (next === d) { if (what !== "focus") paint(); return; }
        const same = d?.picture === next.picture; d = next; if (!same) at = null;
        pick.replaceChildren(...d.pictures.map((p) => el("button", { class: "chip", type: "button", text: p, "aria-pressed": String(p === d.picture), on: { click: () => ctx.control("picture", p) } })));
        layer.max = d.n_layers - 1; layer.value = d.layer; out.textContent = `${d.layer + 1} of ${d.n_layers}`;
        const fresh = new Image(); fresh.onload = paint; fresh.alt = ""; fresh.src = d.image; img = fresh; paint();
      },
      exportData: () => ({ picture: d.picture, layer: d.layer, grid: d.grid, pattern_255_root: d.pattern, alike_127_cosine: d.alike }),
    };
  },
};

// ---- speech ---------------------------------------------------------------------------------------------------------------------------
const speech = {
  create(body, ctx) {
    let d = null, at = 0, shown = null; // shown: shares [word frame] of the chosen head, or of the mean of all
    const c = el("canvas", { role: "img" }), map = el("canvas", { role: "img" }), words = el("div", { class: "pswords", role: "listbox", tabindex: 0, "aria-label": "Words heard; arrow keys walk" }), said = el("p", { class: "readout" }), sound = el("audio", { controls: true, preload: "auto", class: "pssound", "aria-label": "The recording" });
    const title = el("h3", { class: "sub3" }), all = el("h3", { class: "sub3" }), grid = el("div", { class: "psall", role: "group", "aria-label": "All heads" }), hint = el("p", { class: "hint" });
    body.append(sound, said, el("div", { class: "pswave" }, c), words, title, el("div", { class: "pswave" }, map), all, grid, hint);
    const F = () => d.heads.shape[3], N = () => d.words.length, T = (f) => d.frame_seconds.a[f], go = (i) => { at = Math.max(0, Math.min(N() - 1, i)); paint(); };
    const pick = () => { const [l, h] = String(ctx.controls.head ?? "").split(".").map(Number), [L, H] = d.heads.shape; return l >= 0 && l < L && h >= 0 && h < H ? [l, h] : null; };
    const share = (l, h, w, f) => { const [, H, n, frames] = d.heads.shape, v = d.heads.a[((l * H + h) * n + w) * frames + f] / 255; return v * v; };
    const name = () => { const p = pick(); return p ? `layer ${p[0] + 1}, head ${p[1]}` : `the mean of all ${d.heads.shape[0] * d.heads.shape[1]} heads`; };
    words.addEventListener("keydown", (e) => { const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: 1e6 }[e.key]; if (to === undefined) return; e.preventDefault(); go(to); });
    function choose() {
      const [L, H] = d.heads.shape, p = pick(); shown = new Float32Array(N() * F());
      for (let w = 0; w < N(); w++) for (let f = 0; f < F(); f++) { let v = 0; if (p) v = share(...p, w, f); else for (let l = 0; l < L; l++) for (let h = 0; h < H; h++) v += share(l, h, w, f) / (L * H); shown[w * F() + f] = v; }
    }
    function rows(canvas, W, rh, value, mine) { // a row a word, inked by √share of the row's strongest frame
      const h = canvas2(canvas, W, Math.ceil(rh * N())), base = rgb("sunken"), prob = rgb("prob"), ink = rgb("ink"), across = Math.min(F(), Math.ceil(W * 2)), per = F() / across;
      for (let w = 0; w < N(); w++) {
        let m = 1e-9; for (let f = 0; f < F(); f++) m = Math.max(m, value(w, f));
        for (let x = 0; x < across; x++) { let v = 0; for (let f = Math.floor(x * per); f < Math.max(Math.floor(x * per) + 1, (x + 1) * per) && f < F(); f++) v = Math.max(v, value(w, f)); h.fillStyle = rgbs(mix(base, w === mine ? prob : ink, Math.sqrt(v / m))); h.fillRect(x / across * W, w * rh, W / across + .4, rh - (rh > 3 ? .6 : 0)); }
      }
    }
    function paint() {
      const W = Math.floor(c.parentNode.clientWidth) || 320, H = 150, g = canvas2(c, W, H), n = d.peaks.shape[0], mid = 66, row = shown.subarray(at * F(), (at + 1) * F()), top = Math.max(...row), most = row.indexOf(top), when = T(most), prob = rgb("prob"), x = (s) => s / d.seconds * W;
      for (let f = 0; f < F(); f++) { const a = x(f ? (T(f - 1) + T(f)) / 2 : 0), z = x(f + 1 < F() ? (T(f) + T(f + 1)) / 2 : d.seconds); g.fillStyle = rgbs(prob, (.75 * Math.sqrt(row[f] / top)).toFixed(3)); g.fillRect(a, 0, z - a + .4, 132); }
      let loud = 0; for (const v of d.peaks.a) loud = Math.max(loud, Math.abs(v)); g.fillStyle = css("ink");
      for (let i = 0; i < n; i++) { const lo = d.peaks.a[2 * i] / loud * 60, hi = d.peaks.a[2 * i + 1] / loud * 60; g.fillRect(i / n * W, mid - hi, Math.max(.6, W / n - .3), Math.max(1, hi - lo)); }
      g.font = "11px Inter, sans-serif"; g.fillStyle = css("ink3"); g.textBaseline = "alphabetic"; for (let s = 0; s <= d.seconds; s += d.seconds > 12 ? 5 : 1) { g.textAlign = s === 0 ? "left" : "center"; if (x(s) < W - 12) g.fillText(`${s} s`, x(s), 147); }
      words.replaceChildren(...d.words.map((t, i) => el("span", { class: "tok", role: "option", "aria-selected": String(i === at), text: t, on: { click: () => go(i) } })));
      said.replaceChildren("While ", b(d.words[at] ?? ""), ` was written, ${name()} looked most at ${when.toFixed(2)} s; ${pc(row.reduce((s, v, f) => s + (Math.abs(T(f) - when) <= .25 ? v : 0), 0))} of that attention lies within a quarter of a second of it.`);
      c.setAttribute("aria-label", `Waveform of ${d.seconds.toFixed(1)} seconds; for “${d.words[at]}”, ${name()} looked most at ${when.toFixed(2)} s`);
      title.textContent = `All words, by ${name()}: rows are written, columns are time`;
      rows(map, W, Math.max(4, Math.min(12, 240 / N())), (w, f) => shown[w * F() + f], at);
      map.setAttribute("aria-label", `${N()} words over time, by ${name()}`);
    }
    function heads() {
      const [L, H] = d.heads.shape, p = pick(), W = Math.floor(grid.clientWidth) || 320, across = W < 560 ? 4 : H, each = Math.floor((W - 8 * (across - 1)) / across), rh = Math.max(1, 44 / N());
      all.replaceChildren(`All ${L * H} heads `, el("small", { text: "in percent, how often the frame looked at most does not go back from token to token, in this recording" }));
      const one = (l, h) => { const k = el("canvas", { "aria-hidden": "true" }), on = p && p[0] === l && p[1] === h, far = d.forward.a[l * H + h]; rows(k, each - 8, rh, (w, f) => share(l, h, w, f), on ? at : -1); return el("button", { type: "button", class: "pshead", "aria-pressed": String(!!on), "aria-label": `Layer ${l + 1}, head ${h}: ${pc(far)} forward`, on: { click: () => ctx.control("head", on ? "" : `${l}.${h}`) } }, k, el("span", { text: `L${l + 1} H${h}, ${Math.round(100 * far)} %` })); };
      const held = grid.contains(document.activeElement) ? [...grid.children].indexOf(document.activeElement) : -1; grid.style.gridTemplateColumns = `repeat(${across}, minmax(0, 1fr))`;
      grid.replaceChildren(...Array.from({ length: L * H }, (_, i) => one(Math.floor(i / H), i % H))); if (held >= 0) grid.children[held].focus({ preventScroll: true });
      hint.textContent = "Choose a head to see its words above; choose it again for the mean of all. That a head goes forward is said of this one recording: heads that serve as clocks for words are chosen on many.";
    }
    map.addEventListener("click", (e) => { const r = map.getBoundingClientRect(); go(Math.floor((e.clientY - r.top) / r.height * N())); });
    return { draw(next, _, what) { if (next !== d) { d = next; at = Math.floor(N() / 2); sound.src = d.sound; } else if (what === "focus") return; choose(); paint(); heads(); }, exportData: () => ({ ...d, sound: undefined }) };
  },
};
export const views = { patches, speech };
