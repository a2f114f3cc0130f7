// The token strip on top: prompt and generated tokens, the selection, step and play, and the arcs of a head that is pointed at.
import { css, el, pc, reduced, sv, tip, tokenEl, tokenInto, tokenText } from "./dom.js";

let box, host, runmeta, nextLabel, ghost, ghostP, back, fwd, play, arcBox, timer = null, shown = "";

function stop() { clearInterval(timer); timer = null; play.textContent = "Play"; play.setAttribute("aria-pressed", "false"); }

export const strip = {
  build(h) {
    host = h; runmeta = h.runmeta;
    const move = (d) => { const s = h.get(); if (s.run) h.set({ position: Math.min(s.run.ids.length - 1, Math.max(0, s.focus.position + d)) }); };
    nextLabel = el("span", { class: "muted" }); ghost = el("span", { class: "tok ghosttok" }); ghostP = el("span", { class: "num" });
    back = el("button", { class: "btn icon", type: "button", "aria-label": "Step back", text: "◀", on: { click: () => move(-1) } });
    fwd = el("button", { class: "btn icon", type: "button", "aria-label": "Step forward", text: "▶", on: { click: () => move(1) } });
    play = el("button", { class: "btn icon", type: "button", "aria-pressed": "false", text: "Play", on: { click: () => {
      if (timer) return stop();
      const s = h.get(); if (!s.run) return; if (s.focus.position >= s.run.ids.length - 1) h.set({ position: 0 });
      play.textContent = "Pause"; play.setAttribute("aria-pressed", "true");
      timer = setInterval(() => { const n = h.get(); if (!n.run || n.focus.position >= n.run.ids.length - 1) stop(); else move(1); }, 1100);
    } } });
    box = el("div", { class: "strip", id: "strip", role: "listbox", "aria-label": "Tokens of the run", tabindex: 0, on: { keydown: (e) => { const s = h.get(), n = s.run?.ids.length ?? 0, d = { ArrowRight: 1, ArrowLeft: -1, Home: -n, End: n }[e.key]; if (d) { move(d); e.preventDefault(); } } } });
    arcBox = el("div", { class: "striparcs", "aria-hidden": "true" });
    return [
      el("div", { class: "runline" }, runmeta, el("div", { class: "nextbox" }, nextLabel, ghost, ghostP), el("div", { class: "stepper", role: "group", "aria-label": "Step through the run" }, back, play, fwd)),
      el("div", { class: "stripwrap" }, arcBox, box),
    ];
  },
  fill(run) {
    const key = run.query; if (shown === key) return; shown = key; stop();
    const forced = new Set(run.forced.map(([step]) => run.nPrompt + step)); // positions
    box.replaceChildren(...run.ids.map((id, p) => {
      const t = tokenEl(id, "tok" + (p >= run.nPrompt ? " gen" : "") + (forced.has(p) ? " forced" : "") + (run.special[p] ? " special" : ""));
      t.id = "tok" + p; t.setAttribute("role", "option"); t.setAttribute("aria-label", `${p}: ${tokenText(id)}`);
      t.addEventListener("click", () => host.set({ position: p }));
      t.addEventListener("pointerenter", (e) => tip.show(e.clientX, e.clientY, `Position ${p}, ${p < run.nPrompt ? "prompt" : forced.has(p) ? "forced" : "generated"}${run.special[p] ? ", special" : ""}`, [["id", String(id)], ["bytes", run.bytes[p].length > 36 ? run.bytes[p].slice(0, 35) + "…" : run.bytes[p]]]));
      t.addEventListener("pointerleave", tip.hide);
      return t;
    }));
  },
  select(p, run) {
    if (!run) return;
    [...box.children].forEach((b, i) => { b.setAttribute("aria-selected", String(i === p)); b.classList.toggle("after", i > p); });
    box.setAttribute("aria-activedescendant", "tok" + p);
    const b = box.children[p]; if (b && box.scrollWidth > box.clientWidth) box.scrollTo({ left: b.offsetLeft - box.clientWidth / 2, behavior: reduced() ? "auto" : "smooth" });
    const s = run.sampler, how = run.steps.length === 0 ? "" : s.temperature === 0 ? "greedy, " : `sampled at T ${s.temperature}, seed ${run.seed}, `;
    const n = run.ids.length - run.nPrompt, ms = run.seconds.total ?? Object.values(run.seconds).reduce((a, v) => a + v, 0);
    runmeta.replaceChildren(el("b", { text: `${run.nPrompt} prompt${n ? ` + ${n} generated` : ""} tokens` }), `, ${how}run ${ms < 10 ? (1000 * ms).toFixed(0) + " ms" : ms.toFixed(1) + " s"}. Selected: position ${p}`);
    nextLabel.textContent = p < run.nPrompt - 1 ? "would say next" : "next token"; tokenInto(ghost, run.next[p].id, 18); ghostP.textContent = pc(run.next[p].p);
    back.disabled = p === 0; fwd.disabled = p === run.ids.length - 1;
  },
  // weights: one number in 0..1 a token, read by the selected position; null clears
  arcs(weights) {
    arcBox.replaceChildren(); const { run, focus } = host?.get() ?? {};
    if (!weights || !run) { for (const t of box?.children ?? []) t.style.removeProperty("--read"); return; }
    const to = box.children[focus.position], base = arcBox.getBoundingClientRect(); if (!to) return;
    const mid = (n) => { const r = n.getBoundingClientRect(); return r.left + r.width / 2 - base.left; }, H = 22, xb = mid(to);
    const s = sv("svg", { width: base.width, height: H }, arcBox);
    [...box.children].forEach((t, i) => {
      const w = weights[i] ?? 0; t.style.setProperty("--read", w.toFixed(3)); if (w < .02 || i === focus.position) return;
      const xa = mid(t), r = Math.min(H - 3, 6 + Math.abs(xb - xa) / 14); // they hang below the tokens, clear of the words above
      sv("path", { d: `M${xa} 0C${xa} ${r * 1.33} ${xb} ${r * 1.33} ${xb} 0`, fill: "none", stroke: css("ink"), "stroke-width": Math.max(.7, w * 6).toFixed(2), opacity: (.25 + .6 * w).toFixed(2) }, s);
    });
  },
};
