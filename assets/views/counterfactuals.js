// Counterfactuals: the run with an expert forbidden or forced, with fewer or more experts, and what it would have written then.
import { css, el, pc, segmented, sg, sv, tip, tokenEl, tokenText, tone } from "../js/dom.js";

const DO = [["forbid", "Forbid"], ["force", "Force"]], SCOPES = [["here", "This token and layer"], ["layer", "This layer, all tokens"], ["token", "This token, all layers"], ["all", "Everywhere"]];
const plural = (n, word) => `${n} ${word}${n === 1 ? "" : "s"}`, bold = (text, cls) => el("b", { text, class: cls });
const nats = (v) => v < 5e-6 ? "0" : v < 5e-5 ? "<0.0001" : v.toFixed(v < .1 ? 4 : 3), change = (v) => sg(v, Math.abs(v) < .1 ? 4 : 3), loss = (v) => v === null ? "none" : v.toFixed(3);
const said = (ctx, d, key) => { const v = ctx.controls[key] ?? d?.[key]; return typeof d?.[key] === "number" ? +v : v; };
// Chosen is a number of experts ("k3"), or else the expert that all panels share, or the one that carries most of the token.
const picked = (ctx, d) => /^k\d/.test(ctx.controls.pick ?? "") ? ctx.controls.pick : `e${ctx.store.focus.expert ?? d.strongest}`;
function pickExpert(ctx, expert, more) { if (ctx.controls.pick) ctx.control("pick", ""); ctx.set({ expert, ...more }); }
const onStack = (ctx, text) => ctx.interventions.some((i) => i.on && i.text === text);

// The rows follow the selection by themselves: a row costs some milliseconds. While the server works, the newest selection waits.
function follow(ctx, body) {
  let timer = null, key = "", tries = 0, at = 0;
  const root = () => body.closest(".panel"), stop = () => { clearTimeout(timer); timer = null; root()?.classList.remove("following"); };
  const ask = () => {
    if (!body.isConnected || ctx.store.recorded || ctx.store.payload(ctx.panel.name, ctx.view)) return stop();
    const now = ctx.store.keyOf(ctx.panel.name, ctx.view); if (now !== key) { key = now; tries = at = 0; }
    if (!document.body.dataset.busy && performance.now() - at > 2000) { // an answer that does not come is asked for twice more
      if (++tries > 3) return stop();
      at = performance.now(); root().classList.add("following"); ctx.measure(ctx.view.name);
    }
    root().classList.add("following"); clearTimeout(timer); timer = setTimeout(ask, 220);
  };
  const halt = (e) => { if (e.target.closest?.(".runstate button")) stop(); };
  document.addEventListener("click", halt, true);
  const off = ctx.store.on((what, detail) => { if (what === "focus" && ctx.view.depends.some((k) => detail.includes(k))) ask(); if (what === "run") setTimeout(ask); });
  return () => { off(); stop(); document.removeEventListener("click", halt, true); };
}
function keep(ctx, text, what) {
  if (onStack(ctx, text)) return ctx.restore(text);
  ctx.intervene(text); ctx.toast(`${what} is on the intervention stack: all panels follow`);
}
const keepLink = (ctx, text, what) => el("button", { class: "linkbtn", type: "button", text: onStack(ctx, text) ? "Remove" : "Keep", "aria-label": `${onStack(ctx, text) ? "Remove" : "Keep"}: ${what}`, on: { click: (e) => { e.stopPropagation(); keep(ctx, text, what); } } });
function keepButton(ctx, text, what) { return el("button", { class: "btn", type: "button", text: onStack(ctx, text) ? "Remove this change" : "Keep this change", on: { click: () => keep(ctx, text, what) } }); }
const stackNote = (d) => d.stack.length ? ` Everything is relative to the run as it is, with ${plural(d.stack.length, "intervention")} on.` : "";
const lossNote = (d) => d.tokens > 1 ? `Loss: mean of −ln p over the ${plural(d.tokens - 1, "token")} of this run that follow another${d.tokens > d.prompt ? `, the ${d.tokens - d.prompt} that it wrote itself among them` : ""}, nats.` : "One token alone has no loss.";
function bar(value, max, own, width) {
  const s = sv("svg", { width, height: 12, "aria-hidden": "true" }); sv("line", { class: "zero", x1: .5, x2: .5, y1: 0, y2: 12 }, s);
  if (value > 5e-6) sv("rect", { x: 1, y: 1, width: Math.max(.8, (width - 2) * value / max), height: 10, rx: 1, fill: css(own ? "prob" : "river-deep") }, s);
  return s;
}
const th = (text, right, title) => el("th", { scope: "col", class: right ? "r" : "", title }, ...[text].flat());
function topToken(id, before, narrow) { const changed = id !== before; return el("td", {}, tokenEl(id, "mono tokword" + (changed ? " cfnew" : "")), changed && !narrow ? el("span", { class: "muted", text: "  changed" }) : null); }

