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
  const said = Number.parseInt(String(ctx.controls.neuron ?? ""), 10);
  return said >= 0 && said < data.hidden.a.length ? said : data.listed.a[0];
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
    if (before !== undefined && ctx.controls.neuron) ctx.control("neuron", "");
  });
}
