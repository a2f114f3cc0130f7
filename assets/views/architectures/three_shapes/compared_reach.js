// @ts-check
/**
 * What the word of the other run moves in one of the three models, in words.
 *
 * @import { ShapeReach, WordReach } from "../../../types/architectures"
 * @import { ViewContext } from "../../../kit/view"
 */
import { percent } from "../../../kit/numbers/format.js";
import { mean } from "../../../vendor/d3.js";
import { html, nothing } from "../../../vendor/lit.js";

/** How far the last states of the tokens that moved did, on average. @param {ShapeReach} shape */
const last = ({ moved }) => mean(Array.from(moved.a.slice(-moved.shape[1])).filter((share) => share > 0)) ?? 0;

/**
 * @param {WordReach} data
 * @param {"decoder" | "writer" | "encoder"} shape
 * @param {ViewContext<any, WordReach>} ctx
 */
export function stirredBeside(data, shape, ctx) {
  const { there } = ctx;
  if (!there) return nothing;
  const { before, after, stirred } = there[shape];
  const others = before + after;
  if (!others) return html`<span class="basenote">${ctx.beside.The} has no other word.</span>`;
  return html`<span class="basenote">${ctx.beside.start}, replacing “${there.words[there.word]}” changes
    <b data-stirred=${stirred}>${stirred} of ${others}</b> other tokens, their last states by
    ${percent(last(there[shape]))} on average (here ${percent(last(data[shape]))}).</span>`;
}
