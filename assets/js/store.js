// The one state of the page: the run, the selection, the sampler's sliders, the intervention stack. The URL mirrors it.
import { forgetTokens, learn } from "./dom.js";
import { SELECTION, SETTINGS } from "./tables.js";

export const store = {
  run: null, panels: [], panel: "walk", recorded: null, linked: "", // the run that the link asks for, before there is one
  focus: Object.fromEntries(SELECTION.map(({ name }) => [name, null])),
  controls: {}, sampler: {}, interventions: [],
  listeners: new Set(), payloads: new Map(),
  on(fn) { this.listeners.add(fn); return () => this.listeners.delete(fn); },
  tell(what, detail) { for (const fn of [...this.listeners]) fn(what, detail); },

  // ---- selection ------------------------------------------------------------------------------------------------------------
  set(patch) {
    const before = { ...this.focus };
    if ("position" in patch && patch.position !== before.position && !("target" in patch)) patch = { ...patch, target: null };
    Object.assign(this.focus, patch);
    if (this.run) {
      const m = this.run.model, sizes = { tokens: this.run.ids.length, n_layers: m.L, n_heads: m.H, d_vocab: m.V, n_experts: m.E };
      for (const { name, size } of SELECTION) if (this.focus[name] !== null) this.focus[name] = Math.max(0, Math.min(this.focus[name], (sizes[size] || Infinity) - 1));
    }
    const changed = Object.keys(before).filter((k) => before[k] !== this.focus[k]);
    if (changed.length) { this.writeUrl(); this.tell("focus", changed); }
  },
  control(panel, name, value) { (this.controls[panel] ??= {})[name] = value; this.writeUrl(); this.tell("controls", { panel, name }); },

  // ---- a run arrives --------------------------------------------------------------------------------------------------------
  takeRun(v) {
    const old = this.run;
    if (old && old.model.name !== v.run.model.name) { // another vocabulary: ids mean other texts
      forgetTokens();
      for (const key of this.payloads.keys()) if (!key.startsWith("|")) this.payloads.delete(key);
    }
    learn(v.strings);
    this.run = { ...v.run, next: Array.from({ length: v.run.ids.length }, (_, p) => ({ id: v.run.nextIds.a[p * v.run.nextIds.shape[1]], p: v.run.nextP.a[p * v.run.nextIds.shape[1]] })) };
    this.recorded = v.recorded ?? null;
    this.sampler = { ...v.run.sampler };
    this.settle((i) => !i.on);
    this.focus = { ...this.focus, ...v.focus }; this.panel = v.panel ?? this.panel;
    this.keep(v); this.writeUrl(); this.tell("run");
  },
  settle(keep = () => true) { // the stack as the run on screen has it; what is switched off stays listed
    const now = this.run?.interventions ?? [], off = this.interventions.filter((i) => keep(i) && !now.some((j) => j.text === i.text));
    this.interventions = [...now.map((i) => ({ ...i, on: true })), ...off.map((i) => ({ ...i, on: false }))];
  },
  takeViews(v) { learn(v.strings); this.keep(v); },

  // ---- payloads: by what the view reads (the run, its model, nothing), view and the parts of the selection that they depend on ------------------------------------------------
  spec(panel = this.panel) { return this.panels.find((p) => p.name === panel) ?? this.panels[0]; },
  asked() { return this.run?.query ?? this.linked; },
  subject(view) {
    if (view.reads === "run") return this.asked();
    return view.reads === "model" ? new URLSearchParams(this.asked()).get("model") ?? "model" : "";
  },
  keyOf(panel, view, focus = this.focus, controls = this.controls[panel]) {
    return [this.subject(view), panel, view.name, ...view.depends.map((d) => focus[d] ?? "auto"), ...(view.controls ?? []).map((c) => `${c}=${controls?.[c] ?? ""}`)].join("|");
  },
  keep(v) {
    const spec = this.spec(v.panel);
    for (const view of spec?.views ?? []) {
      if (!v.views?.[view.name]) continue;
      const entry = v.views[view.name], before = this.payloads.get(this.keyOf(v.panel, view, v.asked ?? v.focus, v.controls));
      if (entry.partial && before && !before.partial) continue; // an older part that came late
      // the view that was asked for, and the same selection with its default target written out
      this.payloads.set(this.keyOf(v.panel, view, v.asked ?? v.focus, v.controls), entry);
      this.payloads.set(this.keyOf(v.panel, view, v.focus, v.controls), entry);
    }
    while (this.payloads.size > 160) this.payloads.delete(this.payloads.keys().next().value);
  },
  forget(panel, view) { this.payloads.delete(this.keyOf(panel, view)); },
  payload(panel, view) { return this.payloads.get(this.keyOf(panel, view)); },

  // ---- links ----------------------------------------------------------------------------------------------------------------
  query(changes = {}) { // the run's own query with some parts changed; null removes
    const q = new URLSearchParams(this.asked());
    for (const k in changes) { if (changes[k] === null || changes[k] === "") q.delete(k); else q.set(k, changes[k]); }
    return q.toString();
  },
  link() {
    const q = new URLSearchParams(this.asked());
    q.set("panel", this.panel);
    for (const { name, link } of SELECTION) if (this.focus[name] !== null && this.focus[name] !== undefined) q.set(link, this.focus[name]);
    const s = this.run?.sampler ?? {};
    for (const { name, link } of SETTINGS) if (this.sampler[name] !== undefined && this.sampler[name] !== s[name]) q.set("try." + link, this.sampler[name]);
    if (s.order && this.sampler.order && this.sampler.order.join() !== s.order.join()) q.set("try.order", this.sampler.order.join());
    for (const p in this.controls) for (const k in this.controls[p]) q.set(`${p}.${k}`, this.controls[p][k]);
    return "?" + q;
  },
  writeUrl() {
    if (!this.panels.length) return;
    const theme = new URLSearchParams(location.search).get("__theme");
    // Another panel or another run is a step that the browser's Back undoes; a moved selection only rewrites the address.
    const place = this.place(), step = this.at !== undefined && this.at !== place && !this.recorded; this.at = place;
    try { history[step ? "pushState" : "replaceState"](null, "", location.pathname + this.link() + (theme ? "&__theme=" + theme : "") + location.hash); } catch { /* a sandboxed frame */ }
  },
  place() { return `${this.panel}|${new URLSearchParams(this.asked())}`; },
  readUrl() { // what is the page's own in the link; the run's part goes to the server as it is
    const q = new URLSearchParams(location.search), whole = (k) => /^\d{1,9}$/.test(q.get(k) ?? "") ? +q.get(k) : null;
    for (const { name, link } of SELECTION) this.focus[name] = whole(link);
    if (/^[a-z0-9_]{1,60}$/.test(q.get("panel") ?? "")) this.panel = q.get("panel");
    this.wished = {};
    for (const { name, link } of SETTINGS) { const v = parseFloat(q.get("try." + link)); if (Number.isFinite(v)) this.wished[name] = v; }
    if (/^[a-z_,]{1,80}$/.test(q.get("try.order") ?? "")) this.wished.order = q.get("try.order").split(",");
    for (const [k, v] of q) { const m = k.match(/^([a-z_]{1,40})\.([a-z_]{1,40})$/); if (m && m[1] !== "try") (this.controls[m[1]] ??= {})[m[2]] = v.slice(0, 2000); }
    const mine = new Set([...SELECTION.map(({ link }) => link), "panel", "__theme"]);
    return new URLSearchParams([...q].filter(([k]) => !mine.has(k) && !k.includes("."))).toString();
  },
};

// What stands behind a block's attention in this run's model: a word for a dense one, another for a mixture of experts.
export const ffn = (dense = "MLP", sparse = "experts") => store.run?.model.E ? sparse : dense;
