// Walk: one position's stream as a river (walk_river.js), its five stages with their operands, and one block opened.
import { el, sv, css, rgb, rgbs, mix, big, sg, pc, nf, tone, cut, tokenEl, tokenInto, tokenText, svgToken, headName, reduced } from "../js/dom.js";
import { wide, tall, blockOf } from "./walk_river.js";
import { ffn } from "../js/store.js";

const hex = (b) => b.map((x) => x.toString(16).padStart(2, "0")).join(" ");
const num = (v, d) => v.toFixed(d).replace("-", "−");
const pieces = (v, d = 2) => el("b", { class: tone(v), text: sg(v, d) });
const term = (label, ...kids) => el("div", { class: "opline" }, el("span", { class: "opname", text: label }), el("span", { class: "opval" }, ...kids));
const small = (text) => el("span", { class: "opdim", text });
const code = (text) => el("code", { class: "opform", text });

// The five stages: name, the sentence, the operands, the panels that show it in full.
const STAGES = [
  {
    name: "Token", links: [["tokens", "Tokens"]],
    say: (d) => `${tokenText(d.token.id)} is entry ${big(d.token.id)} of ${big(d.vocabulary)}.`,
    open: (d) => [
      code("id = vocabulary[bytes]"),
      term("bytes", el("span", { class: "mono", text: hex(d.token.bytes) || "none: a special token" }), small(`${d.token.bytes.length} of the text${d.token.bytes.length ? `, from byte ${d.token.start}` : ""}`)),
      term("token", tokenEl(d.token.id), small(`position ${d.position}`)),
      term("id", el("b", { text: big(d.token.id) }), small(`the row that is read from W_E`)),
    ],
  },
  {
    name: "Embed", links: [["residual_stream", "Residual stream"]],
    say: (d) => `${d.token.is_row ? "Its row of W_E" : "Its vector"}, ${big(d.embedding.a.length)} numbers, starts the stream: length ${nf(d.norms.a[0])}.`,
    open: (d, at) => {
      const v = Array.from(d.embedding.a), i = at.cell ?? v.reduce((m, x, j) => Math.abs(x) > Math.abs(v[m]) ? j : m, 0);
      return [
        code(d.token.is_row ? `x₀ = W_E[${d.token.id}]` : "x₀ = embed(id)"),
        term(at.cell === null ? `value ${i}, the largest` : `value ${i}`, el("b", { text: num(v[i], 4) }), small(`its square is ${pc(v[i] ** 2 / d.norms.a[0] ** 2)} of |x₀|²`)),
        term("length", el("b", { text: num(d.norms.a[0], 3) }), small(`= √ of the sum of ${big(v.length)} squares`)),
        term("its share", pieces(d.embed), small(`= x₀ · direction = ${num(d.norms.a[0], 2)} × ${num(d.direction, 3)} × cosine ${sg(d.embed / (d.norms.a[0] * d.direction || 1), 3)}`)),
      ];
    },
    hint: "Hover a value of the strip to read it.",
  },
  {
    name: "Blocks", links: [["attention", "Attention"], ["residual_stream", "Residual stream"]],
    say: (d) => `Each block reads the stream and adds to it; its length ends at ${nf(d.norms.a[d.attn.a.length])}.`,
    open: (d, at) => {
      const i = at.block, b = blockOf(d, i), row = (name, v, n, c, was) => term(`${name} of block ${i}`, pieces(v), small(`= |write| ${nf(n)} × |direction| ${num(d.direction, 3)} × cosine ${sg(c, 3)}`), was !== null && Math.abs(was - v) >= .005 ? small(`(before ${sg(was)})`) : null);
      return [
        code(`share = write · ${d.norm_word === "rms" ? "(W_U[target] × γ ÷ rms)" : "(centred(W_U[target] × γ) ÷ deviation)"}`),
        row("attention", b.a, b.an, b.ac, b.a0), row(ffn(), b.m, b.mn, b.mc, b.m0),
        d.edits.a[i] ? term("intervention", pieces(d.edits.a[i]), small("added to the stream after this block")) : null,
        term("stream", el("b", { text: `${nf(b.n0)} → ${nf(b.n1)}` }), small("lens reads"), tokenEl(b.id), el("b", { text: pc(b.p) }), small("target"), tokenEl(d.target), small(`is rank ${big(b.rank)} at ${pc(b.tp)}`)),
      ];
    },
    hint: "Hover a block; click or Enter opens it below.",
  },
  {
    name: "Norm & unembed", links: [["residual_stream", "Residual stream"]],
    say: (d) => `Divide by ${d.norm_word} ${num(d.rms, 2)}, then compare with all ${big(d.vocabulary)} token rows.`,
    open: (d) => {
      const sum = (a) => a.reduce((x, y) => x + y, 0), A = sum(d.attn.a), m = sum(d.mlp.a);
      return [
        code(`logit = W_U[target] · (γ × ${d.norm_word === "rms" ? "x ÷ rms" : "(x − mean) ÷ deviation"})${Math.abs(d.constant) >= .005 ? " + biases" : ""}`),
        term(d.norm_word, el("b", { text: num(d.rms, 3) }), small(d.norm_word === "rms" ? `= √(|x|² ÷ ${big(d.embedding.a.length)} + ε), |x| = ${num(d.norms.a[d.attn.a.length], 1)}` : "of the final stream")),
        term("logit", el("b", { text: num(d.sum_logit, 3) }), small("= embedding"), pieces(d.embed), small(`+ ${d.attn.a.length} attentions`), pieces(A), small(`+ ${d.mlp.a.length} ${ffn("MLPs", "mixtures of experts")}`), pieces(m), Math.abs(d.constant) >= .005 ? [small("+ biases"), pieces(d.constant)] : null, d.edits.a.some(Boolean) ? [small("+ interventions"), pieces(sum(d.edits.a))] : null, Math.abs(d.sum_logit - d.logit) >= .005 ? small(`, bent by the softcap to ${num(d.logit, 3)}`) : null),
        term("probability", el("b", { text: pc(d.p) }), small(`= exp(${num(d.logit, 3)} − ${num(d.logsumexp, 3)}), the second is log Σ exp over the vocabulary`)),
      ];
    },
  },
  {
    name: "Sample", links: [["sampling", "Sampling"]],
    say: (d) => d.sample ? d.sample.temperature === 0 ? "Greedy: the likeliest token is taken, nothing is drawn." : d.sample.kept === d.vocabulary ? `Nothing is cut: one of ${big(d.vocabulary)} tokens is drawn.` : `${d.sample.kept === 1 ? "One token is" : big(d.sample.kept) + " tokens are"} left after the cut; one is drawn.` : "Inside the prompt nothing is drawn: the next token is given.",
    open: (d, at, w) => {
      const s = d.sample;
      if (!s) return [code("next = text[position + 1]"), term("given", d.next_given === null ? small("nothing follows") : tokenEl(d.next_given), small(`it stands in the prompt; the model gave it ${pc(d.next_given_p)}`))];
      return [
        code(s.temperature === 0 ? "next = argmax(logits)" : "next = first token whose running sum passes u"),
        term("settings", small(s.words)),
        s.chosen === null ? term("drawn", small("nothing yet: this run generated no token here")) : term(s.forced ? "forced" : "drawn", tokenEl(s.chosen), s.forced ? small("chosen by hand, not drawn") : s.u === null || s.temperature === 0 ? null : small(`u = ${num(s.u, 4)} falls in ${num(s.low, 4)} to ${num(s.high, 4)}`)),
        drawLine(s, w),
      ];
    },
  },
];
function drawLine(s, W) { // the kept tokens laid end to end from 0 to 1, and where u fell
  const g = sv("svg", { class: "fig drawline", viewBox: `0 0 ${W} 50`, height: 50, role: "img", "aria-label": "Kept tokens from 0 to 1 with the random number u" });
  let x = 0; const bit = (id, p) => {
    const w = p * W; if (w < .3) { x += w; return; }
    const on = id !== null && id === s.chosen; sv("rect", { x, y: 14, width: Math.max(.4, w - 1), height: 20, fill: on ? css("prob") : id === null ? css("sunken") : css("prob-soft"), stroke: css("prob"), "stroke-width": on ? 0 : .6 }, g);
    const label = id === null ? "rest" : cut(tokenText(id), 12), need = [...label].length * 7 + 6;
    if (w > need) { const t = id === null ? sv("text", { x: x + w / 2, y: 28, "text-anchor": "middle" }, g, label) : svgToken(g, x + w / 2, 28, id, { "text-anchor": "middle" }, 12); t.style.fill = on ? css("on-prob") : css("ink"); }
    x += w;
  };
  s.ids.forEach((id, j) => bit(id, s.probabilities[j])); if (s.rest > 1e-6) bit(null, s.rest);
  if (s.u !== null && !s.forced && s.temperature !== 0) { const at = Math.min(W - 1, s.u * W); sv("path", { d: `M${at} 10V38`, stroke: css("ink"), "stroke-width": 2 }, g); sv("text", { x: Math.min(W - 2, Math.max(0, at)), y: 8, "text-anchor": at > W - 60 ? "end" : at < 30 ? "start" : "middle", class: "ink b" }, g, `u ${num(s.u, 3)}`); }
  sv("text", { x: 0, y: 48, class: "dim" }, g, "0"); sv("text", { x: W, y: 48, "text-anchor": "end", class: "dim" }, g, "1");
  return g;
}

