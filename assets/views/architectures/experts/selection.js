// @ts-check
/**
 * The block and the expert that the three views show, and what they say of the passages.
 *
 * @import { ExpertsByKind, ExpertsCorpus } from "../../../types/architectures"
 * @import { Floats, Bools } from "../../../types/shared"
 * @import { ViewContext } from "../../../kit/view"
 * @typedef {{ block: number, expert: number }} Chosen indices: of a block among those that have experts, of an expert
 */
import { counted, decimal } from "../../../kit/numbers/format.js";
import { cross, greatest, leastIndex, range } from "../../../vendor/d3.js";

/**
 * What a payload has on one label, a kind of text say, of one block and expert.
 * @param {Floats | Bools} tensor
 * @param {Chosen} chosen
 * @param {number} label
 */
export const cell = ({ a, shape }, { block, expert }, label) => a[(block * shape[1] + label) * shape[2] + expert];

/** The share of all choices that an expert takes. @param {ExpertsCorpus} data @param {Chosen} chosen */
export const load = (data, { block, expert }) => data.share.a[block * data.n_experts + expert];

/** How much more than its load an expert takes of something. @param {number} share @param {number} of */
export const against = (share, of) => share / (of || 1);

/** The block with experts that is nearest to the selected one. @param {ExpertsCorpus} data @param {ViewContext} ctx */
export function chosenBlock(data, ctx) {
  const selected = ctx.focus.layer ?? 0;
  return leastIndex(data.layers, (one, other) => Math.abs(one - selected) - Math.abs(other - selected)) ?? 0;
}

/**
 * The selection; until an expert is selected, the one that favours a kind most.
 * @param {ExpertsCorpus} data
 * @param {ViewContext} ctx
 * @param {Floats} shares by block, kind, expert
 * @returns {Chosen}
 */
export function chosenOf(data, ctx, shares) {
  const block = chosenBlock(data, ctx);
  if (ctx.focus.expert !== null && ctx.focus.expert !== undefined) {
    return { block, expert: Math.min(ctx.focus.expert, data.n_experts - 1) };
  }
  const favour = (/** @type {number} */ expert) =>
    Math.max(
      ...data.kinds.map((_, kind) => against(cell(shares, { block, expert }, kind), load(data, { block, expert }))),
    );
  return { block, expert: leastIndex(range(data.n_experts), (one, other) => favour(other) - favour(one)) ?? 0 };
}

/**
 * Of all blocks the expert that takes most of a kind's choices, among those that take more of it than shuffled kinds
 * give.
 * @param {ExpertsByKind} data
 * @param {number} kind
 * @returns {Chosen | null}
 */
export function strongest(data, kind) {
  const all = cross(range(data.layers.length), range(data.n_experts), (block, expert) => ({ block, expert }));
  const more = all.filter((each) => cell(data.beyond, each, kind) && cell(data.shares, each, kind) > load(data, each));
  return greatest(more, (each) => cell(data.shares, each, kind)) ?? null;
}

/** Percent without its sign, for a column that says it. @param {number} share */
export const hundredths = (share) => (100 * share).toFixed(1);

/** Bits with three digits. @param {number} value */
export const bits = (value) => decimal(value, 3);

/** @param {number} factor */
export const times = (factor) => `${factor.toFixed(factor < 9.95 ? 1 : 0)} ×`;

/** @param {ExpertsCorpus} data */
export const corpus = (data) => `${counted(data.passages, "passage")}, ${counted(data.tokens, "token")}`;

/** @param {ViewContext} ctx */
export const ownRouting = (ctx) =>
  ctx.interventions.some(({ on }) => on)
    ? " Interventions have no effect here: the model’s own routing is measured."
    : "";
