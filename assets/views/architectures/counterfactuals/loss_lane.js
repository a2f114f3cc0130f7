// @ts-check
/**
 * The loss of a row on one scale with all rows: a dot on a stem from the run's own, a ring in the other run.
 *
 * @import { CounterfactualCounts, CountRow } from "../../../types/architectures"
 * @import { ViewContext } from "../../../kit/view"
 */
import { extent, scaleLinear } from "../../../vendor/d3.js";
import { nothing, svg } from "../../../vendor/lit.js";
import { withCount } from "./compared_counts.js";

export const LANE = { narrow: 70, middle: 110, wide: 190, height: 18, inset: 6 };

/**
 * How far the loss lies from the run's own.
 * @param {CountRow} row
 * @param {CounterfactualCounts} data
 * @param {ViewContext<any, CounterfactualCounts>} ctx
 * @param {number} width
 */
export function lossLane({ loss, k }, { rows, trained }, ctx, width) {
  const base = ctx.there?.rows;
  const [low = 0, high = 0] = extent([...rows, ...(base ?? [])], (row) => row.loss);
  const x = scaleLinear([low, Math.max(low + 1e-6, high)], [LANE.inset, width - LANE.inset]);
  const own = x(rows[0].loss);
  const middle = LANE.height / 2;
  const was = withCount(ctx, k)?.loss ?? null;
  const untouched = base?.[0].loss ?? null;
  return svg`
    <svg class="loss-lane" width=${width} height=${LANE.height} aria-hidden="true">
      <line class="zero" x1=${own} x2=${own} y1="0" y2=${LANE.height} />
      ${untouched === null ? nothing : upright(x(untouched))}
      <line class="stem" x1=${own} x2=${x(loss)} y1=${middle} y2=${middle} />
      ${was === null ? nothing : svg`<circle class="was" data-was=${was} cx=${x(was)} cy=${middle} r="4" />`}
      <circle class=${k === trained ? "own" : ""} cx=${x(loss)} cy=${middle} r="4" />
    </svg>`;
}

/** @param {number} x */
const upright = (x) => svg`<line class="was" x1=${x} x2=${x} y1="0" y2=${LANE.height} />`;
