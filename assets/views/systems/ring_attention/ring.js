// @ts-check
/**
 * The ranks in a circle: what each holds, whose keys and values it has now, and what it hands to the next one.
 *
 * @import { RingMoment, RingRecording } from "../../../types/systems"
 * @import { Told } from "../../../kit/drawing/mark"
 *
 * @typedef {object} At what is shown
 * @property {RingRecording} recording
 * @property {number} step of both passes
 * @property {number} rank whose keys and values are followed
 * @property {(rank: number) => void} follow
 * @property {(step: number) => void} choose
 * @property {number} width in pixels
 *
 * @typedef {{ x: number, y: number }} Point the middle of a rank's card
 */

import { bar, text } from "../../../kit/drawing/marks.js";
import { items, picture } from "../../../kit/drawing/picture.js";
import { counted } from "../../../kit/numbers/format.js";
import { memory } from "../../../kit/numbers/magnitude.js";
import { nothing, svg } from "../../../vendor/lit.js";
import { positions } from "./square.js";

const MOST = 560;
/** A rank's card; between two of them there is room for an arrow and its words. */
const CARD = { height: 106, most: 176, beside: 106, below: 150 };
const CHIP = 24;
const LINE = 14;
/** How far apart the two arrows of a ring of two are. */
const ASIDE = 24;
const HEAD = 5;

/** @param {At} at */
export function ring(at) {
  const width = Math.min(at.width, MOST);
  const { ranks } = at.recording;
  const card = Math.min(CARD.most, (width - CARD.beside) / 2);
  const left = { x: card / 2 + 1, y: CARD.height / 2 + 4 };
  const right = { ...left, x: width - card / 2 - 1 };
  const low = left.y + CARD.height + CARD.below;
  const places = ranks === 2 ? [left, right] : [left, right, { ...right, y: low }, { ...left, y: low }];
  return picture({
    label: `${ranks} ranks in a ring; press a rank to mark its keys and values`,
    width,
    height: (ranks === 2 ? left.y : low) + CARD.height / 2 + 4,
    className: "ring",
    marks: [
      places.map((from, rank) => arrow(at, rank, from, places[(rank + 1) % ranks], card)),
      items({
        data: places,
        told: (_, rank) => toldOf(at, rank),
        press: (_, rank) => at.follow(rank),
        chosen: (_, rank) => rank === at.rank,
        className: (_, rank) => `rank ${now(at, rank).tiles ? "" : "idle"}`,
        marks(place, rank) {
          const { owner, tiles, works, holds } = now(at, rank);
          const [x, y] = [place.x - card / 2, place.y - CARD.height / 2];
          const middle = { x: place.x, anchor: /** @type {const} */ ("middle") };
          const carried = owner === at.rank ? "followed" : "";
          return [
            bar({ x: [x, x + card], y: [y, y + CARD.height], rx: 6, className: "card" }),
            text({ x: x + 10, y: y + 15, text: `Rank ${rank}`, className: "h" }),
            text({ x: x + 10, y: y + 32, text: `Q ${holds}`, className: "dim" }),
            bar({ x: [x + 8, x + card - 8], y: [y + 46, y + 46 + CHIP], rx: 4, className: `chip ${carried}` }),
            text({ ...middle, y: y + 58, text: `K, V of rank ${owner}`, className: `chip-name ${carried}` }),
            text({ ...middle, y: y + 87, text: works, className: tiles ? "ink" : "dim" }),
          ];
        },
      }),
    ],
  });
}

/** What a rank holds and does at this step. @param {At} at @param {number} rank */
function now(at, rank) {
  const { pairs, ranks, totals } = at.recording;
  const { turn } = passOf(at);
  const here = pairs.filter((pair) => pair.rank === rank && pair.step === turn);
  const tiles = here.filter(({ computed }) => computed).length;
  return {
    owner: (rank - turn + ranks) % ranks,
    tiles,
    works: tiles ? `computes ${counted(tiles, "tile")} of ${here.length}` : "nothing to compute",
    holds: totals[rank].chunks.map(positions).join(", "),
  };
}

/** @param {At} at @param {number} rank @returns {Told} */
function toldOf(at, rank) {
  const { owner, works, holds } = now(at, rank);
  return {
    title: `Rank ${rank}`,
    lines: [
      ["positions of its queries", holds],
      ["keys and values now", `of rank ${owner}`],
      ["now", works],
    ],
    name: `Rank ${rank} Q ${holds} K, V of rank ${owner} ${works}`,
  };
}

/**
 * Which pass, and which of its steps.
 * @param {At} at
 */
export const passOf = ({ recording: { ranks }, step }) => ({
  phase: step < ranks ? "forward" : "backward",
  turn: step % ranks,
});

/**
 * @param {At} at
 * @param {number} rank
 * @returns {RingMoment[]}
 */
function sends(at, rank) {
  const { phase, turn } = passOf(at);
  return at.recording.moments[rank].filter(
    (each) => each.does === "send" && each.phase === phase && each.step === turn,
  );
}

/**
 * What is handed to the next rank, along the edge between both cards.
 * @param {At} at
 * @param {number} rank
 * @param {Point} from
 * @param {Point} to
 * @param {number} card width of one
 */
function arrow(at, rank, from, to, card) {
  const sent = sends(at, rank);
  const level = from.y === to.y;
  const way = Math.sign(level ? to.x - from.x : to.y - from.y);
  const along = level ? { x: way, y: 0 } : { x: 0, y: way };
  const aside = at.recording.ranks === 2 ? -ASIDE * way : 0;
  const half = level ? card / 2 : CARD.height / 2;
  const start = { x: from.x + along.x * (half + 4), y: from.y + along.y * (half + 4) + aside };
  const end = { x: to.x - along.x * (half + 5), y: to.y - along.y * (half + 5) + aside };
  const middle = { x: (start.x + end.x) / 2, y: (start.y + end.y) / 2 };
  const words = sent.map(({ name, bytes }) => `${name} ${memory(bytes)}`);
  const line = (/** @type {string} */ text, /** @type {number} */ n) =>
    level
      ? svg`<text x=${middle.x} y=${middle.y - 8 - LINE * (words.length - 1 - n)} text-anchor="middle">${text}</text>`
      : svg`<text x=${middle.x - 10 * way} y=${middle.y + 4 + LINE * n}
        text-anchor=${way > 0 ? "end" : "start"}>${text}</text>`;
  return svg`
    <g class="arrow ${sent.length ? "" : "rests"} ${sent.some(({ owner }) => owner === at.rank) ? "followed" : ""}"
      aria-hidden="true">
      <line x1=${start.x} y1=${start.y} x2=${end.x} y2=${end.y} />
      ${sent.length ? svg`<path d=${head(end, along)} />` : nothing}
      ${words.map(line)}
    </g>`;
}

/**
 * An arrow's head.
 * @param {Point} tip
 * @param {Point} way a unit step
 */
function head(tip, way) {
  const back = { x: tip.x - 2 * HEAD * way.x, y: tip.y - 2 * HEAD * way.y };
  const across = { x: HEAD * way.y, y: HEAD * way.x };
  return `M${tip.x} ${tip.y} ${back.x + across.x} ${back.y + across.y} ${back.x - across.x} ${back.y - across.y}Z`;
}
