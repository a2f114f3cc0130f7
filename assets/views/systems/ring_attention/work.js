// @ts-check
/**
 * Work a rank as bars: what was counted, and the processor's time that was measured, in both layouts on one scale.
 *
 * @import { RankWork, RingWay } from "../../../types/systems"
 */

import { stacks } from "../../../kit/drawing/stacks.js";
import { halfWidth } from "../../../kit/layout.js";
import { percent } from "../../../kit/numbers/format.js";
import { operations, timed } from "../../../kit/numbers/magnitude.js";
import { max } from "../../../vendor/d3.js";
import { html } from "../../../vendor/lit.js";
import { KINDS } from "./ways.js";

/**
 * @param {RingWay[]} ways
 * @param {number} width
 */
export function work(ways, width) {
  const side = halfWidth(width);
  const everyone = ways.flatMap(({ work: all }) => all);
  const flops = max(everyone, (each) => each.flops) ?? 1;
  const time = max(everyone, ({ cpu }) => cpu?.high ?? 0) || 1;
  return html`
    <div class="side-by-side">
      ${KINDS.map(({ kind, name }) => {
        const all = ways.find((each) => each.kind === kind)?.work ?? [];
        return html`
          <div>
            <h3 class="sub3">${name} <small>FLOPs, counted</small></h3>
            ${stacks({
              rows: all.map((each, rank) => countedRow(each, rank, all)),
              width: side,
              most: flops,
              label: `FLOPs of each rank, ${name}`,
              names: 50,
              numbers: 92,
              height: 24,
            })}
            <h3 class="sub3">
              ${name} <small>processor time in ms, measured: a tick at the median, the middle half of the rounds
                pale</small></h3>
            ${stacks({
              rows: all.map(timedRow),
              width: side,
              most: time,
              label: `Processor time of each rank, ${name}`,
              names: 50,
              numbers: 92,
              height: 24,
              ticks: 5,
            })}
          </div>`;
      })}
    </div>`;
}

/**
 * @param {RankWork} each
 * @param {number} rank
 * @param {RankWork[]} all
 * @returns {import("../../../kit/drawing/stacks").Stack}
 */
function countedRow({ flops }, rank, all) {
  const share = flops / all.reduce((sum, each) => sum + each.flops, 0);
  return {
    name: `rank ${rank}`,
    title: `Rank ${rank}`,
    parts: [{ from: 0, to: flops, look: "quiet" }],
    numbers: [operations(flops)],
    details: [
      ["computes", operations(flops)],
      ["of all", percent(share)],
    ],
  };
}

/**
 * @param {RankWork} each
 * @param {number} rank
 * @returns {import("../../../kit/drawing/stacks").Stack}
 */
function timedRow({ cpu, compute, wait, send }, rank) {
  const { ms, low, high } = cpu ?? { ms: 0, low: 0, high: 0 };
  return {
    name: `rank ${rank}`,
    title: `Rank ${rank}`,
    parts: [
      { from: 0, to: low, look: "solid" },
      { from: low, to: high, look: "pale" },
    ],
    tick: ms,
    numbers: [timed(ms)],
    details: [
      ["processor time, median", timed(ms)],
      ["middle half", `${timed(low)} to ${timed(high)}`],
      ["computing, wall-clock time", timed(compute?.ms ?? 0)],
      ["waiting", timed(wait?.ms ?? 0)],
      ["sending", timed(send?.ms ?? 0)],
    ],
  };
}
