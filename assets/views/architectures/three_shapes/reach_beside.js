// @ts-check
/**
 * What the word of the run beside this one moves in one of the three models, in words.
 *
 * @import { WordReach } from "../../../types"
 * @import { ViewContext } from "../../../kit/view"
 */
import { OTHER } from "../../../kit/beside.js";
import { percent } from "../../../kit/format.js";
import { mean } from "../../../vendor/d3.js";
import { html, nothing } from "../../../vendor/lit.js";

/**
 * @param {WordReach} data
 * @param {"decoder" | "writer" | "encoder"} shape
 * @param {ViewContext<any>} ctx
 */
export function stirredBeside({ base, ...data }, shape, ctx) {
  if (ctx.beside !== OTHER || !ctx.changed) return nothing;
  if (!base) return html`<span class="basenote">${ctx.beside.start}, this word already is the new one.</span>`;
  const { others, stirred, mean: there } = base[shape];
  if (!others) return html`<span class="basenote">${ctx.beside.The} has no other word.</span>`;
  const { moved } = data[shape];
  const last = Array.from(moved.a.slice(-moved.shape[1])).filter((share) => share > 0);
  return html`<span class="basenote">${ctx.beside.start}, replacing “${base.word}” changes
    <b data-stirred=${stirred}>${stirred} of ${others}</b> other tokens, their last states by ${percent(there)} on
    average (here ${percent(mean(last) ?? 0)}).</span>`;
}
