// Heads and causes: what each head writes toward the target, against what happens when it is removed.
import { css, el, headName, mix, nice, pc, rgb, rgbs, segmented, sg, sv, tip, tokenEl, tokenText, tone } from "../js/dom.js";
import { baseKey, baseNote } from "./unmodified.js";

const SCORES = [["none", "None"], ["previous", "Previous token"], ["induction", "Induction"], ["sink", "Sink"], ["entropy", "Entropy"]];
const SAYS = {
  none: "All heads alike; violet is the selected one.", previous: "Darker: more attention on the token just before, mean over positions.", induction: "Darker: on repeated random tokens, more attention on what followed last time.",
  sink: "Darker: more attention on the first token, mean over positions.", entropy: "Darker: attention spread over more tokens, in bits.",
};
const COLUMNS = [["head", "Head"], ["direct", "Direct"], ["effect", "Removed"], ["kl", "KL, nats"]];
const TOP = 14;

const scatter = {
  create(body, ctx) {
    let now = null, keyed = false, colour = "none", sort = "kl", down = true;
    const box = el("div", { class: "figure" }), side = el("div", { class: "scroll causetable" }), said = el("p", { class: "readout" }), hint = el("p", { class: "hint" }), key = baseKey(ctx, el("i", { class: "tailkey" }), "from its unmodified direct share"), note = baseNote(ctx);
    const seg = segmented("Colour", SCORES, () => colour, (k) => { colour = k; draw(now); });
    const ramp = el("span", { hidden: true }, el("i", { class: "rampends lo" }), el("i", { class: "ramp causeramp" }), el("i", { class: "rampends hi" }));
    body.append(el("div", { class: "bar" }, el("div", { class: "colourby" }, el("span", { class: "muted", text: "Shade by" }), seg), el("div", { class: "legend" }, ramp, el("span", {}, el("svg-placeholder")), el("span", { text: "area: KL divergence of the next-token distribution" }), key)), hint, note, el("div", { class: "two causes" }, el("div", {}, box, said), side));
    body.querySelector("svg-placeholder").replaceWith(areaKey());
    function areaKey() { const s = sv("svg", { width: 40, height: 16, viewBox: "0 0 40 16", "aria-hidden": "true" }); for (const [x, r] of [[5, 3], [17, 5], [32, 7]]) sv("circle", { cx: x, cy: 8, r, fill: "currentColor", opacity: .45 }, s); return s; }

    const n = () => now.kl.a.length, H = () => now.kl.shape[1], name = (i) => headName(Math.floor(i / H()), i % H()), isOn = (i) => Math.floor(i / H()) === ctx.store.focus.layer && i % H() === ctx.store.focus.head;
    const value = (i, k) => k === "head" ? i : (k === "direct" ? now.direct : k === "before" ? now.base.direct : k === "effect" ? now.effect : now.kl).a[i];
    const select = (i) => ctx.set({ layer: Math.floor(i / H()), head: i % H() });
    const known = (i) => Number.isFinite(now.kl.a[i]); // while the view is being measured, some heads have not been removed yet
    const byKl = () => Array.from({ length: n() }, (_, i) => i).filter(known).sort((a, b) => now.kl.a[b] - now.kl.a[a]);
    const scoreWord = (i) => Number.isFinite(now.scores[colour].a[i]) ? now.scores[colour].a[i].toFixed(2) : "none"; // a run of one token has no scores
    const scoreText = (i) => colour === "none" ? null : [SCORES.find(([k]) => k === colour)[1], scoreWord(i) + (colour === "entropy" ? " bits" : "")];
    const rows = (i) => [["direct share", sg(now.direct.a[i], 3)], ...(now.base ? [["direct, unmodified", sg(now.base.direct.a[i], 3)]] : []), ["logit when removed", sg(now.effect.a[i], 3)], ["its probability", `${pc(now.p)} → ${pc(now.p_ablated.a[i])}`], ["KL", now.kl.a[i].toFixed(4) + " nats"], ...(scoreText(i) ? [scoreText(i)] : [])];

    function drawPlot() {
      const W = Math.floor(box.clientWidth), Ht = Math.min(520, Math.max(350, W * .78)), x0 = 48, x1 = W - 16, y0 = 16, y1 = Ht - 46, s = sv("svg", { class: "fig", viewBox: `0 0 ${W} ${Ht}`, height: Ht, role: "img", tabindex: 0, "aria-label": `Scatter of ${byKl().length} heads: direct share against the logit's change when removed; arrow keys walk the heads by KL` });
      const span = (a) => { let lo = 0, hi = 0; for (const v of a) { lo = Math.min(lo, v); hi = Math.max(hi, v); } const room = Math.max(hi - lo, .02); return [lo - room * .06, hi + room * .06, nice(room / 5)]; };
      const [xl, xh, xs] = span(now.base ? [...now.direct.a, ...now.base.moved.map((i) => now.base.direct.a[i])] : now.direct.a), [yl, yh, ys] = span(now.effect.a.filter(Number.isFinite)), X = (v) => x0 + (v - xl) / (xh - xl) * (x1 - x0), Y = (v) => y1 - (v - yl) / (yh - yl) * (y1 - y0);
      const digits = (st) => st >= 1 ? 0 : st >= .1 ? 1 : 2, word = (v, st) => Math.abs(v) < st / 1e3 ? "0" : sg(v, digits(st)), zero = (v, st) => Math.abs(v) < st / 1e3 ? "zero" : "hair";
      for (let i = Math.ceil(xl / xs); i * xs <= xh; i++) { const v = i * xs; sv("line", { x1: X(v), x2: X(v), y1: y0, y2: y1, class: zero(v, xs) }, s); sv("text", { x: X(v), y: y1 + 17, "text-anchor": "middle", class: "dim" }, s, word(v, xs)); }
      for (let i = Math.ceil(yl / ys); i * ys <= yh; i++) { const v = i * ys; sv("line", { x1: x0, x2: x1, y1: Y(v), y2: Y(v), class: zero(v, ys) }, s); sv("text", { x: x0 - 8, y: Y(v) + 4, "text-anchor": "end", class: "dim" }, s, word(v, ys)); }
      const a = Math.max(xl, -yh), b = Math.min(xh, -yl); // removing a head that worked only directly would take exactly its share
      if (b > a) { sv("line", { x1: X(a), y1: Y(-a), x2: X(b), y2: Y(-b), stroke: css("ink3"), "stroke-dasharray": "3 4" }, s); }
      sv("text", { x: (x0 + x1) / 2, y: Ht - 6, "text-anchor": "middle" }, s, "direct share of the logit"); sv("text", { transform: `translate(11 ${(y0 + y1) / 2}) rotate(-90)`, "text-anchor": "middle" }, s, "change of the logit when removed");
      const order = byKl(), most = Math.max(now.kl.a[order[0]], 1e-9), R = (i) => 3 + 9 * Math.sqrt(now.kl.a[i] / most), pale = rgb("sunken"), deep = rgb("ink"), sc = colour === "none" ? null : now.scores[colour].a; let lo = 0, hi = 1; if (sc) { const real = sc.filter(Number.isFinite); lo = real.length ? Math.min(...real) : 0; hi = real.length ? Math.max(...real) : 1; if (colour !== "entropy") { lo = 0; } if (hi <= lo) hi = lo + 1; }
      ramp.hidden = !sc; if (sc) { ramp.querySelector(".lo").textContent = lo.toFixed(colour === "entropy" ? 1 : 2); ramp.querySelector(".hi").textContent = hi.toFixed(colour === "entropy" ? 1 : 2) + (colour === "entropy" ? " bits" : ""); }
      const draw1 = (i) => {
        const on = isOn(i), t = sc && Number.isFinite(sc[i]) ? (sc[i] - lo) / (hi - lo) : 0, c = sv("circle", { cx: X(now.direct.a[i]), cy: Y(now.effect.a[i]), r: R(i), fill: on ? css("prob") : sc ? rgbs(mix(pale, deep, .06 + .88 * t)) : css("river-deep"), "fill-opacity": on ? .92 : sc ? .85 : .42, stroke: css(on ? "ink" : sc ? "ink3" : "surface"), "stroke-width": on ? 1.5 : .8, class: "dot", "data-head": name(i) }, s);
        c.addEventListener("pointermove", (e) => tip.show(e.clientX, e.clientY, name(i), rows(i))); c.addEventListener("pointerleave", tip.hide); c.addEventListener("click", () => select(i));
      };
      const selected = ctx.store.focus.layer * H() + ctx.store.focus.head, tails = sv("g", { class: "tails" }, s); order.filter((i) => i !== selected).forEach(draw1); if (known(selected)) draw1(selected); // large ones first, so that small ones stay on top
      const used = [], labelled = []; for (const i of [selected, ...order.slice(0, 12)]) {
        if (!known(i)) continue; const w = 7 * name(i).length, right = X(now.direct.a[i]) + R(i) + 4 + w < x1, x = right ? X(now.direct.a[i]) + R(i) + 4 : X(now.direct.a[i]) - R(i) - 4, y = Y(now.effect.a[i]) + 4, left = right ? x : x - w;
        if (used.some((u) => Math.abs(u[1] - y) < 13 && left < u[0] + u[2] && left + w > u[0]) || order.slice(0, 24).some((j) => j !== i && Math.abs(Y(now.effect.a[j]) + 4 - y) < R(j) + 3 && X(now.direct.a[j]) > left - R(j) && X(now.direct.a[j]) < left + w + R(j)) && i !== selected) continue;
        used.push([left, y, w]); labelled.push(i); const t = sv("text", { x, y, "text-anchor": right ? "start" : "end", class: "ink" + (i === selected ? " b" : "") }, s, name(i)); t.style.paintOrder = "stroke"; t.style.stroke = css("surface"); t.style.strokeWidth = "3px"; t.style.pointerEvents = "none";
      }
      // Only the direct share has a place in both runs: a tail lies flat, from where the head stood.
      if (now.base) for (const i of new Set([...labelled, ...now.base.moved.filter(known)])) { const xb = X(now.base.direct.a[i]), xn = X(now.direct.a[i]), y = Y(now.effect.a[i]); if (xb < x0 - 1 || xb > x1 + 1 || Math.abs(xb - xn) < 2) continue; const g = sv("g", { class: "tail", "data-tail": name(i), "data-before": now.base.direct.a[i] }, tails); sv("line", { x1: xb, x2: xn, y1: y, y2: y }, g); sv("line", { x1: xb, x2: xb, y1: y - 4, y2: y + 4 }, g); if (!labelled.includes(i) && Math.abs(xb - xn) > 30) tailName(g, name(i), xb, xn, y, x0, x1); }
      s.addEventListener("keydown", (e) => { const d = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 }[e.key]; if (!d) return; keyed = true; e.preventDefault(); const k = order.indexOf(ctx.store.focus.layer * H() + ctx.store.focus.head); select(order[Math.min(order.length - 1, Math.max(0, k + d))]); });
      s.addEventListener("pointerdown", () => { keyed = false; });
      const focused = keyed && document.activeElement === box.firstElementChild; box.replaceChildren(s); if (focused) s.focus({ preventScroll: true });
    }
    function tailName(g, text, xb, xn, y, x0, x1) { // a head that went far is named where it stood
      const out = xb > xn ? 1 : -1, w = 7 * text.length, fits = out > 0 ? xb + 6 + w < x1 : xb - 6 - w > x0;
      sv("text", { x: fits ? xb + 6 * out : xb, y: fits ? y + 4 : y - 8, "text-anchor": fits === (out > 0) ? "start" : "end", class: "baselabel" }, g, text);
    }
    function drawTable() {
      const strongest = byKl().slice(0, TOP), list = strongest.sort((a, b) => (value(a, sort) - value(b, sort)) * (down ? -1 : 1)), applied = new Set(ctx.interventions.filter((i) => i.on).map((i) => i.text));
      const columns = now.base ? [...COLUMNS.slice(0, 2), ["before", "Direct, unmodified"], ...COLUMNS.slice(2)] : COLUMNS; if (!columns.some(([k]) => k === sort)) sort = "kl";
      const head = columns.map(([k, t]) => el("th", { class: k === "head" ? "" : "r", "data-k": k, "aria-sort": sort === k ? (down ? "descending" : "ascending") : "none" }, el("button", { class: "sortbtn", type: "button", on: { click: () => { if (sort === k) down = !down; else { sort = k; down = k !== "head"; } drawTable(); side.querySelector(`[aria-sort]:not([aria-sort=none]) button`)?.focus(); } } }, t, el("span", { "aria-hidden": "true", text: sort === k ? (down ? " ↓" : " ↑") : "" }))));
      const extra = colour === "none" ? null : el("th", { class: "r", text: SCORES.find(([k]) => k === colour)[1] });
      side.replaceChildren(el("table", { class: "plain" }, el("thead", {}, el("tr", {}, head, extra, el("th", { "aria-label": "Action" }))), el("tbody", {}, list.map((i) => {
        const text = `ablate:${Math.floor(i / H())}.${i % H()}`, tr = el("tr", { class: "pick" + (isOn(i) ? " on" : ""), on: { click: () => select(i) } }, el("td", {}, el("button", { class: "rowbtn", type: "button", text: name(i), "aria-label": `Select head ${name(i)}` })), el("td", { class: "r " + tone(now.direct.a[i]), text: sg(now.direct.a[i]) }), now.base ? el("td", { class: "r was", text: sg(now.base.direct.a[i]), "data-before": now.base.direct.a[i] }) : null, el("td", { class: "r " + tone(now.effect.a[i]), text: sg(now.effect.a[i]) }), el("td", { class: "r", text: now.kl.a[i].toFixed(3) }), extra ? el("td", { class: "r", text: scoreWord(i) }) : null,
          el("td", { class: "r" }, applied.has(text) ? el("span", { class: "muted", text: "ablated" }) : el("button", { class: "linkbtn", type: "button", text: "Ablate", "aria-label": "Ablate " + name(i), on: { click: (e) => { e.stopPropagation(); select(i); ctx.intervene(text); ctx.toast(`${name(i)} is on the intervention stack`); } } })));
        tr.addEventListener("pointerenter", () => mark(i, true)); tr.addEventListener("pointerleave", () => mark(i, false)); return tr;
      }))), el("p", { class: "hint", text: `The ${Math.min(TOP, n())} of ${byKl().length === n() ? `${n()} heads` : `${byKl().length} heads removed so far (of ${n()})`} whose removal changes the distribution most. The export holds them all.` }));
    }
    function mark(i, on) { box.querySelector(`[data-head="${name(i)}"]`)?.classList.toggle("hot", on); }
    function draw(d) {
      hint.textContent = SAYS[colour]; key.show(d.base); drawPlot(); drawTable();
      note.say(d.base, "Tails: direct shares of the heads that moved most. Removals are measured in the changed run only: for the unmodified run that would take as long again.");
      const i = ctx.store.focus.layer * H() + ctx.store.focus.head; said.replaceChildren(); if (i >= n()) return;
      said.append(...[el("b", { text: name(i) }), " writes ", el("b", { class: tone(now.direct.a[i]), text: sg(now.direct.a[i]) }), d.base ? [" (unmodified ", el("b", { class: tone(d.base.direct.a[i]), text: sg(d.base.direct.a[i]) }), ")"] : "", " toward ", tokenEl(d.target, "mono tokword"), ...(!known(i) ? ["; it has not been removed yet."] : ["; removed, that logit moves ", el("b", { class: tone(now.effect.a[i]), text: sg(now.effect.a[i]) }), `, its probability ${pc(d.p)} → ${pc(now.p_ablated.a[i])}, KL ${now.kl.a[i].toFixed(3)} nats.`])].flat());
    }
    return {
      draw(d) { now = d; draw(d); },
      exportData() { const d = now; return { position: d.position, target: { id: d.target, text: tokenText(d.target) }, probability: d.p, ...(d.base ? { probability_unmodified: d.base.p } : {}), heads: Array.from({ length: n() }, (_, i) => ({ head: name(i), direct: d.direct.a[i], ...(d.base ? { direct_unmodified: d.base.direct.a[i] } : {}), removed: d.effect.a[i], probability_removed: d.p_ablated.a[i], kl: d.kl.a[i], ...Object.fromEntries(Object.entries(d.scores).map(([k, v]) => [k, v.a[i]])) })) }; },
    };
  },
};
export const views = { scatter };
