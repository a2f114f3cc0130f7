// @ts-check
/**
 * The head that a view is of: its block and its number, two lists.
 *
 * @import { ViewContext } from "../view"
 */
import { range } from "../../vendor/d3.js";
import { html, nothing } from "../../vendor/lit.js";
import { counted, headName, whole } from "../numbers/format.js";
import { select } from "./select.js";

/**
 * @param {ViewContext<any>} ctx
 * @param {{ layer: number, head: number }} chosen the head that is shown
 * @param {(change: { layer?: number, head?: number }) => void} [choose] where more than the selection changes
 */
export function chooseHead(ctx, { layer, head }, choose = (change) => ctx.select(change)) {
  const { L, H } = ctx.run.model;
  const numbered = (/** @type {number} */ count) =>
    range(count).map((at) => /** @type {[number, string]} */ ([at, String(at)]));
  return html`
    <div class="choose-head">
      ${select({ label: "Block", choices: numbered(L), chosen: layer, choose: (to) => choose({ layer: to }) })}
      ${select({ label: "Head", choices: numbered(H), chosen: head, choose: (to) => choose({ head: to }) })}
    </div>`;
}

/**
 * The same for a view whose control `head` says which head it shows: the selected one, or else, where the page opened
 * on it by itself and it is never rescaled in this row, the one whose factors show most. A head that is chosen stays.
 *
 * @param {ViewContext<any>} ctx
 * @param {{ layer: number, head: number }} shown
 */
export function chooseRescaled(ctx, { layer, head }) {
  return chooseHead(ctx, { layer, head }, (change) => {
    ctx.control("head", "selected");
    ctx.select({ layer, head, ...change });
  });
}

/**
 * Which head is shown, where it is not the selected one; and the way back, where a head is shown that is not rescaled.
 *
 * @param {ViewContext<any>} ctx
 * @param {{ layer: number, head: number, selected: readonly [number, number] | null, block: number }} shown
 *   `block`: so many keys come at once
 * @param {boolean} still whether no factor of the row lies below 1
 */
export function whichHead(ctx, { layer, head, selected, block }, still) {
  const { L, H } = ctx.run.model;
  const show = (/** @type {string} */ value, /** @type {string} */ words) => html`<button class="linkbtn"
    type="button" @click=${() => ctx.control("head", value)}>${words}</button>`;
  if (selected) {
    const name = headName(...selected);
    return html`<p class="hint which-head">The selected head ${name} never rescales this row: its largest score comes in
      the first block. So the view opens on <b>${headName(layer, head)}</b>: with ${counted(block, "key")} in a block,
      it rescales this row most of all ${whole(L * H)} heads. ${show("selected", `Show ${name}`)}</p>`;
  }
  if (!still) return nothing;
  return html`<p class="hint which-head">This head never rescales this row.
    ${show("rescaled", "Show a head that does")}</p>`;
}
