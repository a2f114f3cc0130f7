// The frame around every view: title, sentence, provenance, proofs, and the three quiet actions Source, Export, Link.
import { css, el, save, sci, sv, toast } from "./dom.js";
import { plain } from "./payload.js";
import { store } from "./store.js";

const TAGS = {
  MEASURED: "Read from this run, or from what the sentence names: nothing added", DERIVED: "Calculated from what was measured",
  FORMULA: "From a named formula, inputs shown", QUOTED: "As a paper or a model card says it, not measured here", RECORDED: "A stored real run, shown until yours is ready",
};
function glyph(kind) { // one shape a kind, so that it does not lean on colour
  const g = sv("svg", { width: 9, height: 9, viewBox: "0 0 9 9", "aria-hidden": "true" });
  if (kind === "MEASURED") sv("circle", { cx: 4.5, cy: 4.5, r: 4, fill: "currentColor" }, g);
  else if (kind === "DERIVED") { sv("circle", { cx: 4.5, cy: 4.5, r: 3.5, fill: "none", stroke: "currentColor" }, g); sv("path", { d: "M4.5 1A3.5 3.5 0 0 1 4.5 8Z", fill: "currentColor" }, g); } else if (kind === "QUOTED") sv("path", { d: "M1 2h2.6v3L2.2 7.4H1L1.8 5H1ZM5.2 2h2.6v3L6.4 7.4H5.2L6 5h-.8Z", fill: "currentColor" }, g);
  else if (kind === "FORMULA") sv("path", { d: "M4.5 .8 8.4 8H.6Z", fill: "none", stroke: "currentColor" }, g);
  else sv("rect", { x: 1, y: 1, width: 7, height: 7, fill: "none", stroke: "currentColor" }, g);
  return g;
}
const tag = (kind) => el("span", { class: "tag", title: TAGS[kind] }, glyph(kind), kind);

function proof({ statement, error, tolerance, word }) {
  const ok = error !== null && error <= tolerance;
  const p = el("span", { class: "proof" + (ok ? "" : " fail"), title: `holds while the error is at most ${sci(tolerance)}`, "data-ok": String(ok), "data-error": String(error) });
  const s = sv("svg", { class: "tick", width: 14, height: 14, viewBox: "0 0 14 14", role: "img", "aria-label": ok ? "holds" : "fails" }, p);
  sv("circle", { cx: 7, cy: 7, r: 7, fill: css(ok ? "ok" : "bad") }, s);
  sv("path", { d: ok ? "M3.8 7.2 6.2 9.5 10.3 4.8" : "M4.5 4.5 9.5 9.5M9.5 4.5 4.5 9.5", fill: "none", stroke: css("surface"), "stroke-width": 1.7 }, s);
  p.append(el("span", { text: statement }), el("b", { text: `${word || "error"} ${sci(error ?? NaN)}` }));
  return p;
}

