// @ts-check
/**
 * What a visitor asks, a line a request, and the room it is served in.
 *
 * @import { SharedPrompts } from "../../../types/inference"
 * @import { ViewContext } from "../../../kit/view"
 */
import { control } from "../../../kit/controls/declared.js";
import { EMPTY, typed, typedText } from "../../../kit/controls/typed.js";
import { html } from "../../../vendor/lit.js";

/**
 * @param {SharedPrompts} data
 * @param {ViewContext<any>} ctx
 */
export function asked(data, ctx) {
  const link = String(ctx.controls.prompts || data.text);
  return html`
    <div class="asked">
      <div>
        <p class="muted">Prompts, a line each, served in this order</p>
        ${typed(
          {
            name: "prompts",
            value: typedText("prompts", link === EMPTY ? "" : link, ctx),
            empty: EMPTY,
            lines: [3, 9],
            plain: true,
            pause: 900,
          },
          ctx,
        )}
      </div>
      <div class="room">
        ${control(ctx, "pool", {
          value: data.n_blocks,
          least: data.least,
          most: Math.max(ctx.declared("pool").high ?? 0, data.least),
          note: `the largest request needs ${data.least}`,
        })}
        ${control(ctx, "size")} ${control(ctx, "at_once")}
      </div>
    </div>`;
}
