// @ts-check
/**
 * The square of all queries and keys in the tiles of the ranks: what is computed now, what was, what never is.
 *
 * @import { RingPair } from "../../../types"
 * @import { At } from "./ring"
 */
import { stepping } from "../../../kit/roving.js";
import { tooltip } from "../../../kit/tooltip.js";
import { scaleLinear } from "../../../vendor/d3.js";
import { nothing, svg } from "../../../vendor/lit.js";

const MOST = 380;
const NAMES = 56;
const TOP = 22;
/** Below so many pixels a tile has no number. */
const READABLE = 15;

/** As the page counts positions. @param {[number, number]} chunk from, and up to but without */
export const positions = ([from, to]) => (to - from === 1 ? String(from) : `${from}–${to - 1}`);

/** @param {At} at */
export function square(at) {
  const { recording, step, choose } = at;
  const side = Math.min(at.width - NAMES - 2, MOST);
  const length = Math.max(...recording.pairs.map(({ queries }) => queries[1]));
  const scale = scaleLinear([0, length], [0, side]);
  const turn = step % recording.ranks;
  const [width, height] = [NAMES + side + 2, TOP + side + 2];
  const computed = recording.pairs.filter((pair) => pair.computed);
  const count = computed.filter((pair) => pair.step === turn).length;
  const tiles = `${computed.length} of ${recording.pairs.length} tiles are computed`;
  const label = `${tiles}, ${count} at this step; arrow keys step`;
  const move = (/** @type {number} */ to) => choose(Math.floor(step / recording.ranks) * recording.ranks + to);
  return svg`
    <svg class="fig square" width=${width} height=${height} viewBox="0 0 ${width} ${height}"
      style="max-width:${width}px" role="application" tabindex="0" aria-label=${label}
      @keydown=${stepping({ at: turn, count: recording.ranks, choose: move })}>
      ${names(at, scale)}
      <g transform="translate(${NAMES} ${TOP})">
        ${recording.pairs.map((pair) => tile(pair, scale, { turn, move, diagonal: recording.causal }))}
      </g>
    </svg>`;
}

/**
 * @param {RingPair} pair
 * @param {(position: number) => number} scale
 * @param {{ turn: number, move: (step: number) => void, diagonal: boolean }} options
 */
function tile(pair, scale, { turn, move, diagonal }) {
  const { rank, step, owner, queries, keys, seen, computed } = pair;
  const [x, y] = [scale(keys[0]), scale(queries[0])];
  const [width, height] = [scale(keys[1]) - x, scale(queries[1]) - y];
  const when = step === turn ? "now" : step < turn ? "done" : "later";
  const tip = tooltip(`Queries ${positions(queries)}, keys ${positions(keys)}`, [
    ["computed by", computed ? `rank ${rank} at step ${step + 1}` : "no rank"],
    ["with K, V of", `rank ${owner}`],
    ["visible pairs", { all: "all", some: "some: the mask hides the rest", none: "none" }[seen]],
  ]);
  const [left, top, right, bottom] = [x + 0.75, y + 0.75, x + width - 0.75, y + height - 0.75];
  const number = computed && Math.min(width, height) >= READABLE;
  const slanted = diagonal && queries[0] === keys[0];
  const [across, down] = slanted ? [0.3, 0.7] : [0.5, 0.5];
  return svg`
    <g class="tile ${computed ? when : "skipped"} ${seen}" @click=${() => move(step)} @pointermove=${tip.show}
      @pointerleave=${tip.hide}>
      <path class="frame" d="M${left} ${top}H${right}V${bottom}H${left}Z" />
      <path d=${
        slanted ? `M${left} ${top}L${right} ${bottom}H${left}Z` : `M${left} ${top}H${right}V${bottom}H${left}Z`
      } />
      ${
        number
          ? svg`<text x=${x + width * across} y=${y + height * down + 4} text-anchor="middle">${step + 1}</text>`
          : nothing
      }
    </g>`;
}

/**
 * Whose the rows and columns are.
 * @param {At} at
 * @param {(position: number) => number} scale
 */
function names({ recording, rank: followed }, scale) {
  const { totals } = recording;
  const few = totals.reduce((all, { chunks }) => all + chunks.length, 0) <= 4;
  return totals.flatMap(({ chunks }, rank) =>
    chunks.map(([from, to]) => {
      const middle = (scale(from) + scale(to)) / 2;
      return svg`
        <text x=${NAMES - 7} y=${TOP + middle + 4} text-anchor="end">rank ${rank}</text>
        <text class=${rank === followed ? "followed" : ""} x=${NAMES + middle} y=${TOP - 8} text-anchor="middle">
          ${few ? "of " : ""}${rank}
        </text>`;
    }),
  );
}
