// @ts-check
/**
 * What writes into the stream in each block of a model. A decoder's block has two writers: attention, and an MLP or a
 * mixture of experts. A state-space block has one, its mixer, whose numbers stand where attention's stand.
 *
 * @import { RunModel } from "../../shell/protocol"
 *
 * @typedef {"attention" | "mixer"} First
 */

/**
 * What stands behind a block's attention: a word for a dense model, another for a mixture of experts.
 * @param {{ run: { model: RunModel } }} ctx
 */
export const feedForward = (ctx, dense = "MLP", sparse = "experts") => (ctx.run.model.E ? sparse : dense);

/**
 * The writers of a block, in their order.
 * @param {{ run: { model: RunModel } }} ctx
 * @returns {{ first: First, second: string | null }}
 */
export const writersOf = (ctx) =>
  ctx.run.model.H ? { first: "attention", second: feedForward(ctx) } : { first: "mixer", second: null };
