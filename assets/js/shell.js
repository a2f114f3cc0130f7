// The page: strip, tabs, the stage with the views of one panel, and the states around them. Called once by Gradio's HTML view.
import { el, forgetColours, learn, pc, rawToken, reduced, sg, tip, toast, tokenEl, tokenText } from "./dom.js";
import { frame, share } from "./chrome.js";
import { findBox } from "./find.js";
import { addForm } from "./interventions.js";
import { createJobs } from "./jobs.js";
import { unpack } from "./payload.js";
import { hideStatus, showEmpty, showError, showStatus } from "./states.js";
import { store } from "./store.js";
import { strip } from "./strip.js";
import { SETTINGS } from "./tables.js";
import { differences } from "./unrun.js";

const UNRUN = 300; // milliseconds between two looks at what the sidebar says: Gradio fills it whenever it likes

let runless = false; // the panel that the link opens needs no run, and none has been made
let gradio = null, root, stage, pinned, tabs, chapters, mounted = [], mountedPanel = null, pending = null, asked = [], inFlight = false, busy = false, halted = false, serial = 0, lastAsked = null;
const measuring = new Set(); // light views that are asked for in the queue and not answered
const moved = new Set(); // heavy views one of whose controls was moved since they were asked for
const wanted = new Set(); // keys of heavy views that are to be measured: at once when a panel opens, by hand later
const probed = new Set(); // their keys of which the server has been asked whether it has an answer
const looks = []; // requests to watch jobs, on their way
const jobs = createJobs({ ask: (request) => { looks.push(request); press("look"); }, fetchAnswer, changed: () => { showJobs(); refresh("data"); } });

// ---- to and from the server -----------------------------------------------------------------------------------------------------
async function server(fn, args) {
  try {
    const r = await gradio.server[fn](JSON.stringify(args));
    return typeof r === "string" ? JSON.parse(r) : r;
  } catch (e) { return { kind: "error", name: "Offline", message: "The server did not answer.", hint: "Is it still running? Your last run is still here.", facts: {} }; }
}
const press = (id) => document.querySelector(`#${id}`)?.click();
function ask(request) { asked.push(request); press("work"); }
// What of the sidebar differs from the run on the page.
const field = (id) => document.querySelector(`#${id} textarea, #${id} input`);
function unrun() {
  const said = { text: field("prompt")?.value ?? "", model: field("model")?.value ?? "", chat: !!field("chat")?.checked, seed: field("seed")?.value ?? "", newTokens: field("new")?.value ?? "", sampler: store.sampler };
  return differences(said, store.run, SETTINGS);
}
// The same text and model again: the selection stays where it is.
function sameAsRun() {
  const names = store.run && unrun();
  return !!names && !["model", "prompt", "chat template"].some((name) => names.includes(name));
}
// The run's forced tokens, as far as the sidebar asks for as many: they belong to its text.
function forcedStill() {
  const steps = Number(field("new")?.value ?? 0);
  return store.run.forced.filter(([step]) => step < steps).map((f) => f.join(":")).join(",");
}
// Called by the events' js step: what Python's dispatcher gets beside the sidebar's values.
function take(action) {
  if (action === "look") return JSON.stringify(looks.shift() ?? { action, views: [] });
  const r = pending ?? asked.shift() ?? { action }; pending = null; halted = false; lastAsked = r;
  if (r.action === "run" && r.query === undefined) { r.keep = sameAsRun(); if (r.keep) r.forced = forcedStill(); }
  return JSON.stringify({ focus: store.focus, panel: store.panel, controls: store.controls[store.panel] ?? {}, order: store.sampler.order, interventions: store.interventions.filter((i) => i.on).map((i) => i.text), ...r });
}
function stopJobs() { wanted.clear(); halted = true; hideStatus(); refresh("data"); toast("Stopped"); }
function showJobs() { // a run's own status goes before
  if (busy) return;
  const line = jobs.line(); if (line) showStatus(stage, { ...line, action: "look" }, { stop: stopJobs, bare: !store.run }); else hideStatus();
}
function stop() { // the work is given up; the page is as it was before it was asked for
  press("stop"); halted = true; idle(); asked = []; store.settle(); drawInterventions();
  if (!store.run) return showEmpty(stage, (text) => { setPrompt(text); setTimeout(() => press("run"), 60); });
  refresh("data"); toast("Stopped");
}
function idle() { busy = false; measuring.clear(); pinned.classList.remove("stale"); document.body.dataset.busy = ""; hideStatus(); showJobs(); }

