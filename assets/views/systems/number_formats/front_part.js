// @ts-check
/**
 * The part of the scale of bits that is looked at, and the errors in it.
 *
 * @import { ViewContext } from "../../../kit/view"
 * @import { FormatPoint } from "../../../types/systems"
 */
import { max, min, scaleLinear } from "../../../vendor/d3.js";

/** Smaller errors stand at the lower edge. */
export const LEAST = 1e-4;

/**
 * Bits that can be looked at, and ticks of the whole.
 * @type {Record<string, { bits: [number, number], ticks?: number[] }>}
 */
export const PARTS = {
  all: { bits: [1.45, 18], ticks: [1.6, 2, 3, 4, 5, 6, 8, 12, 16] },
  four: { bits: [3.95, 5.1] },
  eight: { bits: [7.9, 8.7] },
};

export const WHOLE = { errors: [LEAST, 0.8], ticks: [1e-4, 1e-3, 1e-2, 0.1, 0.5] };

/** Whether formats in which the weights were stored are drawn too. @param {ViewContext} ctx */
export const ownShown = (ctx) => ctx.controls.own === "shown";

/** A few round numbers of a part so short that its scale is nearly even. @param {number[]} domain */
export const evenTicks = (domain) => scaleLinear(domain, [0, 1]).ticks(6);

/**
 * The errors of a part, with some room.
 * @param {FormatPoint[]} shown
 */
export function reachOf(shown) {
  const errors = shown.flatMap(({ real, normal }) => [real ?? 0, normal ?? 0]).filter((error) => error > LEAST);
  return [0.9 * (min(errors) ?? LEAST), 1.1 * (max(errors) ?? 1)];
}
