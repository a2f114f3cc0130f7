// @ts-check
/**
 * What can be set of the corruption: the text, how much of it is cut, how long the spans are.
 *
 * @import { ViewContext } from "../../../kit/view"
 * @import { SpanFilling } from "../../../types"
 */
import { number, slider } from "../../../kit/controls.js";
import { counted } from "../../../kit/format.js";
import { html } from "../../../vendor/lit.js";

const LARGEST_SEED = 2 ** 31 - 1;

/** @param {SpanFilling} data @param {ViewContext} ctx */
export function settings({ asked }, ctx) {
  const share = Number(ctx.controls.density ?? asked.density);
  const length = Number(ctx.controls.mean ?? asked.mean_span);
  return html`
    <div class="settings cutting">
      ${slider({
        label: "Cut out",
        value: share,
        least: 5,
        most: 40,
        step: 5,
        format: (value) => `${value} %`,
        choose: (value) => ctx.control("density", value),
      })}
      ${slider({
        label: "Mean span",
        value: length,
        least: 1,
        most: 10,
        format: (value) => counted(value, "token"),
        choose: (value) => ctx.control("mean", value),
      })}
      ${number({
        label: "Seed",
        value: asked.seed,
        least: 0,
        most: LARGEST_SEED,
        choose: (value) => ctx.control("draw", value),
      })}
    </div>`;
}
