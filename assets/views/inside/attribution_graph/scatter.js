// @ts-check
/**
 * Every kept node taken out: what the graph predicted across, what the run did up.
 *
 * @import { AttributionGraph, GraphAgreement } from "../../../types/inside"
 */
import { dot, line } from "../../../kit/drawing/marks.js";
import { items, picture } from "../../../kit/drawing/picture.js";
import { decimal, signed } from "../../../kit/numbers/format.js";
import { keyOf, nameOf } from "./shown.js";

/** r with its interval. @param {GraphAgreement} of */
export const rText = ({ r, low, high, count }) =>
  Number.isFinite(r)
    ? `r ${decimal(r)}${Number.isFinite(low) ? ` (${decimal(low)} to ${decimal(high)})` : ""}, ${count} measured`
    : "not measured yet";

/** @param {AttributionGraph} data @param {number} width @param {string} chosen @param {(key: string) => void} open */
export function scatter(data, width, chosen, open) {
  const nodes = Array.from(data.live.a, (_, at) => at).filter((at) => Number.isFinite(data.live.a[at]));
  const most = Math.max(
    0.1,
    ...nodes.flatMap((at) => [data.predicted.a[at], data.live.a[at], data.frozen.a[at]].map(Math.abs)),
  );
  const side = Math.min(Math.max(240, width), 400);
  const format = (/** @type {number} */ value) => (value ? signed(value, 1) : "0");
  return picture({
    label: `Predicted and measured change of the logit, ${nodes.length} nodes taken out; ${rText(data.by_live)}`,
    width: side,
    height: side,
    margin: { left: 50, right: 12, top: 14, bottom: 44 },
    x: [-most, most],
    y: [-most, most],
    left: { title: "measured", format, grid: true },
    bottom: { title: "predicted", format, grid: true },
    marks: [
      line({ data: [-most, most], x: Number, y: Number, color: "ink3", dash: "4 4" }),
      nodes.map((at) => dot({ x: data.predicted.a[at], y: data.frozen.a[at], r: 3, color: "ink3", hollow: true })),
      items({
        data: nodes,
        key: (at) => keyOf(data, at),
        told: (at) => ({
          title: nameOf(data, at),
          lines: [
            ["predicted", signed(data.predicted.a[at])],
            ["frozen", signed(data.frozen.a[at])],
            ["live", signed(data.live.a[at])],
          ],
        }),
        press: (at) => open(keyOf(data, at)),
        chosen: (at) => keyOf(data, at) === chosen,
        marks: (at) => dot({ x: data.predicted.a[at], y: data.live.a[at], r: 3.5, color: "river-deep" }),
      }),
    ],
  });
}
