// Paged cache: block tables and the pool, action by action as the cache recorded them; bytes against reserving and against not sharing.
import { chart } from "../kit/chart.js";
import { big, el, pc, reduced, segmented, sv, svgToken, tip, tokenText } from "../js/dom.js";

const SIZES = [["2", "2"], ["4", "4"], ["8", "8"], ["16", "16"]], HEIGHT = 230;
const megabytes = (b) => (b / 1e6).toFixed(2) + " MB", list = (a) => a.length < 2 ? a.join("") : a.slice(0, -1).join(", ") + " and " + a.at(-1), no = (b) => "#" + b;
const WHO = { A: "this run", B: "forked from A", C: "forked from A", D: "same prompt, later", E: "same prompt, after all" };

// One action in words, from its recorded events.
function words(f, d) {
  const of = (kind) => f.events.filter((e) => e.kind === kind), uses = (b) => Object.keys(f.tables).filter((n) => f.tables[n].includes(b));
  if (f.kind === "add") {
    const name = f.names[0], n = f.feed[name].length;
    if (!f.held) return [`${name} arrives`, n < d.block_size + 1 && name !== "A" ? `with the same ${n} tokens: they fill no whole block, so nothing can be found` : `with ${n} tokens; nothing of them is known`];
    return [`${name} asks the same prompt again`, `${of("hit").length} full ${of("hit").length === 1 ? "block is" : "blocks are"} found by ${of("hit").length === 1 ? "its" : "their"} hash: ${f.held} of its ${n} tokens need not be computed` + (name === "E" ? ". Nobody used the blocks any more; their content was still there" : "")];
  }
  if (f.kind === "fork") return [`${list(f.names.slice(1))} are forked from ${f.names[0]}`, "the table is copied, no key and no value is: each block now counts three references"];
  if (f.kind === "release") {
    const gone = [...new Set(of("free").map((e) => e.block))], free = gone.filter((b) => !f.references[b]), kept = gone.length - free.length;
    return [`${list(f.names)} ${f.names.length > 1 ? "end" : "ends"}`, `${free.length ? `${list(free.map(no))} ${free.length > 1 ? "are" : "is"} free` : "no block is free"}` + (kept ? `; ${kept} shared ${kept > 1 ? "blocks stay" : "block stays"}, with fewer references` : "") + (free.some((b) => f.findable.includes(b)) ? ". Full ones can be found until their place is needed" : "")];
  }
  const long = Object.entries(f.feed).filter(([, v]) => v.length > 1), one = Object.entries(f.feed).filter(([, v]) => v.length === 1).map(([n]) => n), copies = of("copy"), fresh = of("allocate");
  const parts = [...long.map(([n, v]) => `${n}'s ${f.lengths[n] > v.length ? "other " : ""}${v.length} tokens are read in one pass`), one.length ? `${list(one)} ${one.length > 1 ? "write one token each" : "writes one token"}` : ""].filter(Boolean);
  const more = [];
  if (copies.length) more.push(`${no(copies[0].source)} is shared and not full: ${list(copies.map((e, i) => `${e.sequence} ${i ? "" : "copies it "}to ${no(e.block)}`))}` + (uses(copies[0].source).length === 1 ? `; ${uses(copies[0].source)[0]}, the last of them, keeps it` : ""));
  if (fresh.length) more.push(`${list([...new Set(fresh.map((e) => e.sequence))].map((n) => `${n} takes ${list(fresh.filter((e) => e.sequence === n).map((e) => no(e.block)))}`))}`);
  return [parts.join(", "), more.length ? more.join(". ") : "there is room in the last block of each"];
}

