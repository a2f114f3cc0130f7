// Speculative decoding: the rounds of one generation, what decided each token, and what each draft would be worth.
import { chart } from "../kit/chart.js";
import { css, cut, el, nice, pc, reduced, segmented, sv, svgToken, tip, tokenEl, tokenText } from "../js/dom.js";

const KINDS = [["int4", "4-bit weights"], ["int8", "8-bit weights"], ["lookup", "Prompt look-up"], ["skip", "Without middle blocks"], ["exit", "Early exit"]];
const name = Object.fromEntries(KINDS), plural = (n, word) => `${n} ${word}${n === 1 ? "" : "s"}`, many = (n) => n === 1 ? "token" : "tokens";
const bold = (text, cls) => el("b", { text, class: cls }), times = (v) => v.toFixed(2) + " ×", ms = (v) => v >= 1000 ? (v / 1000).toFixed(2) + " s" : v >= 10 ? v.toFixed(0) + " ms" : v.toFixed(1) + " ms";
const share = (v) => v >= .9995 ? "1" : v <= 0 ? "0" : v < .001 ? "<.001" : v.toFixed(3).replace(/^0/, "");
const kept = (r) => [...r.ids.slice(0, r.accepted), r.next];
const said = (ctx, d, key) => { const v = ctx.controls[key] ?? d?.[key]; return v === undefined ? v : typeof d?.[key] === "number" ? +v : v; };

