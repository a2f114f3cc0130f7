// Loading, error and empty: what is happening, what is wrong and what repairs it. The last run stays where it was.
import { big, el } from "./dom.js";

export const EXAMPLES = [
  ["Indirect object", "When Mary and John went to the store, John gave a drink to", "Name-mover heads find the person not yet served."],
  ["Induction", "one two three four one two three", "Induction heads copy what followed last time."],
  ["Capital", "The capital of France is", "Watch the depth at which a fact appears."],
  ["Code", "def fib(n):\n    return", "The same machine, another language."],
];
// While a run is on screen the status stands in the line above its tokens, so that nothing below moves; before the first one it
// stands where the picture will be.
export function showStatus(stage, v, { stop, bare }) {
  let box = document.getElementById("runstate");
  if (box && box.classList.contains("first") !== !!bare) { hideStatus(); box = null; } // it moves into the line above the tokens
  if (!box) {
    box = el("div", { id: "runstate", class: "runstate", role: "status", "aria-live": "polite" }, el("div", { class: "statline" }, el("span", { class: "stattext" }), el("button", { class: "btn ghost", type: "button", text: "Stop" })), el("div", { class: "meter" }, el("i")));
    const line = document.querySelector("#pinned .runline");
    if (bare || !line) { box.classList.add("first"); stage.before(box); } else { line.prepend(box); line.classList.add("busy"); }
  }
  box.querySelector("button").onclick = () => { hideStatus(); stop?.(); };
  box.querySelector("button").hidden = !stop;
  const count = v.total > 1 ? ` ${big(Math.min(v.done, v.total))} of ${big(v.total)}${v.unit ? " " + v.unit : ""}` : "";
  box.querySelector(".stattext").textContent = v.stage + count + (v.after ?? "");
  box.querySelector("i").style.width = v.total > 0 ? `${Math.max(3, 100 * v.done / v.total)}%` : "8%";
  if (v.action !== "views" && v.action !== "look") stage.classList.add("dim");
}
export function hideStatus() { document.getElementById("runstate")?.remove(); document.querySelector("#pinned .runline")?.classList.remove("busy"); document.getElementById("stage")?.classList.remove("dim"); }

export function showError(stage, v, { keep, retry, bare, afresh }) {
  hideStatus(); document.body.dataset.state = "error";
  if (v.name === "EmptyPromptError") return showEmpty(stage, retry);
  const f = v.facts ?? {}, over = f.tokens && f.limit;
  stage.replaceChildren(el("div", { class: "state", role: "alert" },
    el("h2", { text: over ? "The prompt is too long to open up" : "That did not work" }),
    el("div", { class: "errbox" }, el("b", { text: v.message }), v.hint ? el("span", { text: v.hint }) : null,
      over ? el("div", { class: "lenbar", "aria-hidden": "true" }, el("i", { style: `width:${100 * f.limit / f.tokens}%` }), el("i", { class: "over", style: `left:${100 * f.limit / f.tokens}%;width:${100 * (1 - f.limit / f.tokens)}%` })) : null),
    el("div", { class: "rowbtns" },
      f.repaired ? el("button", { class: "btn primary", type: "button", text: f.repairs ?? "Repair and run", on: { click: () => retry(f.repaired) } }) : null,
      bare ? el("button", { class: "btn", type: "button", text: "Run without interventions", on: { click: bare } }) : null,
      keep ? null : el("button", { class: "btn", type: "button", text: "Start with the example", on: { click: afresh } }),
      keep ? el("button", { class: "btn", type: "button", text: "Back to the last run", on: { click: () => { delete document.body.dataset.state; keep(); } } }) : null),
    keep ? el("p", { class: "hint", text: "Your last run is still here." }) : null));
  stage.dataset.ready = "1";
}

export function showEmpty(stage, run) {
  document.body.dataset.state = "empty";
  stage.replaceChildren(el("div", { class: "state" }, el("h2", { text: "Write a prompt, see it become a token" }),
    el("p", { text: "A real model runs here. Every picture is drawn from its run and carries its own proof." }),
    el("div", { class: "startgrid" }, ...EXAMPLES.map(([name, text, what]) => el("button", { class: "startcard", type: "button", on: { click: () => run(text) } }, el("b", { text: name }), what, el("span", { class: "mono", text }))))));
  stage.dataset.ready = "1";
}
