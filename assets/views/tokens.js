// Tokens: the text with its token boundaries and a table; the merges that built one token; the chat template off and on.
import { big, css, el, pc, rawToken, sv, svgToken, tip, tokenEl, tokenInto, tokenText } from "../js/dom.js";

const hexList = (h) => h ? h.match(/[0-9a-f]{2}/g) : [];
const origin = (ctx, d, p) => d.special[p] ? "special" : p < ctx.run.nPrompt ? "prompt" : "generated";
// A piece of bytes as a person reads it: its text where it is whole UTF-8, else the bytes.
function bytesText(hex) {
  const b = hexList(hex).map((h) => parseInt(h, 16));
  try { return new TextDecoder("utf-8", { fatal: true }).decode(new Uint8Array(b)).replace(/ /g, "·").replace(/\n/g, "↵").replace(/\t/g, "⇥").replace(/[\u0000-\u001f]/g, (c) => String.fromCharCode(0x2400 + c.charCodeAt(0))); } catch { return hexList(hex).join(" "); }
}
// The characters that token p holds a part of, in words.
const seen = (c) => /^[\p{C}\p{Z}\p{M}]/u.test(c) ? "U+" + c.codePointAt(0).toString(16).toUpperCase().padStart(4, "0") : `“${c}”`; // invisible characters by their number
const sharedBy = (d, p) => d.shared.filter((s) => p >= s.first && p <= s.last);

