// The river: the residual stream of one position, L blocks long. One set of numbers, two drawings: left to right, or downward on a phone.
import { sv, css, rgb, rgbs, mix, big, sg, pc, nf, nice, svgToken, tokenText, rawToken } from "../js/dom.js";
import { ffn } from "../js/store.js";

const CHAR = 6.95; // one mono character at 11 px
const sign = (v) => css(v < 0 ? "neg" : "pos");
const textTone = (p) => css(p >= .5 ? "ink" : p >= .15 ? "ink2" : "ink3");

/** What block i does: shares of the logit (a, m), the stream's length before and after, what the lens reads after it. */
export function blockOf(d, i) {
  return {
    a: d.attn.a[i], m: d.mlp.a[i], n0: d.norms.a[i], n1: d.norms.a[i + 1], id: d.lens_ids.a[i + 1], p: d.lens_p.a[i + 1],
    an: d.attn_norms.a[i], mn: d.mlp_norms.a[i], ac: d.attn_cosines.a[i], mc: d.mlp_cosines.a[i], rank: d.target_rank.a[i + 1], tp: d.target_p.a[i + 1],
    a0: d.base ? d.base.attn.a[i] : null, m0: d.base ? d.base.mlp.a[i] : null,
  };
}

function lanes(d) { // both lanes share one scale; each keeps a fifth of the whole, so that an empty one is still readable
  const span = (...rows) => { let lo = 0, hi = 0; for (const r of rows) if (r) for (const v of r.a) { lo = Math.min(lo, v); hi = Math.max(hi, v); } return [Math.min(lo, -.3), Math.max(hi, .6)]; };
  let [a0, a1] = span(d.attn, d.base?.attn), [m0, m1] = span(d.mlp, d.base?.mlp);
  const least = .2 * (a1 - a0 + m1 - m0);
  a1 = Math.max(a1, a0 + least); m1 = Math.max(m1, m0 + least);
  return { a0, a1, m0, m1 };
}
const tickLabel = (v, tick) => Math.abs(v) < 1e-9 ? "0" : sg(v, tick < 1 ? 1 : 0);
/** Where the run without interventions parts from this one: the index of the last depth at which both streams are as long. */
const parting = (d) => { const n = d.norms.a, b = d.base.norms.a; let i = 0; while (i < n.length && Math.abs(n[i] - b[i]) < .01 * n[i]) i++; return i - 1; };
const width = (d, R) => { let top = Math.max(...d.norms.a); if (d.base) top = Math.max(top, ...d.base.norms.a); return (n) => Math.max(1.2, R * Math.sqrt(Math.max(0, n) / (top || 1))); };

/** The embedding's values as one small image; `at(x, y)` gives the index under a point of the svg. */
function embedStrip(g, d, x, y, w, h, on) {
  const D = d.embedding.a.length, cell = Math.min(8, Math.sqrt(w * h / D)), cols = Math.max(1, Math.floor(w / cell + 1e-6)), step = w / cols, rowsN = Math.ceil(D / cols), high = Math.min(step, h / rowsN);
  const k = 6, c = document.createElement("canvas"); c.width = cols * k; c.height = rowsN * k;
  const p = rgb("pos"), n = rgb("neg"), s = rgb("sunken"), q = c.getContext("2d"), top = d.embedding.a.reduce((m, v) => Math.max(m, Math.abs(v)), 1e-12);
  for (let i = 0; i < D; i++) { const v = d.embedding.a[i] / top; q.fillStyle = rgbs(mix(s, v < 0 ? n : p, Math.abs(v) ** .7)); q.fillRect(i % cols * k, Math.floor(i / cols) * k, k - .5, k - .5); }
  const img = sv("image", { x, y, width: w, height: high * rowsN, href: c.toDataURL(), preserveAspectRatio: "none", class: "estrip" }, g);
  const mark = sv("rect", { width: step, height: high, fill: "none", stroke: css("ink"), "stroke-width": 1.5, visibility: "hidden", "pointer-events": "none" }, g);
  img.addEventListener("pointermove", (e) => {
    const r = img.getBoundingClientRect(), i = Math.floor((e.clientX - r.left) / r.width * cols) + cols * Math.floor((e.clientY - r.top) / r.height * rowsN);
    if (i < 0 || i >= D) return;
    mark.setAttribute("x", x + i % cols * step); mark.setAttribute("y", y + Math.floor(i / cols) * high); mark.setAttribute("visibility", "visible"); on.cell(i);
  });
  img.addEventListener("pointerleave", () => { mark.setAttribute("visibility", "hidden"); on.cell(null); });
  return { top, bottom: y + high * rowsN };
}

