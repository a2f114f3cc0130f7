// @ts-check
/**
 * What all pictures of the run share: the slider over its checkpoints, the axis of steps, the button that opens one.
 *
 * @import { TrainedCheckpoint } from "../../../types/shared"
 * @import { ViewContext } from "../../../kit/view"
 *
 * @typedef {{ steps: readonly number[], checkpoints: TrainedCheckpoint[] }} Through
 */
import { openCheckpoints } from "../../../kit/checkpoint.js";
import { control } from "../../../kit/controls/declared.js";
import { whole } from "../../../kit/numbers/format.js";
import { html } from "../../../vendor/lit.js";

const TICKS = [0, 1, 4, 16, 64, 256, 1024];
const ROOM = 0.3;

/** Where a step lies: the axis has room for step 0, and is a log scale from there on. @param {number} step */
export const place = (step) => Math.log2(1 + step);

/** The axis of steps, to the last one. @param {readonly number[]} steps */
export function stepAxis(steps) {
  const last = steps[steps.length - 1];
  const ticks = [...TICKS.filter((each) => each <= last / 2), last];
  return {
    title: "steps done, log scale of 1 + steps",
    range: [-ROOM, place(last) + ROOM],
    tickvals: ticks.map(place),
    ticktext: ticks.map(whole),
  };
}

/** The place in the list of the checkpoint that is chosen; the last one so far, while others are measured. */
/** @param {Through} data @param {ViewContext<any>} ctx */
export function chosen({ steps }, ctx) {
  const at = steps.indexOf(Number(ctx.controls.step));
  return at < 0 ? steps.length - 1 : at;
}

/** The slider, and the button. @param {Through} data @param {ViewContext<any>} ctx */
export function choice(data, ctx) {
  return html`
    <div class="settings-row">${control(ctx, "step", { as: "slider", live: true, format: whole })}</div>
    ${openCheckpoints(ctx, data.checkpoints, { names: { run: "Three Kinds" }, step: data.steps[chosen(data, ctx)] })}`;
}

/** The thin line at the checkpoint that is chosen. @param {Through} data @param {ViewContext<any>} ctx */
export function here(data, ctx) {
  const step = data.steps[chosen(data, ctx)];
  const late = 2 * place(step) > place(data.steps[data.steps.length - 1]);
  return /** @type {const} */ ({
    x: place(step),
    label: `step ${whole(step)}`,
    color: "ink",
    side: late ? "left" : "right",
  });
}

/** A press in a chart chooses the checkpoint nearest to it. @param {Through} data @param {ViewContext<any>} ctx */
export const pressed = (data, ctx) => (/** @type {{ x?: unknown } | undefined} */ at) => {
  const x = Number(at?.x);
  if (!Number.isFinite(x)) return;
  const away = data.steps.map((step) => Math.abs(place(step) - x));
  ctx.control("step", data.steps[away.indexOf(Math.min(...away))]);
};
