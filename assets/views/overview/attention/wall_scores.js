// @ts-check
/**
 * What the heads of the wall can be sorted by.
 *
 * @import { ViewContext } from "../../../kit/view"
 * @import { AttentionWall, HeadsAndCauses } from "../../../types/overview"
 * @import { Scores, Sort, State } from "./wall.js"
 */
import { descending, range } from "../../../vendor/d3.js";

/** @type {[Sort, string][]} */
export const SORTS = [
  ["block", "Block order"],
  ["apart", "Most different"],
  ["induction", "Induction"],
  ["previous", "Previous token"],
  ["sink", "First-token sink"],
  ["entropy", "Entropy"],
  ["ablation", "Ablation effect"],
];

/**
 * What the heads can be sorted by. The ablation effect is measured in Heads & causes, for one position and target: it
 * is offered once that is done.
 * @param {AttentionWall} data
 * @param {ViewContext<State>} ctx
 * @returns {Scores}
 */
export function scoresOf({ induction, previous, sink, entropy, base }, ctx) {
  const measured = /** @type {HeadsAndCauses | undefined} */ (ctx.payload("scatter", "heads_and_causes"));
  return {
    apart: base?.apart.a,
    induction: induction?.a,
    previous: previous.a,
    sink: sink.a,
    entropy: entropy.a,
    ablation: measured?.kl?.a,
  };
}

/**
 * Heads by falling score, or null for the model's own order.
 * @param {Float32Array | undefined} scores
 */
export function sorted(scores) {
  return scores ? range(scores.length).sort((one, other) => descending(scores[one], scores[other])) : null;
}
