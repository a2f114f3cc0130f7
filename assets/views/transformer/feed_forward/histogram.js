// @ts-check
/**
 * How many gates lie where, below the cloud and on its scale, with the nonlinearity over them.
 *
 * @import { FeedForwardGates } from "../../../types"
 * @import { Frame } from "./cloud.js"
 */
import { leftAxis } from "../../../kit/axis.js";
import { whole } from "../../../kit/format.js";
import { bin, extent, line, max, range, scaleLinear } from "../../../vendor/d3.js";
import { nothing, svg } from "../../../vendor/lit.js";

/** Pixels of a bar, about; bars at least and at most. */
const BAR = 11;
const BARS = [20, 60];
const TITLE = 20;
const FOOT = 4;

/**
 * @param {FeedForwardGates} data
 * @param {Frame} frame
 * @param {number} height
 */
export function histogram(data, frame, height) {
  const { across, x, left, right, end } = frame;
  const [low, high] = across.domain();
  const count = Math.max(BARS[0], Math.min(BARS[1], Math.round((right - left) / BAR)));
  const edges = range(1, count).map((at) => low + (at * (high - low)) / count);
  const bars = bin().domain([low, high]).thresholds(edges)(data.gate_pre.a);
  const most = max(bars, (bar) => bar.length) ?? 1;
  const [top, bottom] = [end - height + TITLE, end - FOOT];
  const y = scaleLinear([0, most], [bottom, top]);
  return svg`
    <g class="histogram">
      ${leftAxis({ scale: y, x: left, grid: right - left, count: 2, format: whole, title: "how many neurons" })}
      ${bars.map(({ x0 = low, x1 = high, length }) =>
        length
          ? svg`<rect x=${x(x0) + 0.5} width=${Math.max(1, x(x1) - x(x0) - 1)} y=${Math.min(y(length), bottom - 0.8)}
                      height=${Math.max(0.8, bottom - y(length))} rx="1" />`
          : nothing,
      )}
      <line class="zero" x1=${x(0)} x2=${x(0)} y1=${top} y2=${bottom} />
      ${data.gated ? nonlinearity(data, frame, [bottom - 2, top]) : nothing}
    </g>`;
}

/**
 * Its shape alone: it has a scale of its own.
 * @param {FeedForwardGates} data
 * @param {Frame} frame
 * @param {[bottom: number, top: number]} between
 */
function nonlinearity({ curve_x, curve_y, activation }, { across, x, right }, between) {
  const [low, high] = across.domain();
  const [least = 0, largest = 1] = extent(curve_y.a);
  const y = scaleLinear([least, largest], between);
  const draw = line(
    (/** @type {number} */ value) => x(value),
    (_, at) => Math.round(10 * y(curve_y.a[at])) / 10,
  ).defined((value) => value >= low && value <= high);
  return svg`
    <path class="nonlinearity" d=${draw(curve_x.a) ?? ""} />
    <text class="ink halo" x=${right - 0.42 * (right - x(0))} y=${between[1] + 10}
      text-anchor="end">${activation}(gate)</text>`;
}
