// @ts-check
/**
 * How many gates lie where, below the cloud and on its scale, with the nonlinearity over them.
 *
 * @import { FeedForwardGates } from "../../../types/transformer"
 */

import { bar, line, rule, text } from "../../../kit/drawing/marks.js";
import { picture } from "../../../kit/drawing/picture.js";
import { whole } from "../../../kit/numbers/format.js";
import { bin, extent, max, range } from "../../../vendor/d3.js";

/** Pixels of a bar, about; bars at least and at most. */
const BAR = 11;
const BARS = [20, 60];
const HEIGHT = 96;

/**
 * @param {FeedForwardGates} data
 * @param {{ width: number, across: readonly [number, number], margin: { left: number, right: number } }} cloud
 */
export function histogram(data, { width, across: [low, high], margin: { left, right } }) {
  const count = Math.max(BARS[0], Math.min(BARS[1], Math.round((width - left - right) / BAR)));
  const edges = range(1, count).map((at) => low + (at * (high - low)) / count);
  const bars = bin().domain([low, high]).thresholds(edges)(data.gate_pre.a);
  const most = max(bars, (each) => each.length) ?? 1;
  const [least = 0, largest = 1] = extent(data.curve_y.a);
  /** The nonlinearity has a scale of its own. @param {number} value */
  const shape = (value) => ((value - least) / (largest - least || 1)) * most;
  return picture({
    label: `How many of ${whole(data.gate_pre.a.length)} gates lie where: at most ${whole(most)} in one bar`,
    width,
    height: HEIGHT,
    margin: { left, right, top: 20, bottom: 4 },
    x: [low, high],
    y: [0, most],
    left: { count: 2, format: whole, title: "how many neurons" },
    marks: [
      bar({
        data: bars.filter((each) => each.length),
        x: ({ x0 = low, x1 = high }) => [x0, x1],
        y: (each) => [0, each.length],
        ...{ color: "river", least: 0.8, gap: 0.5 },
      }),
      rule({ x: 0 }),
      data.gated && [
        line({
          data: data.curve_x.a,
          x: (value) => (value >= low && value <= high ? value : Number.NaN),
          y: (_, at) => shape(data.curve_y.a[at]),
          ...{ color: "ink", stroke: 1.6 },
        }),
        text({
          ...{ x: high - 0.42 * high, y: most, dy: 6, anchor: "end", className: "ink haloed" },
          text: `${data.activation}(gate)`,
        }),
      ],
    ],
  });
}