// ---- which of its experts the token needs: one row a layer, one column a choice of the router, all bars on one scale
const PLACES = ["first expert", "second expert", "third expert"];
function createDepth(body, ctx) {
  let d = null, keyed = false; const off = follow(ctx, body), box = el("div", { class: "figure" }), readout = el("p", { class: "readout" });
  body.append(box, readout);
  const chosen = (c) => c.layer === ctx.store.focus.layer && ctx.store.focus.expert === c.expert && !ctx.controls.pick && (ctx.controls.scope ?? "here") === "here" && (ctx.controls.do ?? "forbid") === "forbid";
  function open(c) { const had = ctx.controls; if ((had.do ?? "forbid") !== "forbid") ctx.control("do", "forbid"); if ((had.scope ?? "here") !== "here") ctx.control("scope", "here"); pickExpert(ctx, c.expert, { layer: c.layer }); }
  const most = () => d.cells.reduce((a, b) => b.kl > a.kl ? b : a);
  function say(c) {
    readout.replaceChildren(c === most() ? "Most: " : "", bold(`layer ${c.layer}, expert ${c.expert}`), ` has a weight of ${pc(c.weight)}; forbidden, KL `, bold(nats(c.kl) + " nats"), ", ln p of ", tokenEl(d.target), " ", bold(change(c.target), tone(c.target)), ...(c.ids[0] !== d.top ? [", and the answer is ", tokenEl(c.ids[0]), " instead of ", tokenEl(d.top)] : []), ".");
  }
  function draw() {
    const W = Math.max(260, box.clientWidth), k = 1 + Math.max(...d.cells.map((c) => c.place)), x0 = 58, gap = k > 3 ? 8 : 20, cw = (W - x0 - gap * (k - 1)) / k, lab = cw > 200 ? 84 : cw > 84 ? 28 : 0, num = cw > 84 ? 46 : 0, rh = 25, top = 24, H = top + d.layers * rh + 2, max = Math.max(...d.cells.map((c) => c.kl), 1e-9), len = Math.max(8, cw - lab - num);
    const s = sv("svg", { class: "fig", viewBox: `0 0 ${W} ${H}`, height: H, role: "group", "aria-label": "KL of the next token with each expert forbidden, by layer" });
    for (let j = 0; j < k; j++) { const x = x0 + j * (cw + gap); sv("text", { class: "dim", x, y: 12 }, s, cw > 84 ? `${PLACES[j] ?? `expert ${j + 1}`}, KL in nats` : `${j + 1}`); sv("line", { class: "zero", x1: x + lab, x2: x + lab, y1: top - 4, y2: H - 2 }, s); }
    for (let l = 0; l < d.layers; l++) sv("text", { x: 0, y: top + l * rh + 15, class: l === ctx.store.focus.layer ? "b ink" : "" }, s, `Layer ${l}`);
    d.cells.forEach((c, i) => {
      const x = x0 + c.place * (cw + gap), y = top + c.layer * rh, on = chosen(c), w = Math.max(c.kl > 5e-6 ? .8 : 0, len * c.kl / max), g = sv("g", { class: "cfbarcell", tabindex: on || (i === 0 && !d.cells.some(chosen)) ? 0 : -1, role: "button", "aria-pressed": String(on), "data-layer": c.layer, "data-expert": c.expert, "data-kl": c.kl, "aria-label": `Layer ${c.layer}, expert ${c.expert}, weight ${pc(c.weight)}: KL ${nats(c.kl)} nats when forbidden` }, s);
      sv("rect", { class: "hit", x: x - 3, y: y + .5, width: cw + 6, height: rh - 2, rx: 4 }, g);
      if (lab) sv("text", { class: "ink b", x: x + 2, y: y + 15 }, g, `e${c.expert}`);
      if (lab > 70) sv("text", { x: x + lab - 8, y: y + 15, "text-anchor": "end" }, g, pc(c.weight));
      sv("rect", { x: x + lab, y: y + 5, width: w, height: 14, rx: 1, fill: css("prob") }, g);
      if (num) sv("text", { class: "num" + (c === most() ? " b ink" : ""), x: x + lab + w + 5, y: y + 15.5 }, g, nats(c.kl) + (c.ids[0] !== d.top && cw > 190 ? ", changed" : ""));
      g.addEventListener("pointerenter", () => say(c)); g.addEventListener("click", () => open(c));
      g.addEventListener("keydown", (e) => {
        if (e.key === "Enter" || e.key === " ") { e.preventDefault(); keyed = true; return open(c); }
        const by = { ArrowDown: [1, 0], ArrowUp: [-1, 0], ArrowRight: [0, 1], ArrowLeft: [0, -1] }[e.key]; if (!by) return; e.preventDefault();
        const to = s.querySelector(`[data-layer="${c.layer + by[0]}"][data-place="${c.place + by[1]}"]`); if (to) { g.setAttribute("tabindex", -1); to.setAttribute("tabindex", 0); to.focus(); say(d.cells[+to.dataset.i]); }
      }); g.dataset.place = c.place; g.dataset.i = i;
    });
    s.addEventListener("pointerleave", () => say(d.cells.find(chosen) ?? most()));
    const held = keyed || box.contains(document.activeElement); box.replaceChildren(s); if (held) s.querySelector(".cfbarcell[tabindex='0']")?.focus({ preventScroll: true }); keyed = false;
    say(d.cells.find(chosen) ?? most());
  }
  return { draw(data) { d = data; draw(); }, destroy: off, exportData() { return { ...d, target: { id: d.target, text: tokenText(d.target) }, cells: d.cells.map((c) => ({ ...c, top: tokenText(c.ids[0]) })) }; } };
}