function column(g, d, i, o, on, hit) { // a block: hover reads it, click or Enter selects it, arrows walk
  const b = blockOf(d, i), L = d.attn.a.length;
  const c = sv("g", { class: "col" + (i === o.layer ? " sel" : ""), tabindex: i === o.layer ? 0 : -1, role: "button", "data-i": i, "aria-label": `Block ${i}: attention ${sg(b.a)}, ${ffn()} ${sg(b.m)} logits, lens reads ${tokenText(b.id)} at ${pc(b.p)}` }, g);
  sv("rect", { class: "band", rx: 3, ...hit }, c);
  c.addEventListener("pointerenter", () => on.hover(i)); c.addEventListener("pointerleave", () => on.hover(null));
  c.addEventListener("focus", () => on.hover(i)); c.addEventListener("blur", () => on.hover(null));
  c.addEventListener("click", () => on.pick(i));
  c.addEventListener("keydown", (e) => {
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1, Home: -L, End: L }[e.key];
    if (e.key === "Enter" || e.key === " ") { on.pick(i); e.preventDefault(); }
    if (step) { const all = [...g.querySelectorAll(".col")]; all.forEach((k) => { k.tabIndex = -1; }); const n = all[Math.min(L - 1, Math.max(0, i + step))]; n.tabIndex = 0; n.focus(); e.preventDefault(); }
  });
  return c;
}
function bar(c, horizontal, zero, across, thick, v, base, k) { // filled: this run; hollow: the run without interventions
  const put = (val, a) => { const len = Math.max(.8, Math.abs(val) * k); return sv("rect", horizontal ? { x: val > 0 ? zero : zero - len, y: across, width: len, height: thick, rx: 1, ...a } : { x: across, y: val > 0 ? zero - len : zero, width: thick, height: len, rx: 1, ...a }, c); };
  put(v, { fill: sign(v) });
  if (base !== null && Math.abs(base - v) * k > .75) put(base, { fill: "none", stroke: css("ink"), "stroke-width": 1, "stroke-dasharray": "2 1.5", class: "ghostbar" });
}
const ribbon = (a, b) => { const m = (a[0] + b[0]) / 2; return `M${a[0]} ${a[1] - a[2]}C${m} ${a[1] - a[2]} ${m} ${b[1] - b[2]} ${b[0]} ${b[1] - b[2]}V${b[1] + b[2]}C${m} ${b[1] + b[2]} ${m} ${a[1] + a[2]} ${a[0]} ${a[1] + a[2]}Z`; };
const keptAt = (d, j) => !d.sample || d.sample.kept_shown[j];
const cutAfter = (d) => { if (!d.sample) return -1; const m = d.sample.kept_shown, last = m.lastIndexOf(true); return last >= 0 && last < m.length - 1 && m.slice(0, last + 1).every(Boolean) ? last : -1; };