const table = {
  create(body, ctx) {
    const facts = el("div", { class: "tokfacts" }), text = el("div", { class: "toktext mono", role: "group", "aria-label": "The text, cut at its token boundaries" });
    const rows = el("tbody"), box = el("div", { class: "scroll toktable", tabindex: 0, role: "region", "aria-label": "Table of tokens; arrow keys move the selection" });
    const heads = ["Position", "Token", "Id", "Bytes", "Origin", "Embedding |x|", "Model’s next token"];
    box.append(el("table", { class: "plain" }, el("thead", {}, el("tr", {}, heads.map((t, i) => el("th", { text: t, class: [0, 2, 5].includes(i) ? "r" : "" })))), rows));
    const both = el("div", { class: "toktwo", hidden: true });
    body.append(facts, text, both, el("div", { class: "bar" }, el("p", { class: "hint", text: "Point at a token for its id and bytes; choose it to select it everywhere." }), el("div", { class: "legend" },
      el("span", {}, el("i", { class: "sw tint0" }), el("i", { class: "sw tint1" }), "prompt, alternating"), el("span", {}, el("i", { class: "sw gen0" }), "generated"), el("span", {}, el("i", { class: "sw spec" }), "special"))), box);
    box.addEventListener("keydown", (e) => { const d = { ArrowDown: 1, ArrowUp: -1 }[e.key]; if (d) { e.preventDefault(); ctx.set({ position: Math.min(ctx.run.ids.length - 1, Math.max(0, ctx.store.focus.position + d)) }); } });
    let now = null, spans = [];

    function hover(e, d, p) {
      const kin = sharedBy(d, p), list = [["id", big(ctx.run.ids[p])], ["bytes", d.bytes[p]]];
      if (!d.special[p]) list.push(["starts at byte", String(d.start[p])]);
      kin.forEach((s) => list.push([`part of ${seen(s.text)}`, s.first === s.last ? "" : `tokens ${s.first} to ${s.last}`]));
      tip.show(e.clientX, e.clientY, `Position ${p}, ${origin(ctx, d, p)}`, list);
      light(kin);
    }
    function light(kin) { spans.forEach((n, p) => n.classList.toggle("kin", kin.some((s) => p >= s.first && p <= s.last))); }
    const leave = () => { tip.hide(); light([]); };

    function drawText(d) {
      spans = ctx.run.ids.map((id, p) => {
        const s = rawToken(id), gen = p >= ctx.run.nPrompt, b = el("span", { class: `t ${gen ? "gen" : "tint"}${p % 2}` + (d.special[p] ? " spec" : "") });
        if (typeof s === "string" && s.includes("\n") && !d.special[p]) s.split("\n").forEach((part, i, all) => { b.append(part, i < all.length - 1 ? el("i", { class: "sp", text: "↵" }) : "", i < all.length - 1 ? "\n" : ""); }); else tokenInto(b, id);
        b.addEventListener("click", () => ctx.set({ position: p })); b.addEventListener("pointermove", (e) => hover(e, d, p)); b.addEventListener("pointerleave", leave);
        return b;
      });
      text.replaceChildren(...spans.flatMap((b) => [b, el("wbr")])); // a line may break between tokens, whose spaces are drawn as dots
    }
    function compare(d) { // what the run without interventions wrote after the same prompt
      const b = d.base, from = ctx.run.nPrompt, own = ctx.run.ids.slice(from); both.hidden = !b || !(b.ids.length || own.length); both.replaceChildren(); if (both.hidden) return;
      const shown = (name, ids, special, cls) => el("div", { class: "controw" }, el("span", { class: "contname", text: name }), el("div", { class: "contchips" }, ids.map((id, i) => { const first = from + i === b.first, c = tokenEl(id, `tok ${cls}` + (special[i] ? " spectok" : "") + (first ? " first" : "")); c.dataset.id = id; c.addEventListener("pointermove", (e) => tip.show(e.clientX, e.clientY, `Position ${from + i}${first ? ", the first that differs" : ""}`, [["id", big(id)]])); c.addEventListener("pointerleave", tip.hide); return c; }), ids.length ? null : el("span", { class: "hint", text: "nothing" })));
      if (b.first === null) { both.append(el("p", { class: "readout", text: `The unmodified run wrote the same ${own.length === 1 ? "token" : big(own.length) + " tokens"}.` })); return; }
      both.append(shown("This run wrote", own, d.special.slice(from), "gen"), shown("Unmodified run wrote", b.ids, b.special, "was"), el("p", { class: "hint", text: `They part at position ${b.first}, underlined; up to there the two runs can be compared.` }));
    }
    function note(d, p) {
      const kin = sharedBy(d, p); if (!kin.length) return null;
      return el("small", { class: "part", text: kin.map((s) => `part of ${seen(s.text)}, tokens ${s.first}–${s.last}`).join("; ") });
    }
    function drawRows(d) {
      rows.replaceChildren(...ctx.run.ids.map((id, p) => {
        const cells = [el("td", { class: "r", text: String(p) }), el("td", {}, tokenEl(id, "mono tokword" + (d.special[p] ? " spectok" : "")), note(d, p)), el("td", { class: "r", text: big(id) }), el("td", { class: "mono bytes", text: d.bytes[p] }), el("td", { text: origin(ctx, d, p) }), el("td", { class: "r", text: d.norm.a[p].toFixed(2) }), el("td", {}, tokenEl(d.next_id.a[p]), ` ${pc(d.next_p.a[p])}`)];
        return el("tr", { class: "pick", "data-position": p, on: { click: () => ctx.set({ position: p }) } }, cells);
      }));
    }
    function select() {
      const p = ctx.store.focus.position;
      for (const list of [spans, [...rows.children]]) list.forEach((n, i) => n.classList.toggle("on", i === p));
      const here = spans[p]; if (here && text.scrollHeight > text.clientHeight) { const at = here.offsetTop - text.offsetTop; if (at < text.scrollTop || at > text.scrollTop + text.clientHeight - 30) text.scrollTop = at - text.clientHeight / 2; }
      const row = rows.children[p]; if (row && box.scrollHeight > box.clientHeight) { const at = row.offsetTop - box.clientHeight / 2; if (Math.abs(at - box.scrollTop) > box.clientHeight / 2 - 60) box.scrollTop = at; }
    }
    return {
      draw(d, focus, what) {
        if (d !== now) {
          now = d; const c = d.prompt, n = ctx.run.ids.length - ctx.run.nPrompt;
          facts.replaceChildren(...[[big(c.tokens), c.tokens === 1 ? "token in the prompt" : "tokens in the prompt"], c.special ? [big(c.special), "of them special"] : null, [big(c.characters), c.characters === 1 ? "character" : "characters"], [big(c.bytes), c.bytes === 1 ? "byte" : "bytes"], [c.bytes_per_token.toFixed(2), "bytes a token"], [c.characters_per_token.toFixed(2), "characters a token"], n ? [big(n), n === 1 ? "token generated" : "tokens generated"] : null].filter(Boolean).map(([v, t]) => el("span", {}, el("b", { text: v }), " " + t)));
          drawText(d); drawRows(d); compare(d);
        }
        if (what !== "theme") select();
      },
      exportData() { const d = now; return { prompt: d.prompt, tokens: ctx.run.ids.map((id, p) => ({ position: p, id, text: tokenText(id), bytes: d.bytes[p], origin: origin(ctx, d, p), embedding_norm: d.norm.a[p], next: { id: d.next_id.a[p], text: tokenText(d.next_id.a[p]), probability: d.next_p.a[p] } })), shared: d.shared, ...(d.base ? { unmodified: { first_difference: d.base.first, generated: d.base.ids.map((id) => ({ id, text: tokenText(id) })) } } : {}) }; },
    };
  },
};

