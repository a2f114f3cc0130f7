// @ts-check
/** A head's coordinates in a row, and an arc between the two of each pair. */
import { range } from "../../../vendor/d3.js";
import { svg } from "../../../vendor/lit.js";

const ROOM = { all: 50, low: 14 };
const CELL = 10;
/** Pairs that are drawn strongly, so that one can follow them. */
const STRONG = 3;

/** @param {{ coordinates: number, adjacent: boolean, reordered: boolean, low: boolean, width: number }} options */
export function pairs({ coordinates, adjacent, reordered, low, width }) {
  const base = low && adjacent ? ROOM.low : ROOM.all;
  const half = coordinates / 2;
  const step = width / coordinates;
  const at = (/** @type {number} */ place) => (place + 0.5) * step;
  const ends = (/** @type {number} */ pair) => (adjacent ? [2 * pair, 2 * pair + 1] : [pair, pair + half]);
  // The row that stands at a place was, in the checkpoint, one of the first half or of the second.
  const second = (/** @type {number} */ place) => (reordered ? place % 2 === 1 : place >= half);
  const shown = new Set(range(STRONG).map((each) => Math.round(((half - 1) * each) / (STRONG - 1))));
  const told = adjacent ? "neighbours are pairs" : "each coordinate of the first half pairs with one of the second";
  return svg`
    <svg class="fig pairs" viewBox="0 0 ${width} ${base + CELL + 4}" height=${base + CELL + 4} role="img"
      aria-label="${coordinates} coordinates: ${told}">
      ${range(half).map((pair) => {
        const [a, b] = ends(pair).map(at);
        const high = Math.min(base - 4, (b - a) * 0.42 + 3);
        return svg`<path class=${shown.has(pair) ? "strong" : ""}
          d="M${a},${base - 2}C${a},${base - high * 1.3} ${b},${base - high * 1.3} ${b},${base - 2}" />`;
      })}
      ${range(coordinates).map(
        (place) => svg`
          <rect class=${second(place) ? "second" : "first"} x=${place * step + 0.5} y=${base}
            width=${Math.max(1, step - 1)} height=${CELL} />`,
      )}
    </svg>`;
}
