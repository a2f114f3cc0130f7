// Beam search: the tree of one real search, a column a step; its texts against greedy decoding's.
import { chart } from "../kit/chart.js";
import { big, css, el, pc, sg, sv, svgToken, tip, tokenEl, tokenText } from "../js/dom.js";

const PRUNED = 0, FINISHED = 2;
const nats = (v, d = 2) => (v < 0 ? "−" : "") + Math.abs(v).toFixed(d), many = (n, word) => `${big(n)} ${word}${n === 1 ? "" : "s"}`, bold = (text, cls) => el("b", { text, class: cls });
const ratio = (v) => v >= 100 ? big(Math.round(v)) : v >= 10 ? v.toFixed(0) : v.toFixed(1);
const WHY = { length: "It ran to the limit.", full: "It stopped with enough whole texts.", hopeless: "It stopped early: no open text could still beat the whole ones." };
const words = (ids, pale = 0) => ids.flatMap((id, i) => [tokenEl(id, "mono tokword" + (i < pale ? " shared" : "")), el("wbr", {})]);
const common = (a, b) => { let n = 0; while (n < a.length && a[n] === b[n]) n++; return n; };

const tree = {
  create(body, ctx) {
    let d = null, drawn = "", picked = null, keyed = false, geo = null, best = new Set(), whole = new Set(), greedy = new Set();
    const settings = el("div", { class: "beamset" }), said = el("div", { class: "readout beamsaid" }), box = el("div", { class: "scroll beamtree" }), list = el("div", { class: "scroll" }), sum = el("p", { class: "hint beamsum" }), race = el("div", {}), below = el("div", { class: "beambelow", hidden: true });
    const chip = (cls, text) => el("span", {}, el("i", { class: "beamkey " + cls }), text);
    body.append(settings, el("div", { class: "bar" }, el("span", { class: "muted beamhow", text: "Rows: the best total on top." }), el("div", { class: "legend" }, chip("best", "best text"), chip("kept", "kept"), chip("lost", "kept, given up later"), chip("cut", "dropped"), chip("greedy", "greedy’s way"), chip("end", "ends here"))), said, box,
      below);
    below.append(el("div", {}, el("h3", { class: "sub3", text: "The texts it found" }), list, sum), el("div", {}, el("h3", { class: "sub3" }, "Total so far ", el("small", { text: "log-probability, nats" })), race));
    const line = chart(race, { height: 230, label: "Running total log-probability of the best text and of greedy’s" });

    const value = (key, own) => ctx.controls[key] === undefined ? own : +ctx.controls[key];
    function drawSettings() {
      const n = d.n_beams, key = JSON.stringify([d.n_beams, d.max_new_tokens, d.length_penalty, d.n_groups, d.diversity]); if (key === drawn) return; drawn = key; // a slider that is held stays where it is while the tree grows
      const held = document.activeElement?.id;
      const slide = (key, text, lo, hi, step, own, note, write = String) => {
        const out = el("output", { text: write(value(key, own)) });
        const inp = el("input", { type: "range", min: lo, max: hi, step, id: `beam-${key}`, "aria-label": text, on: { input: (e) => { out.textContent = write(+e.target.value); }, change: (e) => ctx.control(key, +e.target.value) } });
        inp.value = value(key, own); return el("label", { class: "slide", title: note }, el("span", { text }), inp, out);
      };
      const wide = [1, 2, 3, 4].filter((g) => n % g === 0 && g <= n);
      const groups = wide.length > 1 ? el("div", { class: "beamgroups" }, el("span", { text: "Groups" }), el("div", { class: "seg", role: "group", "aria-label": "Groups of beams" }, wide.map((g) => el("button", { type: "button", id: `beam-groups-${g}`, text: g === 1 ? "1, plain" : String(g), "aria-pressed": String(g === d.n_groups), title: g === 1 ? "All beams compete" : `Diverse: ${g} groups of ${n / g}; a token that an earlier group took costs a later one`, on: { click: () => ctx.control("groups", g) } })))) : null;
      settings.replaceChildren(...[slide("beams", "Beams", 1, d.most.beams, 1, n, "How many texts are kept at each step"), slide("steps", "New tokens", 2, d.most.steps, 1, d.max_new_tokens, "How long the texts may get"), slide("length", "Length penalty", -1, 2, .1, d.length_penalty, "Whole texts compete by total ÷ tokens to this power: 0 favours short ones, 1 compares means", (v) => nats(v, 1)), groups,
        d.n_groups > 1 ? slide("diversity", "Diversity", 0, 3, .1, d.diversity, "What a token costs a later group each time an earlier one took it, in nats", (v) => v.toFixed(1)) : null].filter(Boolean));
      if (held?.startsWith("beam-")) document.getElementById(held)?.focus({ preventScroll: true });
    }

    // ---- the tree
    const N = (key, i) => d.nodes[key].a[i], count = () => d.nodes.step.a.length;
    function path(i) { const out = []; for (; i >= 0; i = N("parent", i)) out.push(i); return out.reverse(); }
    // Paths that are whole, and while the search goes on also those that are still grown.
    function open() { const made = d.texts.flatMap((t) => t.nodes); if (!d.greedy) for (let i = 0; i < count(); i++) if (N("step", i) === d.n_steps - 1 && N("fate", i) !== PRUNED) made.push(...path(i)); return made; }
    const children = (i) => { const out = []; for (let k = 0; k < count(); k++) if (N("parent", k) === i) out.push(k); return out; };
    const state = (i) => best.has(i) ? "best" : N("fate", i) === PRUNED ? "cut" : whole.has(i) ? "kept" : "lost";
    function layout() { // time to the right; on a phone downward, and what was dropped is dots only
      const W = Math.floor(box.clientWidth) || 320, flat = W >= 720, width = d.n_beams / d.n_groups;
      let tall = 0; for (let g = 0; g < d.n_groups; g++) { let most = 0; for (let i = 0; i < count(); i++) if (N("group", i) === g) most = Math.max(most, N("place", i) + 1); tall = Math.max(tall, most); }
      if (flat) {
        const x0 = 78, colW = Math.max(78, (W - x0 - 6) / d.n_steps), gap = colW > 100 ? 30 : 24, rh = 26, top = 30, band = tall * rh + (d.n_groups > 1 ? 26 : 8);
        const at = (i) => ({ x: x0 + N("step", i) * colW + gap, y: top + (d.n_groups > 1 ? 18 : 0) + N("group", i) * band + N("place", i) * rh + 11, w: colW - gap, h: 20 });
        return { flat, W: Math.max(W, x0 + colW * d.n_steps + 6), H: top + d.n_groups * band, x0, colW, gap, rh, top, band, width, at, root: { x: 0, y: top + (d.n_groups > 1 ? 18 : 0) + 11, w: x0 - 12, h: 20 } };
      }
      const rows = Array.from({ length: d.n_steps }, () => []), cuts = rows.map(() => []);
      for (let i = 0; i < count(); i++) (N("fate", i) === PRUNED ? cuts : rows)[N("step", i)].push(i);
      const order = (a, b) => N("group", a) - N("group", b) || N("place", a) - N("place", b); rows.forEach((r) => r.sort(order)); cuts.forEach((r) => r.sort(order));
      const lanes = Math.max(...rows.map((r) => r.length)), x0 = 20, dots = 4 * 9 + 6, rh = 46, top = 36, lane = Math.max(58, (W - x0 - dots) / lanes), wide = x0 + lanes * lane + dots;
      const spot = new Map(); rows.forEach((r, s) => r.forEach((i, k) => spot.set(i, { x: x0 + k * lane + 2, y: top + s * rh + 20, w: lane - 4, h: 22 }))); cuts.forEach((r, s) => r.forEach((i, k) => spot.set(i, { x: wide - dots + 6 + (k % 4) * 9, y: top + s * rh + 15 + Math.floor(k / 4) * 9, w: 6, h: 6, dot: true })));
      return { flat, W: wide, H: top + d.n_steps * rh, x0, rh, top, at: (i) => spot.get(i), root: { x: x0, y: 12, w: W - x0 - dots, h: 20 } };
    }
    function link(s, a, b, attrs) {
      const p = geo.flat ? [a.x + a.w, a.y, b.x, b.y] : [a.x + a.w / 2, a.y + a.h / 2, b.x + b.w / 2, b.y - b.h / 2], [x1, y1, x2, y2] = p, m = geo.flat ? (x1 + x2) / 2 : (y1 + y2) / 2;
      return sv("path", { d: geo.flat ? `M${x1} ${y1}C${m} ${y1} ${m} ${y2} ${x2} ${y2}` : `M${x1} ${y1}C${x1} ${m} ${x2} ${m} ${x2} ${y2}`, fill: "none", ...attrs }, s);
    }
    function drawTree() {
      geo = layout(); const { flat, W, H } = geo, s = sv("svg", { class: "fig beamfig", viewBox: `0 0 ${W} ${H}`, width: W, height: H, role: "img", tabindex: 0, "aria-label": `Tree of a beam search: ${count()} candidates in ${d.n_steps} steps, ${d.n_beams} kept at each; arrow keys walk it` });
      s.style.width = W + "px";
      for (let t = 0; t < d.n_steps; t++) { if (flat) sv("text", { x: geo.x0 + t * geo.colW + geo.gap, y: 12, class: "dim" }, s, t === 0 ? "token 1" : String(t + 1)); else sv("text", { x: 0, y: geo.top + t * geo.rh + 24, class: "dim" }, s, String(t + 1)); }
      if (flat) for (let g = 0; g < d.n_groups; g++) { // the cut, wherever each step made it
        if (d.n_groups > 1) { const t = sv("text", { x: 0, y: geo.top + g * geo.band + 6, class: "b" }, s, `Group ${g + 1}`); t.style.fill = css("ink"); }
        let before = null, named = false;
        for (let t = 0; t < d.n_steps; t++) {
          let low = -1, more = false; for (let i = 0; i < count(); i++) if (N("step", i) === t && N("group", i) === g) { if (N("fate", i) !== PRUNED) low = Math.max(low, N("place", i)); else more = true; }
          if (low < 0 || !more) { before = null; continue; }
          const y = geo.top + (d.n_groups > 1 ? 18 : 0) + g * geo.band + (low + 1) * geo.rh - 2, x = geo.x0 + t * geo.colW + 4;
          if (before !== null && before !== y) sv("line", { x1: x, x2: x, y1: before, y2: y, stroke: css("ink"), "stroke-width": 1.25 }, s);
          sv("line", { x1: t === 0 ? 0 : x, x2: x + geo.colW, y1: y, y2: y, stroke: css("ink"), "stroke-width": 1.25 }, s); before = y;
          if (!named) { named = true; const label = sv("text", { x: 0, y: y - 5, class: "b" }, s, geo.width === 1 ? "beam of 1" : `beam of ${geo.width}`); label.style.fill = css("ink"); }
        }
      }
      const order = ["cut", "lost", "kept", "best"].flatMap((kind) => Array.from({ length: count() }, (_, i) => i).filter((i) => state(i) === kind));
      const looks = { cut: { stroke: css("line2"), "stroke-width": 1, "stroke-dasharray": "2 3" }, lost: { stroke: css("river"), "stroke-width": 1.25 }, kept: { stroke: css("river-deep"), "stroke-width": 1.75 }, best: { stroke: css("prob"), "stroke-width": 3 } };
      for (const i of order) { const b = geo.at(i), p = N("parent", i), a = p < 0 ? geo.root : geo.at(p); if (!b.dot) link(s, a, b, { ...looks[state(i)], "data-link": i, class: "beamlink" }); }
      const r = geo.root; sv("rect", { x: r.x, y: r.y - r.h / 2, width: r.w, height: r.h, rx: 4, fill: css("surface"), stroke: css("line2") }, s); svgToken(s, r.x + r.w / 2, r.y + 4, d.prompt, { "text-anchor": "middle", class: "m ink" }, Math.floor((r.w - 8) / 6.8));
      for (const i of order) node(s, i);
      s.addEventListener("pointerleave", () => show(picked)); s.addEventListener("pointerdown", () => { keyed = false; }); s.addEventListener("keydown", walk);
      const focused = keyed && document.activeElement?.classList.contains("beamfig"), at = box.scrollLeft; box.replaceChildren(s); box.scrollLeft = at; if (focused) s.focus({ preventScroll: true });
      mark(picked);
    }
    function node(s, i) {
      const b = geo.at(i), kind = state(i), g = sv("g", { class: `beamnode ${kind}`, "data-node": i, "data-fate": N("fate", i) }, s);
      if (b.dot) { sv("rect", { x: b.x - 2, y: b.y - 5, width: 9, height: 9, fill: "transparent" }, g); sv("circle", { cx: b.x + 2.5, cy: b.y, r: 2.5, class: "chip" }, g); }
      else {
        sv("rect", { class: "chip", x: b.x, y: b.y - b.h / 2, width: b.w, height: b.h, rx: 4 }, g);
        svgToken(g, b.x + b.w / 2, b.y + 4, N("token", i), { "text-anchor": "middle", class: "m" }, Math.max(1, Math.floor((b.w - 6) / 6.8)));
        if (N("fate", i) === FINISHED) sv("rect", { class: "end", ...(geo.flat ? { x: b.x + b.w + 2, y: b.y - b.h / 2, width: 3, height: b.h } : { x: b.x, y: b.y + b.h / 2 + 5, width: b.w, height: 3 }) }, g);
      }
      if (greedy.has(i)) sv("rect", { class: "way", x: b.dot ? b.x - 1 : b.x + 3, y: b.dot ? b.y + 4 : b.y + b.h / 2 + 1.5, width: b.dot ? 7 : b.w - 6, height: 2 }, g);
      g.addEventListener("pointerenter", () => show(i)); g.addEventListener("click", () => { picked = picked === i ? null : i; show(picked ?? i); });
    }
    function mark(i) { const on = new Set(i === null ? [] : path(i)); box.querySelectorAll("[data-node]").forEach((g) => g.classList.toggle("on", on.has(+g.dataset.node))); box.querySelectorAll("[data-link]").forEach((p) => p.classList.toggle("on", on.has(+p.dataset.link))); list.querySelectorAll("[data-end]").forEach((r) => r.classList.toggle("on", i !== null && +r.dataset.end === i)); }
    function walk(e) {
      const d2 = { ArrowRight: 1, ArrowLeft: 2, ArrowUp: 3, ArrowDown: 4, Escape: 5 }[e.key]; if (!d2) return; e.preventDefault(); keyed = true;
      const firsts = () => { for (let i = 0; i < count(); i++) if (N("step", i) === 0 && N("place", i) === 0) return i; }, by = geo.flat ? d2 : [0, 4, 3, 2, 1, 5][d2];
      if (d2 === 5) picked = null;
      else if (picked === null) picked = firsts();
      else if (by === 1) { const c = children(picked).sort((a, b) => N("fate", b) - N("fate", a) || best.has(b) - best.has(a) || N("place", a) - N("place", b)); if (c.length) picked = c.find((k) => best.has(k)) ?? c[0]; } else if (by === 2) picked = N("parent", picked) < 0 ? picked : N("parent", picked);
      else { const same = Array.from({ length: count() }, (_, i) => i).filter((i) => N("step", i) === N("step", picked)).sort((a, b) => N("group", a) - N("group", b) || N("place", a) - N("place", b)), k = same.indexOf(picked) + (by === 4 ? 1 : -1); picked = same[Math.min(same.length - 1, Math.max(0, k))]; }
      show(picked); const b = picked === null ? null : geo.at(picked); if (b) { if (b.x < box.scrollLeft + 20) box.scrollLeft = b.x - 60; else if (b.x + b.w > box.scrollLeft + box.clientWidth - 10) box.scrollLeft = b.x + b.w - box.clientWidth + 60; }
    }
    function show(i) {
      mark(i); said.replaceChildren();
      if (!d.greedy && (i === null || i === undefined)) { said.append(`Step ${d.n_steps} of at most ${d.max_new_tokens}: solid texts are still grown.`); return; }
      if (i === null || i === undefined) { const seen = d.greedy.nodes.length, cut = seen > 0 && N("fate", d.greedy.nodes[seen - 1]) === PRUNED, gone = cut || seen < d.greedy.ids.length; said.append(best.size && d.greedy.ids.join() === d.texts[0].ids.join() ? "The best text is greedy’s own." : gone ? `Greedy’s text leaves the beam at token ${cut ? seen : seen + 1}.` : "Greedy’s text is among those kept.", " Point at a token for its path."); return; }
      const p = path(i), t = N("step", i) + 1, fate = N("fate", i), cost = N("total", i) - N("score", i);
      said.append(el("span", { class: "beampath" }, words(p.map((k) => N("token", k)))), el("span", {}, bold(pc(Math.exp(N("logprob", i)))), " after its path; total ", bold(nats(N("total", i))), t > 1 ? `, mean ${nats(N("total", i) / t)}` : "", Math.abs(cost) > 1e-4 ? `, less ${cost.toFixed(1)} for diversity` : "", `; place ${N("place", i) + 1}`, d.n_groups > 1 ? ` in group ${N("group", i) + 1}` : "", ", ", fate === PRUNED ? "dropped" : fate === FINISHED ? "a whole text" : children(i).some((k) => N("fate", k) !== PRUNED) ? "kept" : "kept, but nothing after it was"));
    }

    // ---- the texts
    function drawList() {
      const row = (name, t, node, cls) => el("tr", { class: "pick " + cls, "data-end": node, on: { click: () => { picked = node ?? null; show(picked); }, pointerenter: () => node !== undefined && show(node), pointerleave: () => show(picked) } }, el("td", {}, node === undefined ? name : el("button", { type: "button", class: "rowbtn", text: name, "aria-label": `Show text ${name} in the tree` })), el("td", { class: "text" }, words(t.ids, cls === "best" ? 0 : common(t.ids, d.texts[0].ids))), el("td", { class: "r", text: nats(t.logprob) }), el("td", { class: "r", text: String(t.ids.length) }), el("td", { class: "r", text: t.score === undefined ? "" : nats(t.score, 3) }));
      const g = { ids: d.greedy.ids, logprob: d.greedy.totals.at(-1) }; g.score = g.logprob / g.ids.length ** d.length_penalty;
      list.replaceChildren(el("table", { class: "plain beamtexts" }, el("thead", {}, el("tr", {}, el("th", { text: "Place" }), el("th", { text: "Text" }), el("th", { class: "r", text: "Total" }), el("th", { class: "r", text: "Tokens" }), el("th", { class: "r", text: "Score" }))), el("tbody", {}, d.texts.map((t, k) => row(String(k + 1), t, t.nodes.at(-1), k ? "" : "best")), row("Greedy", g, undefined, "greedy"))));
      const top = d.texts[0], same = top.ids.length === g.ids.length, more = top.logprob - g.logprob, identical = top.ids.join() === g.ids.join();
      const verdict = identical ? "The search found greedy’s text: it was the best of those looked at." : same ? `At equal length the best text is ${more >= 0 ? `${ratio(Math.exp(more))} times as probable as` : `less probable than`} greedy’s: e to the ${sg(more)}.` : `The best text has ${many(top.ids.length, "token")}, greedy’s ${g.ids.length}: by their means ${nats(top.logprob / top.ids.length)} and ${nats(g.logprob / g.ids.length)}.`;
      sum.textContent = `Score: total ÷ tokens to the power ${nats(d.length_penalty, 1)}${d.n_groups > 1 ? ", diversity’s cost taken off" : ""}. ${verdict} ${many(count(), "candidate")} were looked at and ${many(d.rows, "row")} went through the model after the prompt; greedy needs ${d.greedy.ids.length - 1}. ${[...new Set(d.stopped)].map((w) => WHY[w]).join(" ")}${d.unmodified ? " Interventions do not act here: the search runs on the unmodified model." : ""}`;
    }
    function drawRace() {
      const top = d.texts[0].nodes.map((i) => N("total", i)), x = (n) => Array.from({ length: n }, (_, i) => i + 1), identical = d.texts[0].ids.join() === d.greedy.ids.join();
      const low = d.texts[0].logprob < d.greedy.totals.at(-1), close = Math.abs(d.texts[0].logprob - d.greedy.totals.at(-1)) < .06 * Math.max(1, -Math.min(d.texts[0].logprob, d.greedy.totals.at(-1)));
      line.draw({
        traces: [{ x: x(d.greedy.totals.length), y: d.greedy.totals, name: "greedy", color: "ink", dash: "dot", labelled: !identical, legend: false, mode: "lines+markers", size: 5, hover: "greedy, token %{x}: %{y:.2f}<extra></extra>" }, { x: x(top.length), y: top, name: identical ? "best = greedy" : "best text", color: "prob", labelled: true, mode: "lines+markers", size: 5, hover: "best text, token %{x}: %{y:.2f}<extra></extra>" }],
        x: { title: "tokens", dtick: d.max_new_tokens > 14 ? 4 : 2, range: [.6, Math.max(top.length, d.greedy.totals.length) + .4] }, y: { title: "" },
        layout: close && !identical ? { annotations: undefined } : {}, margin: { l: 44, r: 96, t: 8, b: 40 }, low,
      });
    }
    return {
      draw(data, focus, what) {
        if (what === "focus") return; // nothing here follows the selection
        if (d !== data) { d = data; picked = null; best = new Set(d.greedy ? d.texts[0].nodes : []); whole = new Set(open()); greedy = new Set(d.greedy?.nodes ?? []); }
        drawSettings(); drawTree(); below.hidden = !d.greedy; if (d.greedy) { drawList(); drawRace(); } show(picked);
      },
      exportData() { return { settings: { beams: d.n_beams, steps: d.max_new_tokens, length_penalty: d.length_penalty, groups: d.n_groups, diversity: d.diversity }, texts: d.texts.map((t) => ({ ...t, text: t.ids.map(tokenText) })), greedy: { ids: d.greedy.ids, text: d.greedy.ids.map(tokenText), totals: d.greedy.totals }, tree: Array.from({ length: count() }, (_, i) => ({ node: i, parent: N("parent", i), step: N("step", i), group: N("group", i), id: N("token", i), text: tokenText(N("token", i)), logprob: N("logprob", i), total: N("total", i), score: N("score", i), fate: ["pruned", "kept", "finished"][N("fate", i)] })) }; },
      destroy() { tip.hide(); },
    };
  },
};
export const views = { tree };
