// @ts-check
/**
 * The two charts of attention's growth: milliseconds by length, and floating-point operations by length.
 *
 * @import { AttentionGrown, GrownPart, PartWork } from "../../../types"
 */
import { whole } from "../../../kit/format.js";
import { logAxis } from "../../../kit/log_axis.js";
import { operations, timed } from "../../../kit/magnitude.js";
import { plot } from "../../../kit/plot.js";

const HEIGHT = 340;
/** Room at the right for the lines' names. */
const NAMES = 96;

/** They differ by colour, dashes and the shape of their points. */
export const PARTS = /** @type {const} */ ([
  { part: "attention", name: "attention", color: "ink", symbol: "square", dash: "solid" },
  { part: "softmax", name: "its softmax", color: "ink3", symbol: "square-open", dash: "dot" },
  { part: "fused", name: "torch’s fused", color: "river-deep", symbol: "diamond", dash: "dash" },
  { part: "projections", name: "projections", color: "pos", symbol: "triangle-up", dash: "dashdot" },
  { part: "feed_forward", name: "feed-forward", color: "prob", symbol: "circle", dash: "solid" },
]);

/** @param {AttentionGrown} data @param {string} part */
export const partOf = (data, part) => /** @type {GrownPart} */ (data.parts.find((each) => each.part === part));

/** @param {AttentionGrown} data @param {string} part */
export const workOf = (data, part) => /** @type {PartWork} */ (data.work.find((each) => each.part === part));

/** @param {AttentionGrown} data */
export function timeChart(data) {
  const { lengths, by_clock } = data;
  return plot({
    label: "Milliseconds of each part of the block by length; arrow keys walk the lengths",
    height: HEIGHT,
    traces: PARTS.map(({ part, name, ...look }) => {
      const { ms, low, high } = partOf(data, part);
      const customdata = lengths.map((n, at) => [name, whole(n), timed(ms[at]), timed(low[at]), timed(high[at])]);
      const hover = "%{customdata[0]}, n = %{customdata[1]}: %{customdata[2]} (%{customdata[3]} to %{customdata[4]})";
      return {
        x: lengths,
        y: ms,
        whiskers: { low, high },
        customdata,
        hover: `${hover}<extra></extra>`,
        ...drawn(name, look),
      };
    }),
    x: lengthAxis(lengths),
    y: { ...logAxis(data.parts.flatMap(({ low, high }) => [...low, ...high])), title: "ms" },
    marks: by_clock === null ? [] : [crossing(by_clock, "by the clock")],
    margin: { r: NAMES },
  });
}

/** @param {AttentionGrown} data */
export function workChart(data) {
  const { lengths, by_count } = data;
  const shown = PARTS.filter(({ part }) => workOf(data, part));
  const axis = logAxis(data.work.flatMap(({ formula }) => formula));
  const within = by_count >= lengths[0] && by_count <= lengths[lengths.length - 1];
  return plot({
    label: "Floating-point operations of each part of the block by length; arrow keys walk the lengths",
    height: HEIGHT,
    traces: [
      ...shown.map(({ part, name, color, dash }) => {
        const { formula } = workOf(data, part);
        const customdata = lengths.map((n, at) => [name, whole(n), operations(formula[at])]);
        const hover = "%{customdata[0]}, n = %{customdata[1]}: %{customdata[2]} by formula<extra></extra>";
        return { x: lengths, y: formula, name, labelled: true, color, dash, customdata, hover };
      }),
      ...shown.map(({ part, name, color, symbol }) => {
        const { counted } = workOf(data, part);
        const customdata = lengths.map((n, at) => [name, whole(n), whole(counted[at])]);
        const hover = "%{customdata[0]}, n = %{customdata[1]}: %{customdata[2]} counted<extra></extra>";
        return { x: lengths, y: counted, mode: "markers", color, symbol, hollow: true, size: 8, customdata, hover };
      }),
    ],
    x: lengthAxis(lengths),
    y: { ...axis, ticktext: axis.tickvals.map(operations) },
    marks: within ? [crossing(by_count, "by the count")] : [],
    margin: { r: NAMES, l: 74 },
  });
}

/** @param {number} n @param {string} how */
const crossing = (n, how) => ({
  x: n,
  label: `${whole(Math.round(n))} ${how}`,
  side: /** @type {const} */ ("left"),
  dash: "dot",
  color: "ink3",
});

/** @param {string} name @param {{ color: string, symbol: string, dash: string }} look */
const drawn = (name, look) => ({ ...look, name, labelled: true, mode: "lines+markers", size: 7 });

/** Doublings of the shortest. @param {readonly number[]} lengths */
function lengthAxis(lengths) {
  const doubled = lengths.filter((n) => Number.isInteger(Math.log2(n / lengths[0])));
  return { ...logAxis(lengths), tickvals: doubled, ticktext: doubled.map(whole), title: "tokens n" };
}
