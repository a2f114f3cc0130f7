// @ts-check
/**
 * Some pairs as clock faces: the query's hand and the key's, each turned by its position.
 *
 * @import { PositionsRotation } from "../../../types/embeddings"
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

import { dot, rule, text } from "../../../kit/drawing/marks.js";
import { items, picture } from "../../../kit/drawing/picture.js";
import { decimal, signed, whole } from "../../../kit/numbers/format.js";
import { spoken } from "../../../kit/tooltip.js";
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
  const { data, chosen, parts, width, details, select } = options;
  const pairs = shownPairs(parts.length, chosen);
  const wide = width >= WIDE;
  const inRow = wide ? Math.max(SHOWN.length + 1, pairs.length) : NARROW_ROW;
  const column = width / inRow;
  const radius = Math.min(RADIUS, column / 2 - 10);
  const row = 2 * radius + ABOVE + BELOW;
  const most = max(parts, Math.abs) ?? 0;
  const written = (/** @type {number} */ pair) => [
    `pair ${pair}${wide ? word(pair, chosen) : ""}`,
    `${wide ? "turn: " : ""}${turn(turnOf(data, pair))}${wide ? " tokens" : ""}`,
    sized(parts[pair], most),
  ];
  return picture({
    label: `Clock hands of ${pairs.length} of ${data.inv_freq.a.length} pairs; press one to choose it`,
    width,
    height: Math.ceil(pairs.length / inRow) * row,
    className: "clocks",
    marks: [
      items({
        data: pairs,
        told: (pair) => ({
          title: `Pair ${pair}`,
          lines: details(pair),
          name: spoken({ written: written(pair), lines: details(pair) }),
        }),
        press: select,
        chosen: (pair) => pair === chosen.pair,
        marks(pair, at) {
          const x = ((at % inRow) + 0.5) * column;
          const y = Math.floor(at / inRow) * row + ABOVE + radius;
          const face = faceOf(options, pairs, { pair, radius, x, y });
          const [name, below, value] = written(pair);
          const middle = { x, anchor: /** @type {const} */ ("middle") };
          return [
            svg`<circle class="face" cx=${x} cy=${y} r=${radius} />
              <path transform="translate(${x} ${y})" d=${between(face)}
                fill="var(--${parts[pair] < 0 ? "neg" : "pos"}-soft)" />`,
            hand(face, "key"),
            hand(face, "query"),
            dot({ x, y, r: 2, color: "ink" }),
            text({ ...middle, y: y - radius - 11, text: name, className: "b ink" }),
            text({ ...middle, y: y + radius + 12, text: below, className: "dim" }),
            text({ ...middle, y: y + radius + 27, text: value, color: sense(parts[pair], most), className: "b" }),
          ];
        },
      }),
    ],
  });
}

/** Colour of what a part does. @param {number} part @param {number} most */
const sense = (part, most) => (Math.abs(part) < most * SLIGHT ? "ink3" : part < 0 ? "neg" : "pos");

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

const HANDS = { query: { color: "prob", stroke: 3, r: 3.6 }, key: { color: "ink", stroke: 2.2, r: 2.8 } };

/** @param {Face} face @param {"query" | "key"} side */
function hand({ x, y, reach, ...angles }, side) {
  const end = { x: x + reach[side] * Math.cos(angles[side]), y: y - reach[side] * Math.sin(angles[side]) };
  const { r, ...look } = HANDS[side];
  return [rule({ x: [x, end.x], y: [y, end.y], ...look }), dot({ ...end, r, color: look.color })];
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
