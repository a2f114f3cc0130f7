// @ts-check
/**
 * The kernels by name and look, and the settings of their shape.
 *
 * @import { HereRoof, KernelLoad } from "../../../types/systems"
 * @import { ViewContext } from "../../../kit/view"
 */
import { control } from "../../../kit/controls/declared.js";
import { whole } from "../../../kit/numbers/format.js";
import { html } from "../../../vendor/lit.js";

/** They differ by colour and by the shape of their points. */
export const KERNELS = /** @type {Record<string, { name: string, brief: string, color: string, symbol: string }>} */ ({
  standard: { name: "standard attention", brief: "standard", color: "ink", symbol: "square" },
  flash_1: { name: "FlashAttention-1", brief: "FA-1", color: "river-deep", symbol: "diamond" },
  flash_2: { name: "FlashAttention-2", brief: "FA-2", color: "prob", symbol: "circle" },
  shared: { name: "FlashAttention-2 through L2", brief: "FA-2 through L2", color: "prob", symbol: "star" },
  backward: { name: "FlashAttention-2 backward", brief: "FA-2 backward", color: "prob", symbol: "triangle-up" },
  decoding: { name: "a decoding step", brief: "decoding step", color: "river-deep", symbol: "cross" },
});

/** @param {Pick<KernelLoad, "kernel">} kernel */
export const nameOf = ({ kernel }) => KERNELS[kernel].name;

/** How its points look, with the name that has room in a legend. @param {Pick<KernelLoad, "kernel">} kernel */
export function lookOf({ kernel }) {
  const { brief: name, color, symbol } = KERNELS[kernel];
  return { name, color, symbol };
}

/**
 * Length, dimension, tile and mask.
 * @param {ViewContext} ctx
 * @param {number} [longest] of what is timed: that is asked for when a slider is let go
 */
export function shapeSettings(ctx, longest) {
  const look = /** @type {const} */ ({ as: "slider", live: !longest, format: whole });
  return html`
    <div class="shape">
      ${control(ctx, "n", { ...look, most: longest })}
      ${["d", "rows", "columns"].map((name) => control(ctx, name, look))} ${control(ctx, "mask")}
    </div>`;
}
