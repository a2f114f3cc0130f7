// @ts-check
/** The arcs below the strip of tokens: what the selected position reads, of a head that is pointed at. */
import { render, svg } from "../../vendor/lit.js";

const HEIGHT = 22;
/** Weights below this one are not drawn. */
const LEAST = 0.02;

/**
 * @param {HTMLElement} place
 * @param {Element[]} tokens
 * @param {number} at the position that reads
 * @param {ArrayLike<number> | null} weights of 0 to 1 a token
 */
export function drawArcs(place, tokens, at, weights) {
  tokens.forEach((each, position) => {
    const { style } = /** @type {HTMLElement} */ (each);
    if (weights) style.setProperty("--read", (weights[position] ?? 0).toFixed(3));
    else style.removeProperty("--read");
  });
  const reader = tokens[at];
  render(weights && reader ? arcs(place, tokens, at, weights) : null, place);
}

/**
 * @param {HTMLElement} place
 * @param {Element[]} tokens
 * @param {number} at
 * @param {ArrayLike<number>} weights
 */
function arcs(place, tokens, at, weights) {
  const { left, width } = place.getBoundingClientRect();
  const middles = tokens.map((each) => {
    const box = each.getBoundingClientRect();
    return box.left + box.width / 2 - left;
  });
  const drawn = middles.map((x, position) => {
    const weight = weights[position] ?? 0;
    return weight < LEAST || position === at ? null : arc(x, middles[at], weight);
  });
  return svg`<svg width=${width} height=${HEIGHT}>${drawn}</svg>`;
}

/**
 * It hangs below the tokens, clear of the words above.
 * @param {number} from
 * @param {number} to
 * @param {number} weight
 */
function arc(from, to, weight) {
  const depth = 1.33 * Math.min(HEIGHT - 3, 6 + Math.abs(to - from) / 14);
  return svg`
    <path d="M${from} 0C${from} ${depth} ${to} ${depth} ${to} 0" fill="none" stroke="var(--ink)"
      stroke-width=${Math.max(0.7, weight * 6).toFixed(2)} opacity=${(0.25 + 0.6 * weight).toFixed(2)} />`;
}
