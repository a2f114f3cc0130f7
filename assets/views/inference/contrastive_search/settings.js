// @ts-check
/**
 * How many candidates are weighed, and how much likeness costs.
 *
 * @import { ViewContext } from "../../../kit/view"
 */
import { slider } from "../../../kit/controls.js";
import { decimal } from "../../../kit/format.js";

const ALPHA_STEP = 0.05;

/**
 * @param {ViewContext<any>} ctx
 * @param {{ name: string, label: string, own: number, least: number, most: number, step?: number, title: string,
 *   format?: (value: number) => string }} what
 */
export function asked(ctx, { name, own, ...what }) {
  return slider({
    ...what,
    value: Number(ctx.controls[name] ?? own),
    choose: (value) => {
      ctx.control(name, value);
      ctx.keep({});
    },
  });
}

/** @param {ViewContext<any>} ctx @param {number} own @param {number} most */
export const candidateCount = (ctx, own, most) =>
  asked(ctx, {
    name: "k",
    label: "Candidates k",
    own,
    least: 1,
    most,
    title: "How many of the likeliest tokens compete at each step",
  });

/** @param {ViewContext<any>} ctx @param {number} own */
export const penaltyWeight = (ctx, own) =>
  asked(ctx, {
    name: "alpha",
    label: "Alpha",
    own,
    least: 0,
    most: 1,
    step: ALPHA_STEP,
    title: "Weight of the penalty: 0 is greedy decoding, 1 ignores the probability",
    format: (value) => decimal(value),
  });