function receive(value) {
  if (!value || value.serial === undefined || value.serial === serial) return;
  serial = value.serial;
  const v = unpack(value);
  if (v.kind === "status") return halted ? undefined : status(v);
  if (v.kind === "jobs") return jobs.hear(v);
  if (v.kind === "rest") return idle();
  idle();
  if (v.kind === "run") {
    v.asked = v.focus; runless = false; delete document.body.dataset.runless; store.takeRun(v); delete document.body.dataset.state; if (Object.keys(store.wished ?? {}).length) { setSampler(store.wished); store.wished = {}; }
    drawStrip(); drawTabs(); openPanel(store.panel, true); syncSidebar();
  } else if (v.kind === "views") {
    if (v.query === store.asked()) store.takeViews(v);
    refresh("data");
  } else if (v.kind === "error") fail(v);
}
function status(v) { busy = true; document.body.dataset.busy = v.action; if (v.action === "run") { pinned.classList.add("stale"); } showStatus(stage, v, { stop, bare: !store.run }); }
function fail(v) {
  if (v.action === "look") { toast(v.message); halted = true; wanted.clear(); return refresh("data"); }
  if (v.action === "views") { toast(v.message); halted = true; return refresh("data"); }
  store.settle(); drawInterventions(); const bare = lastAsked?.query === undefined && activeTexts().length > 0, link = new URLSearchParams(lastAsked?.query ?? ""), linked = link.has("do"); link.delete("do"); unmount();
  showError(stage, v, {
    keep: store.run ? () => openPanel(store.panel, true) : null, retry: (text) => { setPrompt(text); setTimeout(() => press("run"), 60); }, afresh: () => location.assign(location.pathname),
    bare: bare ? () => { for (const i of store.interventions) i.on = false; press("run"); } : linked ? () => ask({ action: "run", query: link.toString() }) : null,
  });
}

// ---- what views may do ---------------------------------------------------------------------------------------------------------
function setSampler(patch) { Object.assign(store.sampler, patch); store.writeUrl(); press("sampler-sync"); store.tell("sampler"); }
function rerun(changes, note) { if (note) toast(note); ask({ action: "run", query: store.query(changes) }); }
const activeTexts = () => store.interventions.filter((i) => i.on).map((i) => i.text);
const withTexts = (list, note) => rerun({ do: list.length ? list.join(",") : null }, note);
const ctx = {
  get run() { return store.run; }, store, get interventions() { return store.interventions; }, get sampler() { return store.sampler; },
  set: (p) => store.set(p), toast, setSampler, server,
  go(name, anchor) { openPanel(name); if (anchor) requestAnimationFrame(() => document.getElementById(anchor)?.scrollIntoView({ behavior: reduced() ? "auto" : "smooth", block: "start" })); },
  intervene(text) { // a head or an MLP is off in one way only: zero and mean replace each other
    const part = /^(ablate|mlp):[\d.]+/.exec(text)?.[0], others = activeTexts().filter((t) => !part || t.replace(/:(mean|zero)$/, "") !== part);
    if (part) store.interventions = store.interventions.filter((i) => i.text === text || i.text.replace(/:(mean|zero)$/, "") !== part);
    if (!activeTexts().includes(text)) withTexts([...others, text]);
  },
  restore(text) { withTexts(activeTexts().filter((t) => t !== text)); },
  force(position, id) {
    const step = position - store.run.nPrompt + 1; if (step < 0) return toast("Inside the prompt the next token is given");
    const kept = store.run.forced.filter(([s]) => s < step);
    for (const s of store.run.steps) { const n = s.position - store.run.nPrompt + 1; if (n < step && !kept.some(([k]) => k === n)) kept.push([n, s.chosen]); }
    kept.push([step, id]); kept.sort((a, b) => a[0] - b[0]);
    rerun({ force: kept.map((f) => f.join(":")).join(","), new: Math.max(store.run.newTokens, step + 1) }, `Continuing with ${tokenText(id)}`);
  },
  arcs(weights) { strip.arcs(weights); },
  measure(view, again = false) {
    const m = mounted.find((each) => each.view.name === view); if (!m) return;
    halted = false; if (again) store.forget(mountedPanel, m.view);
    wanted.add(store.keyOf(mountedPanel, m.view)); refresh("data", again);
  },
};

