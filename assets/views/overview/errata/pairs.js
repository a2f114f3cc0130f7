// @ts-check
/** A head's coordinates in a row, and an arc between the two of each pair. */
import { range } from "../../../vendor/d3.js";
import { svg } from "../../../vendor/lit.js";

const HEIGHT = 66;
const BASE = 50;
/** Pairs that are drawn strongly, so that one can follow them. */
const STRONG = 3;

/** @param {{ coordinates: number, adjacent: boolean, reordered: boolean, width: number }} options */
export function pairs({ coordinates, adjacent, reordered, width }) {
  const half = coordinates / 2;
  const step = width / coordinates;
  const at = (/** @type {number} */ place) => (place + 0.5) * step;
  const ends = (/** @type {number} */ pair) => (adjacent ? [2 * pair, 2 * pair + 1] : [pair, pair + half]);
  // The row that stands at a place was, in the checkpoint, one of the first half or of the second.
  const second = (/** @type {number} */ place) => (reordered ? place % 2 === 1 : place >= half);
  const shown = new Set(range(STRONG).map((each) => Math.round(((half - 1) * each) / (STRONG - 1))));
  const told = adjacent ? "neighbours are pairs" : "each coordinate of the first half pairs with one of the second";
  return svg`
    <svg class="fig pairs" viewBox="0 0 ${width} ${HEIGHT}" height=${HEIGHT} role="img" aria-label="${coordinates} coordinates: ${told}">
      ${range(half).map((pair) => {
        const [a, b] = ends(pair).map(at);
        const high = Math.min(BASE - 4, (b - a) * 0.42 + 3);
        return svg`<path class=${shown.has(pair) ? "strong" : ""} d="M${a},${BASE - 2}C${a},${BASE - high * 1.3} ${b},${BASE - high * 1.3} ${b},${BASE - 2}" />`;
      })}
      ${range(coordinates).map(
        (place) => svg`
          <rect class=${second(place) ? "second" : "first"} x=${place * step + 0.5} y=${BASE} width=${Math.max(1, step - 1)} height="10" />`,
      )}
    </svg>`;
}
