// @ts-check
/**
 * What the strip says: how the run was made, what comes next, what kind a token is.
 *
 * @import { Run } from "./protocol"
 */
import { counted, percent } from "../kit/format.js";
import { token } from "../kit/tokens.js";
import { html } from "../vendor/lit.js";

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
  const word = at < run.nPrompt - 1 ? "would say next" : "next token";
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
  return html`<b>${amount}</b>, ${drawn(run)}run ${took}. Selected: position ${at}`;
}

/** @param {Run} run */
function drawn({ steps, sampler, seed }) {
  if (!steps.length) return "";
  return sampler.temperature === 0 ? "greedy, " : `sampled at T ${sampler.temperature}, seed ${seed}, `;
}
