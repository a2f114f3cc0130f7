// @ts-check
/**
 * The kept tokens laid end to end from 0 to 1, likeliest first, and where the random number u fell.
 *
 * @import { WalkSample } from "../../../types"
 */
import { decimal } from "../../../kit/format.js";
import { cut, svgToken, tokenText } from "../../../kit/tokens.js";
import { sum } from "../../../vendor/d3.js";
import { nothing, svg } from "../../../vendor/lit.js";

/** Pixels: the padding of the box around it, its height, and a character with the room at both ends of a name. */
const PADDING = { wide: 34, narrow: 26, below: 700 };
const HEIGHT = 50;
const CHARACTER = 7;
const ENDS = 6;
const LONGEST = 12;
/** A stretch of fewer pixels is not drawn. */
const SEEN = 0.3;
const NOTHING_LEFT = 1e-6;

/**
 * @param {WalkSample} sample
 * @param {number} room
 */
export function drawLine(sample, room) {
  const width = Math.max(200, room - (room < PADDING.below ? PADDING.narrow : PADDING.wide));
  const ids = [...sample.ids, ...(sample.rest > NOTHING_LEFT ? [null] : [])];
  const shares = [...sample.probabilities, sample.rest];
  return svg`
    <svg class="fig drawline" viewBox="0 0 ${width} ${HEIGHT}" height=${HEIGHT} role="img"
      aria-label="Kept tokens from 0 to 1 with the random number u">
      ${ids.map((id, at) => {
        const place = { x: width * sum(shares.slice(0, at)), width: width * shares[at] };
        return stretch(id, place, id !== null && id === sample.chosen);
      })}
      ${needle(sample, width)}
      <text class="dim" x="0" y="48">0</text>
      <text class="dim" x=${width} y="48" text-anchor="end">1</text>
    </svg>`;
}

/**
 * @param {number | null} id null for what is not listed
 * @param {{ x: number, width: number }} place
 * @param {boolean} chosen
 */
function stretch(id, { x, width }, chosen) {
  if (width < SEEN) return nothing;
  const label = id === null ? "rest" : cut(tokenText(id), LONGEST);
  const fits = width > [...label].length * CHARACTER + ENDS;
  const [middle, className] = [x + width / 2, chosen ? "chosen" : ""];
  const name =
    id === null
      ? svg`<text x=${middle} y="28" text-anchor="middle">${label}</text>`
      : svgToken(id, { x: middle, y: 28, anchor: "middle", most: LONGEST, className: `m ${className}` });
  return svg`
    <rect class="stretch ${className} ${id === null ? "rest" : ""}" x=${x} y="14" width=${Math.max(0.4, width - 1)}
      height="20" />
    ${fits ? name : nothing}`;
}

/**
 * @param {WalkSample} sample
 * @param {number} width
 */
function needle({ u, forced, temperature }, width) {
  if (u === null || forced || temperature === 0) return nothing;
  const at = Math.min(width - 1, u * width);
  const anchor = at > width - 60 ? "end" : at < 30 ? "start" : "middle";
  return svg`
    <path class="needle" d="M${at} 10V38" />
    <text class="ink strong" x=${Math.min(width - 2, Math.max(0, at))} y="8"
      text-anchor=${anchor}>u ${decimal(u, 3)}</text>`;
}