function createRiver(body, ctx) {
  const tgt = el("div", { class: "tgt", role: "group", "aria-label": "Target token" }), read = el("p", { class: "readout" }), fig = el("div", { class: "figure river" });
  const play = el("button", { class: "btn", type: "button", text: "Play the walk", on: { click: () => timer ? stop() : start() } }), next = el("button", { class: "btn ghost", type: "button", text: "Next stage", on: { click: () => go((stage + 1) % 5, true) } });
  const cards = el("div", { class: "steps" }, el("div", { class: "playw" }, play, next)), ops = el("div", { class: "operands", "aria-live": "off" });
  body.append(el("div", { class: "walkbar" }, tgt, read), fig, cards, ops);
  let d = null, stage = 2, dim = false, hover = null, cell = null, timer = null, playing = null;
  const layer = () => playing ?? Math.min(ctx.store.focus.layer ?? 0, d.attn.a.length - 1);
  const buttons = STAGES.map((s, i) => {
    const text = el("span"), b = el("button", { class: "stepb", type: "button", on: { click: () => go(i, !(dim && stage === i)) } }, el("b", { text: s.name }), text);
    b.addEventListener("keydown", (e) => { const k = { ArrowRight: 1, ArrowLeft: -1 }[e.key]; if (k) { const n = (i + k + 5) % 5; go(n, true); buttons[n].b.focus(); e.preventDefault(); } });
    const box = el("div", { class: "step" }, b, el("div", { class: "steplinks" }, s.links.map(([panel, t]) => el("button", { class: "linkbtn", type: "button", text: t + "\u00a0→", "aria-label": `Open the panel ${t}`, on: { click: () => ctx.go(panel) } }))));
    cards.append(box);
    return { b, text, box };
  });
  function go(i, focus) { stop(); stage = i; dim = focus; paintStage(); }
  function paintStage() {
    buttons.forEach((o, i) => { o.box.toggleAttribute("data-on", i === stage); if (i === stage) o.b.setAttribute("aria-current", "step"); else o.b.removeAttribute("aria-current"); });
    fig.querySelectorAll("[data-part]").forEach((g) => g.classList.toggle("dimmed", dim && !g.dataset.part.split(" ").includes(String(stage))));
    operands(); marks();
  }
  function operands() { // what the open stage was computed from; follows the hovered block or value. On a phone it opens under its card
    const after = matchMedia("(max-width:860px)").matches ? buttons[stage].box : cards; if (after.nextSibling !== ops) after.after(ops);
    const s = STAGES[stage], w = Math.max(200, Math.floor(ops.clientWidth) - 34), [form, ...lines] = s.open(d, { block: hover ?? layer(), cell }, w);
    ops.replaceChildren(el("div", { class: "ophead" }, el("b", { text: s.name }), form, s.hint ? el("span", { class: "opdim ophint", text: s.hint }) : null), ...lines.filter(Boolean));
  }
  function marks() { const on = stage === 2 && (dim || playing !== null) ? layer() : null; fig.querySelectorAll(".col").forEach((c) => { const i = +c.dataset.i; c.classList.toggle("sel", i === layer()); c.classList.toggle("on", i === on); c.tabIndex = i === layer() ? 0 : -1; }); }
  function readout() {
    read.replaceChildren();
    const i = hover ?? playing;
    if (i === null) {
      read.append("Logit of ", tokenEl(d.target), " ", el("b", { text: num(d.logit, 3) }), ", probability ", el("b", { text: pc(d.p) }));
      if (d.base) read.append(`, before ${num(d.base.logit, 3)} and ${pc(d.base.p)}, KL `, el("b", { text: d.base.kl.toFixed(3) + " nats" }));
      return;
    }
    const b = blockOf(d, i);
    read.append(el("b", { text: "Block " + i }), "  attention ", pieces(b.a), `  ${ffn()} `, pieces(b.m), `  |x| ${nf(b.n0)} → `, el("b", { text: nf(b.n1) }), "  lens ", tokenEl(b.id), " " + pc(b.p));
  }
  const on = {
    hover: (i) => { if (hover === i) return; hover = i; readout(); if (stage === 2) operands(); },
    pick: (i) => { if (stage !== 2) { stage = 2; paintStage(); } ctx.set({ layer: i }); },
    cell: (i) => { cell = i; if (i !== null && stage !== 1) { stage = 1; dim = false; paintStage(); } else if (stage === 1) operands(); },
  };
  function targets() {
    tgt.replaceChildren("Toward", ...d.targets.map((t) => tokenInto(el("button", { type: "button", "aria-pressed": String(t.id === d.target), title: `probability ${pc(t.p)}, logit ${num(t.logit, 2)}`, on: { click: () => ctx.set({ target: t.id }) } }), t.id, 16)));
  }
  function river() { const W = Math.floor(fig.clientWidth) || 320, o = { layer: layer() }; fig.replaceChildren(W < 720 ? tall(W, d, o, on) : wide(W, d, o, on)); }
  function start() {
    const L = d.attn.a.length; let i = -2;
    play.textContent = "Stop"; dim = true; hover = null; fig.classList.toggle("playing", !reduced());
    const tick = () => { i++; const was = stage; stage = i < 0 ? 0 : i < 3 ? 1 : i < 3 + L ? 2 : i < 6 + L ? 3 : 4; playing = stage === 2 ? i - 3 : null; if (i >= 10 + L || !fig.isConnected) return stop(); readout(); if (was !== stage) paintStage(); else { operands(); marks(); } };
    tick(); timer = setInterval(tick, reduced() ? 700 : 260); paintStage();
  }
  function stop() { if (timer === null) return; clearInterval(timer); timer = null; playing = null; dim = false; play.textContent = "Play the walk"; fig.classList.remove("playing"); if (d) { readout(); paintStage(); } }
  return {
    draw(data, focus, what) {
      if (what === "focus" && d === data && fig.firstChild) { marks(); if (stage === 2) operands(); return; }
      if (what === "data" && d && data.position !== d.position) { cell = null; hover = null; }
      d = data; targets(); buttons.forEach((o, i) => { o.text.textContent = STAGES[i].say(d); }); river(); readout(); paintStage();
    },
    exportData: () => ({ ...d, blocks: Array.from({ length: d.attn.a.length }, (_, i) => blockOf(d, i)) }),
  };
}

