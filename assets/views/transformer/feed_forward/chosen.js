// @ts-check
/**
 * Which neuron is open: the link's, or the one that writes most.
 *
 * @import { FeedForwardGates } from "../../../types"
 * @import { ViewContext } from "../../../kit/view"
 */

/**
 * @param {FeedForwardGates} data
 * @param {ViewContext} ctx
 */
export function chosenNeuron(data, ctx) {
  return Math.min(Number(ctx.controls.neuron ?? data.listed.a[0]), data.hidden.a.length - 1);
}

/**
 * A neuron's number means nothing in another block: once another is selected, the strongest one there is open.
 * @param {FeedForwardGates} data
 * @param {ViewContext<{ block?: number }>} ctx
 */
export function leaveOtherBlock({ layer }, ctx) {
  const before = ctx.kept.block;
  if (before === layer) return;
  queueMicrotask(() => {
    ctx.keep({ block: layer });
    if (before !== undefined && ctx.controls.neuron !== undefined) ctx.control("neuron", "");
  });
}