export function frame(panel, view, ctx) {
  const meta = el("div", { class: "pmeta" }), body = el("div", { class: "pbody" }), title = el("h2", { text: view.title, id: `h-${panel.name}-${view.name}` }), about = el("p", { class: "psub", text: view.about });
  const menu = el("div", { class: "menu", hidden: true, role: "menu" });
  const act = (text, label, click) => el("button", { class: "btn ghost", type: "button", text, "aria-label": `${label} ${view.title}`, on: { click } });
  const exporter = act("Export", "Export", () => {
    const formats = [["Data, JSON", () => save(`${view.name}.json`, JSON.stringify(data(), null, 1))]];
    const svg = body.querySelector("svg.fig"), canvas = body.querySelector("canvas");
    if (svg) formats.push(["Picture, SVG", () => save(`${view.name}.svg`, drawing(svg), "image/svg+xml")]);
    if (canvas) formats.push(["Picture, PNG", () => canvas.toBlob((b) => save(`${view.name}.png`, b))]);
    for (const c of body.querySelectorAll(".chart")) if (c.picture) formats.push(["Chart, SVG", async () => save(`${view.name}.svg`, await c.picture(), "image/svg+xml")]);
    menu.replaceChildren(...formats.map(([t, f]) => el("button", { type: "button", role: "menuitem", text: t, on: { click: () => { shut(); f(); exporter.focus(); } } })));
    menu.hidden = !menu.hidden; exporter.setAttribute("aria-expanded", String(!menu.hidden)); if (!menu.hidden) menu.firstChild.focus();
  });
  exporter.setAttribute("aria-haspopup", "menu"); exporter.setAttribute("aria-expanded", "false");
  const shut = () => { menu.hidden = true; exporter.setAttribute("aria-expanded", "false"); };
  menu.addEventListener("keydown", (e) => {
    if (e.key === "Escape") { shut(); exporter.focus(); }
    const d = { ArrowDown: 1, ArrowUp: -1 }[e.key], all = [...menu.children]; if (d) { e.preventDefault(); all[(all.indexOf(document.activeElement) + d + all.length) % all.length].focus(); }
  });
  // focus leaves the menu by Tab or by a press elsewhere: nothing to listen for on the document, so nothing is left behind
  menu.addEventListener("focusout", (e) => { if (!menu.contains(e.relatedTarget) && e.relatedTarget !== exporter) shut(); });
  const acts = el("div", { class: "pacts" }, view.heavy ? act("Measure again", "Measure again:", () => ctx.measure(view.name, true)) : null, act("Source", "Source of", () => openSource(panel, view, ctx)), el("span", { class: "pop" }, exporter, menu), act("Link", "Copy link to", () => share()));
  const root = el("section", { class: "panel", "aria-labelledby": title.id, id: `${panel.name}-${view.name}`, "data-view": view.name }, el("div", { class: "phead" }, title, acts, about, meta), body);
  let entry = null, exportData = null, own = null;
  const data = () => ({ view: view.name, panel: panel.name, run: store.run?.query, focus: { ...store.focus }, checks: entry?.checks ?? [], data: plain(exportData ? exportData() : entry?.data ?? {}) });
  const drawMeta = () => meta.replaceChildren(...[...view.provenance, ...(store.recorded ? ["RECORDED"] : [])].map(tag), ...[...(entry?.checks ?? []), ...(own ?? [])].map(proof));
  return {
    root, body,
    fill(e, exports) { entry = e; exportData = exports; title.textContent = e?.title ?? view.title; about.textContent = e?.about ?? view.about; drawMeta(); },
    check(list) { own = list; drawMeta(); },
    meta: drawMeta,
  };
}

// An SVG that stands alone: colours and fonts written out.
function drawing(svg) {
  const copy = svg.cloneNode(true), from = svg.querySelectorAll("*"), to = copy.querySelectorAll("*");
  from.forEach((n, i) => { const s = getComputedStyle(n); for (const p of ["fill", "stroke", "font-family", "font-size", "font-weight", "opacity", "stroke-width"]) to[i].style.setProperty(p, s.getPropertyValue(p)); });
  copy.setAttribute("xmlns", "http://www.w3.org/2000/svg"); copy.style.background = css("surface");
  return new XMLSerializer().serializeToString(copy);
}

async function openSource(panel, view, ctx) {
  let d = document.getElementById("sourcebox");
  if (!d) {
    d = el("dialog", { id: "sourcebox", "aria-labelledby": "sourcetitle" }, el("div", { class: "dlghead" }, el("h2", { id: "sourcetitle" }), el("button", { class: "btn ghost", type: "button", text: "Close", on: { click: () => d.close() } })), el("p", { class: "hint", id: "sourcehint" }), el("pre", { tabindex: 0 }));
    document.body.append(d);
  }
  d.querySelector("h2").textContent = view.title; const pre = d.querySelector("pre"), m = store.run?.model;
  d.querySelector("#sourcehint").textContent = m ? `The code that made this picture, as it runs here. This run: ${store.run.ids.length} positions, ${m.L} layers, ${m.H} query and ${m.KV} key/value heads of ${m.dh}, d_model ${m.D}, d_mlp ${m.ff}, d_vocab ${m.V.toLocaleString("en-US")}.` : "The code that made this picture.";
  pre.textContent = "Reading…"; d.showModal();
  const r = await ctx.server("source", { panel: panel.name, view: view.name });
  pre.textContent = r.text ?? r.message;
}

export function share() {
  const url = location.origin + location.pathname + store.link(), done = () => toast("Link copied: model, prompt, seed, sampler, interventions, panel and selection");
  const fallback = () => { const t = el("textarea", {}); t.value = url; document.body.append(t); t.select(); const ok = document.execCommand("copy"); t.remove(); if (ok) done(); else toast("Copy the address bar: it holds this view"); };
  store.writeUrl(); window.explorerLink = url;
  if (navigator.clipboard?.writeText) navigator.clipboard.writeText(url).then(done, fallback); else fallback();
}
