// @ts-check
/**
 * The cache as it stands at the selected position: the run's own, or what the chosen policy has left of it.
 *
 * @import { CacheBlocks, CachePolicies, PolicyCourse } from "../../../types/inference"
 * @import { ViewContext } from "../../../kit/view"
 * @import { Kept } from "./cells"
 * @import { Holds } from "./held"
 *
 * @typedef {object} Standing
 * @property {number} here the selected position
 * @property {number} written positions that are in the cache
 * @property {number} positions of the whole text
 * @property {number} blocks
 * @property {number} heads
 * @property {CachePolicies | undefined} measured
 * @property {PolicyCourse | null} policy null: all is held
 * @property {number} step of the policy, or -1 where it has none
 * @property {Holds} holds
 * @property {number} coded positions from the first on that are held as codes
 * @property {(block: number, head: number, position: number) => Cell} cell
 * @property {(position: number) => number} bytesAfter a position
 *
 * @typedef {"future" | "evicted" | "now" | "coded" | "stored"} State
 * @typedef {{ state: State, read: number | null, there: number | null }} Cell what is read, as a share of one, in this
 *   run and in the other one
 * @typedef {ViewContext<Kept, CacheBlocks>} Context
 */
import { chosenPolicy, holding, knownSteps, measuredPolicies, stepAt } from "./held.js";

/** Shares come as bytes. */
export const WHOLE = 255;

/**
 * @param {CacheBlocks} data
 * @param {Context} ctx
 * @returns {Standing}
 */
export function standing(data, ctx) {
  const here = data.position;
  const positions = ctx.run.ids.length;
  const measured = measuredPolicies(ctx);
  const chosen = measured && chosenPolicy(measured, ctx);
  const policy = !chosen || chosen.name === "full" ? null : chosen;
  const step = measured ? stepAt(measured, here, knownSteps(measured)) : -1;
  const acts = measured && policy && step >= 0;
  const holds = acts ? holding(measured, policy, step, positions) : () => true;
  const coded = acts ? policy.codes[step] : 0;
  const sizes = { here, written: here + 1, positions, blocks: data.n_layers, heads: data.n_kv_heads };
  const bytesAfter = (/** @type {number} */ position) => {
    const at = measured && policy ? stepAt(measured, position, knownSteps(measured)) : -1;
    return policy && at >= 0 ? policy.bytes[at] : data.bytes[position];
  };
  const cell = cellOf(data.read, ctx.there?.read ?? null, sizes, holds, coded);
  return { ...sizes, measured, policy, step, holds, coded, cell, bytesAfter };
}

/**
 * @param {CacheBlocks["read"]} read
 * @param {CacheBlocks["read"] | null} other
 * @param {Pick<Standing, "here" | "written" | "heads">} sizes
 * @param {Holds} holds
 * @param {number} coded
 * @returns {Standing["cell"]}
 */
function cellOf(read, other, { here, written, heads }, holds, coded) {
  return (block, head, position) => {
    if (position >= written) return { state: "future", read: null, there: null };
    const at = (block * heads + head) * written + position;
    const state = !holds(block, head, position)
      ? "evicted"
      : position === here
        ? "now"
        : position < coded
          ? "coded"
          : "stored";
    return { state, read: read.a[at] / WHOLE, there: other ? other.a[at] / WHOLE : null };
  };
}