export function wide(W, d, o, on) {
  const L = d.attn.a.length, Ht = 492, x0 = 132, x1 = W - 268, cw = (x1 - x0) / L, R = 46, yLens = 432, top = 26;
  const ln = lanes(d), k = (yLens - top - 2 * R - 68) / (ln.a1 - ln.a0 + ln.m1 - ln.m0);
  const yA = top + ln.a1 * k, yr = yA - ln.a0 * k + 22 + R, mTop = yr + R + 18, yM = mTop + ln.m1 * k;
  const s = sv("svg", { class: "fig", viewBox: `0 0 ${W} ${Ht}`, height: Ht, role: "group", "aria-label": `Residual stream of one position through ${L} blocks` });
  const tick = nice((ln.a1 - ln.a0 + ln.m1 - ln.m0) / 9), hh = width(d, R);
  // axes
  const ax = sv("g", { class: "fade", "data-part": "2" }, s);
  for (const [y, lo, hi] of [[yA, ln.a0, ln.a1], [yM, ln.m0, ln.m1]]) for (let v = Math.ceil(lo / tick) * tick; v <= hi + 1e-9; v += tick) {
    sv("line", { x1: x0, x2: x1, y1: y - v * k, y2: y - v * k, class: Math.abs(v) < 1e-9 ? "zero" : "hair" }, ax);
    sv("text", { x: x0 - 8, y: y - v * k + 3.5, "text-anchor": "end", class: "dim" }, ax, tickLabel(v, tick));
  }
  sv("text", { x: x0, y: top - 12, class: "h" }, ax, "Attention"); sv("text", { x: x0 + 62, y: top - 12 }, ax, "logits it adds toward the token");
  sv("text", { x: x0, y: mTop - 3, class: "h" }, ax, ffn("MLP", "Experts"));
  const every = [1, 2, 5, 10, 20].find((e) => e * cw >= 26) ?? 20;
  for (let i = 0; i < L; i++) if ((i % every === 0 && (L - 1 - i) * cw > 16) || i === L - 1) sv("text", { x: x0 + (i + .5) * cw, y: yLens - 6, "text-anchor": "middle", class: "dim" }, ax, i);
  sv("text", { x: x0 - 8, y: yLens - 6, "text-anchor": "end", class: "dim" }, ax, "block");
  sv("text", { x: x0 - 8, y: yLens + 14, "text-anchor": "end", class: "dim" }, ax, "lens reads");
  // embedding
  const eg = sv("g", { class: "fade", "data-part": "0 1" }, s), ew = 80, ey = Math.max(40, Math.min(yr - 90, 250)), strip = embedStrip(eg, d, 0, ey, ew, 180, on);
  sv("text", { x: 0, y: ey - 26, class: "h" }, eg, "Embedding"); svgToken(eg, 0, ey - 9, d.token.id, { class: "m ink" }, 12);
  sv("text", { x: 0, y: strip.bottom + 16, class: "dim" }, eg, `${big(d.embedding.a.length)} values`); sv("text", { x: 0, y: strip.bottom + 31, class: "dim" }, eg, `±${strip.top.toPrecision(2)}`);
  sv("text", { x: 0, y: strip.bottom + 52 }, eg, "its own share"); const et = sv("text", { x: 0, y: strip.bottom + 67, class: "b" }, eg, sg(d.embed)); et.style.fill = Math.abs(d.embed) < .005 ? css("ink2") : sign(d.embed);
  // stream
  const xg = x1 + 20, rg = sv("g", { class: "fade", "data-part": "1 2" }, s);
  const points = (n) => [[ew + 4, hh(n[0])], [x0, hh(n[0])], ...Array.from({ length: L }, (_, i) => [x0 + (i + 1) * cw, hh(n[i + 1])]), [xg, hh(n[L])]];
  const edge = (pts, f, join = "M") => { let e = `${join}${pts[0][0]} ${yr + f * pts[0][1]}`; for (let i = 1; i < pts.length; i++) { const m = (pts[i - 1][0] + pts[i][0]) / 2; e += `C${m} ${yr + f * pts[i - 1][1]} ${m} ${yr + f * pts[i][1]} ${pts[i][0]} ${yr + f * pts[i][1]}`; } return e; };
  const pts = points(d.norms.a), df = sv("defs", {}, s), gr = sv("linearGradient", { id: "riverfill", x1: 0, x2: 1, y1: 0, y2: 0 }, df);
  for (const [at, c] of [[0, "river"], [.8, "river"], [1, "river-deep"]]) sv("stop", { offset: at, "stop-color": css(c) }, gr);
  sv("path", { d: edge(pts, -1) + edge([...pts].reverse(), 1, "L") + "Z", fill: "url(#riverfill)" }, rg);
  for (const f of [-.66, -.33, 0, .33, .66]) sv("path", { d: edge(pts, f), class: "flowline" }, rg);
  if (d.base) for (const f of [-1, 1]) sv("path", { d: edge(points(d.base.norms.a).slice(Math.max(0, parting(d)) + 1), f), fill: "none", stroke: css("ink"), "stroke-dasharray": "2 2", opacity: .6 }, rg);
  const marks = [...new Set([0, Math.round(L / 3), Math.round(2 * L / 3), L])];
  for (const i of marks) {
    const near = i === 0 ? [0] : i === L ? [L, L - 1, L - 2, L - 3] : [i - 1, i, i + 1], h = Math.max(...near.filter((j) => j >= 0).map((j) => hh(d.norms.a[j])));
    sv("text", { x: i === 0 ? (ew + x0) / 2 + 4 : i === L ? x1 - 2 : x0 + i * cw, y: yr - h - 6, "text-anchor": i === L ? "end" : "middle", class: "dim" }, rg, (i === 0 ? "" : "|x| ") + nf(d.norms.a[i]));
  }
  // blocks
  const cg = sv("g", { class: "fade", "data-part": "2" }, s);
  for (let i = 0; i < L; i++) {
    const b = blockOf(d, i), x = x0 + i * cw, xc = x + cw / 2, bw = Math.max(1.5, Math.min(14, cw * .6)), rh = hh((b.n0 + b.n1) / 2);
    const c = column(cg, d, i, o, on, { x, y: top - 6, width: cw, height: yLens + 24 - top });
    for (const [y1, y2] of [[yA + Math.max(0, -b.a * k) + 2, yr - rh], [yr + rh, yM - Math.max(0, b.m * k) - 2]]) if (y2 > y1) sv("line", { x1: xc, x2: xc, y1, y2, stroke: css("line2"), "stroke-dasharray": "1 3" }, c);
    bar(c, false, yA, xc - bw / 2, bw, b.a, b.a0, k); bar(c, false, yM, xc - bw / 2, bw, b.m, b.m0, k);
    sv("rect", { x: x + Math.min(.75, cw * .1), y: yLens + 4, width: Math.max(.8, cw - 1.5), height: 12, rx: 1, fill: css("prob"), opacity: (.06 + .94 * b.p).toFixed(3) }, c);
  }
  d.edits.a.forEach((v, i) => { // where an intervention changed the stream itself
    if (!v) return;
    const x = x0 + (i + 1) * cw, h = hh(d.norms.a[i + 1]); sv("path", { d: `M${x} ${yr - h - 6}V${yr + h + 6}`, stroke: css("ink"), "stroke-width": 1.5 }, cg);
    sv("path", { d: `M${x} ${yr - 5}l5 5-5 5-5-5Z`, fill: css("surface"), stroke: css("ink"), "stroke-width": 1.5 }, cg); const t = sv("text", { x: i === L - 1 ? x - 7 : x + 7, y: yr + h + 14, "text-anchor": i === L - 1 ? "end" : "start", class: "b" }, cg, sg(v)); // the gate stands right of the last block t.style.fill = sign(v);
  });
  lensLabels(cg, d, o, x0, x1, cw, yLens);
  // norm gate, split into probabilities
  const ng = sv("g", { class: "fade", "data-part": "3" }, s), gate = sv("rect", { x: xg, y: yr - R - 8, width: 15, height: 2 * R + 16, rx: 3, fill: css("ink") }, ng); gate.classList.add("gate");
  const gt = sv("text", { transform: `translate(${xg + 11.2} ${yr}) rotate(-90)`, "text-anchor": "middle" }, ng, "norm, unembed"); gt.style.fill = css("surface"); gt.style.fontWeight = 600;
  splitWide(sv("g", { class: "fade", "data-part": "3 4" }, s), d, W, xg + 15, yr);
  return s;
}

