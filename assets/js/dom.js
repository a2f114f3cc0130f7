// What every view draws with: elements, colours, numbers in words, tokens, the tooltip. Text reaches the page by textContent only.
export { contrast, css, forgetColours, mix, rgb, rgbs } from "../kit/theme.js";
export { tip } from "../kit/tooltip.js";

// ---- numbers in words ---------------------------------------------------------------------------------------------------
export const sci = (v) => v === 0 ? "0, exact" : Number.isFinite(v) ? v.toExponential(1).replace("e+", "e") : "not a number";
export const sg = (v, d = 2) => Math.abs(v) < .5 * 10 ** -d ? (0).toFixed(d) : (v < 0 ? "−" : "+") + Math.abs(v).toFixed(d);
export const tone = (v) => Math.abs(v) < .005 ? "" : v < 0 ? "n" : "p";
export const pc = (p, d) => p >= 0.9995 ? (100 * p).toFixed(1) + " %" : p >= 0.0995 ? (100 * p).toFixed(d ?? 1) + " %" : p >= 0.00095 ? (100 * p).toFixed(d ?? 2) + " %" : p > 0 ? "<0.1 %" : "0 %";
export const nf = (v) => v >= 1000 ? Math.round(v).toLocaleString("en-US") : v >= 100 ? v.toFixed(0) : v.toFixed(1);
export const big = (n) => n.toLocaleString("en-US");
export const headName = (l, h) => `L${l}.H${h}`;

// ---- tokens -----------------------------------------------------------------------------------------------------------------
export { cut, forgetTokens, learn, rawToken, tokenText } from "../kit/tokens.js";
import { cut, tokenText } from "../kit/tokens.js";
export function tokenInto(e, id, max) {
  const s = max ? cut(tokenText(id), max) : tokenText(id), m = s.match(/^·+(?=.)/);
  e.replaceChildren();
  if (m) e.append(el("i", { class: "sp", text: m[0] }), s.slice(m[0].length)); else e.textContent = s;
  return e;
}
export const tokenEl = (id, cls = "mono tokword") => tokenInto(el("span", { class: cls }), id);
export function svgToken(parent, x, y, id, attrs, max) {
  const s = max ? cut(tokenText(id), max) : tokenText(id), t = sv("text", { x, y, class: "m", ...attrs }, parent), m = s.match(/^·+(?=.)/);
  if (m) { sv("tspan", { "fill-opacity": .9 }, t, m[0]); sv("tspan", {}, t, s.slice(m[0].length)); } else t.textContent = s;
  return t;
}

// ---- elements ------------------------------------------------------------------------------------------------------------
export function el(tag, a, ...kids) {
  const e = document.createElement(tag);
  for (const k in a || {}) {
    if (k === "on") for (const ev in a.on) e.addEventListener(ev, a.on[ev]);
    else if (k === "text") e.textContent = a[k];
    else if (a[k] !== undefined && a[k] !== null && a[k] !== false) e.setAttribute(k, a[k] === true ? "" : a[k]);
  }
  e.append(...kids.flat().filter((k) => k !== null && k !== undefined && k !== false));
  return e;
}
export function sv(tag, a, parent, text) {
  const e = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const k in a || {}) if (a[k] !== undefined && a[k] !== null) e.setAttribute(k, a[k]);
  if (text !== undefined) e.textContent = text;
  if (parent) parent.append(e);
  return e;
}
export function segmented(label, items, get, set) {
  const s = el("div", { class: "seg", role: "group", "aria-label": label });
  const sync = () => [...s.children].forEach((b) => b.setAttribute("aria-pressed", String(b.dataset.k === String(get()))));
  for (const [k, t, title] of items) s.append(el("button", { type: "button", "data-k": k, text: t, title, on: { click: () => { set(k); sync(); } } }));
  s.sync = sync; sync();
  return s;
}
export const reduced = () => matchMedia("(prefers-reduced-motion: reduce)").matches;
export function scrollTo(node) { node?.scrollIntoView({ behavior: reduced() ? "auto" : "smooth", block: "start" }); }

// ---- scales and canvas --------------------------------------------------------------------------------------------------
export const nice = (v) => { if (!(v > 0)) return 1; const e = 10 ** Math.floor(Math.log10(v)); return [1, 2, 5, 10].map((k) => k * e).find((k) => k >= v * .999999); };
export function canvas2(c, w, h) {
  const r = Math.min(window.devicePixelRatio || 1, 2.5);
  c.width = Math.max(1, Math.round(w * r)); c.height = Math.max(1, Math.round(h * r)); c.style.width = w + "px"; c.style.height = h + "px";
  const g = c.getContext("2d"); g.setTransform(r, 0, 0, r, 0, 0);
  g.textRendering = "optimizeSpeed"; // no ligatures: a token "==" is two signs
  return g;
}

// ---- toast, files --------------------------------------------------------------------------------------------------
const once = (id, make) => document.getElementById(id) ?? document.body.appendChild(make());
let toastTimer;
export function toast(text) {
  const t = once("toast", () => el("div", { class: "toast", id: "toast", role: "status", "aria-live": "polite", hidden: true }));
  t.textContent = text; t.hidden = false; clearTimeout(toastTimer); toastTimer = setTimeout(() => { t.hidden = true; }, 2600);
}
export function save(name, content, type = "application/json") {
  const u = URL.createObjectURL(content instanceof Blob ? content : new Blob([content], { type }));
  el("a", { href: u, download: name }).click(); setTimeout(() => URL.revokeObjectURL(u), 1000);
}

// ---- small reproducible generator for draws made in the page (mulberry32) -----------------------------------------------------
export function mulberry(a) { return () => { a |= 0; a = a + 0x6D2B79F5 | 0; let t = Math.imul(a ^ a >>> 15, 1 | a); t = t + Math.imul(t ^ t >>> 7, 61 | t) ^ t; return ((t ^ t >>> 14) >>> 0) / 4294967296; }; }
