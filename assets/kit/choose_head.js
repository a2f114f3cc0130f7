// @ts-check
/**
 * The head that a view is of: its block and its number, two lists.
 *
 * @import { ViewContext } from "./view"
 */
import { range } from "../vendor/d3.js";
import { html } from "../vendor/lit.js";
import { select } from "./select.js";

/**
 * @param {ViewContext<any>} ctx
 * @param {{ layer: number, head: number }} chosen the head that is shown
 */
export function chooseHead(ctx, { layer, head }) {
  const { L, H } = ctx.run.model;
  const numbered = (/** @type {number} */ count) =>
    range(count).map((at) => /** @type {[number, string]} */ ([at, String(at)]));
  return html`
    <div class="choose-head">
      ${select({ label: "Block", choices: numbered(L), chosen: layer, choose: (to) => ctx.select({ layer: to }) })}
      ${select({ label: "Head", choices: numbered(H), chosen: head, choose: (to) => ctx.select({ head: to }) })}
    </div>`;
}