// ---- panels and views ------------------------------------------------------------------------------------------------------------
function unmount() { moved.clear(); wanted.clear(); jobs.watch([]); probed.clear(); for (const m of mounted) m.inst?.destroy?.(); mounted = []; mountedPanel = null; stage.replaceChildren(); strip.arcs(null); tip.hide(); }
async function openPanel(name, force) {
  const spec = store.spec(name); if (!spec) return;
  if (store.run) delete document.body.dataset.state;
  if (spec.requires.length && runless) { runless = false; store.panel = spec.name; return ask({ action: "run", query: store.linked || undefined }); }
  store.panel = spec.name; store.writeUrl(); drawTabs(); document.title = `${spec.title} · LLM Internals Explorer`;
  if (mountedPanel === spec.name && !force) return refresh("data");
  if (mountedPanel === spec.name && mounted.length) { for (const m of mounted) m.shell.meta(); return refresh("data"); } // same frames, new run: nothing jumps
  unmount(); mountedPanel = spec.name; stage.dataset.ready = "";
  loadStyle(spec.name);
  const module = await import(`../views/${spec.name}.js`);
  if (mountedPanel !== spec.name || mounted.length) return;
  for (const view of spec.views) {
    const local = { ...Object.getOwnPropertyDescriptors(ctx) }, mine = Object.defineProperties({}, local);
    Object.defineProperty(mine, "controls", { get: () => store.controls[spec.name] ?? {} });
    const shell = frame(spec, view, mine);
    mine.control = (n, v) => store.control(spec.name, n, v); mine.look = (patch) => look(spec.name, view.name, patch); mine.check = (_, list) => shell.check(list); mine.view = view; mine.panel = spec;
    stage.append(shell.root);
    mounted.push({ view, shell, inst: module.views[view.name].create(shell.body, mine), entry: null });
  }
  refresh("data");
}
const styles = new Set();
function loadStyle(name) { if (styles.has(name)) return; styles.add(name); document.head.append(el("link", { rel: "stylesheet", href: new URL(`../css/${name}.css`, import.meta.url).href })); }

