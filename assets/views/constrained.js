// Constrained decoding: a text token by token under a rule; what was forbidden at each of them, over the whole vocabulary.
import { big, canvas2, css, el, nice, pc, rgb, segmented, sv, svgToken, tip, tokenEl, tokenText } from "../js/dom.js";

const NAMES = { name: "One of four names", sentence: "A short sentence", date: "A date", person: "A person", list: "A list of colours" };
const KIND = { regex: "Regular expression", json: "JSON schema" };
const bold = (text, cls) => el("b", { text, class: cls }), nats = (v) => v.toFixed(v >= 100 ? 0 : 1), count = (n, word) => `${big(n)} ${word}${n === 1 ? "" : "s"}`;
const small = (p) => { const [m, e] = p.toExponential(0).split("e-"); return `${m} · 10⁻${[...String(+e)].map((c) => "⁰¹²³⁴⁵⁶⁷⁸⁹"[c]).join("")}`; };
const exact = (p) => p >= 1 ? "100 %" : p > 1 - 1e-8 ? "> 99.999999 %" : p >= .9995 ? (100 * p).toFixed(Math.ceil(-Math.log10(1 - p)) - 2) + " %" : p >= .001 ? pc(p) : p > 0 ? small(p) : "0 %";

const steps = {
  create(body, ctx) {
    let d = null, at = 0, kind = "regex", cells = null, written = null, shown = "", picked = false; // written: the rule in the box when it was last filled
    const kindSeg = el("div"), chips = el("div", { class: "chips" }), rule = el("textarea", { class: "mono conrule", rows: 2, spellcheck: "false", autocomplete: "off", "aria-label": "The rule", maxlength: 1900, on: { input: () => edited(), keydown: (e) => { if (e.key === "Enter" && (e.ctrlKey || e.metaKey)) { e.preventDefault(); apply(); } } } });
    const syntax = el("p", { class: "hint conhint" }), go = el("button", { class: "btn", type: "button", text: "Decode", on: { click: () => apply() } }), wrong = el("div", { class: "errbox conwrong", role: "alert", hidden: true }), settings = el("div", { class: "conset" });
    const sum = el("p", { class: "readout consum" }), said = el("div", { class: "conlines" }), list = el("div", { class: "conrows", role: "list", tabindex: 0, "aria-label": "Tokens of the text; arrow keys choose one", on: { keydown: keys } }), side = el("div", { class: "conside" }), main = el("div", { class: "con" }, el("div", { class: "conmain" }, list), side);
    body.append(el("div", { class: "bar conbar" }, kindSeg, chips), el("div", { class: "conwrite" }, rule, go, syntax), wrong, settings, said, sum, main);

    // ---- the rule and the settings
    const set = (key, value) => ctx.control(key, value), now = (key) => { const v = ctx.controls[key] ?? d?.[key]; return typeof d?.[key] === "number" ? +v : v; };
    function take(form, text) { // one change for two controls, so that the server is asked once
      written = null; const all = ctx.store.controls[ctx.panel.name] ??= {};
      if (text === undefined) { delete all.rule; return set("form", form); }
      all.form = form; set("rule", text);
    }
    const edited = () => { go.disabled = rule.value === d?.rule && kind === d?.kind; };
    function apply() { if (go.disabled) return; const same = Object.entries(d.examples).find(([, e]) => e.kind === kind && e.rule === rule.value); if (same) take(same[0]); else take(kind, rule.value); }
    function drawRule() {
      kindSeg.replaceChildren(segmented("Kind of rule", Object.entries(KIND), () => kind, (k) => { kind = k; const first = Object.entries(d.examples).find(([, e]) => e.kind === k); take(first[0]); drawChips(); }));
      drawChips(); if (written !== d.rule) rule.value = written = d.rule; syntax.textContent = d.kind === "json" ? "The text is JSON on one line that this schema accepts. Ctrl ↵ decodes." : `The whole text must match, in Rust’s syntax.${/^ /.test(d.rule) ? " This rule begins with a space." : ""} Ctrl ↵ decodes.`; rule.rows = Math.min(6, Math.max(1, Math.ceil(d.rule.length / Math.max(30, body.clientWidth / 9)))); edited();
      wrong.hidden = !d.wrong; wrong.replaceChildren(...(d.wrong ? [bold(d.wrong.message), el("span", { text: d.wrong.hint })] : [])); rule.setAttribute("aria-invalid", String(!!d.wrong));
    }
    function drawChips() { chips.replaceChildren(...Object.entries(d.examples).filter(([, e]) => e.kind === kind).map(([k]) => el("button", { class: "chip", type: "button", text: NAMES[k] ?? k, "aria-pressed": String(now("form") === k), on: { click: () => take(k) } }))); }
    function drawSettings() {
      const slide = (key, text, lo, hi, step, note, write = String) => {
        const out = el("output", { text: write(now(key)) }), inp = el("input", { type: "range", min: lo, max: hi, step, id: `con-${key}`, "aria-label": text, on: { input: (e) => { out.textContent = write(+e.target.value); }, change: (e) => set(key, +e.target.value) } });
        inp.value = now(key); return el("label", { class: "slide", title: note }, el("span", { text }), inp, out);
      };
      const key = JSON.stringify(["temperature", "seed", "new"].map(now)); if (key === shown) return; shown = key; // a slider that is held stays where it is while the text grows
      const held = document.activeElement?.id, seed = el("input", { type: "number", min: 0, max: 2147483647, step: 1, id: "con-seed", "aria-label": "Seed", on: { change: (e) => { if (/^\d{1,10}$/.test(e.target.value)) set("seed", +e.target.value); } } }); seed.value = now("seed");
      settings.replaceChildren(slide("temperature", "Temperature", 0, 2, .1, "0 takes the likeliest of the allowed tokens", (v) => v === 0 ? "0, greedy" : v.toFixed(1)), ...(now("temperature") > 0 ? [el("label", { class: "conseed" }, el("span", { text: "Seed" }), seed)] : []), slide("new", "At most", 4, 64, 4, "how many tokens the text may take", (v) => `${v} tokens`));
      if (held?.startsWith("con-")) document.getElementById(held)?.focus({ preventScroll: true });
    }

    // ---- words
    const words = (ids) => ids.flatMap((id) => [tokenEl(id), el("wbr", {})]);
    function drawWords() {
      const s = d.steps, ids = s.map((x) => x.token), worst = s.reduce((a, b, i) => b.forbidden > s[a].forbidden ? i : a, 0), free = s.filter((x) => x.token === x.wanted).length;
      const text = ids.filter((id) => id !== d.stop), odd = d.canonical.length && d.canonical.join() !== text.join(), end = d.free === null ? "The text is still being written." : d.ended ? "The rule lets it end here." : d.stuck ? "No token leads on from here." : d.whole ? "It may end here; the limit came first." : "The limit came before the rule let it end.";
      said.replaceChildren(el("span", { class: "k", text: "With the rule" }), el("span", { class: "v own" }, words(ids)), el("span", { class: "k", text: "Without it" }), el("span", { class: "v" }, d.free === null ? el("span", { class: "muted", text: "comes when the text with the rule is written" }) : words(d.free)));
      sum.replaceChildren(bold(count(s.length, "token")), ", ", bold(`${free} of them`), ` the model’s own first choice. ${end} Most was forbidden before token ${worst + 1}: `, bold(exact(s[worst].forbidden)), ` of the probability. Under the masks this text is e`, el("sup", { text: nats(d.cost) }), " times as probable as by the model itself. ", ...(odd ? ["The tokenizer would cut it otherwise: ", el("span", { class: "mono" }, d.canonical.slice(0, 24).flatMap((id, i) => [i ? " | " : "", tokenEl(id)])), d.canonical.length > 24 ? " …" : "", "."] : []), d.unmodified ? " Interventions do not act here: the model’s own weights run." : "", d.left_out ? ` ${d.left_out}` : "");
    }

    // ---- a row a token
    function drawRows() {
      const narrow = list.clientWidth < 520;
      list.classList.toggle("narrow", narrow);
      const head = el("div", { class: "conrow head", "aria-hidden": "true" }, el("span", { text: "" }), el("span", { text: "token" }), el("span", { text: "the model’s probability: allowed, forbidden" }), el("span", { class: "r", text: "forbidden" }), narrow ? null : el("span", { class: "r", text: "allowed" }));
      list.replaceChildren(head, ...d.steps.map((s, i) => {
        const bar = el("span", { class: "conmass" }, el("i", { class: "mine" }), el("i", { class: "left" })), ok = 1 - s.forbidden;
        bar.children[0].style.width = `${100 * s.own}%`; bar.children[1].style.width = `${100 * Math.max(0, ok - s.own)}%`;
        const differs = s.token !== s.wanted, inside = s.allowed[s.ids.indexOf(s.wanted)];
        const row = el("div", { class: "conrow", role: "listitem", "data-step": i, "aria-current": String(i === at), "aria-label": `Token ${i + 1}: ${tokenText(s.token)}; ${exact(s.forbidden)} forbidden, ${count(s.n_allowed, "token")} allowed` },
          el("span", { class: "n", text: String(i + 1) }), el("span", { class: "toks" }, differs ? tokenEl(s.wanted, "tok " + (inside ? "out" : "no")) : null, tokenEl(s.token, "tok " + (differs ? "got" : "same"))), bar, el("span", { class: "r", text: exact(s.forbidden) }), narrow ? null : el("span", { class: "r", text: big(s.n_allowed) }));
        row.addEventListener("click", () => choose(i)); row.addEventListener("pointerenter", (e) => tip.show(e.clientX, e.clientY, tokenText(s.token), [["model", exact(s.own)], ["given the mask", exact(s.given)], ["model’s first choice", tokenText(s.wanted), true], ["its probability", pc(s.wanted_p)]])); row.addEventListener("pointerleave", tip.hide);
        return row;
      }));
    }
    function choose(i) {
      at = Math.min(d.steps.length - 1, Math.max(0, i)); picked = true; tip.hide();
      list.querySelectorAll("[data-step]").forEach((r) => r.setAttribute("aria-current", String(+r.dataset.step === at))); drawSide();
    }
    function keys(e) {
      const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: 1e6 }[e.key]; if (to === undefined) return; e.preventDefault(); choose(to);
      list.querySelector(`[data-step="${at}"]`)?.scrollIntoView({ block: "nearest" });
    }

    // ---- one step: the likeliest tokens before and after the mask, and the mask over the vocabulary
    function drawSide() { // beside the rows where there is room, else under the row that is open
      const row = list.querySelector(`[data-step="${at}"]`); if (matchMedia("(max-width:1180px)").matches) row.after(side); else if (side.parentNode !== main) main.append(side);
      const s = d.steps[at], W = Math.max(260, Math.floor(side.clientWidth) || 340), wanted = s.allowed[s.ids.indexOf(s.wanted)];
      const head = el("h3", { class: "sub3" }, `Token ${at + 1}: `, tokenEl(s.token, "tok " + (s.token === s.wanted ? "same" : "got"))), verdict = el("p", { class: "hint converdict" });
      verdict.append(s.token === s.wanted ? `The model’s own first choice, ${exact(s.own)}.` : wanted ? `The model’s first choice was ` : "The model’s first choice was ", ...(s.token === s.wanted ? [] : [tokenEl(s.wanted), ` (${pc(s.wanted_p)}), ${wanted ? "allowed, but the draw fell elsewhere" : "forbidden"}. Taken: ${exact(s.own)} by itself, ${exact(s.given)} given the mask.`]));
      const forced = s.n_allowed === 1 ? " Only this token was possible." : ""; if (forced) verdict.append(forced);
      side.replaceChildren(head, verdict, bars(s, W), el("h3", { class: "sub3 conmaphead" }, "The mask ", el("small", { text: `${big(d.d_vocab)} tokens by id; ${count(s.n_allowed, "token")} allowed` })), map(s, W));
    }
    function bars(s, W) {
      const lab = 96, numW = 62, gap = 14, cw = (W - lab - 8 - 2 * numW - gap) / 2, rh = 20, top = 34, n = s.ids.length, H = top + (n + 2) * rh + 4, x1 = lab + 8, x2 = x1 + cw + numW + gap;
      const svg = sv("svg", { class: "fig conbars", viewBox: `0 0 ${W} ${H}`, height: H, role: "img", "aria-label": "The likeliest tokens: the model’s probability, and what is left given the mask" });
      const hot = d.temperature !== 1 && d.temperature !== 0, after = hot ? s.drawn : s.q, most = Math.min(1, nice(Math.max(...s.p, .02))), mostq = Math.min(1, nice(Math.max(...after, .02)));
      sv("text", { x: x1, y: 11, class: "h" }, svg, "Model"); sv("text", { x: x2, y: 11, class: "h" }, svg, hot ? `Mask, T = ${d.temperature.toFixed(1)}` : "Given the mask"); sv("text", { x: x1, y: 25, class: "dim" }, svg, `0 to ${most}`); sv("text", { x: x2, y: 25, class: "dim" }, svg, `0 to ${mostq}`);
      s.ids.forEach((id, i) => {
        const y = top + i * rh, ok = s.allowed[i], mine = id === s.token; if (mine) sv("rect", { x: 0, y: y - 1, width: lab, height: 18, rx: 4, fill: css("prob-soft") }, svg);
        const t = svgToken(svg, lab - 4, y + 12, id, { "text-anchor": "end", class: "m" + (mine ? " b" : "") }, 12); t.style.fill = css(mine ? "prob" : ok ? "ink" : "ink3"); if (!ok) t.style.textDecoration = "line-through";
        const w = s.p[i] / most * cw; sv("rect", { x: x1 + .5, y: y + 2.5, width: Math.max(.8, w - 1), height: 11, rx: 1, ...(ok ? { fill: css("prob") } : { fill: "none", stroke: css("river-deep"), "stroke-dasharray": "2 2" }) }, svg); sv("text", { x: x1 + cw + numW - 2, y: y + 12, "text-anchor": "end", class: ok ? "ink" : "dim" }, svg, exact(s.p[i]));
        if (ok) { sv("rect", { x: x2 + .5, y: y + 2.5, width: Math.max(.8, after[i] / mostq * cw - 1), height: 11, rx: 1, fill: css("prob") }, svg); sv("text", { x: W, y: y + 12, "text-anchor": "end", class: "ink" }, svg, exact(after[i])); } else sv("text", { x: x2, y: y + 12, class: "dim" }, svg, "cut");
      });
      [[`${big(Math.max(0, s.n_allowed - s.allowed.filter(Boolean).length))} others allowed`, s.rest[0]], [`${big(d.d_vocab - s.n_allowed - s.allowed.filter((v) => !v).length)} others forbidden`, s.rest[1]]].forEach(([t, p], i) => { const y = top + (n + i) * rh + 14; sv("text", { x: 0, y, class: "dim" }, svg, t); sv("text", { x: x1 + cw + numW - 2, y, "text-anchor": "end", class: "dim" }, svg, exact(p)); });
      return svg;
    }
    const bit = (i, id) => d.mask.a[i * d.mask.shape[1] + (id >> 3)] >> (id & 7) & 1;
    function map(s, W) {
      const cols = 256, rows = Math.ceil(d.d_vocab / cols), k = W / cols, H = Math.round(rows * k), c = el("canvas", { class: "conmap", tabindex: 0, role: "img", "aria-label": `The mask over ${big(d.d_vocab)} tokens: ${count(s.n_allowed, "token")} allowed` }), g = canvas2(c, W, H), few = s.n_allowed < 1200, on = []; let p = 0;
      g.fillStyle = css("sunken"); g.fillRect(0, 0, W, H);
      const img = document.createElement("canvas"); img.width = cols; img.height = rows; const ig = img.getContext("2d"), px = ig.createImageData(cols, rows), [r, gr, b] = rgb("prob");
      for (let id = 0; id < d.d_vocab; id++) if (bit(at, id)) { on.push(id); px.data.set([r, gr, b, 255], id * 4); }
      ig.putImageData(px, 0, 0); g.imageSmoothingEnabled = false; g.drawImage(img, 0, 0, W, H);
      const spot = (id, size, colour, line) => { const x = (id % cols + .5) * k, y = (Math.floor(id / cols) + .5) * k; if (line) { g.strokeStyle = colour; g.lineWidth = 1.5; g.strokeRect(x - size / 2, y - size / 2, size, size); } else { g.fillStyle = colour; g.fillRect(x - size / 2, y - size / 2, size, size); } };
      if (few) on.forEach((id) => spot(id, 3.4, css("prob"))); // single cells would be lost
      spot(s.token, 9, css("ink"), true);
      const line = el("p", { class: "readout conhover", text: "Violet: allowed. The square: the token taken." }), rest = () => { line.textContent = "Violet: allowed. The square: the token taken."; };
      const tell = (id) => { const i = s.ids.indexOf(id), ok = bit(at, id); line.replaceChildren(tokenEl(id, "mono tokword b"), ` id ${big(id)}, ${id === d.stop ? "ends the text, " : ""}${ok ? "allowed" : "forbidden"}${i >= 0 ? `, ${exact(s.p[i])} by the model` : ""}`); };
      c.addEventListener("pointermove", (e) => {
        const box = c.getBoundingClientRect(), x = (e.clientX - box.left) / box.width * cols, y = (e.clientY - box.top) / box.height * rows; let id = Math.min(d.d_vocab - 1, Math.max(0, Math.floor(y) * cols + Math.floor(x)));
        if (few && on.length) { const near = on.reduce((a, b2) => (b2 % cols + .5 - x) ** 2 + (Math.floor(b2 / cols) + .5 - y) ** 2 < (a % cols + .5 - x) ** 2 + (Math.floor(a / cols) + .5 - y) ** 2 ? b2 : a); if ((near % cols + .5 - x) ** 2 + (Math.floor(near / cols) + .5 - y) ** 2 < 16) id = near; }
        tell(id);
      });
      c.addEventListener("pointerleave", rest); c.addEventListener("blur", rest);
      c.addEventListener("keydown", (e) => { const by = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[e.key]; if (!by || !on.length) return; e.preventDefault(); p = document.activeElement === c && c.dataset.at ? (p + by + on.length) % on.length : on.indexOf(s.token); c.dataset.at = p; tell(on[p]); });
      return el("div", {}, c, line);
    }
    function show() {
      drawRule(); drawSettings(); const ok = !d.wrong; for (const part of [said, sum, main]) part.hidden = !ok; if (!ok) return;
      drawWords(); drawRows(); drawSide();
    }
    return {
      draw(data, focus, what) {
        if (data !== d) { const grows = d && !d.wrong && d.free === null && d.rule === data.rule; d = data; kind = d.kind; picked &&= grows && at < d.steps.length; if (!picked) at = d.wrong ? 0 : Math.max(0, d.steps.findIndex((s) => !s.allowed[s.ids.indexOf(s.wanted)])); } else if (what === "focus") return;
        show();
      },
      destroy() { tip.hide(); },
      exportData() { return { kind: d.kind, rule: d.rule, temperature: d.temperature, seed: d.seed, text: d.text, whole: d.whole, cost_nats: d.cost, without: d.free?.map((id) => ({ id, text: tokenText(id) })), steps: d.steps.map((s) => ({ token: { id: s.token, text: tokenText(s.token) }, u: s.u, forbidden: s.forbidden, allowed: s.n_allowed, model: s.own, given: s.given, wanted: { id: s.wanted, text: tokenText(s.wanted), p: s.wanted_p }, tokens: s.ids.map((id, i) => ({ id, text: tokenText(id), model: s.p[i], given: s.q[i], allowed: s.allowed[i] })) })) }; },
    };
  },
};
export const views = { steps };
