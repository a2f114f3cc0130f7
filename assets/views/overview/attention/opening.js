// @ts-check
/**
 * The head that a click asks for: once its view is drawn, it is brought into sight.
 *
 * @import { AttentionHead } from "../../../types/overview"
 * @import { ViewContext } from "../../../kit/view"
 */

/** @type {{ layer: number, head: number } | null} */
let awaited = null;

/**
 * @param {ViewContext<any>} ctx
 * @param {number} layer
 * @param {number} head
 */
export function openHead(ctx, layer, head) {
  if (ctx.focus.layer === layer && ctx.focus.head === head) return ctx.go("attention", "head");
  awaited = { layer, head };
  ctx.select({ layer, head });
}

/**
 * Called by the head's view.
 * @param {AttentionHead} data
 * @param {ViewContext<any>} ctx
 */
export function headDrawn({ layer, head }, ctx) {
  if (!awaited) return;
  const here = awaited.layer === layer && awaited.head === head;
  const still = awaited.layer === ctx.focus.layer && awaited.head === ctx.focus.head;
  if (here || !still) awaited = null;
  if (here && still) queueMicrotask(() => ctx.go("attention", "head")); // after the drawing that goes on now
}
