// @ts-check
/**
 * The same trainings as they go.
 *
 * @import { InductionBorn } from "../../../types/inside"
 * @import { ViewContext } from "../../../kit/view"
 */
import { control } from "../../../kit/controls/declared.js";
import { html } from "../../../vendor/lit.js";
import { drawn, NAMED, written } from "./drawn.js";

/** @param {InductionBorn} data @param {ViewContext<any>} ctx */
export function live(data, ctx) {
  return html`
  <div class="induction-born">
    <div class="settings-row ruled">${control(ctx, "steps")} ${control(ctx, "std")} ${control(ctx, "seed")}</div>
    <p class="readout lead">${data.courses.map((each, at) => html`${at ? " " : ""}${said(each)}`)}</p>
    ${drawn(data, ctx)}
  </div>`;
}

/** @param {InductionBorn["courses"][number]} course */
function said({ name, born, step }) {
  const so = step.a[step.a.length - 1];
  return born < 0
    ? html`${NAMED[name]}: no induction head by step ${so}.`
    : html`${NAMED[name]}: <b>an induction head at step ${born}</b>.`;
}

export { written as rows };