// ---- the rounds ----------------------------------------------------------------------------------------------------------------
function createRounds(body, ctx) {
  let d = null, at = 0, pick = 0, upto = Infinity, judged = true, timer = null, look = null, touched = false, drawn = "";
  const seg = el("div");
  const swatch = (style, text) => el("span", {}, el("i", { class: "sw", style }), text);
  const legend = el("div", { class: "legend" }, swatch("background:var(--prob)", "accepted"), swatch("border:1px solid var(--line2)", "rejected"), swatch("border:1.5px solid var(--prob)", "the model’s own"));
  const settings = el("div", { class: "specset" }), sum = el("p", { class: "readout specsum" }), place = el("span", { class: "specplace" });
  const button = (text, label, click) => el("button", { class: "btn icon", type: "button", text, "aria-label": label, on: { click } });
  const back = button("◀", "One round back", () => walk(-1)), forth = button("▶", "One round on", () => walk(1)), play = el("button", { class: "btn icon", type: "button", text: "Play", "aria-pressed": "false", on: { click: toggle } }), all = el("button", { class: "btn ghost", type: "button", text: "Show all", on: { click: () => { stop(); upto = Infinity; judged = true; show(); } } });
  const list = el("div", { class: "rounds", role: "list", "aria-label": "Rounds", on: { keydown: keys } }), box = el("div", { class: "specdetail" }), totals = el("div", { class: "spectotals" }), side = el("div", { class: "specside" }, box, totals);
  body.append(el("div", { class: "bar" }, seg, legend), settings, sum, el("div", { class: "spec" }, el("div", { class: "specmain" }, el("div", { class: "specbar" }, back, play, forth, place, all), list), side));

  // A setting that only the server can answer: the link remembers it, and the measurement is asked for at once.
  function set(key, value) {
    stop(); ctx.control(key, value);
    if (!ctx.store.payload(ctx.panel.name, ctx.view)) ctx.measure(ctx.view.name);
  }
  function drawSettings() {
    const slide = (key, text, lo, hi, step, note, write = String) => {
      const out = el("output", { text: write(said(ctx, d, key)) }), id = `spec-${key}`;
      const inp = el("input", { type: "range", min: lo, max: hi, step, id, "aria-label": text, title: note, on: { input: (e) => { out.textContent = write(+e.target.value); }, change: (e) => set(key, +e.target.value) } });
      inp.value = said(ctx, d, key); return el("label", { class: "slide", title: note }, el("span", { text }), inp, out);
    };
    const key = JSON.stringify(["draft", "blocks", "gamma", "temperature", "seed", "new"].map((k) => said(ctx, d, k))); if (key === drawn) return; drawn = key; // a slider that is held stays where it is while rounds come in
    const held = document.activeElement?.id, seed = el("input", { type: "number", min: 0, max: 2147483647, step: 1, id: "spec-seed", "aria-label": "Seed", on: { change: (e) => { if (/^\d{1,10}$/.test(e.target.value)) set("seed", +e.target.value); } } }); seed.value = said(ctx, d, "seed");
    const kind = said(ctx, d, "draft"), parts = [];
    if (kind === "skip" || kind === "exit") parts.push(slide("blocks", "Blocks in the draft", 1, d.n_layers, 1, `of ${d.n_layers}`, (v) => `${v} of ${d.n_layers}`));
    parts.push(slide("gamma", "Drafted a round, γ", 1, 8, 1, "how many tokens the draft proposes before the model checks them"), slide("temperature", "Temperature", 0, 2, .1, "of draft and model alike; 0 is greedy", (v) => v === 0 ? "0, greedy" : v.toFixed(1)));
    if (said(ctx, d, "temperature") > 0) parts.push(el("label", { class: "specseed" }, el("span", { text: "Seed" }), seed));
    parts.push(el("div", { class: "specnew" }, el("span", { text: "New tokens" }), segmented("New tokens", [[12, "12"], [24, "24"], [48, "48"]], () => said(ctx, d, "new"), (k) => set("new", +k))));
    settings.replaceChildren(...parts); if (held?.startsWith("spec-")) document.getElementById(held)?.focus({ preventScroll: true });
  }

  // ---- playing
  function stop() { clearInterval(timer); timer = null; play.textContent = "Play"; play.setAttribute("aria-pressed", "false"); }
  function walk(by) { stop(); touched = true; at = Math.min(d.rounds.length - 1, Math.max(0, at + by)); upto = at; judged = true; pick = 0; show(); }
  function toggle() {
    touched = true;
    if (timer) { stop(); judged = true; return show(); }
    play.textContent = "Pause"; play.setAttribute("aria-pressed", "true");
    if (upto >= d.rounds.length - 1) { at = upto = 0; judged = !d.rounds[0].ids.length; pick = 0; show(); }
    timer = setInterval(() => { // first the draft alone, then what became of it
      if (!body.isConnected) return stop();
      if (!judged) { judged = true; pick = Math.min(d.rounds[at].accepted, d.rounds[at].ids.length); } else if (at >= d.rounds.length - 1) { upto = Infinity; stop(); } else { at++; upto = at; pick = 0; judged = !d.rounds[at].ids.length; }
      show();
    }, reduced() ? 700 : 620);
  }
  function keys(e) {
    const r = d.rounds[at], n = r.ids.length + (r.accepted === r.ids.length || r.ids.length ? 1 : 0) - 1, d1 = { ArrowRight: 1, ArrowLeft: -1 }[e.key], d2 = { ArrowDown: 1, ArrowUp: -1, Home: -1e3, End: 1e3 }[e.key];
    if (!d1 && !d2) return; e.preventDefault();
    if (d1) pick = Math.min(n, Math.max(0, pick + d1)); else { at = Math.min(Math.min(upto, d.rounds.length - 1), Math.max(0, at + d2)); pick = Math.min(pick, d.rounds[at].ids.length); }
    judged = touched = true; stop(); show(); list.querySelector(".tok[tabindex='0']")?.focus();
  }

  // ---- one row a round. Chips in the order of the text: the model's own token follows those kept, what it replaced stands before it, struck
  const past = (r, i) => r.start - d.n_prompt + i >= d.new_ids.length; // the text had ended before it
  function state(r, i) { return past(r, i) ? "past" : i < r.accepted ? "acc" : "rej"; }
  function rows() {
    const N = d.new_ids.length, narrow = list.clientWidth < 560, W = narrow ? Math.max(160, list.clientWidth - 52) : Math.min(300, Math.max(140, list.clientWidth * .3)), cw = W / N;
    const head = el("div", { class: "round head", "aria-hidden": "true" }, el("span", { text: "Pass" }), narrow ? null : el("span", { text: `${N} ${many(N)}; dots: one a pass` }), el("span", { text: d.draft === "lookup" ? "drafted by copying" : "drafted" }), el("span", { class: "kept", text: "kept" }));
    const made = d.rounds.map((r, i) => {
      const s = sv("svg", { class: "stair", width: W, height: 14, viewBox: `0 0 ${W} 14`, "aria-hidden": "true" }), o = r.start - d.n_prompt, waiting = i === at && !judged, hidden = i > upto;
      sv("line", { class: "hair", x1: 0, x2: W, y1: 7, y2: 7 }, s); if (i < N) sv("circle", { cx: (i + .5) * cw, cy: 7, r: 1.6, fill: css("ink3") }, s);
      const cell = (j, y, h, fill, stroke, w) => sv("rect", { x: (o + j) * cw + .6, y, width: Math.max(1, cw - 1.2), height: h, rx: 1, fill, stroke, "stroke-width": w }, s);
      r.ids.forEach((_, j) => { if (waiting) return cell(j, 3.5, 7, css("prob-soft"), css("prob"), .8); if (j === r.accepted || o + j >= N) return; if (j < r.accepted) cell(j, 2, 10, css("prob")); else cell(j, 3.5, 7, css("surface"), css("line2"), 1); });
      if (!waiting && o + r.accepted < N) cell(r.accepted, 2.5, 9, css("surface"), css("prob"), 1.4);
      const before = r.start > d.n_prompt ? d.new_ids[r.start - d.n_prompt - 1] : d.context.at(-1), chips = el("div", { class: "toks" }, tokenEl(before, "tok ctx"));
      const chip = (id, cls, index, says) => {
        const e = tokenEl(id, "tok " + cls), b = el("button", { type: "button", class: e.className, tabindex: i === at && index === pick ? 0 : -1, "aria-label": `Pass ${i + 1}: ${tokenText(id)}, ${says}`, "aria-pressed": String(i === at && index === pick), on: { click: () => { stop(); touched = true; if (hidden) upto = Infinity; at = i; pick = index; judged = true; show(); list.querySelector(".tok[tabindex='0']")?.focus({ preventScroll: true }); } } }, ...e.childNodes);
        b.addEventListener("pointerenter", (ev) => tip.show(ev.clientX, ev.clientY, says[0].toUpperCase() + says.slice(1), numbers(r, index))); b.addEventListener("pointerleave", tip.hide); return b;
      };
      const own = () => chip(r.next, past(r, r.accepted) ? "past" : "own", r.ids.length, past(r, r.accepted) ? "past the end of the text" : r.accepted < r.ids.length ? "the model’s own, in its place" : r.ids.length ? "one more from the same pass" : "no draft: a plain step");
      r.ids.forEach((id, j) => { chips.append(chip(id, waiting ? "wait" : state(r, j), j, waiting ? "drafted" : past(r, j) ? "past the end of the text" : j < r.accepted ? "accepted" : j === r.accepted ? "rejected" : "dropped after it")); if (!waiting && j === r.accepted) chips.append(own()); });
      if (!waiting && r.accepted === r.ids.length) chips.append(own());
      const word = el("span", { class: "kept", text: waiting ? "" : !r.ids.length ? "no draft" : past(r, r.accepted) ? `${d.new_ids.length - r.start + d.n_prompt}, the end` : `${r.accepted} of ${r.ids.length} + 1` });
      const row = el("div", { class: "round" + (i === at ? " on" : "") + (hidden ? " later" : ""), role: "listitem", "data-round": i }, el("span", { text: String(i + 1) }), ...(narrow ? [chips, word, s] : [s, chips, word]));
      row.style.setProperty("--stair", W + "px"); return row;
    });
    list.classList.toggle("narrow", narrow); head.style.setProperty("--stair", W + "px"); list.replaceChildren(head, ...made); // the detail may stand among them
  }
  function numbers(r, j) {
    if (j >= r.ids.length) return [["position", String(r.start + r.accepted)]];
    const out = [["chance to be kept", pc(r.chance[j])]];
    if (j < r.u.length && d.temperature > 0) out.push(["u", r.u[j].toFixed(3)]);
    out.push(["Σ min(p, q)", pc(r.overlap[j])]); return out;
  }

  // ---- what decided the selected token
  function detail() {
    const r = d.rounds[at], own = pick >= r.ids.length, j = own ? r.accepted : pick, b = r.bars[j], id = own ? r.next : r.ids[pick], replaced = own && r.accepted < r.ids.length, decided = own || pick < r.u.length;
    const raw = (look ?? (d.temperature === 0 ? "raw" : "sampled")) === "raw", p = raw ? b.own_p : b.p, q = raw ? (b.own_q ?? b.q) : b.q, hasQ = j < r.ids.length;
    const title = el("h3", { class: "sub3" }, "Pass ", String(at + 1), own ? (replaced ? ", the model’s own: " : r.ids.length ? ", one more: " : ", a plain step: ") : `, drafted token ${pick + 1}: `, tokenEl(id, "tok " + (own ? past(r, j) ? "past" : "own" : state(r, pick))));
    const verdict = el("p", { class: "specverdict" });
    if (own) verdict.append(...(replaced ? ["Replaces ", tokenEl(r.ids[r.accepted]), d.temperature === 0 ? ": the model’s likeliest." : ": drawn from what p has more of than q, the pale bars."] : r.ids.length ? ["All were kept, so the same pass gives the next token as well."] : [d.draft === "lookup" ? "The last tokens stood nowhere before: nothing to copy." : "The last token of the output is not worth a draft."]));
    else if (!decided) verdict.append("Never decided: a token before it was rejected, so it stands on a text that is not there.");
    else if (d.temperature === 0) verdict.append(r.chance[pick] === 1 ? "Kept: it is the model’s likeliest token as well." : "Rejected: it is not the model’s likeliest token.");
    else verdict.append(`${pick < r.accepted ? "Kept" : "Rejected"}: u = ${r.u[pick].toFixed(3)} ${pick < r.accepted ? "<" : "≥"} min(1, p/q) = ${r.chance[pick].toFixed(3)}.`);
    if (d.draft === "lookup" && !own && r.copied_from !== null) verdict.append(` Copied from position ${r.copied_from + pick}, where the last ${r.matched === 1 ? "token" : r.matched + " tokens"} stood before.`);
    const which = segmented("Distribution", [["sampled", d.temperature === 0 ? "At temperature 0" : `At temperature ${d.temperature.toFixed(1)}`], ["raw", "Before the sampler"]], () => raw ? "raw" : "sampled", (k) => { look = k; detail(); });
    box.replaceChildren(title, verdict, d.temperature === 1 ? "" : which, drawBars(b, p, q, hasQ, raw, id), hasQ && d.temperature > 0 && !own ? dice(r, pick, decided) : "");
  }
  function drawBars(b, p, q, hasQ, raw, chosen) {
    const W = Math.max(240, Math.floor(box.clientWidth) || 340), lab = 96, num = hasQ ? 92 : 48, rh = 21, top = 22, x0 = lab + 8, x1 = W - num - 6, rest = raw ? null : b.rest, n = b.ids.length + (rest ? 1 : 0);
    const H = top + n * rh + 26, rows = b.ids.map((id, i) => [id, p[i], hasQ ? q[i] : 0, Math.min(p[i], hasQ ? q[i] : 0)]);
    const max = Math.max(...rows.map((r) => Math.max(r[1], r[2])), rest ? Math.max(rest[0] + rest[1], rest[0] + rest[2]) * .999 : 0, .02), lim = Math.min(1, nice(max)), X = (v) => x0 + Math.min(1, v / lim) * (x1 - x0);
    const s = sv("svg", { class: "fig specbars", viewBox: `0 0 ${W} ${H}`, height: H, role: "img", "aria-label": hasQ ? "Probabilities of draft and model on the likeliest tokens" : "The model’s probabilities on the likeliest tokens" });
    for (const t of [0, lim / 2, lim]) { sv("line", { x1: X(t), x2: X(t), y1: top - 3, y2: top + n * rh, class: t === 0 ? "zero" : "hair" }, s); sv("text", { x: X(t), y: top + n * rh + 14, class: "dim", "text-anchor": "middle" }, s, String(+t.toFixed(3))); }
    if (hasQ) sv("text", { x: W - num + 40, y: 11, "text-anchor": "end", class: "dim" }, s, "draft q"); sv("text", { x: W, y: 11, "text-anchor": "end", class: "dim" }, s, "model p");
    const draw = (y, min, more, less) => {
      if (min > 0) sv("rect", { x: x0, y, width: Math.max(.8, X(min) - x0), height: 12, rx: 1, fill: css(hasQ ? "prob" : "prob-soft"), stroke: hasQ ? null : css("prob") }, s);
      if (more > 0) sv("rect", { x: X(min) + .5, y: y + .5, width: Math.max(.6, X(min + more) - X(min) - 1), height: 11, fill: css("prob-soft"), stroke: css("prob"), "stroke-width": 1 }, s);
      if (less > 0) sv("rect", { x: X(min) + .5, y: y + .5, width: Math.max(.6, X(min + less) - X(min) - 1), height: 11, fill: "none", stroke: css("river-deep"), "stroke-width": 1, "stroke-dasharray": "2 2" }, s);
    };
    rows.forEach(([id, pv, qv, min], i) => {
      const y = top + i * rh + 3; if (id === chosen) sv("rect", { x: 0, y: y - 3, width: lab, height: 18, rx: 4, fill: css("prob-soft") }, s);
      svgToken(s, lab - 4, y + 10, id, { "text-anchor": "end", class: "m" + (id === chosen ? " b" : "") }, 12).style.fill = css(id === chosen ? "prob" : "ink");
      draw(y, hasQ ? min : pv, hasQ ? pv - min : 0, hasQ ? qv - min : 0);
      if (hasQ) sv("text", { x: W - num + 40, y: y + 10, "text-anchor": "end" }, s, share(qv)); sv("text", { x: W, y: y + 10, "text-anchor": "end", class: "ink" }, s, share(pv));
    });
    if (rest) { const y = top + rows.length * rh + 3; sv("text", { x: lab - 4, y: y + 10, "text-anchor": "end", class: "dim" }, s, "all others"); draw(y, rest[0] + (hasQ ? 0 : rest[1]), hasQ ? rest[1] : 0, hasQ ? rest[2] : 0); if (hasQ) sv("text", { x: W - num + 40, y: y + 10, "text-anchor": "end" }, s, share(rest[0] + rest[2])); sv("text", { x: W, y: y + 10, "text-anchor": "end", class: "ink" }, s, share(rest[0] + rest[1])); }
    const fig = el("div", { class: "figure" }, s), r = d.rounds[at];
    if (hasQ) fig.append(el("p", { class: "legend speckey" }, swatch("background:var(--prob)", raw ? "in both" : `in both: ${pc(r.overlap[pick < r.ids.length ? pick : r.accepted])} kept`), swatch("background:var(--prob-soft);border:1px solid var(--prob)", "more in p"), swatch("border:1px dashed var(--river-deep)", "more in q")));
    return fig;
  }
  function dice(r, j, decided) {
    const W = Math.max(240, Math.floor(box.clientWidth) || 340), H = 46, s = sv("svg", { class: "fig", viewBox: `0 0 ${W} ${H}`, height: H, role: "img", "aria-label": `Kept when u falls below ${r.chance[j].toFixed(3)}` });
    sv("rect", { x: .5, y: 8, width: W - 1, height: 14, rx: 2, fill: "none", stroke: css("line2") }, s); sv("rect", { x: .5, y: 8, width: Math.max(1, (W - 1) * r.chance[j]), height: 14, rx: 2, fill: css("prob") }, s);
    if (decided) sv("line", { x1: r.u[j] * W, x2: r.u[j] * W, y1: 3, y2: 27, stroke: css("ink"), "stroke-width": 2 }, s);
    sv("text", { x: 0, y: 40, class: "dim" }, s, "0"); sv("text", { x: W, y: 40, "text-anchor": "end", class: "dim" }, s, "1");
    sv("text", { x: W / 2, y: 40, "text-anchor": "middle" }, s, decided ? `u ${r.u[j].toFixed(3)}; kept below ${r.chance[j].toFixed(3)}` : `kept below ${r.chance[j].toFixed(3)}, never drawn`);
    return el("div", { class: "figure" }, s);
  }
  function clock() { // where the time went, all rounds together, on one scale with plain decoding
    const total = (k) => d.rounds.reduce((n, r) => n + r[k], 0), parts = [["draft_ms", "river-deep", "draft"], ["verify_ms", "prob", "checking passes"], ["judge_ms", "ink", "sampler and verdict"]], mine = parts.map(([k]) => total(k)), sumMs = mine.reduce((a, b) => a + b, 0), plain = d.plain_seconds * 1e3;
    const W = Math.max(240, Math.floor(box.clientWidth) || 340), x0 = 84, x1 = W - 58, X = (v) => x0 + v / Math.max(sumMs, plain) * (x1 - x0), H = 56, s = sv("svg", { class: "fig", viewBox: `0 0 ${W} ${H}`, height: H, role: "img", "aria-label": `Time: speculative ${ms(sumMs)}, plain ${ms(plain)}` });
    const row = (y, label, list, all) => { sv("text", { x: x0 - 8, y: y + 12, "text-anchor": "end" }, s, label); let from = 0; for (const [v, fill, hollow] of list) { sv("rect", { x: X(from) + .5, y: y + .5, width: Math.max(.6, X(from + v) - X(from) - 1), height: 15, rx: 1, fill: hollow ? "none" : css(fill), stroke: hollow ? css(fill) : null }, s); from += v; } sv("text", { x: X(all) + 6, y: y + 12, class: "ink" }, s, ms(all)); };
    row(6, "speculative", mine.map((v, i) => [v, parts[i][1]]), sumMs); row(32, "plain", [[plain, "river-deep", true]], plain);
    return el("div", { class: "spectime" }, el("h3", { class: "sub3" }, "Time", el("small", { text: `${d.new_ids.length} ${many(d.new_ids.length)}, by turns with plain decoding, the first time of ${d.of_repeats}` })), s, el("p", { class: "legend" }, ...parts.map(([, c, t], i) => swatch(`background:var(--${c})`, `${t} ${ms(mine[i])}`))));
  }
  function hist() { // passes by the number of drafted tokens that they kept
    const most = Math.max(...d.rounds.map((r) => r.ids.length), 1), none = d.rounds.filter((r) => !r.ids.length).length, c = Array.from({ length: most + 1 }, (_, i) => d.rounds.filter((r) => r.ids.length && r.accepted === i).length), max = Math.max(...c, c[0] + none);
    const W = Math.max(240, Math.floor(box.clientWidth) || 340), H = 112, bw = Math.min(46, W / (most + 1)), y = (v) => 18 + 64 * (1 - v / max), s = sv("svg", { class: "fig", viewBox: `0 0 ${W} ${H}`, height: H, role: "img", "aria-label": "Passes by the number of tokens they kept: " + c.map((n, i) => `${i}: ${n + (i ? 0 : none)}`).join(", ") });
    c.forEach((n, i) => {
      const x = i * bw + 4, w = bw - 8; if (i === 0 && none) sv("rect", { x: x + .5, y: y(none) + .5, width: w - 1, height: y(0) - y(none), rx: 1, fill: "none", stroke: css("line2") }, s);
      const from = i === 0 ? none : 0; if (n) sv("rect", { x, y: y(from + n), width: w, height: y(from) - y(from + n), rx: 1, fill: css(i ? "prob" : "river-deep") }, s);
      sv("text", { x: x + w / 2, y: y(from + n) - 5, "text-anchor": "middle", class: n + from ? "b ink" : "dim" }, s, String(n + from)); sv("text", { x: x + w / 2, y: 98, "text-anchor": "middle", class: "dim" }, s, String(i));
    });
    sv("line", { x1: 0, x2: bw * (most + 1), y1: y(0) + .5, y2: y(0) + .5, class: "zero" }, s);
    return el("div", { class: "spectime" }, el("h3", { class: "sub3" }, "Kept in a pass", el("small", { text: `passes${none ? `; hollow: ${none} had no draft` : ""}` })), s);
  }

  function show() {
    rows(); // beside the rounds where there is room, else under the round that is open
    const wide = getComputedStyle(side).position === "sticky", row = list.querySelector(".round.on"); if (wide) side.prepend(box); else row.after(box);
    box.hidden = !wide && !!timer; detail();
    const r = d.rounds[at]; place.replaceChildren("Pass ", bold(String(at + 1)), ` of ${d.rounds.length}`, timer && !judged ? ": the draft proposes" : ""); back.disabled = at === 0 && upto !== Infinity; forth.disabled = upto !== Infinity && at >= d.rounds.length - 1; all.hidden = upto === Infinity;
    if (timer) list.querySelector(".round.on")?.scrollIntoView({ block: "nearest" });
    return r;
  }
  function summary() {
    const n = d.new_ids.length, s = d.ratio, spread = s && `${s.low.toFixed(2)} to ${s.high.toFixed(2)} in half of the ${d.repeats} times that it was written`;
    const verdict = d.repeats < d.of_repeats ? [d.repeats ? `Written ${d.repeats} of ${d.of_repeats} times so far.` : "The first time is being written."] : s.clear ? [bold(`${s.median.toFixed(2)} × plain decoding’s speed`), s.median > 1 ? ` (${spread}).` : ` (${spread}): slower, the draft costs more than it saves.`] : [`Faster or slower than plain decoding is not clear: ${s.median.toFixed(2)} × (${spread}). The machine was busy, or the two are even.`];
    sum.replaceChildren(bold(`${n} ${many(n)} in ${plural(d.rounds.length, "pass").replace("passs", "passes")}`), `, ${(n / d.rounds.length).toFixed(2)} a pass. `, ...(d.tested ? ["Kept ", bold(`${d.accepted} of ${d.tested}`), ` decided drafts, ${pc(d.accepted / d.tested)}; Σ min(p, q) says ${pc(d.overlap)}. `] : ["Nothing was drafted. "]),
      ...verdict, d.stopped ? " The model ended the text." : "", d.unmodified ? " Interventions do not act here: the model’s own weights run." : "");
  }
  // The same text with more of it measured: what was chosen stays.
  const goesOn = (data) => d.repeats < d.of_repeats && data.rounds.length >= d.rounds.length && ["draft", "blocks", "gamma", "temperature", "seed", "new", "n_prompt"].every((k) => d[k] === data[k]);
  return {
    draw(data, focus, what) {
      if (data !== d && touched && goesOn(data)) d = data; else if (data !== d) { stop(); touched = false; d = data; upto = Infinity; judged = true; at = Math.max(0, d.rounds.findIndex((r) => r.accepted > 0 && r.accepted < r.ids.length)); pick = Math.min(d.rounds[at].accepted, d.rounds[at].ids.length); look = null; } else if (what === "focus") return;
      seg.replaceChildren(segmented("Draft", KINDS.filter(([k]) => d.kinds.includes(k)), () => said(ctx, d, "draft"), (k) => set("draft", k))); drawSettings(); summary(); show(); totals.replaceChildren(clock(), hist());
    },
    destroy: stop,
    exportData() { return { ...d, rounds: d.rounds.map((r) => ({ ...r, drafted: r.ids.map((id) => ({ id, text: tokenText(id) })), next: { id: r.next, text: tokenText(r.next) } })), output: d.new_ids.map((id) => ({ id, text: tokenText(id) })) }; },
  };
}