// ---- one block opened -------------------------------------------------------------------------------------------------------
function paintMap(c, maps, h, n) { // one head, lower triangle, ink = square root of weight
  c.width = c.height = n; const g = c.getContext("2d"), im = g.createImageData(n, n), ink = rgb("ink"), s = rgb("surface"), tri = n * (n + 1) / 2;
  for (let q = 0, j = 0; q < n; q++) for (let k = 0; k < n; k++, j += 4) { const v = k > q ? 0 : Math.sqrt(maps[h * tri + q * (q + 1) / 2 + k] / 255), m = mix(s, ink, v); im.data[j] = m[0]; im.data[j + 1] = m[1]; im.data[j + 2] = m[2]; im.data[j + 3] = 255; }
  g.putImageData(im, 0, 0);
}
function paintStripe(c, a, top) {
  c.width = a.length; c.height = 1; const g = c.getContext("2d"), im = g.createImageData(a.length, 1), p = rgb("pos"), n = rgb("neg"), s = rgb("sunken");
  a.forEach((v, i) => im.data.set([...mix(s, v < 0 ? n : p, Math.sqrt(Math.min(1, Math.abs(v) / top))), 255], i * 4)); g.putImageData(im, 0, 0);
}
const peak = (a) => a.reduce((m, v) => Math.max(m, Math.abs(v)), 1e-12);

