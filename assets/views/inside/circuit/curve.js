// @ts-check
/**
 * Faithfulness and completeness by the number of parts.
 *
 * @import { CircuitGraph } from "../../../types/inside"
 * @import { ViewContext } from "../../../kit/view"
 */
import { dot, line, rule } from "../../../kit/drawing/marks.js";
import { picture } from "../../../kit/drawing/picture.js";
import { halfWidth } from "../../../kit/layout.js";
import { percent } from "../../../kit/numbers/format.js";
import { scaleLog } from "../../../vendor/d3.js";

/** @param {CircuitGraph} data @param {ViewContext} ctx */
export function curve(data, ctx) {
  const { sizes, faithful, complete, kept } = data;
  const all = [...faithful.a, ...complete.a, 0, 1];
  const shares = (/** @type {ArrayLike<number>} */ of) => sizes.map((size, at) => ({ size, share: of[at] }));
  const drawn = (/** @type {ArrayLike<number>} */ of, /** @type {string} */ color) => [
    line({ data: shares(of), x: ({ size }) => size, y: ({ share }) => share, color }),
    dot({ data: shares(of), x: ({ size }) => size, y: ({ share }) => share, r: 3, color }),
  ];
  return picture({
    label: `Of the answer’s lead, kept by 1 to ${sizes[sizes.length - 1]} parts alone and without them`,
    width: halfWidth(ctx.width),
    height: 300,
    margin: { left: 52, right: 16, top: 14, bottom: 46 },
    x: scaleLog().domain([1, sizes[sizes.length - 1]]),
    y: [Math.min(...all), Math.max(...all)],
    left: { format: (/** @type {number} */ value) => percent(value, 0), grid: true },
    bottom: { title: "parts", format: (/** @type {number} */ value) => (sizes.includes(value) ? String(value) : "") },
    marks: [
      rule({ y: 0 }),
      rule({ y: 1, dash: "4 4" }),
      rule({ x: kept, color: "prob" }),
      drawn(faithful.a, "river-deep"),
      drawn(complete.a, "neg"),
    ],
  });
}
