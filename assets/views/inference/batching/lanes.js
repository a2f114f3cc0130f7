// @ts-check
/**
 * The timelines: a lane is a request, a cell a row of a pass. Time runs to the right, and downward where there is
 * little room.
 *
 * @import { BatchingContest } from "../../../types/inference"
 *
 * @typedef {object} Picture
 * @property {BatchingContest} data
 * @property {boolean} down
 * @property {number} width
 * @property {number} height
 * @property {import("d3-scale").ScaleLinear<number, number>} time seconds
 * @property {number} lane pixels of a lane
 * @property {Record<"static" | "continuous", number>} first where each way's lanes begin
 * @property {{ from: number, to: number }} pool where the blocks in use are drawn
 *
 * @typedef {{ chosen: number, choose: (request: number) => void }} Choice
 */

import { stepping } from "../../../kit/controls/roving.js";
import { bottomAxis, leftAxis } from "../../../kit/drawing/axis.js";
import { counted, percent } from "../../../kit/numbers/format.js";
import { range, scaleLinear } from "../../../vendor/d3.js";
import { svg } from "../../../vendor/lit.js";
import { lane } from "./lane.js";
import { poolInUse } from "./pool.js";
import { ended, seconds, WAYS } from "./ways.js";

/** Below so many pixels time runs downward. */
const WIDE = 620;
const RIGHT = { left: 116, right: 74, lane: 22, head: 26, apart: 22, first: 22, pool: 44, before: 16, below: 30 };
const DOWN = { top: 40, left: 34, right: 58, lane: 26, apart: 8, pool: 40, before: 12, below: 10 };
/** Pixels of the time axis where it runs downward: a decode step's, and of all at least and at most. */
const LENGTH = { step: 20, least: 420, most: 760 };

/** From so many seconds on, the axis has seconds and not milliseconds. */
const LONG = 4;

/**
 * @param {BatchingContest} data
 * @param {Choice & { width: number }} options
 */
export function lanes(data, { chosen, choose, width }) {
  const picture = width < WIDE ? downward(data, width) : toTheRight(data, width);
  const count = data.requests.length;
  return svg`
    <svg class="fig lanes" role="img" tabindex="0" width=${picture.width} height=${picture.height}
         viewBox="0 0 ${picture.width} ${picture.height}" aria-label=${spoken(data)}
         @keydown=${stepping({ at: chosen, count, choose })}>
      ${axis(picture)}
      ${WAYS.map(({ way }) =>
        range(count).map((request) => lane(picture, { way, request, chosen: request === chosen, choose })),
      )}
      ${WAYS.map(({ way, name }) => heading(picture, way, name))}
      ${poolInUse(picture)}
    </svg>`;
}

/** @param {BatchingContest} data */
const endOf = (data) =>
  Math.max(...WAYS.map(({ way }) => ended(data[way])), data.requests[data.requests.length - 1].arrives);

/**
 * @param {BatchingContest} data
 * @param {number} width
 * @returns {Picture}
 */
function toTheRight(data, width) {
  const tall = data.requests.length * RIGHT.lane;
  const first = RIGHT.first + RIGHT.head;
  const second = first + tall + RIGHT.apart + RIGHT.head;
  const from = second + tall + RIGHT.before;
  const pool = { from: from + RIGHT.pool, to: from };
  const time = scaleLinear([0, endOf(data)], [RIGHT.left, width - RIGHT.right]);
  const height = from + RIGHT.pool + RIGHT.below;
  return {
    data,
    down: false,
    width,
    height,
    time,
    lane: RIGHT.lane,
    first: { static: first, continuous: second },
    pool,
  };
}

/**
 * @param {BatchingContest} data
 * @param {number} width
 * @returns {Picture}
 */
function downward(data, width) {
  const count = data.requests.length;
  const lane = Math.min(DOWN.lane, (width - DOWN.left - DOWN.right) / (2 * count));
  const second = DOWN.left + count * lane + DOWN.apart;
  const from = second + count * lane + DOWN.before;
  const end = endOf(data);
  const length = Math.max(LENGTH.least, Math.min(LENGTH.most, (end / data.step) * LENGTH.step));
  const time = scaleLinear([0, end], [DOWN.top, DOWN.top + length]);
  const height = DOWN.top + length + DOWN.below;
  const pool = { from, to: from + DOWN.pool };
  return { data, down: true, width, height, time, lane, first: { static: DOWN.left, continuous: second }, pool };
}

/** @param {BatchingContest} data */
function spoken(data) {
  const ways = WAYS.map(({ way, name }) => {
    const { latency, seconds: all } = data[way];
    const each = latency.map((time) => (time === null ? "not yet" : seconds(time))).join(", ");
    return `${name}: all requests answered after ${seconds(all)}, latencies ${each}`;
  });
  return `Timeline of ${data.requests.length} requests. ${ways.join(". ")}. Arrow keys choose a request.`;
}

/** @param {Picture} picture */
function axis({ data, time, down, width, first, height }) {
  const end = endOf(data);
  if (down) {
    const format = (/** @type {number} */ at) =>
      at === 0 ? "0 ms" : end >= LONG ? `${at} s` : String(Math.round(1000 * at));
    return leftAxis({ scale: time, x: DOWN.left - 4, grid: width - DOWN.left, count: 6, format });
  }
  const format = (/** @type {number} */ at) => (end >= LONG ? `${at} s` : `${Math.round(1000 * at)} ms`);
  const bottom = height - RIGHT.below;
  return bottomAxis({ scale: time, y: bottom, grid: bottom - (first.static - 4), count: 8, format });
}

/**
 * @param {Picture} picture
 * @param {"static" | "continuous"} way
 * @param {string} name
 */
function heading({ data, down, first }, way, name) {
  if (down) return svg`<text class="h" x=${first[way]} y="14">${name}</text>`;
  const y = first[way] - 10;
  return svg`
    <text class="h" x="0" y=${y}>${name}</text>
    <text class="dim" x=${RIGHT.left} y=${y}>${summary(data[way])}</text>`;
}

/** @param {BatchingContest["static"]} served */
function summary({ passes, latency, seconds: all, useful }) {
  if (!passes.length) return "not served yet";
  const so_far = latency.includes(null) ? " so far" : `, all requests answered after ${seconds(all)}`;
  return `${counted(passes.length, "pass", "passes")}${so_far}, ${percent(useful, 0)} of the slots’ time is useful`;
}