function createBlock(body, ctx) {
  let d = null;
  const read = el("p", { class: "readout stripread", text: "" });
  function heads() {
    const box = el("div", { class: "heads live" }), G = d.n_heads / d.n_kv_heads;
    for (let kv = 0; kv < (G > 1 ? d.n_kv_heads : 1); kv++) {
      const row = el("div", { class: "kvrow" }), many = G > 1 ? G : d.n_heads; row.style.setProperty("--g", Math.min(many, 12));
      for (let j = 0; j < many; j++) {
        const h = kv * G * (G > 1) + j, v = d.heads.a[h], c = el("canvas", { "aria-hidden": "true" }); paintMap(c, d.maps.a, h, d.cells);
        const was = d.base_heads ? d.base_heads.a[h] : null, note = was !== null && Math.abs(was - v) >= .005 ? el("span", { class: "was", text: "was " + sg(was) }) : null;
        row.append(el("button", { class: "hd", type: "button", "aria-pressed": String(h === ctx.store.focus.head), "aria-label": `Open ${headName(d.layer, h)} in Attention, ${sg(v)} logits`, on: { click: () => { ctx.set({ layer: d.layer, head: h }); ctx.go("attention"); } } }, c, `H${h} `, el("span", { class: "v " + tone(v), text: sg(v) }), note));
      }
      const group = el("div", { class: "kv" }, G > 1 ? el("p", { text: `key/value head ${kv}` }) : null, row); group.style.setProperty("--span", Math.min(many, 12)); box.append(group);
    }
    box.style.setProperty("--n", G > 1 ? Math.min(d.n_kv_heads, G > 4 ? 2 : 3) : 1);
    return el("div", {}, el("h3", { text: `Attention: ${d.n_heads} heads, ${sg(d.attn)} logits together` }), box, d.stride > 1 ? el("p", { class: "hint", text: `Each square of a map covers ${d.stride} × ${d.stride} tokens and shows their largest weight.` }) : null);
  }
  function neurons() {
    const rest = d.d_mlp - d.neurons.length, sum = d.neurons.reduce((a, n) => a + n.share, 0);
    if (d.experts?.length) return experts(); // a stored run may be older than this field
    if (!d.neurons.length) return el("div", {}, el("h3", { text: `MLP: ${sg(d.mlp)} logits` }), el("p", { class: "hint", text: "This block's neurons are not read one by one." }));
    const rows = el("tbody"), tb = el("table", { class: "neurons" }, el("thead", {}, el("tr", {}, el("th", { text: "Neuron" }), el("th", { class: "r", text: "activation" }), el("th", { class: "r", text: "logits" }), el("th", { text: "pushes toward" }))), rows);
    for (const n of d.neurons) rows.append(el("tr", {}, el("td", { text: String(n.index) }), el("td", { class: "r", text: sg(n.activation) }), el("td", { class: "r " + tone(n.share), text: sg(n.share) }), el("td", { class: "says" }, n.says.map((id) => tokenInto(el("span", { class: "mono" }), id, 16)))));
    return el("div", {}, el("h3", { text: `MLP: ${big(d.d_mlp)} neurons, ${sg(d.mlp)} logits together` }), tb, el("p", { class: "hint" }, `These ${d.neurons.length}: ${sg(sum)}. The other ${big(rest)}: ${sg(d.mlp - sum)}. Toward `, tokenEl(d.target), "."));
  }
  function experts() {
    const rows = el("tbody"), tb = el("table", { class: "neurons" }, el("thead", {}, el("tr", {}, el("th", { text: "Expert" }), el("th", { class: "r", text: "weight" }), el("th", { class: "r", text: "logits" }), el("th", { text: "pushes toward" }))), rows);
    for (const e of d.experts) rows.append(el("tr", {}, el("td", {}, el("button", { class: "linkbtn", type: "button", "aria-label": `Open expert ${e.expert} of layer ${d.layer} in Routing`, text: `E${e.expert}`, on: { click: () => { ctx.set({ layer: d.layer, expert: e.expert }); ctx.go("routing"); } } })), el("td", { class: "r", text: pc(e.weight) }), el("td", { class: "r " + tone(e.share), text: sg(e.share) }), el("td", { class: "says" }, e.says.map((id) => tokenInto(el("span", { class: "mono" }), id, 16)))));
    return el("div", {}, el("h3", { text: `Experts: ${d.experts.length} of ${d.n_experts}, ${sg(d.mlp)} logits together` }), tb, el("p", { class: "hint" }, "Chosen by the router for this token. Toward ", tokenEl(d.target), ". ", el("button", { class: "linkbtn", type: "button", text: "Open Routing", on: { click: () => { ctx.set({ layer: d.layer }); ctx.go("routing"); } } })));
  }
  function formula() {
    const n = d.lengths, f = (text) => el("span", { class: "f", text });
    return el("div", { class: "formula" }, el("span", { text: "Block " + d.layer }), (d.formula ?? []).map(f), f(`|x| ${nf(n[0])}, |attn| ${nf(n[1])}, |x'| ${nf(n[2])}, |mlp| ${nf(n[3])}, |x''| ${nf(n[4])}`), f(`logit share ${sg(d.attn)} ${d.mlp < 0 ? "−" : "+"} ${Math.abs(d.mlp).toFixed(2)} = ${sg(d.attn + d.mlp)}`));
  }
  function stripes() {
    const st = el("div", { class: "stripes" }, el("h3", { class: "sub3", text: `The stream before and after, ${big(d.before.a.length)} values` })), idle = () => { read.textContent = "Hover a value to read it before and after."; };
    for (const [name, arr, len] of [["before", d.before.a, d.lengths[0]], ["after", d.after.a, d.lengths[4]]]) {
      const c = el("canvas", { role: "img", "aria-label": `The stream ${name} block ${d.layer}` }), top = peak(arr); paintStripe(c, arr, top);
      c.addEventListener("pointermove", (e) => { const r = c.getBoundingClientRect(), i = Math.min(arr.length - 1, Math.max(0, Math.floor((e.clientX - r.left) / r.width * arr.length))), x = d.before.a[i], y = d.after.a[i]; read.textContent = `x[${i}]  before ${num(x, 2)}  after ${num(y, 2)}  written ${sg(y - x)}`; });
      c.addEventListener("pointerleave", idle);
      st.append(el("div", { class: "srow" }, el("span", { text: `${name}, |x| ${nf(len)}` }), c, el("span", { text: "max ±" + nf(top) })));
    }
    idle(); st.append(read); return st;
  }
  return {
    draw(data, focus, what) {
      if (what === "focus" && d === data && body.firstChild) { body.querySelectorAll(".hd").forEach((b, h) => b.setAttribute("aria-pressed", String(h === focus.head))); return; }
      d = data; body.replaceChildren(el("div", { class: "inset" }, heads(), neurons(), formula(), stripes()));
    },
    exportData: () => d,
  };
}

export const views = { river: { create: createRiver }, block: { create: createBlock } };
