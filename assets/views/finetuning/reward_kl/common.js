// @ts-check
/** The slider of β, the last step of a run, and the frame of what is drawn over KL. */
import { control } from "../../../kit/controls/declared.js";
import { picture } from "../../../kit/drawing/picture.js";
import { percent } from "../../../kit/numbers/format.js";

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

/**
 * Shares over KL.
 * @param {number} most the largest KL
 * @param {ViewContext<any>} ctx
 * @param {Pick<Parameters<typeof picture>[0], "label" | "marks">} what
 */
export const overKl = (most, ctx, what) =>
  picture({
    ...what,
    width: ctx.width,
    height: 340,
    margin: { left: 50, right: 16, top: 16, bottom: 46 },
    x: [0, most],
    y: [0, 1],
    left: { format: (/** @type {number} */ each) => percent(each, 0) },
    bottom: { title: "KL from the SFT model, nats" },
  });