function createBlocks(body, ctx) {
  let d = null, timer = null, lit = null;
  const bar = el("div", { class: "bar" }), box = el("div", { class: "figure pcbox" }), said = el("p", { class: "readout pcsaid", "aria-live": "polite" }), facts = el("p", { class: "hint pcfacts" });
  const slider = el("input", { type: "range", min: 0, step: 1, "aria-label": "Action", on: { input: () => { stop(); go(+slider.value); } } }), count = el("output"), play = el("button", { class: "btn icon", type: "button", text: "Play", "aria-pressed": "false", "aria-label": "Play the actions", on: { click: () => { if (timer) return stop(); if (at() >= d.frames.length - 1) go(0); timer = setInterval(() => { if (at() >= d.frames.length - 1) return stop(); go(at() + 1); }, reduced() ? 1400 : 1100); play.textContent = "Pause"; play.setAttribute("aria-pressed", "true"); } } });
  const arrow = (label, text, by) => el("button", { class: "btn icon", type: "button", "aria-label": label, text, on: { click: () => { stop(); go(at() + by); } } });
  const stepper = el("div", { class: "pcstep", role: "group", "aria-label": "Step through the actions" }, arrow("Action back", "◀", -1), play, arrow("Action forward", "▶", 1), slider, count), sizes = el("div", { class: "pcsizes" });
  const legend = el("div", { class: "legend" }, ...[["pcown", "in use"], ["pcshared", "shared"], ["pcnew", "written or found now"], ["pcfree", "free, still findable"]].map(([c, t]) => el("span", {}, el("i", { class: "sw " + c }), t)));
  const left = el("div"), right = el("div", {}), table = el("div", { class: "scroll" });
  left.append(el("h3", { class: "sub3" }, "Bytes in use ", el("small", { text: "MB, keys and values and tables" }))); right.append(el("h3", { class: "sub3", text: "The same requests with other block sizes" }), table, el("p", { class: "hint", text: "At the busiest action; found and copied over all. Small blocks waste less and find more of a prompt; large ones keep tables short and reads in one piece." }));
  const bytes = chart(left, { height: HEIGHT, label: "Bytes in use after each action: paged, without sharing, and reserved" });
  body.append(bar, said, box, facts, el("div", { class: "pccharts" }, left, right)); bar.append(el("div", { class: "pcctl" }, stepper, sizes), legend);

  const at = () => { const v = Math.round(Number(ctx.controls.step ?? 3)); return Math.min(d.frames.length - 1, Math.max(0, Number.isFinite(v) ? v : 0)); };
  const go = (i) => ctx.control("step", Math.min(d.frames.length - 1, Math.max(0, i)));
  function stop() { clearInterval(timer); timer = null; play.textContent = "Play"; play.setAttribute("aria-pressed", "false"); }

  function picture() {
    const f = d.frames[at()], W = Math.floor(box.clientWidth) || 320, wide = W >= 720, size = d.block_size, names = Object.keys(f.tables).sort();
    const x0 = wide ? 196 : 0, rowH = wide ? 34 : 54, most = Math.ceil(d.most / size), ew = Math.min(44, (W - x0) / most - 4), rows = 3, top = 24 + rows * rowH + 26;
    const cols = Math.max(1, Math.min(d.n_blocks, Math.floor((W + 8) / (wide ? 124 : 92)))), cw = (W + 8) / cols - 8, sh = size > 8 ? 15 : 17, ch = 24 + size * sh + 4, high = top + Math.ceil(d.n_blocks / cols) * (ch + 8);
    const s = sv("svg", { class: "fig", viewBox: `0 0 ${W} ${high}`, height: high, role: "application", tabindex: 0, "aria-label": `${names.length} block tables and a pool of ${d.n_blocks} blocks; left and right arrows step through the actions` });
    const touched = new Map(); for (const e of f.events) touched.set(e.block, [...(touched.get(e.block) ?? []), e]);
    const entries = [], cards = [], light = (b) => { lit = b; for (const [n, g] of entries) g.classList.toggle("pclit", n === b); cards.forEach((g, n) => g.classList.toggle("pclit", n === b)); };
    const touch = (g, b, title, more) => { g.addEventListener("pointerenter", (e) => { light(b); tip.show(e.clientX, e.clientY, title, more()); }); g.addEventListener("pointerleave", () => { light(null); tip.hide(); }); };
    const users = (b) => names.filter((n) => f.tables[n].includes(b)), fill = (n, i) => Math.min(size, f.lengths[n] - i * size);
    const facts = (b) => [...users(b).map((n) => { const i = f.tables[n].indexOf(b); return [`${n}, entry ${i}`, `tokens ${i * size} to ${i * size + fill(n, i) - 1}`]; }), ...(users(b).length ? [] : [["nobody uses it", f.findable.includes(b) ? "findable" : "empty"]]), ["references", String(f.references[b])]];

    sv("text", { x: 0, y: 12, class: "h" }, s, "Block tables"); if (!names.length) sv("text", { x: x0, y: 24 + rowH * .62, class: "dim" }, s, "no request is running");
    names.forEach((n, r) => {
      const y = 24 + r * rowH, ey = wide ? y : y + 20;
      sv("text", { x: 0, y: y + 15, class: "h" }, s, n); sv("text", { x: 16, y: y + 15 }, s, `${WHO[n]}, ${f.lengths[n]} ${f.lengths[n] === 1 ? "token" : "tokens"}`);
      f.tables[n].forEach((b, i) => {
        const g = sv("g", { class: "pcentry" + (f.references[b] > 1 ? " shared" : "") + (f.events.some((e) => e.block === b && e.sequence === n && e.kind !== "free") ? " now" : "") }, s), x = x0 + i * (ew + 4), part = fill(n, i) / size;
        sv("rect", { x, y: ey, width: ew, height: 22, rx: 3, class: "box" }, g); sv("rect", { x: x + 1, y: ey + 19, width: Math.max(0, (ew - 2) * part), height: 2, class: "level" }, g); sv("text", { x: x + ew / 2, y: ey + 14, "text-anchor": "middle", class: "m ink" }, g, ew < 24 ? String(b) : no(b));
        touch(g, b, `${n}, entry ${i}: block ${no(b)}`, () => [["tokens", `${i * size} to ${i * size + fill(n, i) - 1}`], ["references", String(f.references[b])]]); entries.push([b, g]);
      });
    });
    sv("text", { x: 0, y: top - 12, class: "h" }, s, `The pool: ${d.n_blocks} blocks of ${size} tokens`); sv("text", { x: W, y: top - 12, "text-anchor": "end", class: "dim" }, s, wide ? `a block is ${big(d.block_bytes)} bytes, in all ${ctx.run.model.L} layers` : `${big(d.block_bytes)} bytes each`);
    const place = (b) => [b % cols * (cw + 8), top + Math.floor(b / cols) * (ch + 8)];
    for (let b = 0; b < d.n_blocks; b++) {
      const [x, y] = place(b), here = users(b), free = !here.length, find = f.findable.includes(b), events = touched.get(b) ?? [], written = events.filter((e) => e.kind === "write"), copied = events.find((e) => e.kind === "copy"), kind = events.some((e) => e.kind === "hit") ? "found" : copied ? `copy of ${no(copied.source)}` : events.some((e) => e.kind === "allocate") ? "new" : free && events.some((e) => e.kind === "free") ? "freed" : "";
      const g = sv("g", { class: `pccard${free ? " free" : here.length > 1 ? " shared" : ""}${events.length && !(events.every((e) => e.kind === "free") && !free) ? " now" : ""}` }, s);
      sv("rect", { x: x + .5, y: y + .5, width: cw - 1, height: ch - 1, rx: 5, class: "box" }, g); sv("text", { x: x + 8, y: y + 16, class: "m ink" }, g, no(b));
      sv("text", { x: x + cw - 8, y: y + 16, "text-anchor": "end", class: free ? "dim" : "b ink" }, g, kind && (cw > 108 || free) ? `${kind}${free ? "" : " · " + here.join(" ")}` : free ? (find ? (cw > 100 ? "free, findable" : "findable") : "free") : here.join(" "));
      const read = here.length ? Math.max(...here.map((n) => fill(n, f.tables[n].indexOf(b)))) : find ? size : 0;
      for (let i = 0; i < size; i++) {
        const sy = y + 24 + i * sh, id = i < read ? f.slots[b][i] : undefined, fresh = written.some((e) => { const o = e.start % size; return i >= o && i < o + e.end - e.start; });
        if (id === undefined) { if (!free) sv("line", { x1: x + 8, x2: x + cw - 8, y1: sy + sh / 2, y2: sy + sh / 2, class: "pcempty" }, g); continue; }
        sv("rect", { x: x + 4, y: sy + 1, width: cw - 8, height: sh - 2, rx: 2, class: fresh ? "slot fresh" : "slot" }, g); svgToken(g, x + 9, sy + sh / 2 + 4, id, { class: fresh ? "m fresh" : free ? "m dim" : "m ink" }, Math.max(3, Math.floor((cw - 18) / 6.9)));
      }
      touch(g, b, `Block ${no(b)}`, () => facts(b)); cards[b] = g;
    }
    for (const e of f.events) if (e.kind === "copy") { // from the shared block to its copy
      const [ax, ay] = place(e.source), [bx, by] = place(e.block), row = ay === by, x1 = ax + cw / 2, x2 = bx + cw / 2, y1 = row ? ay : ay + ch, lift = row ? -10 : 4;
      sv("path", { d: row ? `M${x1} ${y1}C${x1} ${y1 + lift} ${x2} ${y1 + lift} ${x2} ${by}` : `M${x1} ${y1}L${x2} ${by}`, class: "pccopy" }, s); sv("circle", { cx: x2, cy: by, r: 3, class: "pccopyend" }, s);
    }
    s.addEventListener("keydown", (e) => { const by = { ArrowRight: 1, ArrowLeft: -1, Home: -99, End: 99 }[e.key]; if (by) { e.preventDefault(); stop(); go(at() + by); box.querySelector("svg")?.focus(); } });
    const focused = box.contains(document.activeElement); box.replaceChildren(s); if (focused) s.focus({ preventScroll: true }); if (lit !== null) light(lit);
  }
  function text() {
    const i = at(), f = d.frames[i], [head, more] = words(f, d), slots = f.used * d.block_size, n = Object.keys(f.tables).length, tokens = Object.values(f.lengths).reduce((a, b) => a + b, 0);
    said.replaceChildren(el("b", { text: head }), ": " + more + ".");
    facts.textContent = n ? `${f.used} ${f.used === 1 ? "block" : "blocks"} in use for ${n} ${n === 1 ? "request" : "requests"} of ${tokens} tokens together: ${slots} slots, ${f.empty} of them empty. ${megabytes(f.bytes)}; with blocks of their own ${megabytes(f.unshared)}, with room reserved for ${d.most} tokens each ${megabytes(f.reserved)}` + (f.reserved ? `: ${pc(f.bytes / f.reserved)} of that.` : ".") : "All blocks are free.";
    if (d.cut) facts.textContent += ` The requests begin with the first ${d.n_prompt} tokens of the prompt.`;
    slider.max = d.frames.length - 1; slider.value = i; slider.setAttribute("aria-valuetext", `${i + 1} of ${d.frames.length}: ${head}`); count.textContent = `${i + 1} of ${d.frames.length}`;
  }
  function lines() {
    const x = d.frames.map((_, i) => i + 1), mb = (k) => d.frames.map((f) => f[k] / 1e6), top = Math.max(...mb("reserved"), ...mb("unshared")) * 1.06;
    bytes.draw({
      traces: [["reserved", "river-deep", "dash", 1.5, `reserved, ${d.most} tokens each`], ["unshared", "river-deep", undefined, 1.5, "no sharing"], ["bytes", "prob", undefined, 2.2, "shared blocks"]].map(([k, color, dash, width, name]) => ({ x, y: mb(k), color, dash, width, name, line: { shape: "hv" }, hover: `%{y:.3f} MB<extra>${name}</extra>` })),
      x: { title: "action", range: [.7, d.frames.length + .4], nticks: 9 }, y: { range: [0, top], nticks: 5 }, marks: [{ x: at() + 1, color: "prob" }], margin: { t: 28 }, onClick: (v) => v && go(Math.round(v.x ?? v.index + 1) - 1),
    });
    table.replaceChildren(el("table", { class: "plain" }, el("thead", {}, el("tr", {}, ...["Size", "blocks", "empty slots", "table entries", "found", "copies"].map((h, i) => el("th", { scope: "col", class: i ? "r" : "", text: h })))), el("tbody", {}, ...d.sizes.map((q) => el("tr", { class: q.block_size === d.block_size ? "on" : "" }, el("th", { scope: "row", text: String(q.block_size) }), ...[q.blocks, `${q.empty} of ${q.slots}`, q.entries, `${q.found} tokens`, q.copies].map((t) => el("td", { class: "r", text: String(t) })))))));
  }
  return {
    draw(data, focus, what) {
      if (d !== data) { d = data; lit = null; sizes.replaceChildren(el("span", { class: "muted", text: "Block size" }), segmented("Block size", SIZES, () => d.block_size, (k) => { stop(); ctx.control("block", k); })); }
      picture(); text(); lines();
    },
    exportData: () => d, destroy: stop,
  };
}

export const views = { blocks: { create: createBlocks } };
