// @ts-check
/**
 * Trainings of several seeds that were kept: when induction appears, and what its head looks at.
 *
 * @import { InductionBorn } from "../../../types/inside"
 * @import { ViewContext } from "../../../kit/view"
 */
import { html } from "../../../vendor/lit.js";
import { drawn, NAMED, written } from "./drawn.js";

/** @param {InductionBorn} data @param {ViewContext<any>} ctx */
export function recorded(data, ctx) {
  return html`
  <div class="induction-born">
    <p class="readout lead">${data.births.map((each, at) => html`${at ? " " : ""}${said(each, data)}`)}</p>
    ${drawn(data, ctx)}
    <p class="hint">Recorded by <code>python -m explorer induction</code> (${data.machine}). The map shows the first
      seed.</p>
  </div>`;
}

/** @param {InductionBorn["births"][number]} birth @param {InductionBorn} data */
function said({ name, seeds, count, mean, half }, { steps }) {
  const who = NAMED[name];
  if (mean === null) return html`${who}: <b>with none of ${seeds} seeds</b> within ${steps} steps.`;
  const sure = half !== null ? ` ± ${half.toFixed(0)} (95 %)` : "";
  return html`${who}: an induction head appears with <b>${count} of ${seeds} seeds</b>, at step
    <b>${mean.toFixed(0)}${sure}</b>.`;
}

export const rows = written;
