// @ts-check
/**
 * The kernels by name and look, and the settings of their shape.
 *
 * @import { HereRoof, KernelLoad } from "../../../types"
 * @import { ViewContext } from "../../../kit/view"
 *
 * @typedef {Pick<HereRoof, "n" | "d" | "rows" | "columns" | "causal">} Shape
 */
import { segmented } from "../../../kit/controls.js";
import { whole } from "../../../kit/format.js";
import { ladder } from "../../../kit/ladder.js";
import { doublings, nearestStep } from "../../../kit/steps.js";
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

const DIMENSIONS = doublings(16, 256);
const SIDES = doublings(16, 256);

/** @param {Pick<KernelLoad, "kernel">} kernel */
export const nameOf = ({ kernel }) => KERNELS[kernel].name;

/** How its points look, with the name that has room in a legend. @param {Pick<KernelLoad, "kernel">} kernel */
export function lookOf({ kernel }) {
  const { brief: name, color, symbol } = KERNELS[kernel];
  return { name, color, symbol };
}

/**
 * Length, dimension, tile and mask.
 * @param {Shape} shape
 * @param {number} longest
 * @param {ViewContext} ctx
 * @param {(name: string, value: string | number) => void} set
 */
export function shapeSettings(shape, longest, ctx, set) {
  const slide = (
    /** @type {string} */ label,
    /** @type {"n" | "d" | "rows" | "columns"} */ name,
    /** @type {number[]} */ steps,
  ) => {
    const value = nearestStep(steps, ctx.controls[name], shape[name]);
    return ladder({ label, steps, value, format: whole, choose: (chosen) => set(name, chosen) });
  };
  return html`
    <div class="shape">
      ${slide("Tokens N", "n", doublings(128, longest))}
      ${slide("Dimensions d", "d", DIMENSIONS)}
      ${slide("Tile rows", "rows", SIDES)}
      ${slide("Tile columns", "columns", SIDES)}
      ${segmented({
        label: "Mask",
        choices: [
          ["causal", "Causal"],
          ["none", "No mask"],
        ],
        chosen: String(ctx.controls.mask ?? (shape.causal ? "causal" : "none")),
        choose: (value) => set("mask", value),
      })}
    </div>`;
}
