// Find (Ctrl K): panels and glossary terms in one list.
import { el } from "./dom.js";

let terms = null;
async function glossary() { return terms ??= await fetch(new URL("../glossary.json", import.meta.url)).then((r) => r.ok ? r.json() : [], () => []); }

export async function findBox(store, open) {
  let d = document.getElementById("findbox");
  if (!d) { d = el("dialog", { id: "findbox", "aria-label": "Find a panel or a term" }); document.body.append(d); }
  const words = await glossary(), list = el("ul", { class: "found", role: "listbox", id: "found" }), input = el("input", { type: "search", placeholder: "Find a panel or a term", "aria-label": "Find a panel or a term", "aria-controls": "found", autocomplete: "off" });
  let at = 0, items = [];
  const go = (it) => { d.close(); open(it.panel); };
  const draw = () => {
    const q = input.value.trim().toLowerCase(), hit = (s) => s.toLowerCase().includes(q);
    items = [...store.panels.filter((p) => hit(p.title + " " + p.about + " " + p.views.map((v) => v.title).join(" "))).map((p) => ({ title: p.title, text: p.about, kind: p.chapterTitle, panel: p.name })),
      ...words.filter((t) => hit(t.term) || (q.length > 2 && hit(t.text))).map((t) => ({ title: t.term, text: t.text, kind: "term", panel: t.panel }))].slice(0, 40);
    at = Math.min(at, Math.max(0, items.length - 1));
    list.replaceChildren(...items.map((it, i) => el("li", { role: "option", "aria-selected": String(i === at), on: { click: () => go(it) } }, el("b", { text: it.title }), el("small", { text: it.kind }), el("span", { text: it.text }))));
    if (!items.length) list.append(el("li", { class: "none", text: "Nothing of that name. Try “rank”, “head” or “top-p”." }));
    list.children[at]?.scrollIntoView?.({ block: "nearest" });
  };
  input.addEventListener("input", () => { at = 0; draw(); });
  input.addEventListener("keydown", (e) => { const s = { ArrowDown: 1, ArrowUp: -1 }[e.key]; if (s) { at = Math.min(items.length - 1, Math.max(0, at + s)); draw(); e.preventDefault(); } if (e.key === "Enter" && items[at]) go(items[at]); });
  d.replaceChildren(input, list); draw(); d.showModal(); input.focus();
}
