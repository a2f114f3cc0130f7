// @ts-check
/**
 * The same trainings as they go.
 *
 * @import { WaysToDistil } from "../../../types/frontier"
 * @import { ViewContext } from "../../../kit/view"
 */
import { openCheckpoints } from "../../../kit/checkpoint.js";
import { control } from "../../../kit/controls/declared.js";
import { html } from "../../../vendor/lit.js";
import { drawn, verdict, WAYS, written } from "./drawn.js";

const NAMES = Object.fromEntries(Object.entries(WAYS).map(([way, { name }]) => [way, name]));

/** @param {WaysToDistil} data @param {ViewContext<any>} ctx */
export function live(data, ctx) {
  return html`
  <div class="ways-to-distil">
    <div class="settings-row ruled">
      ${control(ctx, "steps")} ${control(ctx, "seeds")} ${control(ctx, "size")} ${control(ctx, "temperature")}
      ${control(ctx, "texts")} ${control(ctx, "seed")}
    </div>
    <p class="readout lead">${verdict(data)}</p>
    ${drawn(data, ctx, "Every way to teach, trained here")}
    ${openCheckpoints(ctx, data.checkpoints, { names: NAMES })}
  </div>`;
}

export const rows = written;
