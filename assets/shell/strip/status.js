// @ts-check
/**
 * The line above the tokens: how the run was made and what comes next; while something is worked on, its status stands
 * there, so that nothing below moves. Before the first run the status stands where the picture will be.
 *
 * @import { Run } from "../../kit/view"
 * @import { Status } from "../parts"
 */
import { counted, percent, scientific, whole } from "../../kit/numbers/format.js";
import { token } from "../../kit/text/tokens.js";
import { html, nothing, render } from "../../vendor/lit.js";

/** Actions that leave the pictures as they are. */
const QUIET = ["views", "look"];

const line = () => document.querySelector("#pinned .runline");
const stage = () => document.getElementById("stage");

/** @param {boolean} bare no run is on the page */
function place(bare) {
  const found = document.getElementById("runstate");
  if (found?.classList.contains("first") === bare) return found;
  hideStatus(); // it moves into the line above the tokens
  const box = Object.assign(document.createElement("div"), { id: "runstate", className: "runstate" });
  box.setAttribute("role", "status");
  box.setAttribute("aria-live", "polite");
  const above = line();
  if (bare || !above) {
    box.classList.add("first");
    stage()?.before(box);
  } else {
    above.prepend(box);
    above.classList.add("busy");
  }
  return box;
}

/** @param {Status} status */
function progress({ done, total, unit }) {
  return total > 1 ? ` ${whole(Math.min(done, total))} of ${whole(total)}${unit ? ` ${unit}` : ""}` : "";
}

/**
 * @param {Status} status
 * @param {{ stop?: () => void, bare: boolean }} options
 */
export function showStatus(status, { stop, bare }) {
  const pressed = () => {
    hideStatus();
    stop?.();
  };
  const share = status.total > 0 ? Math.max(3, (100 * status.done) / status.total) : 8;
  render(
    html`
      <div class="statline">
        <span class="stattext">${status.stage}${progress(status)}${status.after ?? ""}</span>
        ${stop ? html`<button class="btn ghost" type="button" @click=${pressed}>Stop</button>` : nothing}
      </div>
      <div class="meter"><i style="width:${share}%"></i></div>`,
    place(bare),
  );
  if (!QUIET.includes(status.action ?? "")) stage()?.classList.add("dim");
}

export function hideStatus() {
  document.getElementById("runstate")?.remove();
  line()?.classList.remove("busy");
  stage()?.classList.remove("dim");
}

export const LONGEST = { next: 18, bytes: 36 };

/** @param {Run} run */
export const forcedPositions = (run) => new Set(run.forced.map(([step]) => run.nPrompt + step));

/** @param {Run} run @param {number} position */
export function kindOf(run, position) {
  if (position < run.nPrompt) return "prompt";
  return forcedPositions(run).has(position) ? "forced" : "generated";
}

/** @param {Run} run @param {number} at */
export function next(run, at) {
  const { id, p } = run.next[at];
  const came = run.ids[at + 1] ?? id;
  const word = at < run.nPrompt - 1 ? "would say next" : came === id ? "next token" : "likeliest next";
  const shown = token(id, { className: "", most: LONGEST.next });
  return html`<span class="muted">${word}</span><span class="tok ghosttok">${shown}</span><span
    class="num">${percent(p)}</span>`;
}

/** How the run was made, in words. @param {Run} run @param {number} at */
export function said(run, at) {
  const generated = run.ids.length - run.nPrompt;
  const seconds = run.seconds.total ?? Object.values(run.seconds).reduce((sum, each) => sum + each, 0);
  const took = seconds < 10 ? `${(1000 * seconds).toFixed(0)} ms` : `${seconds.toFixed(1)} s`;
  const amount = generated
    ? `${run.nPrompt} prompt + ${generated} generated tokens`
    : counted(run.nPrompt, "prompt token");
  return html`<b>${amount}</b>, ${drawn(run)}run ${took}${batched(run)}. Selected: position ${at}`;
}

/** A batch sums in another order. @param {Run} run */
function batched({ batched }) {
  if (!batched) return "";
  const [runs, error] = batched;
  const apart = `A run alone differs by ${scientific(error)} of the largest number at most, as measured on this model.`;
  return html` <span title=${apart}>in a batch of ${runs}</span>`;
}

/** @param {Run} run */
function drawn({ steps, sampler, seed }) {
  if (!steps.length) return "";
  return sampler.temperature === 0 ? "greedy, " : `sampled at T ${sampler.temperature}, seed ${seed}, `;
}