const merges = {
  create(body, ctx) {
    const line = el("p", { class: "readout" }), box = el("div", { class: "figure scroll" });
    body.append(line, box);
    function ladder(d) {
      const room = Math.floor(box.clientWidth || 600), narrow = room < 560, lab = narrow ? 84 : 104, side = narrow ? 4 : 190, sizes = d.start.length, cell = Math.max(26, Math.min(44, Math.floor(Math.min(560, room - lab - side) / sizes))), rh = 34, n = d.steps.length + 1, W = lab + sizes * cell + side, H = 26 + n * rh + 36;
      const s = sv("svg", { class: "fig", viewBox: `0 0 ${W} ${H}`, width: W, height: H, style: `width:${W}px;max-width:none`, role: "img", "aria-label": `${d.steps.length} merges build the ${d.ids.length === 1 ? "token" : d.ids.length + " tokens"} ${d.ids.map(tokenText).join(" ")}` });
      sv("text", { x: lab - 12, y: 14, "text-anchor": "end", class: "dim" }, s, narrow ? "merge" : "merge learned"); sv("text", { x: lab, y: 14, class: "dim" }, s, sizes === 1 ? "1 byte" : `${sizes} bytes`);
      const rows = [{ bytes: d.start, index: -1 }, ...d.steps];
      rows.forEach((r, i) => {
        const y = 24 + i * rh; let x = lab;
        if (i) sv("text", { x: lab - 12, y: y + 17, "text-anchor": "end", class: "ink" }, s, r.rank < 0 ? "whole" : `no. ${big(r.rank + 1)}`); else sv("text", { x: lab - 12, y: y + 17, "text-anchor": "end", class: "dim" }, s, "start");
        r.bytes.forEach((hex, j) => {
          const w = hexList(hex).length * cell, fresh = i && j === r.index, last = i === rows.length - 1, mine = last && j === d.selected && !d.alone || last && d.alone;
          const g = sv("g", {}, s);
          sv("rect", { x: x + 1, y, width: w - 2, height: 25, rx: 4, fill: css(fresh ? "prob-soft" : "sunken"), stroke: css(mine ? "ink" : fresh ? "prob" : "line"), "stroke-width": mine ? 2 : 1 }, g);
          const t = sv("text", { x: x + w / 2, y: y + 16.5, "text-anchor": "middle", class: "m" }, g, fit(bytesText(hex), w - 6)); t.style.fill = css(fresh ? "prob" : "ink");
          g.addEventListener("pointermove", (e) => tip.show(e.clientX, e.clientY, bytesText(hex), [["bytes", hexList(hex).join(" ")], ...(fresh && r.rank >= 0 ? [["joined", `${bytesText(rows[i - 1].bytes[j])} + ${bytesText(rows[i - 1].bytes[j + 1])}`, true]] : []), ...(fresh ? [["merge", r.rank < 0 ? "taken whole" : `${big(r.rank + 1)} of ${big(d.n_merges)}`], ["id", big(r.id)]] : [])])); g.addEventListener("pointerleave", tip.hide);
          x += w;
        });
        if (i && !narrow) { const parts = rows[i - 1].bytes; const t = sv("text", { x: x + 14, y: y + 17 }, s, r.rank < 0 ? "in the vocabulary, taken whole" : fit(`${bytesText(parts[r.index])} + ${bytesText(parts[r.index + 1])}`, 176)); t.setAttribute("class", "m dim"); }
      });
      const y = 24 + n * rh + 4; let x = lab; sv("text", { x: lab - 12, y: y + 12, "text-anchor": "end", class: "dim" }, s, "id");
      (rows[rows.length - 1].bytes).forEach((hex, j) => { const w = hexList(hex).length * cell; sv("text", { x: x + w / 2, y: y + 12, "text-anchor": "middle", class: "ink" }, s, d.ids[j] < 0 ? "none" : big(d.ids[j])); x += w; });
      box.replaceChildren(s);
    }
    const fit = (t, w) => { const n = Math.max(1, Math.floor(w / 6.9)), c = [...t]; return c.length > n ? c.slice(0, Math.max(1, n - 1)).join("") + "…" : t; };
    return {
      draw(d) {
        line.replaceChildren();
        if (!d.applies) { line.append(tokenEl(ctx.run.ids[d.position]), ` at position ${d.position}. ${d.reason}`); box.replaceChildren(); return; }
        const at = d.alone ? 0 : d.selected, same = d.ids.length === d.run_ids.length && d.ids.every((v, i) => v === d.run_ids[i]);
        const merged = `${d.steps.length} merge${d.steps.length === 1 ? "" : "s"} of the ${big(d.n_merges)} that this tokenizer learned`;
        if (d.ids.length > 1) line.append(tokenEl(d.run_ids[at]), ` lies in a piece of ${d.start.length} bytes. ${merged} apply to it; no other joins the ${d.ids.length} tokens that are left.`);
        else line.append(tokenEl(d.run_ids[at]), d.steps.length ? ` took ${merged}.` : " is one byte: nothing was merged.");
        if (d.alone) line.append(" Replayed on this token alone: the text around it is too long, or is no whole piece of text.");
        if (!same) line.append(" The model generated these pieces one by one: the tokenizer itself would have cut the same text differently, as shown.");
        ladder(d);
      },
    };
  },
};

