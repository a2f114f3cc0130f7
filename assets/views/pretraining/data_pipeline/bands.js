// @ts-check
/**
 * The bands of the Sankey: what reaches each stage, what it removes, what it cuts.
 *
 * @import { DataPipelineFlow } from "../../../types/pretraining"
 * @import { ViewContext } from "../../../kit/view"
 *
 * @typedef {object} Band
 * @property {string} name of the stage
 * @property {number} value that reaches it
 * @property {number} removed with documents that leave, set aside ones among them
 * @property {number} cut out of documents that go on
 * @property {number} passed on
 * @property {number} lost between it and the next stage: nothing, where all is counted
 */

/** @param {ViewContext<any, any>} ctx */
export const unitOf = (ctx) => (ctx.controls.unit === "tokens" ? "tokens" : "documents");

/** The stage that is open: the one that is chosen, or the one that removes most. @param {DataPipelineFlow} data
 * @param {ViewContext<any, any>} ctx */
export function chosenOf({ stages }, ctx) {
  const at = stages.findIndex(({ name }) => name === ctx.controls.stage);
  if (at >= 0) return at;
  return stages.reduce((best, { removed }, index) => (removed > stages[best].removed ? index : best), 0);
}

/** @param {DataPipelineFlow} data @param {string} unit @returns {Band[]} */
export function bandsOf(data, unit) {
  const byTokens = unit === "tokens";
  return data.stages.map((stage, at) => {
    const value = byTokens ? stage.tokens : stage.documents;
    const removed = byTokens ? stage.tokens_removed : stage.removed + stage.set_aside;
    const cut = byTokens ? stage.tokens_cut : 0;
    const passed = value - removed - cut;
    const next = data.stages[at + 1];
    const after = next ? (byTokens ? next.tokens : next.documents) : byTokens ? data.tokens_kept : data.kept;
    return { name: stage.name, value, removed, cut, passed, lost: passed - after };
  });
}
