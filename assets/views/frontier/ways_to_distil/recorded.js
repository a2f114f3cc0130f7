// @ts-check
/**
 * Eight ways with three seeds, as they were recorded.
 *
 * @import { WaysToDistil } from "../../../types/frontier"
 * @import { ViewContext } from "../../../kit/view"
 */
import { whole } from "../../../kit/numbers/format.js";
import { html } from "../../../vendor/lit.js";
import { drawn, verdict, written } from "./drawn.js";

/** @param {WaysToDistil} data @param {ViewContext<any>} ctx */
export function recorded(data, ctx) {
  return html`
  <div class="ways-to-distil">
    <p class="readout lead">${verdict(data)}</p>
    ${drawn(data, ctx, "Every way to teach, as recorded")}
    <p class="hint">Recorded by <code>python -m explorer students</code> (${data.machine}): ${data.steps} steps, which
      are ${whole(data.steps * data.tokens_per_step)} tokens. These are beginnings of trainings; what holds after many
      more tokens is not measured here.</p>
  </div>`;
}

export const rows = written;
