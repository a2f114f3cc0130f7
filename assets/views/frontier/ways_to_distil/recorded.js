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
          ? html` SmolLM2 read other texts, so its students’ texts are new to it, as they are to its students. Of a
            student’s parameters 3.1 M are the embedding of SmolLM2’s 49,152 tokens.`
          : nothing
      }</p>
  </div>`;
}

export const rows = written;
