// @ts-check
/**
 * The ways of rounding, and what both views that measure them share.
 *
 * @import { Fp8Errors } from "../../../types/systems"
 * @import { ViewContext } from "../../../kit/view"
 */
import { control } from "../../../kit/controls/declared.js";
import { range } from "../../../vendor/d3.js";

/** In the payload's order. */
export const WAYS = [
  { key: "bfloat16", name: "bfloat16" },
  { key: "fp8_tensor", name: "FP8, one scale per tensor" },
  { key: "fp8_block", name: "FP8, one scale per block" },
  { key: "fp8_turned", name: "FP8, blocks and rotation" },
];

/**
 * @param {Fp8Errors} data
 * @param {number} way
 * @param {number} layer
 * @param {number} head
 */
export const errorOf = (data, way, layer, head) =>
  data.rmse.a[(way * data.n_layers + layer) * data.rmse.shape[2] + head];

/**
 * The error with the rotation, by that of blocks alone.
 * @param {Fp8Errors} data
 * @param {number} layer
 * @param {number} head
 */
export const ratioOf = (data, layer, head) => errorOf(data, 3, layer, head) / errorOf(data, 2, layer, head);

/**
 * How many rows share a scale.
 * @param {{ rows: number, choices: number[] }} data
 * @param {ViewContext<any>} ctx
 */
export const blockRows = ({ rows, choices }, ctx) => control(ctx, "rows", { choices, own: rows });

/**
 * @param {Fp8Errors} data
 * @param {{ a: ArrayLike<number>, shape: number[] }} tensor
 * @param {number} at
 * @param {number} layer
 * @param {number} head
 */
export const cell = (data, tensor, at, layer, head) =>
  tensor.a[(at * data.n_layers + layer) * data.rmse.shape[2] + head];

/** Layer and head of all that is measured. @param {Fp8Errors} data @returns {[number, number][]} */
export const measuredHeads = (data) =>
  range(data.measured).flatMap((layer) =>
    range(data.rmse.shape[2]).map((head) => /** @type {[number, number]} */ ([layer, head])),
  );

/** @param {Fp8Errors} data @param {ViewContext} ctx */
export const chosen = (data, { focus }) => ({
  layer: Math.min(focus.layer ?? data.layer, data.n_layers - 1),
  head: Math.min(focus.head ?? data.head, data.rmse.shape[2] - 1),
});
