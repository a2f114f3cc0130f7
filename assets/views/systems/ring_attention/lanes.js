// @ts-check
/**
 * What each rank did when: a lane a rank, computing, handing over and waiting as the processes noted it.
 *
 * @import { RingMoment } from "../../../types"
 * @import { At } from "./ring"
 */
import { bottomAxis } from "../../../kit/axis.js";
import { memory, timed } from "../../../kit/magnitude.js";
import { stepping } from "../../../kit/roving.js";
import { tooltip } from "../../../kit/tooltip.js";
import { max, scaleLinear } from "../../../vendor/d3.js";
import { svg } from "../../../vendor/lit.js";
import { passOf } from "./ring.js";

const NAMES = 56;
const LANE = 26;
const BAR = 14;
const AXIS = 24;
const TOP = 4;

/** @param {At} at */
export function lanes(at) {
  const { recording, step, choose, width } = at;
  const { ranks, moments } = recording;
  const end = max(moments.flat(), (each) => each.end) ?? 1;
  const x = scaleLinear([0, end], [NAMES, width - 8]);
  const bottom = TOP + ranks * LANE;
  const label = `What ${ranks} ranks did in ${timed(end)}: computing, sending, waiting; arrow keys step`;
  return svg`
    <svg class="fig lanes" width=${width} height=${bottom + AXIS} viewBox="0 0 ${width} ${bottom + AXIS}"
         role="application" tabindex="0" aria-label=${label}
         @keydown=${stepping({ at: step, count: 2 * ranks, choose })}>
      ${bottomAxis({ scale: x, y: bottom, grid: bottom - TOP, count: width > 600 ? 8 : 4 })}
      ${moments.map((did, rank) => lane(at, did, rank, x))}
    </svg>`;
}

/**
 * @param {At} at
 * @param {RingMoment[]} did
 * @param {number} rank
 * @param {(milliseconds: number) => number} x
 */
function lane(at, did, rank, x) {
  const y = TOP + rank * LANE + (LANE - BAR) / 2;
  return svg`
    <text x=${NAMES - 7} y=${y + BAR - 3} text-anchor="end">rank ${rank}</text>
    ${did.map((each) => moment(at, each, rank, x, y))}`;
}

/**
 * @param {At} at
 * @param {RingMoment} each
 * @param {number} rank
 * @param {(milliseconds: number) => number} x
 * @param {number} y
 */
function moment(at, each, rank, x, y) {
  const { does, phase, step, start, end, owner, bytes, name } = each;
  const { ranks } = at.recording;
  const { phase: shown, turn } = passOf(at);
  const now = phase === shown && step === turn ? "now" : "";
  const what = /** @type {Record<RingMoment["does"], [string, string]>} */ ({
    compute: ["computes with K, V of", `rank ${owner}`],
    send: [`sends ${name} of`, `rank ${owner}, ${memory(bytes)}`],
    wait: ["waits", ""],
  })[does];
  const tip = tooltip(`Rank ${rank}, ${phase} step ${step + 1}`, [what, ["time", timed(end - start)]]);
  const go = () => at.choose(step + (phase === "backward" ? ranks : 0));
  const wide = Math.max(does === "send" ? 2 : 0.6, x(end) - x(start));
  const thin = does === "wait" ? 4 : 0;
  return svg`
    <rect class="moment ${does} ${now}" x=${x(start)} y=${y + thin} width=${wide} height=${BAR - 2 * thin}
          @click=${go} @pointermove=${tip.show} @pointerleave=${tip.hide} />`;
}