// ---- forbid or force one expert -----------------------------------------------------------------------------------------------
function createTable(body, ctx) {
  let d = null; const off = follow(ctx, body);
  const kinds = segmented("Change", DO, () => said(ctx, d, "do"), (k) => ctx.control("do", k)), scopes = segmented("Where", SCOPES, () => said(ctx, d, "scope"), (k) => ctx.control("scope", k)), layers = el("div", { class: "cflayers" });
  const readout = el("p", { class: "readout" }), action = el("div"), box = el("div", { class: "scroll" }), hint = el("p", { class: "hint" }), legend = el("div", { class: "legend" }, el("span", {}, el("i", { class: "sw", style: "background:var(--prob)" }), "taken by the selected token"), el("span", {}, el("i", { class: "sw", style: "background:var(--river-deep)" }), "not taken by it"));
  body.append(el("div", { class: "bar cfbar" }, el("div", { class: "cfset" }, kinds, scopes, layers), legend), box, el("div", { class: "cfsel" }, readout, action), hint);
  const verb = () => d.do === "forbid" ? "forbidden" : "alone", token = () => ctx.run.ids[d.position];
  const place = () => ({ here: `in layer ${d.layer} for this token`, layer: `in layer ${d.layer}`, token: "for this token in all layers", all: "everywhere" })[d.scope];
  const name = (r) => `Expert ${r.expert} ${verb()} ${place()}`;
  const pickOf = () => { const p = picked(ctx, d); return p[0] === "e" ? +p.slice(1) : null; };
  function taken(r) {
    if (d.scope === "here") return r.weight > 0 ? pc(r.weight) : "not taken";
    if (d.scope === "layer") return r.weight > 0 ? `${pc(r.weight)}, ${plural(r.in_places, "token")}` : r.in_places ? `${plural(r.in_places, "other token")}` : "by no token";
    if (d.scope === "token") return r.in_layers ? `in ${r.in_layers} of ${plural(d.layers, "layer")}` : "in no layer";
    return r.in_places ? `${r.in_layers ? `${r.in_layers} here, ` : ""}${r.in_places} in all` : "never";
  }
  const TAKEN = { here: ["weight", "The expert’s weight for the selected token"], layer: ["weight, tokens", "The expert’s weight for the selected token, and how many tokens take it"], token: ["taken", "In how many layers the selected token takes it"], all: ["taken", "How often: by the selected token, and by all tokens, counted once a layer"] };
  function drawLayers() {
    const n = d.layers, one = d.scope === "here" || d.scope === "layer", get = () => ctx.store.focus.layer, set = (k) => ctx.set({ layer: +k });
    layers.hidden = !one; if (!one) return;
    if (n <= 12) layers.replaceChildren(el("span", { class: "muted", text: "Layer" }), segmented("Layer", Array.from({ length: n }, (_, l) => [l, String(l)]), get, set));
    else { const s = el("select", { "aria-label": "Layer", on: { change: (e) => set(e.target.value) } }, Array.from({ length: n }, (_, l) => el("option", { value: l, text: `Layer ${l}` }))); s.value = get(); layers.replaceChildren(s); }
  }
  function draw() {
    const W = box.clientWidth, narrow = W < 620, mid = W < 900, base = d.rows[0], max = Math.max(...d.rows.map((r) => r.kl), 1e-9), pick = pickOf(), barW = narrow ? 0 : mid ? 84 : 168;
    kinds.sync(); scopes.sync(); drawLayers();
    const head = [th("Expert"), th(TAKEN[d.scope][0], false, TAKEN[d.scope][1]), th("KL, nats", true, "KL(p || p with the change), the next token after the selected one"), barW ? th("") : null, narrow ? null : th(["ln p of ", tokenEl(d.target, "mono cftarget")], true, "Change of the target’s log-probability"), th(narrow ? "Next" : "Top next token"), narrow ? null : th("prob.", true), narrow ? null : th("loss", true, lossNote(d)), el("th", { "aria-label": "Action" })];
    const first = el("tr", { class: "none" }, el("td", { text: "none" }), el("td", {}), el("td", { class: "r muted", text: "0" }), barW ? el("td", {}) : null, narrow ? null : el("td", { class: "r", text: `${sg(Math.log(d.before), 3)}` }), el("td", {}, tokenEl(base.ids[0], "mono tokword")), narrow ? null : el("td", { class: "r", text: pc(base.probabilities[0]) }), narrow ? null : el("td", { class: "r", text: loss(base.loss) }), el("td", {}));
    const rows = d.rows.slice(1).map((r) => {
      const own = r.in_layers > 0, on = r.expert === pick, gone = onStack(ctx, r.edit);
      return el("tr", { class: "pick" + (on ? " on" : ""), "data-expert": r.expert, on: { click: () => pickExpert(ctx, r.expert) } }, el("td", {}, el("button", { class: "rowbtn", type: "button", "aria-pressed": String(on), text: narrow ? String(r.expert) : `Expert ${r.expert}`, "aria-label": `Choose: ${name(r)}` }), gone ? el("span", { class: "muted", text: " on the stack" }) : null),
        el("td", { class: own ? "own" : "muted", text: taken(r) }), el("td", { class: "r", text: nats(r.kl) }), barW ? el("td", {}, bar(r.kl, max, own, barW)) : null, narrow ? null : el("td", { class: "r " + (Math.abs(r.target) < 5e-5 ? "muted" : tone(r.target)), text: change(r.target) }), topToken(r.ids[0], base.ids[0], narrow), narrow ? null : el("td", { class: "r", text: pc(r.probabilities[0]) }), narrow ? null : el("td", { class: "r", text: r.loss === null ? "none" : change(r.loss - base.loss) }), el("td", { class: "r" }, keepLink(ctx, r.edit, name(r))));
    });
    const held = box.contains(document.activeElement) ? document.activeElement.getAttribute("aria-label") : null;
    box.replaceChildren(el("table", { class: "plain cftable" }, el("thead", {}, el("tr", {}, head)), el("tbody", {}, first, rows)));
    if (held) [...box.querySelectorAll("button")].find((b) => b.getAttribute("aria-label") === held)?.focus({ preventScroll: true });
    const r = d.rows.slice(1).find((x) => x.expert === pick); readout.replaceChildren(); action.replaceChildren();
    if (r) {
      readout.append(bold(`Expert ${r.expert}`), ` ${verb()} ${place()}: KL `, bold(nats(r.kl) + " nats"), ", ", tokenEl(d.target), ` ${pc(d.before)} → `, bold(pc(r.p)), ", loss ", loss(base.loss), " → ", bold(loss(r.loss)), ".");
      action.append(keepButton(ctx, r.edit, name(r)));
    } else readout.append(pick === null ? "Choose a row: the continuation below follows it." : `Expert ${pick} is none of the ${d.rows.length - 1} that the router finds likeliest here.`);
    const others = d.experts - (d.rows.length - 1);
    hint.textContent = lossNote(d) + (others ? ` The ${others} experts that the router finds least likely here are not run.` : "") + stackNote(d);
  }
  return {
    draw(data) { d = data; draw(); }, destroy: off,
    exportData() { return { ...d, target: { id: d.target, text: tokenText(d.target) }, token: tokenText(token()), rows: d.rows.map((r) => ({ ...r, top: r.ids.map(tokenText) })) }; },
  };
}