function lensLabels(cg, d, o, x0, x1, cw, yLens) { // equal neighbours share one label; one that would not fit stands aslant
  const L = d.attn.a.length; let lastSlant = -99;
  for (let i = 0; i < L;) {
    let j = i; while (j + 1 < L && blockOf(d, j + 1).id === blockOf(d, i).id) j++;
    const id = blockOf(d, i).id, p = Math.max(...Array.from({ length: j - i + 1 }, (_, n) => blockOf(d, i + n).p)), w = (j - i + 1) * cw, mid = x0 + i * cw + w / 2, hit = id === d.target, last = j === L - 1;
    if (j > i) sv("path", { d: `M${x0 + i * cw + 2} ${yLens + 20}H${x0 + (j + 1) * cw - 2}`, stroke: css("line2"), "stroke-width": 1.5 }, cg);
    const text = tokenText(id), long = [...text].length * CHAR, space = rawToken(id) === " ";
    let t = null;
    if (space && w > 70) t = sv("text", { x: mid, y: yLens + 35, "text-anchor": "middle" }, cg, "· a space");
    else if (long < w - 4) t = svgToken(cg, mid, yLens + 35, id, { "text-anchor": "middle" });
    else if (last && long < w + 60) t = svgToken(cg, x1 - w + 1, yLens + 35, id, {}); // there is room to its right
    else if (mid - lastSlant >= 13) { t = svgToken(cg, 0, 0, id, { "text-anchor": "end", transform: `translate(${mid + 4} ${yLens + 28}) rotate(-52)` }, 7); lastSlant = mid; }
    if (t) { t.setAttribute("class", (space && w > 70 ? "" : "m") + (hit ? " b" : "")); t.style.pointerEvents = "none"; t.style.fill = hit ? css("prob") : textTone(p); }
    i = j + 1;
  }
}

