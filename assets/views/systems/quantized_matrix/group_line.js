// @ts-check
/**
 * The matrix's weights as a histogram; under it one group's weights fall onto the values that they may take.
 *
 * @import { QuantizedMatrixCells } from "../../../types/systems"
 * @import { Cell } from "../../../kit/cells/matrix"
 */
import { bottomAxis } from "../../../kit/drawing/axis.js";
import { whole } from "../../../kit/numbers/format.js";
import { area, max, range, scaleLinear } from "../../../vendor/d3.js";
import { html, svg } from "../../../vendor/lit.js";
import { groupOf } from "./maps.js";

const TOP = 96;
const RAILS = [132, 196];
const HEIGHT = 226;

/** @param {QuantizedMatrixCells} data @param {Cell} at @param {number} width */
export function groupLine(data, at, width) {
  const group = groupOf(data, at.column);
  const columns = data.weights.shape[1];
  const places = range(group.from, group.to).map((column) => at.row * columns + column);
  const points = pointsOf(data, at.row, group.number);
  const edge =
    1.05 * Math.max(3 * data.sigma, ...points.map(Math.abs), ...places.map((i) => Math.abs(data.weights.a[i])));
  const x = scaleLinear([-edge, edge], [8, width - 8]);
  const y = scaleLinear([0, max(data.counts.a) ?? 1], [TOP, 8]);
  const bins = range(data.bins.a.length).filter((i) => Math.abs(data.bins.a[i]) <= edge);
  const shape = area()
    .x((i) => x(data.bins.a[Number(i)]))
    .y0(TOP)
    .y1((i) => y(data.counts.a[Number(i)]));
  const mine = data.codes.a[at.row * columns + at.column];
  return html`
    <h3 class="sub3">The code points of this group
      <small>above: all ${whole(data.out * data.d_in)} weights; below: ${whole(places.length)} of this group’s
        ${whole(data.group)} weights and the points to which they round</small></h3>
    <svg class="line" width=${width} height=${HEIGHT} role="img"
      aria-label="Histogram of the matrix, and the selected group's weights rounded to the format's values">
      <path class="all" d=${shape(/** @type {any} */ (bins)) ?? ""} />
      ${bottomAxis({ scale: x, y: TOP, count: width < 420 ? 4 : 7 })}
      ${places.map((i) => {
        const on = i === at.row * columns + at.column;
        return svg`<g class="fall ${on ? "on" : ""}">
          <line x1=${x(data.weights.a[i])} y1=${RAILS[0]} x2=${x(data.values.a[i])} y2=${RAILS[1]} />
          <circle cx=${x(data.weights.a[i])} cy=${RAILS[0]} r=${on ? 4.5 : 2.5} /></g>`;
      })}
      ${points.map(
        (point, code) => svg`
          <line class="point ${code === mine ? "on" : ""}" x1=${x(point)} x2=${x(point)} y1=${RAILS[1]}
            y2=${RAILS[1] + (points.length <= 16 ? 12 : 6)} />`,
      )}
      <text class="mine" x=${Math.max(40, Math.min(width - 40, x(points[mine])))} y=${RAILS[1] + 27}
        text-anchor="middle">
        ${mine.toString(2).padStart(data.bits, "0")}</text>
    </svg>`;
}

/**
 * Every value that a weight of the group may take, by its code.
 * @param {QuantizedMatrixCells} data
 * @param {number} row
 * @param {number} number
 */
export function pointsOf(data, row, number) {
  const i = row * data.step.shape[1] + number - data.first_group;
  const low = data.low ? data.low.a[i] : 0;
  return Array.from(data.levels.a, (level) => low + data.step.a[i] * level);
}
