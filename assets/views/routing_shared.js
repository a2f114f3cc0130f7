// What the routing pictures share: whose expert is selected, words for a route, and the mark of the unmodified run.
import { el, mix, pc, rgb, rgbs } from "../js/dom.js";

export const bold = (t, cls) => el("b", { text: String(t), class: cls });
export const num = (v, d = 2) => v.toFixed(d).replace("-", "−");
export const share = (v) => v <= -.005 ? "−" + share(-v) : v >= .9995 ? "1" : v < .0005 ? "0" : v.toFixed(2).replace(/^0/, ""); // as written on a cell
export const percent = (v) => v > 0 && v < .0005 ? "<0.1 %" : (100 * v).toFixed(1) + " %";
export const weightInk = (w, mine) => mix(rgb(mine ? "prob-soft" : "sunken"), rgb(mine ? "prob" : "ink"), .08 + .92 * Math.max(0, Math.min(1, w)));
export const weightFill = (w, mine) => rgbs(weightInk(w, mine));

// indices and weights are [layer pos slot]; a slot that was left empty holds -1.
export function route(routes, row, position) {
  const [, n, slots] = routes.indices.shape, from = (row * n + position) * slots, found = [];
  for (let s = 0; s < slots; s++) if (routes.indices.a[from + s] >= 0) found.push([routes.indices.a[from + s], routes.weights.a[from + s]]);
  return found;
}
// [expert, its part of what the layer wrote], heaviest weight first; where the parts were not worked out, [expert, weight].
export function inked(d, row, position) {
  const list = route(d, row, position); if (!d.contribution) return list;
  const [, n, slots] = d.contribution.shape, from = (row * n + position) * slots; // slots left empty come last
  return list.map(([e], s) => [e, d.contribution.a[from + s]]);
}
export const weightOf = (list, expert) => list.find(([e]) => e === expert)?.[1] ?? 0;
export const same = (a, b) => a.length === b.length && a.every(([e]) => b.some(([f]) => f === e));
// The row of the selected layer (the nearest one that has a router), and the selected expert: by default the heaviest of the selected token.
export function selected(d, focus) {
  let row = d.layers.indexOf(focus.layer); if (row < 0) row = d.layers.reduce((best, l, i) => Math.abs(l - focus.layer) < Math.abs(d.layers[best] - focus.layer) ? i : best, 0);
  const here = Math.min(focus.position, d.n - 1), list = route(d, row, here);
  return { row, here, list, expert: focus.expert !== null && focus.expert < d.n_experts ? focus.expert : list[0]?.[0] ?? 0 };
}
// A window of layers around the selected one, where all of them would not fit; and how a picture says so.
export const windowed = (L, fit, row) => { const shown = Math.max(1, Math.min(L, fit)); return { shown, first: Math.min(Math.max(0, row - (shown >> 1)), L - shown) }; };
export const windowWords = (d, w) => w.shown < d.layers.length ? `${w.shown > 1 ? `Layers ${d.layers[w.first]} to ${d.layers[w.first + w.shown - 1]}` : `Layer ${d.layers[w.first]}`} of ${d.layers.length}, around the selected one. ` : "";
export function inWords(list) { // "expert 2 for 85.3 % and expert 1 for 14.7 %"
  const shown = list.slice(0, 4), rest = list.slice(4), out = [];
  if (!list.length) return ["no expert at all"];
  shown.forEach(([e, w], i) => out.push(i ? (i === shown.length - 1 && !rest.length ? " and " : ", ") : "", "expert ", bold(e), " for ", bold(pc(w))));
  if (rest.length) out.push(`, and ${rest.length} more for ${pc(rest.reduce((a, [, w]) => a + w, 0))}`);
  return out;
}
export const plainWords = (list) => inWords(list).map((p) => p.textContent ?? p).join("");
// Who is pointed at, by row of layers: while nobody points, the selection.
export const swatch = (style, text, cls = "sw") => el("span", {}, el("i", { class: cls, style }), text);
export function changes(d, note) {
  if (!d.base) return note.say(true, "The unmodified run wrote other tokens from the start; nothing to compare.");
  const total = d.layers.length * d.base.tokens;
  note.say(true, "Against the unmodified run: ", bold(d.base.elsewhere.toLocaleString("en-US")), ` of ${total.toLocaleString("en-US")} routes visit other experts, and `, bold(pc(d.base.moved)), " of all weight lies elsewhere", d.base.tokens < d.n ? `, over the ${d.base.tokens} tokens that both runs read.` : ".");
}
