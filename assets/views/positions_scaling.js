// Slower rotations compared: a turn's length by pair, the share of its speed each pair keeps; and the passage read twice, by distance.
import { chart } from "../kit/chart.js";
import { big, css, el, nf, segmented, tokenInto, tokenText } from "../js/dom.js";

const bold = (t) => el("b", { text: t });
const SCHEMES = {
  own: ["As it comes", null, "w"], linear: ["Interpolation", "solid", "w / s"], ntk: ["NTK-aware", "dash", "base · s^(d / (d − 2))"], dynamic: ["Dynamic NTK", "dot", "the same, s · length / L − (s − 1)"],
  yarn: ["YaRN", "dashdot", "w / s under 1 turn, w above 32, a ramp between"], llama3: ["Llama 3", "longdash", "w / s under 1 turn, w above 4, a ramp between"],
};
const FACTORS = [["2", "2"], ["4", "4"], ["8", "8"]];
const open = (ctx, names) => names.includes(ctx.controls.scheme) ? ctx.controls.scheme : "yarn";
const dash = (name) => SCHEMES[name][1] === "solid" ? undefined : SCHEMES[name][1] ?? undefined;
const factorBar = (ctx, get) => segmented("Factor", FACTORS, get, (k) => ctx.control("factor", k));
const sub = (t, small) => el("h3", { class: "sub3" }, t, el("small", { text: small }));
const labelled = (label, bar) => el("div", { class: "poslab" }, el("span", { class: "muted", text: label }), bar);
// A name beside a line of a chart, on the surface's colour so that a line under it does not cross it.
const beside = (text, color, at) => ({ text, showarrow: false, font: { size: 11, color: css(color) }, bgcolor: css("surface"), borderpad: 1, ...at });
// The length that everything is held against: what the model was trained on, where its card says it, else what its config allows.
const limit = (d) => d.trained ? "trained" : "config’s limit", within = (d) => d.trained ? "the trained length" : "the config’s limit";
const turns = (v) => v < 100 ? v.toFixed(1) : big(Math.round(v));

export const scaling = {
  create(body, ctx) {
    let d = null;
    const left = el("div"), right = el("div"), table = el("div", { class: "scroll" }), note = el("p", { class: "hint" }), seg = factorBar(ctx, () => String(d?.factor ?? 4)), waveHead = sub("Tokens for a full turn", "log scale, by pair; hollow: longer than L"), keptHead = sub("Share of its speed that each pair keeps", "");
    left.append(waveHead); right.append(keptHead);
    body.append(el("div", { class: "bar" }, labelled("Times the length", seg)), el("div", { class: "poscols" }, left, right), table, note);
    const waves = chart(left, { height: 320, label: "Wavelength of each pair, plain and slowed" }), kept = chart(right, { height: 320, label: "Share of its speed that each pair keeps" });
    return {
      draw(data, focus, what) {
        d = data; seg.sync();
        const names = d.schemes.map((s) => s.name), now = open(ctx, names), n = d.inv_freq.a.length, pairs = Array.from({ length: n }, (_, i) => i), lam = (a) => Array.from(a, (w) => 2 * Math.PI / w), plain = lam(d.inv_freq.a), chosen = d.schemes.find((s) => s.name === now), slow = lam(chosen.inv_freq.a);
        const lines = [[d.length, "this text", "ink3", "dot", true], [d.n_ctx, limit(d), "ink"], [d.factor * d.n_ctx, `${d.factor} times`, "ink2", "dash"]];
        waves.draw({
          traces: [
            { x: pairs.filter((i) => plain[i] <= d.n_ctx), y: plain.filter((v) => v <= d.n_ctx), mode: "markers", color: "river-deep", name: "Unscaled", hover: "pair %{x}: a turn in %{y:,.0f}<extra>unscaled</extra>" },
            { x: pairs.filter((i) => plain[i] > d.n_ctx), y: plain.filter((v) => v > d.n_ctx), mode: "markers", color: "river-deep", hollow: true, legend: false, hover: "pair %{x}: a turn in %{y:,.0f}<extra>unscaled</extra>" },
            { x: pairs, y: slow, color: "prob", name: SCHEMES[now][0] + ` by ${d.factor}`, hover: "pair %{x}: a turn in %{y:,.0f}<extra>" + SCHEMES[now][0] + "</extra>" },
          ],
          x: { title: "pair", dtick: n > 40 ? 16 : 4 }, y: { type: "log", dtick: 1, tickformat: ",d" },
          marks: lines.map(([y, , color, dash]) => ({ y, color, dash })),
          layout: { annotations: lines.map(([y, label, color, , right]) => beside(`${label}, ${big(y)}`, color, { xref: "paper", x: right ? 1 : 0, xanchor: right ? "right" : "left", y: Math.log10(y), yanchor: "bottom" })) },
        });
        const order = [...d.schemes.filter((s) => s.name !== now), chosen];
        kept.draw({
          traces: order.map((s) => ({ x: pairs, y: s.kept, name: SCHEMES[s.name][0], dash: s.name === now ? undefined : dash(s.name), color: s.name === now ? "prob" : "river-deep", width: s.name === now ? 2.6 : 1.6, hover: `pair %{x}: %{y:.3f}<extra>${SCHEMES[s.name][0]}</extra>` })),
          x: { title: "pair", dtick: n > 40 ? 16 : 4 }, y: { range: [0, 1.05], tickformat: ".2~f" }, marks: [{ y: 1 / d.factor, dash: "dot", color: "ink3" }], layout: { annotations: [beside(`1/${d.factor}`, "ink3", { xref: "paper", x: 0, xanchor: "left", y: 1 / d.factor, yanchor: "top" })] },
        });
        const rows = d.schemes.map((s) => { const on = s.name === now, a = s.kept.a; return el("tr", { class: "pick" + (on ? " on" : ""), on: { click: () => ctx.control("scheme", s.name) } }, el("td", {}, el("button", { class: "rowbtn", type: "button", "aria-pressed": String(on), text: SCHEMES[s.name][0] })), el("td", { class: "mono posformula", text: SCHEMES[s.name][2] }), el("td", { class: "r", text: String(a.filter((v) => v > .999).length) }), el("td", { class: "r", text: turns(2 * Math.PI / s.inv_freq.a[n - 1]) }), el("td", { class: "r", text: s.score_factor === 1 ? "1" : s.score_factor.toFixed(3) })); });
        const focused = table.contains(document.activeElement);
        table.replaceChildren(el("table", { class: "plain posschemes" }, el("thead", {}, el("tr", {}, ...["Scheme", "Speed of a pair", "Pairs kept as they are", "Slowest turn, tokens", "Scores times"].map((t, i) => el("th", { class: i > 1 ? "r" : "", text: t })))), el("tbody", {}, rows)));
        if (focused) table.querySelector("[aria-pressed=true]")?.focus();
        const never = plain.filter((v) => v > d.n_ctx).length;
        note.textContent = `base θ ${big(d.theta)}, ${d.d_rotary} turned numbers a head, L = ${big(d.n_ctx)}, ${within(d)}. ${never} of ${n} pairs never finish a turn in L: past it they show angles that no text of that length has. Dynamic NTK is shown for a text of ${big(d.factor * d.n_ctx)} tokens.` + (d.own ? ` This model comes with the scheme “${d.own}”.` : "");
      },
      exportData: () => ({ ...d, wavelength: Array.from(d.inv_freq.a, (w) => 2 * Math.PI / w) }),
    };
  },
};

