// @ts-check
/**
 * How wide and how far the search goes.
 *
 * @import { BeamTree } from "../../../types/inference"
 * @import { ViewContext } from "../../../kit/view"
 */
import { control } from "../../../kit/controls/declared.js";
import { decimal } from "../../../kit/numbers/format.js";
import { html, nothing } from "../../../vendor/lit.js";

/**
 * @param {BeamTree} data
 * @param {ViewContext<any>} ctx
 */
export function settings(data, ctx) {
  // The search that the page chose stays as it is, but for what is asked for now.
  const before = () => {
    if (!data.opened) return;
    ctx.control("beams", data.n_beams);
    ctx.control("steps", data.max_new_tokens);
  };
  const format = (/** @type {number} */ value) => decimal(value, 1);
  return html`
    <div class="settings-row">
      ${control(ctx, "beams", { own: data.n_beams, before })}
      ${control(ctx, "steps", { own: data.max_new_tokens, before })} ${control(ctx, "length", { format, before })}
      ${groups(data, ctx, before)} ${data.n_groups > 1 ? control(ctx, "diversity", { format, before }) : nothing}
    </div>`;
}

/**
 * The numbers of groups that divide the beams evenly.
 * @param {BeamTree} data
 * @param {ViewContext<any>} ctx
 * @param {() => void} before
 */
function groups({ n_beams, n_groups }, ctx, before) {
  const choices = (ctx.declared("groups").choices ?? []).filter(([count]) => n_beams % Number(count) === 0);
  return choices.length < 2 ? nothing : control(ctx, "groups", { choices, value: n_groups, before });
}