const live = () => runless || !!store.run && !store.recorded;
function refresh(what, again = false) {
  if (!store.run && !runless) return;
  const missing = [], heavy = [];
  for (const m of mounted) {
    const entry = store.payload(mountedPanel, m.view);
    if (m.view.heavy && (!entry || entry.partial)) heavy.push(m); else if (!entry && !measuring.has(m.view.name)) missing.push(m.view.name);
    if (!entry) continue;
    m.shell.root.classList.toggle("waiting", !!entry.partial); m.shell.root.classList.remove("stale");
    const fresh = m.entry !== entry; if (!fresh && what === "data") what = "focus";
    m.entry = entry; m.subject = store.subject(m.view); m.note?.remove(); m.note = null; draw(m, fresh ? "data" : what);
  }
  missing.push(...measureAll(heavy, again));
  if (missing.length) request(missing);
  stage.dataset.ready = missing.length ? "" : "1";
}
// Heavy views without their whole answer: measured at once when the panel opens, by hand after a Stop or for another selection.
// Returns those of which the server is first asked what it has.
function measureAll(heavy, again) {
  const here = [], left = [], first = [];
  for (const m of heavy) {
    const name = m.view.name, key = store.keyOf(mountedPanel, m.view);
    if (jobs.failure(name)) wanted.delete(key);
    else if (live() && !halted && (!m.entry || m.entry.absent || m.entry.partial || moved.has(name))) { wanted.add(key); moved.delete(name); }
    if (wanted.has(key) && !probed.has(key) && !again) first.push(m); else (wanted.has(key) ? here : left).push(m);
    if (!m.entry || before(m) || !wanted.has(key)) lacking(m, !wanted.has(key));
  }
  jobs.watch(here.map((m) => m.view.name), { panel: mountedPanel, query: store.asked(), focus: { ...store.focus }, controls: { ...store.controls[mountedPanel] } }, again);
  staleBar(left.filter((m) => m.entry && before(m) && live()));
  return first.map((m) => m.view.name);
}
async function fetchAnswer(view, { panel, query, focus, controls }) {
  const here = () => panel === mountedPanel && query === store.asked();
  let v;
  for (let wait = 250; wait < 2e4; wait *= 2) { // many ask at this moment: again, later and later
    v = unpack(await server("render", { panel, query, focus, controls, views: [view] }));
    if (!here() || v.kind === "views") break;
    await new Promise((then) => { setTimeout(then, wait * (.5 + Math.random())); });
  }
  if (!here() || v.kind !== "views") return;
  v.asked = focus; store.takeViews(v); refresh("data");
}
function draw(m, what) {
  const { entry } = m, t = performance.now();
  if (entry.absent) { m.shell.fill(entry); m.shell.root.classList.remove("waiting"); m.shell.body.hidden = true; m.note = el("div", { class: "pbody state-note" }, el("p", { text: entry.absent.message }), el("p", { class: "hint", text: entry.absent.hint }), entry.absent.offer ? el("button", { class: "btn", type: "button", text: `Open ${entry.absent.offer}`, on: { click: () => rerun({ model: entry.absent.offer, do: null, force: null }, `Opening ${entry.absent.offer}`) } }) : null); m.shell.root.append(m.note); m.shell.root.dataset.ready = "1"; return; }
  m.shell.body.hidden = false;
  m.shell.fill({ ...entry, data: entry.data }, m.inst.exportData ? () => m.inst.exportData() : null);
  try { m.inst.draw(entry.data, store.focus, what); } catch (e) { console.error(e); m.shell.body.dataset.failed = e.message; }
  const ms = performance.now() - t; m.shell.root.dataset.ready = entry.partial ? "" : "1"; m.shell.root.dataset.drawMs = ms.toFixed(1); stage.dataset.drawMs = ms.toFixed(1);
}
async function request(names) {
  if (inFlight) return; // the newest selection is asked for when the answer is here
  for (const m of mounted) if (m.view.heavy && names.includes(m.view.name)) probed.add(store.keyOf(mountedPanel, m.view));
  inFlight = true; const panel = mountedPanel, query = store.asked(), focus = { ...store.focus }, controls = { ...store.controls[panel] };
  const slow = setTimeout(() => { for (const m of mounted) if (names.includes(m.view.name)) m.shell.root.classList.add("waiting"); }, 160);
  const here = () => query === store.asked() && panel === mountedPanel;
  let v = unpack(await server("render", { query, panel, views: names, focus, controls }));
  // Many ask at this moment: again, later and later, while this is still what is wanted.
  for (let wait = 250; v.name === "BusyError" && wait < 2e4 && here(); wait *= 2) { await new Promise((then) => { setTimeout(then, wait * (.5 + Math.random())); }); if (here()) v = unpack(await server("render", { query, panel, views: names, focus, controls })); }
  clearTimeout(slow); inFlight = false;
  if (v.kind === "error") { if (here()) { toast(v.message); for (const m of mounted) m.shell.root.classList.remove("waiting"); } else refresh("data"); return; }
  // The run has left the server's memory: it is made again in the queue, unless the visitor has just stopped that.
  if (v.kind === "gone") { if (here() && !halted) { const light = names.filter((name) => !store.spec(panel).views.find((view) => view.name === name).heavy); for (const name of light) measuring.add(name); ask({ action: "views", query, panel, views: light, focus, controls }); refresh("data"); } else if (here()) for (const m of mounted) m.shell.root.classList.remove("waiting"); else refresh("data"); return; }
  if (query === store.asked()) { v.asked = focus; store.takeViews(v); }
  if (panel === mountedPanel) refresh("data"); else openPanel(store.panel);
}
// A light view's data for another selection, which is not selected; null when it cannot be had now.
async function look(panel, view, patch) {
  const query = store.asked(), focus = { ...store.focus, ...patch }, v = unpack(await server("render", { query, panel, views: [view], focus, controls: { ...store.controls[panel] } }));
  if (v.kind !== "views" || query !== store.asked()) return null;
  learn(v.strings);
  return v.views[view]?.data ?? null;
}
// Whether the picture is of another selection or run than what is asked for now.
const before = (m) => m.entry !== store.payload(mountedPanel, m.view);
// What a heavy view without its answer shows: the picture before it, said so, and how to ask for this one.
function lacking(m, byHand) {
  const { root, body } = m.shell, failure = jobs.failure(m.view.name); m.note?.remove(); m.note = null;
  root.classList.toggle("waiting", !byHand); root.classList.toggle("stale", byHand && !!m.entry); body.hidden = byHand && !m.entry;
  if (!byHand) return;
  const said = failure ? `${failure.message} ${failure.hint ?? ""}` : !m.entry ? "Not measured yet." : before(m) ? stale(m) : "Stopped before its end.";
  m.note = el("div", { class: "again" }, el("span", { text: said }), el("button", { class: "btn", type: "button", text: "Measure here", on: { click: () => ctx.measure(m.view.name) } }));
  body.before(m.note);
}
function stale(m) {
  if (m.subject === store.subject(m.view)) return "For another selection.";
  const model = (query) => new URLSearchParams(query).get("model");
  return m.view.reads === "model" || model(m.subject) !== model(store.asked()) ? "For another model." : "For the previous prompt.";
}
function staleBar(views) {
  document.getElementById("stalebar")?.remove(); if (views.length < 2) return;
  const all = () => { halted = false; for (const m of views) wanted.add(store.keyOf(mountedPanel, m.view)); refresh("data"); };
  stage.prepend(el("div", { id: "stalebar", class: "again", role: "status" }, el("span", { text: `${views.length} views show what was measured before.` }), el("button", { class: "btn", type: "button", text: "Measure all here", on: { click: all } })));
}