function splitWide(g, d, W, xs, yr) {
  const HR = 92, n = d.next, hs = n.probabilities.map((p) => Math.max(24, p * HR)), cutJ = cutAfter(d), total = hs.reduce((a, b) => a + b, 0) + 30, xd = xs + (d.base ? 34 : 58), right = d.base ? W - 58 : W;
  let y = Math.max(46, Math.min(yr - total / 2, 480 - total)), acc = yr - HR / 2;
  sv("text", { x: xd, y: y - 22, class: "h" }, g, "Next token");
  if (d.base) { sv("text", { x: right, y: y - 22, "text-anchor": "end" }, g, "before"); sv("text", { x: W, y: y - 22, "text-anchor": "end", class: "ink b" }, g, "now"); } else sv("text", { x: W, y: y - 22, "text-anchor": "end" }, g, "probability");
  n.ids.forEach((id, j) => {
    const p = n.probabilities[j], yc = y + hs[j] / 2, hp = Math.max(.6, p * HR / 2), kept = keptAt(d, j);
    sv("path", { d: ribbon([xs, acc + p * HR / 2, hp], [xd, yc, hp]), fill: css("prob"), opacity: kept ? .32 : .14 }, g); acc += p * HR;
    sv("rect", { x: xd, y: yc - Math.max(1, hp), width: 5, height: Math.max(2, 2 * hp - 1.5), ...(kept ? { fill: css("prob") } : { fill: css("surface"), stroke: css("ink3"), "stroke-width": .8 }) }, g);
    const b = d.base?.next.probabilities[j], hb = b === undefined ? 0 : Math.max(1, b * HR / 2);
    if (hb && Math.abs(b - p) * HR > 1.5) sv("rect", { x: xd - 1.5, y: yc - Math.min(hb, hs[j] / 2 + 6), width: 8, height: 2 * Math.min(hb, hs[j] / 2 + 6), fill: "none", stroke: css("ink"), "stroke-dasharray": "2 1.5" }, g);
    const t = svgToken(g, xd + 13, yc + 4, id, { class: "m" + (j === 0 || id === d.target ? " b" : "") }, d.base ? 11 : 15);
    t.style.fill = css(id === d.target ? "prob" : kept ? "ink" : "ink3"); if (j === 0) t.style.fontSize = "13px";
    if (d.base) sv("text", { x: right, y: yc + 4, "text-anchor": "end", class: "dim" }, g, pc(b));
    sv("text", { x: W, y: yc + 4, "text-anchor": "end", class: j === 0 || d.base ? "ink b" : kept ? "" : "dim" }, g, pc(p));
    y += hs[j];
    if (j === cutJ) { sv("line", { x1: xd, x2: W, y1: y, y2: y, stroke: css("ink"), "stroke-dasharray": "3 3" }, g); sv("text", { x: xd + 13, y: y + 13, class: "dim" }, g, "cut by the sampler"); y += 18; }
  });
  sv("text", { x: xd + 13, y: y + 16, class: "dim" }, g, `${big(d.vocabulary - n.ids.length)} others`);
  if (d.base) sv("text", { x: right, y: y + 16, "text-anchor": "end", class: "dim" }, g, pc(d.base.next.rest));
  sv("text", { x: W, y: y + 16, "text-anchor": "end", class: "dim" }, g, pc(n.rest));
}

