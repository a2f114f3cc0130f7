// @ts-check
/**
 * How far a text's routing lies from each kind's, and how far that kind's own passages lie from it.
 *
 * @import { OwnText } from "../../../types/architectures"
 */

import { rove } from "../../../kit/controls/roving.js";
import { percent } from "../../../kit/numbers/format.js";
import { tooltip } from "../../../kit/tooltip.js";
import { max, minIndex, scaleLinear } from "../../../vendor/d3.js";
import { svg } from "../../../vendor/lit.js";
import { hundredths } from "./selection.js";

/** The kind that lies nearest. @param {OwnText} data */
export const nearestOf = (data) => minIndex(data.apart.a);

const NAMES = 92;
const NUMBERS = 46;
const ROW = 24;
const BAR = 11;

/** @param {{ data: OwnText, width: number }} options */
export function nearestKinds({ data, width }) {
  const most = max([...data.apart.a, ...data.typical.a]) || 1;
  const x = scaleLinear([0, most], [NAMES, width - NUMBERS]);
  const height = data.kinds.length * ROW + 2;
  return svg`
    <svg class="fig nearest-kinds" viewBox="0 0 ${width} ${height}" width=${width} height=${height} role="group"
      data-rove @keydown=${rove}
      aria-label="Distance from each kind: ${data.kinds
        .map((name, kind) => `${name} ${hundredths(data.apart.a[kind])} %`)
        .join(", ")}">
      ${data.kinds.map((name, kind) => row({ data, name, kind, x, width }))}
      <line class="zero" x1=${NAMES} x2=${NAMES} y1="0" y2=${height} />
    </svg>`;
}

/** @param {{ data: OwnText, name: string, kind: number, x: (value: number) => number, width: number }} options */
function row({ data, name, kind, x, width }) {
  const [distance, typical, nearest] = [data.apart, data.typical, data.nearest].map(({ a }) => a[kind]);
  const first = kind === nearestOf(data);
  const middle = (kind + 0.5) * ROW;
  const tip = tooltip(name, [
    ["choices that differ", percent(distance)],
    ["median of its own passages", percent(typical)],
    ["nearest in bootstrap samples", percent(nearest)],
  ]);
  const label =
    `${name}: ${percent(distance)} of the choices differ, median of its own passages ${percent(typical)}, ` +
    `nearest in ${percent(nearest)} of the bootstrap samples`;
  return svg`
    <g class="kind-row ${first ? "nearest" : ""}" role="img" tabindex=${kind === 0 ? 0 : -1} aria-label=${label}
      @pointermove=${tip.show} @pointerleave=${tip.hide} @focus=${tip.beside} @blur=${tip.hide}>
      <rect class="hit" x="0" y=${kind * ROW} width=${width} height=${ROW} rx="3" />
      <text aria-hidden="true" class=${first ? "b ink" : ""} x=${NAMES - 8} y=${middle + 4}
        text-anchor="end">${name}</text>
      <rect class="distance" x=${NAMES} y=${middle - BAR / 2} width=${x(distance) - NAMES} height=${BAR} rx="1" />
      <line class="typical" x1=${x(typical)} x2=${x(typical)} y1=${middle - BAR} y2=${middle + BAR} />
      <text aria-hidden="true" class=${first ? "b ink num" : "num"} x=${width} y=${middle + 4}
        text-anchor="end">${hundredths(distance)}</text>
    </g>`;
}