// ---- all drafts ------------------------------------------------------------------------------------------------------------------
function createDrafts(body, ctx) {
  let d = null;
  const side = el("div", { class: "scroll" }), note = el("p", { class: "hint" }), fig = el("div"), c = chart(fig, { height: 300, label: "Expected speed against plain decoding, by the number of drafted tokens" });
  const title = el("h3", { class: "sub3" }, "Speed the formula promises", el("small", { text: "× plain, by γ" }));
  body.append(el("div", { class: "two specworth" }, el("div", {}, title, fig), el("div", {}, side, note)));
  const run = () => ctx.store.payload(ctx.panel.name, ctx.panel.views.find((v) => v.name === "rounds"))?.data;
  const LOOK = { int4: "solid", int8: "dash", lookup: "dot", skip: "dashdot", exit: "longdash" };
  function open(kind) { ctx.control("draft", kind); if (!run()) ctx.measure("rounds"); }
  // Names at the lines' ends, moved apart where lines end together.
  function endings(traces) {
    const top = Math.max(1, ...traces.flatMap((t) => t.y)) * 1.06, px = 240 / top, ends = traces.map((t) => ({ t, y: t.y.at(-1) })).sort((a, b) => a.y - b.y); let low = -Infinity;
    const made = ends.map(({ t, y }) => { const at = Math.max(y * px, low + 14); low = at; return { x: t.x.at(-1), y, yshift: at - y * px, text: t.name, xanchor: "left", yanchor: "middle", xshift: 8, showarrow: false, font: { size: 11, color: css(t.color === "prob" ? "prob" : "ink2") } }; });
    return [...made, { x: 0, xref: "paper", y: 1, yref: "y", text: "plain", showarrow: false, xanchor: "left", yanchor: "bottom", font: { size: 11, color: css("ink3") } }];
  }
  function draw() {
    const r = run(), kind = said(ctx, r ?? { draft: "int4" }, "draft"), gamma = said(ctx, r ?? { gamma: 4 }, "gamma"), g = Array.from(d.drafts[0].speedup, (_, i) => i + 1);
    const wide = fig.clientWidth > 480, traces = d.drafts.map((one) => ({ x: g, y: one.speedup, name: cut(name[one.kind], 18), color: one.kind === kind ? "prob" : "river-deep", dash: LOOK[one.kind], width: one.kind === kind ? 3 : 1.6, legend: !wide, customdata: one.low.map((v, i) => `${v.toFixed(2)} to ${one.high[i].toFixed(2)}`), hover: `${name[one.kind]}, γ = %{x}: %{y:.2f} × (%{customdata})<extra></extra>` }));
    const at = d.drafts.find((one) => one.kind === kind) ?? d.drafts[0]; // the middle half of the rounds, of the chosen draft
    const band = [{ x: g, y: at.low, color: "prob", width: 0, legend: false, hover: "<extra></extra>" }, { x: g, y: at.high, color: "prob", width: 0, fill: "tonexty", legend: false, hover: "<extra></extra>" }];
    if (r?.ratio && r.repeats === r.of_repeats) traces.push({ x: [r.gamma], y: [r.ratio.median], error_y: { type: "data", symmetric: false, array: [r.ratio.high - r.ratio.median], arrayminus: [r.ratio.median - r.ratio.low], thickness: 1, width: 4, color: css("ink") }, name: "measured above", mode: "markers", color: "ink", size: 10, hover: `${name[r.draft]}, γ = ${r.gamma}, measured: %{y:.2f} × (${r.ratio.low.toFixed(2)} to ${r.ratio.high.toFixed(2)})<extra></extra>`, legend: true });
    c.draw({ traces: [...traces, ...band], x: { title: "γ, tokens drafted a pass", dtick: 1, range: [.8, g.length + .2] }, y: { title: "", rangemode: "tozero", ticksuffix: " ×" }, marks: [{ y: 1, label: "plain", color: "ink3", dash: "dot" }], margin: { r: wide ? 132 : 12, t: wide ? 18 : 8 }, ...(wide ? { layout: { annotations: endings(traces.slice(0, d.drafts.length)) } } : { height: 360, layout: { legend: { orientation: "h", x: 0, y: -.22, yanchor: "top", font: { size: 12, color: css("ink2") } } } }), onClick: (p) => { const one = d.drafts[p?.trace]; if (one) open(one.kind); } });
    const head = [["Draft"], ["kept", "Mean of Σ min(p, q)"], ["cost", "One drafted token, in plain steps"], ["speed", `Expected at γ = ${gamma}`], ["best γ", "Whether it pays there: half of the rounds lie above 1, below 1, or on both sides"], ["a pass", `Tokens expected a pass at γ = ${gamma}`]];
    side.replaceChildren(el("table", { class: "plain" }, el("thead", {}, el("tr", {}, ...head.map(([t, why], i) => el("th", { scope: "col", text: t, title: why, class: i ? "r" : "" })))), el("tbody", {}, ...d.drafts.map((one) => el("tr", { class: "pick" + (one.kind === kind ? " on" : ""), on: { click: () => open(one.kind) } },
      el("td", {}, el("button", { class: "rowbtn", type: "button", text: name[one.kind] + (one.kind === "skip" || one.kind === "exit" ? `, ${d.blocks} of ${d.n_layers}` : ""), "aria-label": `Draft with ${name[one.kind]}` })), el("td", { class: "r", text: pc(one.alpha) }), el("td", { class: "r", text: one.cost.toFixed(2) }), el("td", { class: "r" }, times(one.speedup[gamma - 1]), el("small", { text: `${one.low[gamma - 1].toFixed(2)} to ${one.high[gamma - 1].toFixed(2)}` })), el("td", { class: "r" }, String(one.best), d.rounds < d.of_rounds ? "" : el("small", { text: { pays: "pays", costs: "costs", unclear: "not clear" }[one.verdict] })), el("td", { class: "r", text: one.tokens[gamma - 1].toFixed(2) }))))));
    const best = [...d.drafts].sort((a, b) => b.speedup[b.best - 1] - a.speedup[a.best - 1])[0], top = best.speedup[best.best - 1], costs = d.rows.slice(1).map((n, i) => `${n} tokens ${d.pass_cost[i + 1].toFixed(2)}`).join(", ");
    const range = `${times(top)} (${best.low[best.best - 1].toFixed(2)} to ${best.high[best.best - 1].toFixed(2)})`, verdict = d.rounds < d.of_rounds ? `Round ${d.rounds} of ${d.of_rounds} so far. ` : best.verdict === "pays" ? `Most is promised by ${name[best.kind]} with γ = ${best.best}: ${range}. ` : d.drafts.every((one) => one.verdict === "costs") ? `No draft pays here: the best, ${name[best.kind]}, promises ${range}. ` : `Whether a draft pays is not clear: the best, ${name[best.kind]} with γ = ${best.best}, promises ${range}, and the rounds lie on both sides of 1. `;
    note.replaceChildren(verdict, `Speed = (1 − α^(γ+1)) / (1 − α) / (γ · cost + pass), with α the share kept over ${d.positions} positions of this run. A plain step takes ${ms(d.step.ms)} (${ms(d.step.low)} to ${ms(d.step.high)}), median of ${d.rounds} rounds; a checking pass costs, in plain steps: ${costs}. `, `Look-up found a place to copy from at ${d.found} of ${d.positions} positions; the others count as rejected.`);
  }
  return {
    draw(data, focus, what) { if (data === d && what === "focus") return; d = data; draw(); },
    exportData() { return d; },
  };
}
export const views = { rounds: { create: createRounds }, drafts: { create: createDrafts } };
