// @ts-check
/**
 * Blocks of the pool that are in use after each pass of continuous batching.
 *
 * @import { Picture } from "./lanes"
 */

import { turned } from "../../../kit/drawing/turned.js";
import { timed } from "../../../kit/numbers/magnitude.js";
import { tooltip } from "../../../kit/tooltip.js";
import { max, scaleLinear } from "../../../vendor/d3.js";
import { svg } from "../../../vendor/lit.js";

const GAP = 0.6;

/** @param {Picture} picture */
export function poolInUse({ data, down, time, pool }) {
  const { passes, blocks } = data.continuous;
  const y = scaleLinear([0, data.pool.blocks], [pool.from, pool.to]);
  const { box, point } = turned(down);
  const level = (/** @type {number} */ count) => {
    const [start, end] = time.range();
    return { from: point(start, y(count)), to: point(end, y(count)) };
  };
  const [none, all] = [level(0), level(data.pool.blocks)];
  return svg`
    <g class="pool">
      ${passes.map(([from, to], pass) => {
        const area = box([time(from) + GAP, time(to) - GAP], [y(0), y(blocks[pass] ?? 0)]);
        const tip = tooltip(`Pass ${pass + 1}, continuous`, [
          ["blocks in use", `${blocks[pass] ?? 0} of ${data.pool.blocks}`],
          ["time", `${timed(1000 * from)} to ${timed(1000 * to)}`],
        ]);
        return svg`
          <rect class="in-use" x=${area.x} y=${area.y} width=${Math.max(0.5, area.width)}
            height=${Math.max(0.5, area.height)} @pointermove=${tip.show} @pointerleave=${tip.hide} />`;
      })}
      <line class="zero" x1=${none.from.x} y1=${none.from.y} x2=${none.to.x} y2=${none.to.y} />
      <line class="limit" x1=${all.from.x} y1=${all.from.y} x2=${all.to.x} y2=${all.to.y} />
      ${
        down
          ? svg`<text class="h" x=${pool.from} y="14">Blocks</text>`
          : svg`
            <text class="h" x="0" y=${pool.to + 12}>Blocks in use</text>
            <text class="dim" x="0" y=${pool.to + 28}>pool of ${data.pool.blocks}, most ${max(blocks) ?? 0}</text>`
      }
    </g>`;
}
