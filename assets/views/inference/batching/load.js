// @ts-check
/**
 * The load that is served: how many requests, how soon one after another, and with what room.
 *
 * @import { BatchingContest } from "../../../types/inference"
 * @import { ViewContext } from "../../../kit/view"
 */
import { control } from "../../../kit/controls/declared.js";
import { decimal } from "../../../kit/numbers/format.js";
import { html } from "../../../vendor/lit.js";

/**
 * @param {BatchingContest} data
 * @param {ViewContext} ctx
 */
export function load(data, ctx) {
  return html`
    <div class="load">
      ${control(ctx, "requests")} ${control(ctx, "slots")}
      ${control(ctx, "gap", { as: "slider", format: (gap) => decimal(gap, gap < 1 ? 2 : 1) })}
      ${control(ctx, "blocks", { label: `Pool, blocks of ${data.pool.size} tokens`, least: data.pool.least })}
      ${control(ctx, "seed", { as: "number" })}
    </div>`;
}
