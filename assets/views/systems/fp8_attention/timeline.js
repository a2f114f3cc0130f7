// @ts-check
/**
 * Two lanes a schedule, products above and softmax below, on one scale of time.
 *
 * @import { Fp8Overlap } from "../../../types/systems"
 */

import { rove } from "../../../kit/controls/roving.js";
import { bottomAxis } from "../../../kit/drawing/axis.js";
import { decimal } from "../../../kit/numbers/format.js";
import { tooltip } from "../../../kit/tooltip.js";
import { max, scaleLinear } from "../../../vendor/d3.js";
import { svg } from "../../../vendor/lit.js";

/** @type {Record<string, string>} */
export const NAMES = {
  serial: "one after the other",
  "ping-pong": "ping-pong of two warpgroups",
  pipelined: "pipelined within a warpgroup",
  both: "ping-pong and pipelined",
};
const KINDS = ["scores", "softmax", "output"];
const LANE = { height: 20, gap: 3, name: 18, after: 12 };
const LEFT = { wide: 110, narrow: 4 };
const MICRO = 1e6;
/** Pixels of a letter in a task that has room for its name. */
const LETTER = 6.4;

/**
 * @param {Fp8Overlap} data
 * @param {number} width in pixels
 */
export function timeline(data, width) {
  const narrow = width < 620;
  const left = narrow ? LEFT.narrow : LEFT.wide;
  const most = MICRO * (max(data.schedules, ({ seconds }) => seconds) ?? 1);
  const x = scaleLinear([0, most], [left, width - 8]);
  const step = LANE.name + 2 * LANE.height + LANE.gap + LANE.after;
  const bottom = data.schedules.length * step;
  return svg`
    <svg class="fig timeline" viewBox="0 0 ${width} ${bottom + 36}" width=${width} height=${bottom + 36} role="group"
      data-rove @keydown=${rove} aria-label="Simulated timelines of four schedules; arrow keys walk the tasks">
      ${bottomAxis({ scale: x, y: bottom, grid: bottom, count: narrow ? 4 : 8, title: "microseconds, simulated" })}
      ${data.schedules.map((schedule, at) => lanes(schedule, { x, left, narrow, top: at * step, first: at === 0 }))}
    </svg>`;
}

/**
 * @param {Fp8Overlap["schedules"][number]} schedule
 * @param {{ x: (us: number) => number, left: number, narrow: boolean, top: number, first: boolean }} place
 */
function lanes({ name, tasks }, { x, left, narrow, top, first }) {
  const y = (/** @type {number} */ kind) => top + LANE.name + (kind === 1 ? LANE.height + LANE.gap : 0);
  const middle = LANE.height / 2 + 4;
  const names = narrow
    ? ""
    : svg`
      <text class="dim" x=${left - 8} y=${y(0) + middle} text-anchor="end">tensor cores</text>
      <text class="dim" x=${left - 8} y=${y(1) + middle} text-anchor="end">exponentials</text>`;
  return svg`
    <text class="b ink" x=${left} y=${top + 13}>${NAMES[name]}</text>
    ${names}
    ${Array.from({ length: tasks.shape[0] }, (_, at) =>
      task([...tasks.a.subarray(5 * at, 5 * at + 5)], { x, y, name, middle, focused: first && at === 0 }),
    )}`;
}

/**
 * @param {number[]} numbers warpgroup, tile, kind, start, end
 * @param {{ x: (us: number) => number, y: (kind: number) => number, name: string, middle: number, focused: boolean }}
 *   place
 */
function task([group, tile, kind, start, end], { x, y, name, middle, focused }) {
  const tip = tooltip(`${KINDS[kind]} of tile ${tile + 1}, warpgroup ${group + 1}`, [
    ["from", `${decimal(start, 3)} µs`],
    ["to", `${decimal(end, 3)} µs`],
  ]);
  const width = x(end) - x(start);
  const said =
    `${NAMES[name]}: ${KINDS[kind]} of tile ${tile + 1}, warpgroup ${group + 1}, ${decimal(start, 2)} ` +
    `to ${decimal(end, 2)} microseconds`;
  const letter = `${["S", "exp", "O"][kind]} ${tile + 1}`;
  return svg`
    <g class="task g${group} ${KINDS[kind]}" role="img" tabindex=${focused ? 0 : -1} aria-label=${said}
      @pointermove=${tip.show} @pointerleave=${tip.hide} @focus=${tip.beside} @blur=${tip.hide}>
      <rect x=${x(start) + 0.5} y=${y(kind)} width=${Math.max(1, width - 1)} height=${LANE.height} rx="2" />
      ${
        width > LETTER * letter.length + 4
          ? svg`<text x=${(x(start) + x(end)) / 2} y=${y(kind) + middle} text-anchor="middle">${letter}</text>`
          : ""
      }
    </g>`;
}
