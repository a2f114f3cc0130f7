// @ts-check
/**
 * Several ways with three seeds, as they were recorded.
 *
 * @import { WaysToDistil } from "../../../types/frontier"
 * @import { ViewContext } from "../../../kit/view"
 */
import { control } from "../../../kit/controls/declared.js";
import { whole } from "../../../kit/numbers/format.js";
import { html, nothing } from "../../../vendor/lit.js";
import { drawn, verdict, written } from "./drawn.js";

/** @param {WaysToDistil} data @param {ViewContext<any>} ctx */
export function recorded(data, ctx) {
  return html`
  <div class="ways-to-distil">
    <div class="settings-row ruled">${control(ctx, "teacher")}</div>
    <p class="readout lead">${verdict(data)}</p>
    ${drawn(data, ctx, "Every way to teach, as recorded")}
    <p class="hint">Recorded by <code>python -m explorer students --teacher ${data.teacher}</code> (${data.machine}):
      ${data.steps} steps, which are ${whole(data.steps * data.tokens_per_step)} tokens. These are beginnings of
      trainings; what holds after many more tokens is not measured here.${
        data.teacher === "smollm2-135m"
          ? html` SmolLM2 was trained on other collections, which may hold some of these texts. The
            embedding of its 49,152 tokens takes 3.1 M of a student’s parameters.`
          : nothing
      }</p>
  </div>`;
}

export const rows = written;
