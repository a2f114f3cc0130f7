// @ts-check
/** Ways to answer, measured here. @import { ComputeAccuracy } from "../../../types/frontier" */
/** @import { View } from "../../../kit/view" */
import { control } from "../../../kit/controls/declared.js";
import { html } from "../../../vendor/lit.js";
import { drawn, rowsOf } from "./common.js";

/** @type {View<ComputeAccuracy>} */
export function live(data, ctx) {
  return html`
    <div class="settings-row">${control(ctx, "prompts")}</div>
    ${drawn(data, ctx, "Each way to answer, measured here")}
  `;
}

export const rows = rowsOf;