// ---- strip, tabs, sidebar parts ---------------------------------------------------------------------------------------------------
function drawStrip() { strip.fill(store.run); strip.select(store.focus.position, store.run); }
function drawTabs() {
  const open = store.spec(); if (!open) return;
  const names = [...new Map(store.panels.map((p) => [p.chapter, p.chapterTitle]))], many = names.length > 1;
  chapters.hidden = !many;
  const tab = (text, on, click) => el("button", { class: "tab", role: "tab", type: "button", "aria-selected": String(on), tabindex: on ? 0 : -1, text, on: { click } });
  if (many) chapters.replaceChildren(...names.map(([k, t]) => tab(t, k === open.chapter, () => openPanel(lastOf[k] ?? store.panels.find((p) => p.chapter === k).name))));
  lastOf[open.chapter] = open.name;
  const same = store.panels.filter((p) => p.chapter === open.chapter);
  if (tabs.dataset.shown !== same.map((p) => p.name).join()) { tabs.dataset.shown = same.map((p) => p.name).join(); tabs.replaceChildren(...same.map((p) => { const t = tab(p.title, false, () => openPanel(p.name)); t.dataset.panel = p.name; return t; }), el("button", { class: "btn ghost findbtn", type: "button", "aria-label": "Find a panel or a term", on: { click: () => findBox(store, openPanel) } }, "Find ", el("kbd", { text: "Ctrl K" }))); }
  for (const t of tabs.querySelectorAll(".tab")) { const on = t.dataset.panel === open.name; t.setAttribute("aria-selected", String(on)); t.tabIndex = on ? 0 : -1; if (on && tabs.scrollWidth > tabs.clientWidth) tabs.scrollLeft = t.offsetLeft - tabs.clientWidth / 2 + t.offsetWidth / 2; }
}
const lastOf = {};
function keyTabs(e) {
  const list = [...e.currentTarget.querySelectorAll(".tab")], i = list.indexOf(document.activeElement), d = { ArrowRight: 1, ArrowLeft: -1, Home: -i, End: list.length - 1 - i }[e.key];
  if (d === undefined || i < 0) return;
  e.preventDefault(); const n = list[(i + d + list.length) % list.length], k = [...n.parentNode.children].indexOf(n), box = n.parentNode; n.click(); box.children[k]?.focus();
}

