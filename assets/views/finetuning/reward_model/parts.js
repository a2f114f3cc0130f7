// @ts-check
/**
 * What both views of the reward model share: the controls of its training, and a mean.
 *
 * @import { ViewContext } from "../../../kit/view"
 */
import { control } from "../../../kit/controls/declared.js";
import { html } from "../../../vendor/lit.js";

/** @param {ViewContext<any>} ctx */
export const trained = (ctx) => html`
  <div class="settings-row">
    ${["rule", "pairs", "ridge", "centre"].map((name) => control(ctx, name, { as: "select" }))}
  </div>`;

/** @param {readonly number[]} values */
export const average = (values) => values.reduce((x, y) => x + y, 0) / values.length;
