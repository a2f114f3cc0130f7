// Adding an intervention by hand: the selection of the page fills in where; a patch asks for its other text.
import { el, headName } from "./dom.js";

export function addForm(store, ctx) {
  const f = store.focus, at = f.position, l = f.layer, target = f.target ?? store.run.next[at].id;
  const kinds = [
    [`Zero head ${headName(l, f.head)}`, () => `ablate:${l}.${f.head}`], [`Mean of head ${headName(l, f.head)}`, () => `ablate:${l}.${f.head}:mean`], [`Zero the MLP of block ${l}`, () => `mlp:${l}`],
    [`Halve the stream after block ${l} at position ${at}`, () => `scale:${l}:${at}:0.5`], [`Push position ${at} toward the target after block ${l}`, () => `add:${l}:${at}:${target}:20`],
    [`Patch position ${at} from another prompt…`, () => askPatch(l, at, store, ctx)],
  ];
  const { E, topk } = store.run.model, x = f.expert !== null && f.expert < E ? f.expert : null; // a mixture of experts
  if (E) kinds.push(...[1, E].filter((k) => k !== topk).map((k) => [k === 1 ? "One expert a token in every block" : `All ${E} experts for every token`, () => `experts:all:${k}`]));
  if (E && x !== null) kinds.push([`Forbid expert ${x} in block ${l} at position ${at}`, () => `forbid:${l}:${at}:${x}`], [`Force expert ${x} in block ${l} at position ${at}`, () => `force:${l}:${at}:${x}`]);
  if (E) kinds.push(["Forbid or force an expert…", () => ctx.go("counterfactuals")]);
  const choose = (e) => { const k = e.target.value; e.target.value = ""; const text = k === "" ? null : kinds[+k][1](); if (text) ctx.intervene(text); };
  return el("select", { "aria-label": "Add an intervention", on: { change: choose } }, el("option", { value: "", text: "Add an intervention…" }), ...kinds.map(([t], i) => el("option", { value: i, text: t })));
}

function askPatch(layer, position, store, ctx) {
  const d = document.getElementById("patchbox") ?? document.body.appendChild(el("dialog", { id: "patchbox", "aria-labelledby": "patchtitle" }));
  const text = el("textarea", { rows: 3, required: true, id: "patchtext" }), from = el("input", { type: "number", min: 0, max: 511, step: 1, required: true, id: "patchfrom" });
  text.value = store.run.text; from.value = position;
  const done = (e) => { e.preventDefault(); if (!text.value.trim()) return text.focus(); d.close(); ctx.intervene(`patch:${layer}:${position}:${+from.value}:${encodeURIComponent(text.value)}`); };
  d.replaceChildren(el("form", { class: "patchform", on: { submit: done } },
    el("h2", { id: "patchtitle", text: "Patch from another prompt" }),
    el("p", { class: "hint", text: `The model runs the other text; its stream after block ${layer} then takes the place of this run's stream at position ${position}.` }),
    el("label", { class: "label", for: "patchtext", text: "The other text" }), text,
    el("label", { class: "label", for: "patchfrom", text: "Its position, counted from 0" }), from,
    el("div", { class: "rowbtns" }, el("button", { class: "btn primary", type: "submit", text: "Patch" }), el("button", { class: "btn", type: "button", text: "Cancel", on: { click: () => d.close() } }))));
  d.showModal(); text.focus(); text.select();
}