// ---- how many experts -------------------------------------------------------------------------------------------------------------
function createCounts(body, ctx) {
  let d = null; const off = follow(ctx, body);
  const where = segmented("Where", [["all", "Every layer"], ["layer", "This layer"]], () => said(ctx, d, "where"), (k) => ctx.control("where", k)), box = el("div", { class: "scroll" }), hint = el("p", { class: "hint" }), legend = el("div", { class: "legend" }, el("span", {}, el("i", { class: "cfdotkey" }), "loss; the line is the run’s"), el("span", {}, el("i", { class: "sw", style: "background:var(--river-deep)" }), "KL"));
  body.append(el("div", { class: "bar cfbar" }, el("div", { class: "cfset" }, where), legend), box, hint);
  const name = (r) => `${plural(r.k, "expert")} a token in ${d.where === "all" ? "every layer" : `layer ${d.layer}`}`;
  function lane(v, own, lo, hi, width, on) {
    const s = sv("svg", { width, height: 18, "aria-hidden": "true" }), X = (x) => 6 + (x - lo) / (hi - lo) * (width - 12);
    sv("line", { class: "zero", x1: X(own), x2: X(own), y1: 0, y2: 18 }, s); sv("line", { x1: X(own), x2: X(v), y1: 9, y2: 9, stroke: css("ink3"), "stroke-width": 1 }, s);
    sv("circle", { cx: X(v), cy: 9, r: 4, fill: css(on ? "prob" : "ink") }, s); return s;
  }
  function draw() {
    const W = box.clientWidth, narrow = W < 620, mid = W < 900, base = d.rows[0], max = Math.max(...d.rows.map((r) => r.kl), 1e-9), all = d.rows.map((r) => r.loss).filter((v) => v !== null), lo = Math.min(...all), hi = Math.max(lo + 1e-6, ...all), has = all.length > 0, laneW = narrow ? 70 : mid ? 110 : 190, barW = narrow ? 0 : mid ? 70 : 130, pick = picked(ctx, d);
    where.sync();
    const head = [th(narrow ? "k" : "Experts a token"), narrow ? null : th("router’s share", true, "Mean share of the router’s probability that lies on these experts"), th("loss", true, lossNote(d)), has ? th("") : null, th("KL, nats", true, "At the selected position"), barW ? th("") : null, narrow ? null : th("Top next tokens"), el("th", { "aria-label": "Action" })];
    const rows = d.rows.slice(1).map((r) => {
      const trained = r.k === d.trained, on = pick === `k${r.k}`;
      return el("tr", { class: "pick" + (on ? " on" : ""), "data-k": r.k, on: { click: () => ctx.control("pick", `k${r.k}`) } }, el("td", {}, el("button", { class: "rowbtn", type: "button", "aria-pressed": String(on), text: String(r.k), "aria-label": `Choose: ${name(r)}` }), trained ? el("span", { class: "cftag", text: "trained" }) : null, onStack(ctx, r.edit) ? el("span", { class: "muted", text: " on the stack" }) : null),
        narrow ? null : el("td", { class: "r", text: pc(r.kept) }), el("td", { class: "r", text: loss(r.loss) }), has ? el("td", {}, lane(r.loss, base.loss, lo, hi, laneW, trained)) : null, el("td", { class: "r", text: nats(r.kl) }), barW ? el("td", {}, bar(r.kl, max, false, barW)) : null,
        narrow ? null : el("td", { class: "cftops" }, r.ids.map((id, i) => el("span", {}, tokenEl(id, "mono tokword" + (id !== base.ids[i] && i === 0 ? " cfnew" : "")), ` ${pc(r.probabilities[i])}`))), el("td", { class: "r" }, keepLink(ctx, r.edit, name(r))));
    });
    box.replaceChildren(el("table", { class: "plain cftable" }, el("thead", {}, el("tr", {}, head)), el("tbody", {}, rows)));
    const best = has ? d.rows.slice(1).reduce((a, b) => b.loss < a.loss ? b : a) : null;
    hint.textContent = lossNote(d) + (best ? best.k === d.trained ? ` Lowest at ${best.k}, as trained: the weights are made for that many.` : ` Lowest at ${best.k}; trained with ${d.trained}.` : "") + stackNote(d);
  }
  return { draw(data) { d = data; draw(); }, destroy: off, exportData() { return { ...d, rows: d.rows.map((r) => ({ ...r, top: r.ids.map(tokenText) })) }; } };
}

