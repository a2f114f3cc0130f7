// @ts-check
/**
 * One's own request through a guard, the model, and a guard.
 *
 * @import { GuardsAround, GuardVerdict } from "../../../types/safety"
 * @import { Row, View, ViewContext } from "../../../kit/view"
 */
import { percent } from "../../../kit/numbers/format.js";
import { html, nothing } from "../../../vendor/lit.js";
import { asked, chance, thresholdOf, verdict } from "./own.js";

/** @type {View<GuardsAround>} */
export function around(data, ctx) {
  const { request, answer, done } = data;
  return html`
    ${asked(request, ctx)}
    <p class="readout lead">${said(data, ctx)}</p>
    <ol class="guarded">
      <li><h3>Your request</h3><p dir="auto">${request}</p></li>
      ${stage("Guards before the model", verdicts(data, "request"), ctx)}
      <li><h3>The model’s answer</h3><p dir="auto">${answer || (done ? "It says nothing." : "…")}</p></li>
      ${stage("Guards behind the model", verdicts(data, "answer"), ctx)}
    </ol>
    <p class="hint">The model answers here in any case, so that both places are seen. A guard in front saves the
    answer’s
      work; one behind sees what was said, whatever the request looked like. This model has not been taught to refuse
      unless its name says so.</p>`;
}

/** @param {GuardsAround} data @returns {Row[]} */
export const rows = ({ verdicts: all }) =>
  all.map(({ side, judge, score }) => ({ place: side, guard: judge.kind, probability: chance(score) }));

/** @param {GuardsAround} data @param {string} side */
const verdicts = ({ verdicts: all }, side) => all.filter((each) => each.side === side);

/** @param {GuardsAround} data @param {ViewContext} ctx */
function said(data, ctx) {
  const flags = (/** @type {string} */ side) =>
    verdicts(data, side).filter(({ judge, score }) => score >= thresholdOf(judge, ctx)).length;
  const [before, behind] = [flags("request"), flags("answer")];
  if (before) return html`<b>Stopped before the model</b> by ${before} of 2 guards.`;
  if (!data.done) return html`No guard before the model stops it${data.answer ? "" : "; the model writes"}.`;
  return behind
    ? html`Let through in front, and <b>stopped behind the model</b> by ${behind} of 2 guards.`
    : html`<b>Passed</b>: no guard stops the request or the answer.`;
}

/** @param {string} name @param {GuardVerdict[]} all @param {ViewContext} ctx */
const stage = (name, all, ctx) => html`
  <li class="guard"><h3>${name}</h3>
    ${all.length ? nothing : html`<p class="hint">Not asked yet.</p>`}
    ${all.map(
      ({ judge, score }) => html`<p>${judge.name}: ${verdict(score, thresholdOf(judge, ctx))}
        <small>flagged from ${percent(chance(thresholdOf(judge, ctx)))}</small></p>`,
    )}
  </li>`;