export function tall(W, d, o, on) {
  const L = d.attn.a.length, rh = 23, y0 = 142, y1 = y0 + L * rh, R = 28, xa0 = 24, xa1 = W * .31, cx = W * .31 + 10 + R, xm0 = cx + R + 12, xl = W - 82, xm1 = xl - 10;
  const ln = lanes(d), k = Math.min((xa1 - xa0) / (ln.a1 - ln.a0), (xm1 - xm0) / (ln.m1 - ln.m0)), xA = xa0 - ln.a0 * k, xM = xm0 - ln.m0 * k, hh = width(d, R);
  const s = sv("svg", { class: "fig", role: "group", "aria-label": `Residual stream of one position through ${L} blocks` });
  const eg = sv("g", { class: "fade", "data-part": "0 1" }, s); sv("text", { x: 0, y: 12, class: "h" }, eg, "Embedding"); svgToken(eg, 76, 12, d.token.id, { class: "m ink" }, 12);
  const strip = embedStrip(eg, d, 0, 22, W, 46, on); sv("text", { x: W, y: 12, "text-anchor": "end", class: "dim" }, eg, `${big(d.embedding.a.length)} values, ±${strip.top.toPrecision(2)}`);
  const ax = sv("g", { class: "fade", "data-part": "2" }, s);
  sv("text", { x: xa0, y: y0 - 36, class: "h" }, ax, "Attention"); sv("text", { x: xm0, y: y0 - 36, class: "h" }, ax, ffn("MLP", "Experts")); sv("text", { x: xl, y: y0 - 36, class: "h" }, ax, "Lens"); sv("text", { x: W, y: y0 - 36, "text-anchor": "end", class: "dim" }, ax, "%");
  const tick = nice(Math.max(26 / k, Math.max(ln.a1, ln.m1) / 3));
  for (const [x, hi] of [[xA, ln.a1], [xM, ln.m1]]) for (let v = 0; v <= hi + 1e-9; v += tick) { sv("line", { x1: x + v * k, x2: x + v * k, y1: y0 - 8, y2: y1, class: v ? "hair" : "zero" }, ax); sv("text", { x: x + v * k, y: y0 - 14, "text-anchor": "middle", class: "dim" }, ax, tickLabel(v, tick)); }
  const rg = sv("g", { class: "fade", "data-part": "1 2" }, s), points = (n) => [[strip.bottom + 6, hh(n[0])], [y0, hh(n[0])], ...Array.from({ length: L }, (_, i) => [y0 + (i + 1) * rh, hh(n[i + 1])]), [y1 + 14, hh(n[L])]];
  const edge = (q, f, join = "M") => { let e = `${join}${cx + f * q[0][1]} ${q[0][0]}`; for (let i = 1; i < q.length; i++) { const m = (q[i - 1][0] + q[i][0]) / 2; e += `C${cx + f * q[i - 1][1]} ${m} ${cx + f * q[i][1]} ${m} ${cx + f * q[i][1]} ${q[i][0]}`; } return e; };
  const pts = points(d.norms.a); sv("path", { d: edge(pts, -1) + edge([...pts].reverse(), 1, "L") + "Z", fill: css("river") }, rg);
  for (const f of [-.5, 0, .5]) sv("path", { d: edge(pts, f), class: "flowline" }, rg);
  if (d.base) for (const f of [-1, 1]) sv("path", { d: edge(points(d.base.norms.a).slice(Math.max(0, parting(d)) + 1), f), fill: "none", stroke: css("ink"), "stroke-dasharray": "2 2", opacity: .6 }, rg);
  const cg = sv("g", { class: "fade", "data-part": "2" }, s);
  for (let i = 0; i < L; i++) {
    const b = blockOf(d, i), y = y0 + i * rh, yc = y + rh / 2, c = column(cg, d, i, o, on, { x: 0, y, width: W, height: rh });
    sv("text", { x: 15, y: yc + 4, "text-anchor": "end", class: "dim" }, c, i);
    bar(c, true, xA, yc - 5, 10, b.a, b.a0, k); bar(c, true, xM, yc - 5, 10, b.m, b.m0, k);
    const t = svgToken(c, xl, yc + 4, b.id, { class: "m" + (b.id === d.target ? " b" : "") }, 8); t.style.fill = b.id === d.target ? css("prob") : textTone(b.p);
    sv("text", { x: W, y: yc + 4, "text-anchor": "end", class: "dim" }, c, Math.round(b.p * 100));
  }
  d.edits.a.forEach((v, i) => { if (v) sv("path", { d: `M${cx} ${y0 + (i + 1) * rh - 5}l5 5-5 5-5-5Z`, fill: css("surface"), stroke: css("ink"), "stroke-width": 1.5 }, cg); });
  const ng = sv("g", { class: "fade", "data-part": "3" }, s); sv("rect", { x: cx - R - 22, y: y1 + 14, width: 2 * R + 44, height: 20, rx: 3, fill: css("ink") }, ng); const gt = sv("text", { x: cx, y: y1 + 28, "text-anchor": "middle" }, ng, "norm, unembed"); gt.style.fill = css("surface"); gt.style.fontWeight = 600;
  const y = splitTall(sv("g", { class: "fade", "data-part": "3 4" }, s), d, W, y1 + 66);
  s.setAttribute("viewBox", `0 0 ${W} ${y}`); s.setAttribute("height", y); return s;
}
function splitTall(g, d, W, y) {
  const n = d.next, cutJ = cutAfter(d), bx = 104, right = d.base ? W - 56 : W, bw = right - bx - 58;
  sv("text", { x: 0, y, class: "h" }, g, "Next token"); sv("text", { x: right, y, "text-anchor": "end" }, g, d.base ? "before" : "probability"); if (d.base) sv("text", { x: W, y, "text-anchor": "end", class: "ink b" }, g, "now"); y += 10;
  n.ids.forEach((id, j) => {
    const kept = keptAt(d, j), p = n.probabilities[j], t = svgToken(g, 0, y + 13, id, { class: "m" + (j === 0 || id === d.target ? " b" : "") }, 14); t.style.fill = css(id === d.target ? "prob" : kept ? "ink" : "ink3");
    sv("rect", { x: bx, y: y + 4, width: Math.max(1, p * bw), height: 11, rx: 1, ...(kept ? { fill: css("prob") } : { fill: "none", stroke: css("ink3"), "stroke-width": .8 }) }, g);
    if (d.base) { const b = d.base.next.probabilities[j]; if (Math.abs(b - p) * bw > 1) sv("rect", { x: bx, y: y + 3, width: Math.max(1, b * bw), height: 13, fill: "none", stroke: css("ink"), "stroke-dasharray": "2 1.5" }, g); sv("text", { x: right, y: y + 13, "text-anchor": "end", class: "dim" }, g, pc(b)); }
    sv("text", { x: W, y: y + 13, "text-anchor": "end", class: j === 0 || d.base ? "ink b" : "" }, g, pc(p)); y += 21;
    if (j === cutJ) { sv("line", { x1: 0, x2: W, y1: y + 3, y2: y + 3, stroke: css("ink"), "stroke-dasharray": "3 3" }, g); sv("text", { x: 0, y: y + 18, class: "dim" }, g, "below: cut by the sampler"); y += 25; }
  });
  sv("text", { x: 0, y: y + 13, class: "dim" }, g, `${big(d.vocabulary - n.ids.length)} others`); sv("text", { x: W, y: y + 13, "text-anchor": "end", class: "dim" }, g, pc(n.rest));
  return y + 20;
}
