// @ts-check
/**
 * Some pairs as clock faces: the query's hand and the key's, each turned by its position.
 *
 * @import { PositionsRotation } from "../../../types"
 * @import { Chosen, Turning } from "./turning.js"
 *
 * @typedef {object} Face
 * @property {number} pair
 * @property {number} x of its middle, in pixels
 * @property {number} y
 * @property {number} radius
 * @property {number} query angle of its hand
 * @property {number} key
 * @property {{ query: number, key: number }} reach length of the hands in pixels
 */
import { decimal, signed, whole } from "../../../kit/format.js";
import { pressing, rove } from "../../../kit/roving.js";
import { spoken, tooltip } from "../../../kit/tooltip.js";
import { arc, max } from "../../../vendor/d3.js";
import { svg } from "../../../vendor/lit.js";
import { told, turnOf } from "./turning.js";

/** Which pairs have a clock: these shares of their number. */
const SHOWN = [0, 0.1, 0.19, 0.28, 0.41, 0.53, 0.66];
const WIDE = 720;
const NARROW_ROW = 4;
const RADIUS = 46;
/** Pixels above a face for its name, and below for two lines. */
const ABOVE = 20;
const BELOW = 42;
/** The shortest hand, as a share of the face. */
const SHORTEST = 0.2;
/** A part that is smaller than this share of the largest is neither added nor taken away, to the eye. */
const SLIGHT = 1 / 2000;

/**
 * @typedef {object} Clocks
 * @property {PositionsRotation} data
 * @property {Turning} turning
 * @property {Chosen} chosen
 * @property {number[]} parts
 * @property {number} width in pixels
 * @property {(pair: number) => [string, string][]} details
 * @property {(pair: number) => void} select
 */

/** @param {Clocks} options */
export function clocks(options) {
  const { data, chosen, width } = options;
  const pairs = shownPairs(options.parts.length, chosen);
  const wide = width >= WIDE;
  const inRow = wide ? Math.max(SHOWN.length + 1, pairs.length) : NARROW_ROW;
  const column = width / inRow;
  const radius = Math.min(RADIUS, column / 2 - 10);
  const row = 2 * radius + ABOVE + BELOW;
  const height = Math.ceil(pairs.length / inRow) * row;
  const place = (/** @type {number} */ at) => ({
    x: ((at % inRow) + 0.5) * column,
    y: Math.floor(at / inRow) * row + ABOVE + radius,
  });
  return svg`
    <svg class="fig clocks" viewBox="0 0 ${width} ${height}" height=${height} role="group"
      aria-label="Clock hands of ${pairs.length} of ${data.inv_freq.a.length} pairs; press one to choose it" data-rove
      @keydown=${rove}>
      ${pairs.map((pair, at) => clock(faceOf(options, pairs, { pair, radius, ...place(at) }), options, { wide, at }))}
    </svg>`;
}

/**
 * @param {number} count
 * @param {Chosen} chosen
 */
export function shownPairs(count, chosen) {
  const fixed = SHOWN.map((share) => Math.round(share * count)).filter((pair) => pair < count);
  return [...new Set([...fixed, told(chosen)])].sort((a, b) => a - b);
}

/**
 * @param {Clocks} options
 * @param {number[]} pairs that are shown
 * @param {{ pair: number, x: number, y: number, radius: number }} place
 * @returns {Face}
 */
function faceOf({ data, turning, chosen }, pairs, place) {
  const { pair, radius } = place;
  const speed = data.inv_freq.a[pair];
  const at = chosen.key + chosen.shift;
  const reach = (/** @type {"query" | "key"} */ side) => {
    const longest = max(pairs, (each) => turning[side][each].length) || 1;
    return radius * Math.max(SHORTEST, Math.sqrt(turning[side][pair].length / longest));
  };
  return {
    ...place,
    query: turning.query[pair].angle + (at + chosen.distance) * speed,
    key: turning.key[pair].angle + at * speed,
    reach: { query: reach("query"), key: reach("key") },
  };
}

/**
 * @param {Face} face
 * @param {Clocks} options
 * @param {{ wide: boolean, at: number }} place
 */
function clock(face, { data, chosen, parts, details, select }, { wide, at }) {
  const { pair, x, y, radius } = face;
  const tip = tooltip(`Pair ${pair}`, details(pair));
  const press = () => select(pair);
  const most = max(parts, Math.abs) ?? 0;
  const part = parts[pair];
  const written = [
    `pair ${pair}${wide ? word(pair, chosen) : ""}`,
    `${wide ? "turn: " : ""}${turn(turnOf(data, pair))}${wide ? " tokens" : ""}`,
    sized(part, most),
  ];
  const name = spoken({ written, lines: details(pair) });
  const sense = Math.abs(part) < most * SLIGHT ? "slight" : part < 0 ? "takes" : "adds";
  return svg`
    <g class="clock" role="button" tabindex=${at === 0 ? 0 : -1} aria-pressed=${pair === chosen.pair}
      aria-label=${name}
      @click=${press} @keydown=${pressing(press)} @pointermove=${tip.show} @pointerleave=${tip.hide}>
      <circle class="face" cx=${x} cy=${y} r=${radius} />
      <path class="between ${part >= 0 ? "adds" : "takes"}" transform="translate(${x} ${y})" d=${between(face)} />
      ${hand(face, "key")} ${hand(face, "query")}
      <circle class="pin" cx=${x} cy=${y} r="2" />
      <text class="b ink" x=${x} y=${y - radius - 7} text-anchor="middle">${written[0]}</text>
      <text class="dim" x=${x} y=${y + radius + 16} text-anchor="middle">${written[1]}</text>
      <text class="b ${sense}" x=${x} y=${y + radius + 31} text-anchor="middle">${written[2]}</text>
    </g>`;
}

/**
 * @param {Face} face
 * @param {"query" | "key"} side
 */
function hand({ x, y, reach, ...angles }, side) {
  const [endX, endY] = [x + reach[side] * Math.cos(angles[side]), y - reach[side] * Math.sin(angles[side])];
  return svg`
    <g class="hand ${side}">
      <line x1=${x} y1=${y} x2=${endX} y2=${endY} />
      <circle cx=${endX} cy=${endY} r=${side === "query" ? 3.6 : 2.8} />
    </g>`;
}

/** The angle between the hands, the shorter way. @param {Face} face */
function between({ query, key, radius }) {
  const turn = 2 * Math.PI;
  const angle = query - key - turn * Math.round((query - key) / turn);
  // d3 measures clockwise from twelve o'clock, the hands stand counter-clockwise from three
  const startAngle = Math.PI / 2 - key;
  return arc()({ innerRadius: 0, outerRadius: 0.36 * radius, startAngle, endAngle: startAngle - angle }) ?? "";
}

/**
 * @param {number} pair
 * @param {Chosen} chosen
 */
function word(pair, { pair: picked, largest }) {
  if (pair === picked) return ", chosen";
  return pair === largest ? ", largest" : "";
}

/** Tokens for a turn. @param {number} tokens */
export const turn = (tokens) => (tokens < 100 ? decimal(tokens, 1) : whole(Math.round(tokens)));

/**
 * A signed number with as many digits as its largest neighbour calls for.
 * @param {number} value
 * @param {number} largest
 */
export const sized = (value, largest) => signed(value, largest >= 10 ? 1 : largest >= 1 ? 2 : 3);