export const reach = {
  create(body, ctx) {
    let d = null;
    const left = el("div"), right = el("div"), said = el("p", { class: "readout" }), words = el("div", { class: "poswords" }), table = el("div", { class: "scroll" }), note = el("p", { class: "hint" }), seg = factorBar(ctx, () => String(d?.factor ?? 4)), tokens = segmented("Tokens", [["16", "16"], ["24", "24"], ["48", "48"]], () => String(d?.tokens ?? 24), (k) => ctx.control("tokens", k)), text = el("select", { "aria-label": "Text", on: { change: () => ctx.control("text", text.value) } });
    const head = sub("Perplexity of the second reading", "by distance from the first, log scale"), wordsHead = sub("The second reading, token by token", "");
    left.append(head); right.append(wordsHead, said, words);
    body.append(el("div", { class: "bar" }, labelled("Times the length", seg), labelled("Text", text), labelled("Tokens", tokens)), el("div", { class: "poscols" }, left, right), table, note);
    const plot = chart(left, { height: 340, label: "Perplexity of the second reading by distance, one line a scheme" });
    const point = () => { const name = open(ctx, d.names), want = +ctx.controls.far, i = d.distances.indexOf(want); return { s: d.names.indexOf(name), at: i >= 0 ? i : d.distances.findIndex((v) => v > d.n_ctx) }; };
    const value = (s, at) => d.perplexity.a[s * d.distances.length + at], known = (s, at) => Number.isFinite(value(s, at)); // some are not read yet while the view is measured
    function drawWords() {
      const { s, at } = point(), n = d.first.a.length, row = d.second.a.subarray((s * d.distances.length + at) * n, (s * d.distances.length + at + 1) * n), ids = Array.from(d.ids.a);
      if (!known(s, at)) { said.replaceChildren(bold(SCHEMES[d.names[s]][0]), " has not been read yet."); words.replaceChildren(); return; }
      said.replaceChildren(bold(SCHEMES[d.names[s]][0]), ", the second reading starts ", bold(big(d.distances[at])), " positions later: perplexity ", bold(nf(value(s, at))), ", read for the first time ", bold(nf(d.first_perplexity)), ".");
      wordsHead.querySelector("small").textContent = "bar: probability given to the token; hair: at the first reading";
      words.replaceChildren(...ids.map((id, i) => { const p = i ? Math.exp(-row[i - 1]) : null, before = i ? Math.exp(-d.first.a[i - 1]) : null, chip = el("span", { class: "posword" + (i ? "" : " given"), style: i ? `--now:${p.toFixed(4)};--first:${before.toFixed(4)}` : "", title: i ? `${tokenText(id)}: ${(100 * p).toPrecision(3)} %, at the first reading ${(100 * before).toPrecision(3)} %` : "given" }); tokenInto(chip, id, 16); chip.append(el("i", { class: "posnow", "aria-hidden": "true" })); return chip; }));
    }
    return {
      draw(data) {
        d = data; seg.sync(); tokens.sync(); text.replaceChildren(...Object.entries(d.texts).map(([k, t]) => el("option", { value: k, text: t, selected: k === d.text })));
        const now = open(ctx, d.names), order = [...d.names.filter((s) => s !== now), now], { at } = point();
        plot.draw({
          traces: [...order.map((name) => { const s = d.names.indexOf(name); return { x: d.distances, y: d.distances.map((_, i) => value(s, i)), name: SCHEMES[name][0], mode: "lines+markers", size: 6, dash: name === now || name === "own" ? undefined : dash(name), color: name === now ? "prob" : name === "own" ? "ink" : "river-deep", width: name === now ? 2.6 : 1.8, hover: `%{x:,} positions: %{y:.2f}<extra>${SCHEMES[name][0]}</extra>` }; }), { x: [d.distances[at]], y: [value(d.names.indexOf(now), at)], mode: "markers", size: 13, color: "prob", hollow: true, legend: false, hover: "the words at the right<extra></extra>" }],
          x: { title: "positions between a token and its first mention", tickformat: ",d", nticks: 6, rangemode: "tozero" }, y: { type: "log", dtick: 1, tickformat: ",d", range: [0, Math.log10(Math.max(...Array.from(d.perplexity.a).filter(Number.isFinite), d.first_perplexity) * 1.4)] },
          marks: [{ x: d.n_ctx, color: "ink" }, { y: d.first_perplexity, dash: "dash", color: "ink2" }],
          layout: { annotations: [beside(`${limit(d)}, ${big(d.n_ctx)}`, "ink", { yref: "paper", y: 1, yanchor: "top", x: d.n_ctx, xanchor: "left", xshift: 3 }), beside(`first reading, ${nf(d.first_perplexity)}`, "ink2", { xref: "paper", x: 0, xanchor: "left", xshift: 3, y: Math.log10(d.first_perplexity), yanchor: "bottom" })] },
          onClick: (p) => { if (!p || p.trace >= order.length) return; ctx.control("scheme", order[p.trace]); ctx.control("far", d.distances[p.index]); },
        });
        const held = table.contains(document.activeElement) ? document.activeElement.dataset.k : null, cell = (s, i) => { if (!known(s, i)) return el("td", { class: "r muted", text: "…" }); const v = value(s, i), on = d.names[s] === now && i === at, k = `${d.names[s]}-${i}`; return el("td", { class: "r" + (on ? " poson" : "") }, el("button", { class: "rowbtn" + (v > d.first_perplexity ? " poslost" : ""), type: "button", "data-k": k, "aria-pressed": String(on), "aria-label": `${SCHEMES[d.names[s]][0]}, ${big(d.distances[i])} positions: perplexity ${nf(v)}`, text: nf(v), on: { click: () => { ctx.control("scheme", d.names[s]); ctx.control("far", d.distances[i]); } } })); };
        table.replaceChildren(el("table", { class: "plain posreach" }, el("thead", {}, el("tr", {}, el("th", { text: "Positions later" }), ...d.distances.map((v) => el("th", { class: "r" + (v > d.n_ctx ? " pospast" : ""), text: big(v) })))), el("tbody", {}, d.names.map((name, s) => el("tr", { class: name === now ? "on" : "" }, el("td", { text: SCHEMES[name][0] }), ...d.distances.map((_, i) => cell(s, i)))))));
        if (held) table.querySelector(`[data-k="${held}"]`)?.focus();
        drawWords();
        note.textContent = `Measured: the first ${d.ids.a.length} tokens of “${d.texts[d.text]}”, not of this prompt, at positions 0 and up, and again at each distance with the first reading in view; the positions between are skipped, so a token can be copied only by attention over that distance. Left out: thousands of tokens between would also take their share of the attention. This model was not trained further with any scheme; interpolation and YaRN are meant for that. Crossed out: worse than a first reading. Ruled columns lie past ${within(d)}.` + (ctx.interventions.some((i) => i.on) ? " The interventions of this run are not applied here." : "");
      },
      exportData: () => d,
    };
  },
};