// ---- the two continuations ---------------------------------------------------------------------------------------------------------
function createContinuation(body, ctx) {
  let d = null, at = 0; const off = follow(ctx, body);
  const size = el("div", { class: "cfset" }), readout = el("p", { class: "readout" }), context = el("p", { class: "cfctx" }), cells = el("div", { class: "cfcells", role: "group", "aria-label": "Steps", on: { keydown: keys } }), detail = el("div", { class: "cfdetail" }), hint = el("p", { class: "hint" });
  const legend = el("div", { class: "legend" }, el("span", {}, el("i", { class: "cfkey plain" }), "above: the run as it is"), el("span", {}, el("i", { class: "cfkey changed" }), "below: with the change, where it differs"), el("span", {}, el("i", { class: "sw", style: "background:var(--river-deep)" }), "KL of the step"));
  body.append(el("div", { class: "bar cfbar" }, size, legend), readout, context, cells, detail, hint);
  const steps = () => Math.max(d.plain.length, d.changed.length), there = (list, i) => !d.ended && i >= list.length, parts = () => d.parting < Math.min(d.plain.length, d.changed.length);
  function keys(e) {
    const by = { ArrowRight: 1, ArrowLeft: -1, Home: -1e3, End: 1e3 }[e.key]; if (!by) return;
    e.preventDefault(); at = Math.min(steps() - 1, Math.max(0, at + by)); draw(); cells.querySelector("[tabindex='0']")?.focus();
  }
  function chip(step, cls, past) { return step ? tokenEl(step.id, "tok " + cls) : el("span", { class: "tok end", text: past ? "\u00a0" : "end" }); }
  function draw() {
    const most = Math.max(...d.kl, 1e-9), n = steps();
    size.replaceChildren(el("span", { class: "muted", text: "New tokens" }), segmented("New tokens", [[12, "12"], [24, "24"], [48, "48"]], () => said(ctx, d, "new"), (k) => ctx.control("new", k)));
    sayWhere();
    context.replaceChildren(el("span", { class: "muted", text: "after" }), ...d.context.map((id) => tokenEl(id, "tok ctx")));
    cells.replaceChildren(...Array.from({ length: n }, (_, i) => {
      const a = d.plain[i], b = d.changed[i], same = a && b && a.id === b.id, kl = d.kl[i], on = i === at, height = kl === undefined ? 0 : Math.max(kl > 5e-6 ? .8 : 0, 18 * kl / most);
      const s = kl === undefined ? null : sv("svg", { width: 14, height: 20, "aria-hidden": "true" }); if (s) { sv("line", { class: "zero", x1: 0, x2: 14, y1: 19.5, y2: 19.5 }, s); sv("rect", { x: 2, y: 19 - height, width: 10, height, rx: 1, fill: css("river-deep") }, s); }
      const says = `Token ${i + 1}: ${a ? tokenText(a.id) : "end"}${same ? ", the same" : `, with the change ${b ? tokenText(b.id) : there(d.changed, i) ? "not yet written" : "end"}`}`;
      const c = el("button", { type: "button", class: "cfcell" + (parts() && i === d.parting ? " part" : "") + (parts() && i > d.parting ? " after" : ""), tabindex: on ? 0 : -1, "aria-pressed": String(on), "aria-label": says, "data-step": i, on: { click: () => { at = i; draw(); cells.querySelector("[tabindex='0']")?.focus({ preventScroll: true }); } } }, chip(a, "plainly", i > d.plain.length || there(d.plain, i)), chip(b, same ? "same" : "other", i > d.changed.length || there(d.changed, i)), ...(s ? [s] : []));
      c.addEventListener("pointerenter", (e) => tip.show(e.clientX, e.clientY, `Token ${i + 1}`, [["as it is", a ? `${tokenText(a.id)} ${pc(a.p)}` : "end"], ["with the change", b ? `${tokenText(b.id)} ${pc(b.p)}` : there(d.changed, i) ? "not yet written" : "end"], ...(kl === undefined ? [] : [["KL", nats(kl) + " nats"]])])); c.addEventListener("pointerleave", tip.hide); return c;
    }));
    drawDetail(); hint.textContent = `After the parting the two read different texts: their probabilities are no longer of one step.${stackNote(d)}`; hint.hidden = !parts() && !d.stack.length; if (!parts() && d.stack.length) hint.textContent = stackNote(d).trim();
  }
  function sayWhere() {
    readout.replaceChildren(bold((d.label[0].toUpperCase() + d.label.slice(1)).replace("block", "layer")));
    if (parts()) readout.append(": the texts part at token ", bold(String(d.parting + 1)), ", ", tokenEl(d.plain[d.parting].id), ` ${pc(d.plain[d.parting].p)} against `, tokenEl(d.changed[d.parting].id), ` ${pc(d.changed[d.parting].p)}.`);
    else readout.append(d.ended ? `: all ${plural(d.parting, "token")} are the same.` : `: ${plural(d.plain.length, "token")} of the run as it is, ${d.changed.length} with the change so far.`);
  }
  function drawDetail() {
    const both = [["Run as it is", d.plain[at], "river-deep"], ["With the change", d.changed[at], "prob"]], max = Math.max(...both.flatMap(([, s]) => s ? s.probabilities : [0]), .02);
    detail.replaceChildren(...both.map(([title, s, colour]) => el("div", {}, el("h3", { class: "sub3" }, title, el("small", { text: s ? `token ${at + 1}` : d.ended ? "has ended" : "not yet written" })), s ? el("div", { class: "cfbars" }, s.ids.map((id, i) => { const v = el("i", { class: "cfb" }); v.style.width = `${Math.max(.6, 100 * s.probabilities[i] / max)}%`; v.style.background = `var(--${colour})`; return el("div", { class: "cfrow" }, tokenEl(id, "mono tokword" + (id === s.id ? " cfnew" : "")), el("span", {}, v), el("span", { class: "r", text: pc(s.probabilities[i]) })); })) : null)));
  }
  return {
    draw(data) { if (data !== d) { d = data; at = parts() ? d.parting : Math.min(at, steps() - 1); if (d.ended && !parts()) at = 0; } draw(); }, destroy: off,
    exportData() { const side = (list) => list.map((s) => ({ ...s, text: tokenText(s.id), top: s.ids.map(tokenText) })); return { ...d, plain: side(d.plain), changed: side(d.changed) }; },
  };
}
export const views = { depth: { create: createDepth }, table: { create: createTable }, counts: { create: createCounts }, continuation: { create: createContinuation } };