function effectLine() {
  const r = store.run, e = r?.effect, p = store.focus.position; if (!e) return null;
  if (p >= e.positions) return "At this position the two runs no longer read the same text.";
  const id = e.ids.a[p];
  return ["Together, after this position: logit of ", tokenEl(id), ` ${sg(e.logit.a[p])}, probability ${pc(e.before.a[p])} → `, el("b", { text: pc(e.now.a[p]) }), `, KL ${e.kl.a[p].toFixed(3)} nats.`];
}
function named({ text, label }) { // the page knows the token's text, where the stack has its id only
  const id = /^add:\d+:\w+:(\d+):/.exec(text)?.[1]; return id && rawToken(+id) !== undefined ? label.replace(`token ${id}`, `“${tokenText(+id)}”`) : label;
}
// A token that was forced fixes those before it as well: one entry for the stretch of the text.
function forcedItem(fixed) {
  const [step, id] = fixed[fixed.length - 1], position = store.run.nPrompt + step;
  const said = fixed.length > 1 ? `Position ${position} forced to “${tokenText(id)}”, after ${fixed.length - 1} as they were` : `Position ${position} forced to “${tokenText(id)}”`;
  return el("li", { class: "iv forced" }, el("b", { text: said }), el("button", { class: "x", type: "button", "aria-label": `Remove: ${said}`, text: "×", on: { click: () => rerun({ force: null }, "The model draws its tokens again") } }));
}
export function drawInterventions() {
  const box = document.getElementById("interventions-view"); if (!box || !store.run) return;
  const held = box.contains(document.activeElement) ? [...box.querySelectorAll("input,button,select")].indexOf(document.activeElement) : -1;
  const on = store.interventions.filter((i) => i.on).length, items = store.interventions.map((i) => {
    const cb = el("input", { type: "checkbox", "aria-label": "Apply: " + i.label, on: { change: (e) => { i.on = e.target.checked; withTexts(activeTexts()); } } }); cb.checked = i.on;
    return el("li", { class: "iv" + (i.on ? "" : " off") }, cb, el("b", { text: named(i) }), el("button", { class: "x", type: "button", "aria-label": "Remove: " + i.label, text: "×", on: { click: () => { store.interventions = store.interventions.filter((j) => j !== i); if (i.on) withTexts(activeTexts()); else drawInterventions(); } } }));
  });
  const fixed = store.run.forced; if (fixed.length) items.push(forcedItem(fixed));
  const applied = on + (fixed.length ? 1 : 0);
  box.replaceChildren(el("div", { class: "fieldhead" }, el("span", { class: "label", text: "Interventions" }), el("span", { class: "count", text: items.length ? `${applied} of ${items.length} on` : "none" })), el("ul", {}, ...items),
    el("p", { class: "hint", id: "effect" }, ...(effectLine() ?? [store.interventions.length ? "Switched off, they change nothing." : "Open a block or a head and choose Ablate, or add one:"].flat())), addForm(store, ctx));
  if (held >= 0) { const all = box.querySelectorAll("input,button,select"); all[Math.min(held, all.length - 1)]?.focus({ preventScroll: true }); }
}
// What the sidebar says that has not been run stands on the button that runs it.
function showUnrun() {
  const button = document.getElementById("run"); if (!button) return;
  const names = store.run && !store.recorded && !document.body.dataset.busy ? unrun() : [];
  if (names.length) button.dataset.unrun = `not run yet: ${names.join(", ")}`; else delete button.dataset.unrun;
  button.title = names.length ? `Not run yet: ${names.join(", ")}` : "";
}
function syncSidebar() { drawInterventions(); drawMeta(); press("settings-sync"); }
function drawMeta() {
  const m = store.run.model, box = document.getElementById("model-meta"); if (!box) return;
  box.textContent = `${m.parameters >= 1e9 ? (m.parameters / 1e9).toFixed(1) + " B" : (m.parameters / 1e6).toFixed(0) + " M"} parameters, ${m.L} blocks, ${m.H} query and ${m.KV} kv heads, d_model ${m.D}. ${m.note ? m.note + "." : ""}`.trim();
}
function setPrompt(text) { const t = document.querySelector("#prompt textarea"); if (!t) return; Object.getOwnPropertyDescriptor(HTMLTextAreaElement.prototype, "value").set.call(t, text); t.dispatchEvent(new Event("input", { bubbles: true })); }

