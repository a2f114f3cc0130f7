// @ts-check
/** Ways to answer on many prompts, as recorded. @import { ComputeAccuracy } from "../../../types/frontier" */
/** @import { View } from "../../../kit/view" */
import { drawn, rowsOf } from "./common.js";

/** @type {View<ComputeAccuracy>} */
export function recorded(data, ctx) {
  return drawn(data, ctx, "Each way to answer, as recorded");
}

export const rows = rowsOf;
