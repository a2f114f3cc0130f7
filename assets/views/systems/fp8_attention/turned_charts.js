// @ts-check
/**
 * What the rotation does to the largest number of each coordinate, and to where numbers fall among the powers of two.
 *
 * @import { Fp8Turned } from "../../../types/systems"
 * @import { ViewContext } from "../../../kit/view"
 *
 * @typedef {Fp8Turned["before"]} Side
 */
import { plot } from "../../../kit/chart/plot.js";
import { range, sum } from "../../../vendor/d3.js";

export const NAMES = { q: "queries", k: "keys" };
/** Of a chart whose legend has four entries. */
const HIGHER = 270;
/** How the run beside this one is drawn. */
const BESIDE = { mode: "lines+markers", size: 5, width: 1.2, dash: "dot", hollow: true };

/** @param {Fp8Turned} data @param {"q" | "k"} which @param {ViewContext<any, Fp8Turned>} ctx */
export function coordinates(data, which, ctx) {
  const { there } = ctx;
  const from = which === "q" ? 0 : data.d_head;
  const of = (/** @type {Side} */ side) => Array.from(side.largest.a.subarray(from, from + data.d_head));
  const x = range(data.d_head);
  return plot({
    label: `Largest of each coordinate of ${NAMES[which]}, before and after the rotation`,
    height: there ? HIGHER : 220,
    traces: [
      { x, y: of(data.before), name: "before", color: "river-deep", type: "bar" },
      { x, y: of(data.after), name: "after", color: "prob", mode: "lines+markers", size: 4, width: 1.5 },
      ...(there
        ? [
            { x, y: of(there.before), name: `before, ${ctx.beside.name}`, color: "ink", ...BESIDE },
            { x, y: of(there.after), name: `after, ${ctx.beside.name}`, color: "prob", ...BESIDE },
          ]
        : []),
    ],
    x: { title: "coordinate" },
    y: { title: "largest number", rangemode: "tozero" },
  });
}

/** @param {Fp8Turned} data @param {"q" | "k"} which @param {ViewContext<any, Fp8Turned>} ctx */
export function powers(data, which, ctx) {
  const { there } = ctx;
  const classes = data.before.sizes.shape[1];
  const from = which === "q" ? 0 : classes;
  const shares = (/** @type {Side} */ side) => {
    const counts = Array.from(side.sizes.a.subarray(from, from + classes));
    return counts.map((each) => (100 * each) / sum(counts));
  };
  const x = range(classes).map((at) => data.lowest - 1 + at);
  return plot({
    label: `Share of ${NAMES[which]} in each power of two, before and after the rotation`,
    height: there ? HIGHER : 220,
    bars: "group",
    traces: [
      { x, y: shares(data.before), name: "before", color: "river-deep", type: "bar" },
      { x, y: shares(data.after), name: "after", color: "prob", type: "bar" },
      ...(there
        ? [
            { x, y: shares(there.before), name: `before, ${ctx.beside.name}`, color: "ink", ...BESIDE },
            { x, y: shares(there.after), name: `after, ${ctx.beside.name}`, color: "prob", ...BESIDE },
          ]
        : []),
    ],
    x: {
      title: "size, as a power of two",
      tickvals: x.filter((each) => each % 4 === 0),
      ticktext: x.filter((each) => each % 4 === 0).map((each) => `2<sup>${String(each).replace("-", "−")}</sup>`),
    },
    y: { title: "% of the numbers" },
    marks: [{ x: -6.5, label: "fewer digits", side: "left" }],
  });
}