// ---- the browser's Back and Forward -------------------------------------------------------------------------------------------------
function back() {
  const before = { ...store.focus }, query = store.readUrl();
  if (query !== new URLSearchParams(store.asked()).toString()) return location.reload(); // the link holds everything
  store.at = store.place(); store.sampler = { ...store.run?.sampler, ...store.wished }; store.wished = {}; press("sampler-sync");
  const moved = Object.keys(before).filter((k) => before[k] !== store.focus[k]);
  openPanel(store.panel); if (moved.length) store.tell("focus", moved); store.tell("sampler");
}

// ---- theme -----------------------------------------------------------------------------------------------------------------------
function theme(t) {
  document.documentElement.dataset.theme = t; document.body.classList.toggle("dark", t === "dark"); forgetColours();
  document.querySelectorAll(".theme").forEach((b) => { b.textContent = t === "dark" ? "Light" : "Dark"; b.setAttribute("aria-label", `Switch to ${t === "dark" ? "light" : "dark"} theme`); });
  for (const m of mounted) if (m.entry && !m.entry.absent) { draw(m, "theme"); m.shell.meta(); }
}

// ---- start -------------------------------------------------------------------------------------------------------------------------
export function mount(g) {
  gradio = g; root = g.element.querySelector(".stageroot") ?? g.element;
  const runmeta = el("p", { class: "runmeta", id: "runmeta" });
  tabs = el("div", { class: "tabs", role: "tablist", "aria-label": "Panels", id: "tabs", on: { keydown: keyTabs } }); chapters = el("div", { class: "tabs chapters", role: "tablist", "aria-label": "Chapters", hidden: true, on: { keydown: keyTabs } });
  stage = el("div", { id: "stage", class: "stage", tabindex: -1 });
  pinned = el("div", { class: "pinned", id: "pinned" }, strip.build({ runmeta, set: (p) => store.set(p), get: () => store }), chapters, tabs);
  document.body.prepend(el("a", { class: "skip", href: "#stage", text: "Skip to the picture", on: { click: (e) => { e.preventDefault(); stage.focus(); } } }));
  root.replaceChildren(el("h1", { class: "unseen", text: "LLM Internals Explorer" }), pinned, stage);
  // Run is asked for by the sidebar itself: it takes its place in the line of requests.
  document.addEventListener("click", (e) => {
    if (!e.target.closest?.("#run")) return;
    asked.push({ action: "run" });
    if (innerWidth <= 860 && document.getElementById("side").classList.contains("open")) { document.getElementById("menu").click(); scrollTo(0, 0); } // on a phone the result comes into view
  }, true);
  addEventListener("popstate", back);
  store.on((what, detail) => {
    if (what === "focus") { if (detail.includes("position") || detail.includes("target")) { strip.select(store.focus.position, store.run); } drawInterventions(); refresh("focus"); }
    if (what === "controls") { for (const m of mounted) if (m.view.heavy && m.view.controls.includes(detail.name)) { moved.add(m.view.name); halted = false; } refresh("controls"); }
    if (what === "sampler") for (const m of mounted) if (m.entry && !m.entry.absent) draw(m, "controls");
  });
  theme(new URLSearchParams(location.search).get("__theme") === "dark" || (new URLSearchParams(location.search).get("__theme") !== "light" && matchMedia("(prefers-color-scheme: dark)").matches) ? "dark" : "light");
  document.addEventListener("click", (e) => { if (e.target.closest?.(".theme")) theme(document.documentElement.dataset.theme === "dark" ? "light" : "dark"); const m = e.target.closest?.("#menu"); if (m) { const o = document.getElementById("side").classList.toggle("open"); m.setAttribute("aria-expanded", String(o)); } });
  document.addEventListener("keydown", (e) => { if (e.key === "Enter" && (e.ctrlKey || e.metaKey) && e.target.closest?.("#prompt")) { e.preventDefault(); e.target.blur(); press("run"); } if ((e.ctrlKey || e.metaKey) && e.key.toLowerCase() === "k") { e.preventDefault(); findBox(store, openPanel); } });
  let width = innerWidth, timer; addEventListener("resize", () => { if (innerWidth === width) return; width = innerWidth; clearTimeout(timer); timer = setTimeout(() => { for (const m of mounted) if (m.entry && !m.entry.absent) draw(m, "resize"); }, 120); });
  window.explorer = {
    take, share, store, ctx,
    samplerValues: () => SETTINGS.map(({ name, neutral }) => store.sampler[name] ?? neutral),
    settings: () => [...window.explorer.samplerValues(), store.run.newTokens, store.run.seed, store.run.model.name],
    slid: (name, v) => { if (store.sampler[name] === v || v === null) return; store.sampler[name] = v; store.writeUrl(); store.tell("sampler"); },
    setPrompt,
    chosen: () => setTimeout(() => press("run"), 60), // a model that is chosen is opened
  };
  g.watch("value", () => receive(g.props.value));
  watchLine();
  setInterval(showUnrun, UNRUN);
  start();
}
// Gradio writes the visitor's place in the queue into #place; it is shown where the picture will be.
function watchLine() {
  const place = document.getElementById("place"); if (!place) return;
  new MutationObserver(() => {
    const at = place.textContent.match(/queue:\s*(\d+)\s*\/\s*(\d+)/);
    if (at) { document.body.dataset.busy = "line"; showStatus(stage, { stage: `In line, place ${at[1]} of ${at[2]}`, done: 0, total: 0 }, { stop, bare: !store.run }); }
    else if (document.body.dataset.busy === "line" && !halted) showStatus(stage, { stage: "Begin", done: 0, total: 0, action: lastAsked?.action }, { stop, bare: !store.run }); // its turn has come
  }).observe(place, { childList: true, subtree: true, characterData: true });
}
async function start() {
  const query = store.readUrl(), wish = { panel: store.panel, focus: { ...store.focus } };
  store.linked = query;
  store.panels = (await (await fetch(window.explorerPanels)).json()).panels;
  runless = !store.spec().requires.length;
  pending = { action: runless ? "rest" : "run", query, ...wish, controls: store.controls[store.panel] ?? {} }; // taken by Gradio's load event
  await document.fonts.ready;
  if (runless) { document.body.dataset.runless = "1"; drawTabs(); await openPanel(store.panel); return window.explorerFound(window.explorer); }
  if (query === "") await showRecorded(wish); else showStatus(stage, { stage: "Open the link", done: 0, total: 1, action: "run" }, {});
  window.explorerFound(window.explorer); // from here on the server works, and shares its cores
}
// Nobody waits for a picture: a stored real run is shown until the live one is there.
async function showRecorded(wish) {
  const stored = await fetch(new URL("../recorded/first.json", import.meta.url)).then((r) => r.ok ? r.json() : null, () => null);
  if (!stored) return;
  store.takeRun(unpack(stored)); drawStrip(); drawTabs(); drawInterventions(); drawMeta();
  if (wish.panel === stored.panel) await openPanel(stored.panel, true);
  document.body.dataset.recorded = "1";
}
