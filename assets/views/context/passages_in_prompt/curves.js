// @ts-check
/**
 * Means with their intervals along one axis, and what the three views say alike.
 *
 * @import { MeanRow, PromptQuestion } from "../../../types/context"
 * @import { ViewContext } from "../../../kit/view"
 */
import { control } from "../../../kit/controls/declared.js";
import { dot, line, rule } from "../../../kit/drawing/marks.js";
import { picture } from "../../../kit/drawing/picture.js";
import { signed } from "../../../kit/numbers/format.js";
import { html } from "../../../vendor/lit.js";

/** @typedef {{ color: string, points: readonly MeanRow[] }} Curve */

/** @param {ViewContext<any>} ctx */
export const settings = (ctx) =>
  html`<div class="settings-row">${control(ctx, "questions")} ${control(ctx, "among")} ${control(ctx, "tokens")}</div>`;

/**
 * @param {{ label: string, title: string, xs: readonly number[], format: (value: number) => string,
 *   curves: readonly Curve[] }} of
 * @param {number} width
 */
export function curves({ label, title, xs, format, curves: all }, width) {
  const bounds = all.flatMap(({ points }) => points.flatMap(({ mean, low, high }) => [mean, low, high]));
  const known = bounds.filter(Number.isFinite);
  const [least, most] = [Math.min(0, ...known), Math.max(0, ...known)];
  const room = 0.06 * (most - least || 1);
  const step = xs.length > 1 ? xs[1] - xs[0] : 1;
  return picture({
    label,
    width: Math.min(width, 760),
    height: 240,
    margin: { left: 52, right: 16, top: 26, bottom: 44 },
    x: [xs[0] - 0.3 * step, xs[xs.length - 1] + 0.3 * step],
    y: [least - room, most + room],
    left: { format: (value) => signed(value, 1), title: "nats" },
    bottom: { values: [...xs], format, title },
    marks: [
      rule({ y: 0, color: "line" }),
      all.map(({ color, points }, row) => {
        const at = (/** @type {number} */ place) => xs[place] + 0.04 * step * (row - (all.length - 1) / 2);
        const places = points.map((_, place) => place);
        return [
          places
            .filter((place) => Number.isFinite(points[place].low))
            .map((place) =>
              line({ data: [points[place].low, points[place].high], x: () => at(place), y: Number, color }),
            ),
          line({ data: places, x: at, y: (place) => points[place].mean, color }),
          dot({ data: places, x: at, y: (place) => points[place].mean, r: 3.5, color }),
        ];
      }),
    ],
  });
}

/** A mean and its bounds in words. @param {MeanRow} row */
export const said = ({ mean, low, high }) =>
  Number.isFinite(low) ? `${signed(mean)} (${signed(low)} to ${signed(high)})` : signed(mean);

/** Whether the interval holds nought, or nothing is known. @param {MeanRow} row */
export const unclear = ({ low, high }) => !(low > 0 || high < 0);

/** @param {readonly PromptQuestion[]} questions @param {number} asked */
export const progress = (questions, asked) =>
  questions.length < asked ? `${questions.length} of ${asked} questions are asked.` : "";
