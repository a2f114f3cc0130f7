// Find (Ctrl K): panels and glossary terms in one list.
import { el } from "./dom.js";

let terms = null;
async function glossary() { return terms ??= await fetch(new URL("../glossary.json", import.meta.url)).then((r) => r.ok ? r.json() : [], () => []); }

// 0 the term itself, 1 begins so, 2 holds it, 3 explains with it; 9 has nothing to do with it
function closeness({ term, text }, q) {
  const t = term.toLowerCase(); if (!q) return 2;
  if (t === q || t.split(/[ ,]+/)[0] === q) return t === q ? 0 : 1;
  return t.startsWith(q) ? 1 : t.includes(q) ? 2 : q.length > 2 && text.toLowerCase().includes(q) ? 3 : 9;
}

export async function findBox(store, open) {
  let d = document.getElementById("findbox");
  if (!d) { d = el("dialog", { id: "findbox", "aria-label": "Find a panel or a term", on: { click: (e) => { if (e.target === d) d.close(); } } }); document.body.append(d); }
  const words = await glossary(), list = el("ul", { class: "found", role: "listbox", id: "found" }), input = el("input", { type: "search", placeholder: "Find a panel or a term", "aria-label": "Find a panel or a term", "aria-controls": "found", autocomplete: "off" });
  let at = 0, items = [];
  const go = (it) => { d.close(); open(it.panel); };
  const draw = () => {
    const q = input.value.trim().toLowerCase(), hit = (s) => s.toLowerCase().includes(q);
    items = [...store.panels.filter((p) => hit(p.title + " " + p.about + " " + p.views.map((v) => v.title).join(" "))).map((p) => ({ title: p.title, text: p.about, kind: p.chapterTitle, panel: p.name })),
      ...words.map((t) => ({ ...t, near: closeness(t, q) })).filter((t) => t.near < 9).sort((a, b) => a.near - b.near).map((t) => ({ title: t.term, text: t.text, kind: "term", panel: t.panel, near: t.near }))].slice(0, 40);
    if (q) items.sort((a, b) => (b.near === 0) - (a.near === 0)); // a term of exactly that name comes before everything
    at = Math.min(at, Math.max(0, items.length - 1));
    list.replaceChildren(...items.map((it, i) => el("li", { role: "option", id: "found" + i, "aria-selected": String(i === at), on: { click: () => go(it) } }, el("b", { text: it.title }), el("small", { text: it.kind }), el("span", { text: it.text }))));
    if (!items.length) list.append(el("li", { class: "none", text: "Nothing of that name. Try “rank”, “head” or “top-p”." }));
    input.setAttribute("aria-activedescendant", "found" + at); list.children[at]?.scrollIntoView?.({ block: "nearest" });
  };
  input.addEventListener("input", () => { at = 0; draw(); });
  input.addEventListener("keydown", (e) => { const s = { ArrowDown: 1, ArrowUp: -1 }[e.key]; if (s) { at = Math.min(items.length - 1, Math.max(0, at + s)); draw(); e.preventDefault(); } if (e.key === "Enter" && items[at]) go(items[at]); if (e.key === "Escape") { e.preventDefault(); d.close(); } }); // a search field would only empty itself
  d.replaceChildren(input, list); draw(); d.showModal(); input.focus();
}
