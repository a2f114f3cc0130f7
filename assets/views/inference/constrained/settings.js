// @ts-check
/**
 * How the text is drawn.
 *
 * @import { ConstrainedText } from "../../../types/inference"
 * @import { Context } from "./steps.js"
 */
import { control } from "../../../kit/controls/declared.js";
import { html, nothing } from "../../../vendor/lit.js";

/**
 * @param {ConstrainedText} data
 * @param {Context} ctx
 */
export function settings(data, ctx) {
  const format = (/** @type {number} */ value) => (value === 0 ? "0, greedy" : value.toFixed(1));
  return html`
    <div class="settings-row">
      ${control(ctx, "temperature", { format })} ${control(ctx, "new")}
      ${ctx.controls.temperature ? control(ctx, "seed", { own: data.seed }) : nothing}
    </div>`;
}