const chat = {
  create(body, ctx) {
    const two = el("div", { class: "two chatsides" }); body.append(two);
    function side(title, s, from, length, used) {
      const chips = s.ids.map((id, i) => { const c = tokenEl(id, "tok" + (s.special[i] ? " spectok" : from >= 0 && i >= from && i < from + length ? "" : " added")); c.addEventListener("pointermove", (e) => tip.show(e.clientX, e.clientY, tokenText(id), [["id", big(id)], ["kind", s.special[i] ? "special token" : from >= 0 && (i < from || i >= from + length) ? "written by the template" : "your text"]])); c.addEventListener("pointerleave", tip.hide); return c; });
      const special = s.special.reduce((a, b) => a + b, 0), lead = el("h3", { class: "sub3" }, title, el("small", { text: `${big(s.count)} token${s.count === 1 ? "" : "s"}` + (special ? `, ${special} special` : "") + (used ? ", read by this run" : "") }));
      return el("div", {}, lead, el("div", { class: "chatchips" }, chips), s.count > s.ids.length ? el("p", { class: "hint", text: `${big(s.count - s.ids.length)} more are not drawn.` }) : null);
    }
    return {
      draw(d) {
        const plain = side("Template off", d.plain, 0, d.plain.count, d.used === "plain");
        if (!d.has_template) { two.replaceChildren(plain, el("div", {}, el("h3", { class: "sub3", text: "Template on" }), el("p", { class: "hint", text: "This model’s tokenizer comes without a chat template: the text is read as it is." }))); return; }
        two.replaceChildren(plain, side("Template on", d.chat, d.at, d.plain.count, d.used === "chat"));
        if (d.at < 0) two.lastChild.append(el("p", { class: "hint", text: "Inside the template the text is cut differently than on its own." }));
      },
    };
  },
};
export const views = { table, merges, chat };
