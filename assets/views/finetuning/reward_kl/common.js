// @ts-check
/** The slider of β, and the last step of a run. */
import { control } from "../../../kit/controls/declared.js";

/** @import { ViewContext } from "../../../kit/view" */

/** @param {ViewContext<any>} ctx */
export const slider = (ctx) => control(ctx, "beta", { as: "slider", live: true, format: (value) => String(value) });

/** The place of the chosen β among those that are counted. @param {readonly { beta: number }[]} points
 * @param {ViewContext<any>} ctx */
export function chosenAt(points, ctx) {
  const at = points.findIndex(({ beta }) => beta === Number(ctx.controls.beta));
  return Math.max(0, at);
}

/** The last of a run. @template Step @param {{ steps: readonly Step[] }} run @returns {Step} */
export const last = ({ steps }) => steps[steps.length - 1];
