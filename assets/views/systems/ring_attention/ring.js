// @ts-check
/**
 * The ranks in a circle: what each holds, which block of keys and values it has now, and what it hands to the next one.
 *
 * @import { RingMoment, RingRecording } from "../../../types"
 *
 * @typedef {object} At what is shown
 * @property {RingRecording} recording
 * @property {number} step of both passes
 * @property {number} rank whose block is followed
 * @property {(rank: number) => void} follow
 * @property {(step: number) => void} choose
 * @property {number} width in pixels
 *
 * @typedef {{ x: number, y: number }} Point the middle of a rank's card
 */
import { counted } from "../../../kit/format.js";
import { memory } from "../../../kit/magnitude.js";
import { pressing, rove } from "../../../kit/roving.js";
import { spoken } from "../../../kit/spoken.js";
import { tooltip } from "../../../kit/tooltip.js";
import { nothing, svg } from "../../../vendor/lit.js";
import { positions } from "./square.js";

const MOST = 560;
const CARD = { height: 92, most: 190, apart: 118 };
const CHIP = 20;
const HEAD = 5;

/** @param {At} at */
export function ring(at) {
  const width = Math.min(at.width, MOST);
  const { ranks } = at.recording;
  const card = Math.min(CARD.most, (width - 74) / 2);
  const left = { x: card / 2 + 1, y: CARD.height / 2 + 20 };
  const right = { ...left, x: width - card / 2 - 1 };
  const low = left.y + CARD.height + CARD.apart;
  const places = ranks === 2 ? [left, right] : [left, right, { ...right, y: low }, { ...left, y: low }];
  const height = (ranks === 2 ? left.y : low) + CARD.height / 2 + 20;
  return svg`
    <svg class="fig ring" width=${width} height=${height} viewBox="0 0 ${width} ${height}" style="max-width:${width}px"
         role="group" aria-label="${ranks} ranks in a ring; a press follows a rank’s block" data-rove @keydown=${rove}>
      ${places.map((from, rank) => arrow(at, rank, from, places[(rank + 1) % ranks], card))}
      ${places.map((place, rank) => rankCard(at, rank, place, card))}
    </svg>`;
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
 * @param {At} at
 * @param {number} rank
 * @param {Point} place
 * @param {number} width
 */
function rankCard(at, rank, place, width) {
  const { recording, follow } = at;
  const { turn } = passOf(at);
  const owner = (rank - turn + recording.ranks) % recording.ranks;
  const here = recording.pairs.filter((pair) => pair.rank === rank && pair.step === turn);
  const tiles = here.filter(({ computed }) => computed).length;
  const works = tiles ? `computes ${counted(tiles, "tile")} of ${here.length}` : "nothing to compute";
  const { chunks } = recording.totals[rank];
  const holds = chunks.map(positions).join(", ");
  const [x, y] = [place.x - width / 2, place.y - CARD.height / 2];
  const told = /** @type {[string, string][]} */ ([
    ["positions of its queries", holds],
    ["keys and values now", `of rank ${owner}`],
    ["now", works],
  ]);
  const tip = tooltip(`Rank ${rank}`, told);
  const followed = rank === at.rank;
  const called = spoken({ written: [`Rank ${rank}`, holds, `K, V of rank ${owner}`, works], lines: [] });
  return svg`
    <g class="rank ${tiles ? "" : "idle"}" role="button" tabindex=${followed ? 0 : -1} aria-label=${called} aria-pressed=${followed}
       @click=${() => follow(rank)} @keydown=${pressing(() => follow(rank))}
       @pointermove=${tip.show} @pointerleave=${tip.hide} @focus=${tip.beside} @blur=${tip.hide}>
      <rect class="card" x=${x} y=${y} width=${width} height=${CARD.height} rx="6" />
      <text class="h" x=${x + 10} y=${y + 19}>Rank ${rank}</text>
      <text class="dim" x=${x + width - 10} y=${y + 19} text-anchor="end">Q ${holds}</text>
      <rect class="chip ${owner === at.rank ? "followed" : ""}" x=${x + 8} y=${y + 30} width=${width - 16} height=${CHIP + 4} rx="4" />
      <text class="chip-name ${owner === at.rank ? "followed" : ""}" x=${place.x} y=${y + 46} text-anchor="middle">K, V of rank ${owner}</text>
      <text class=${tiles ? "ink" : "dim"} x=${place.x} y=${y + 76} text-anchor="middle">${works}</text>
    </g>`;
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
  const two = at.recording.ranks === 2;
  const way = Math.sign(level ? to.x - from.x : to.y - from.y);
  const aside = two ? -22 * way : 0;
  const [start, end] = level
    ? [
        { x: from.x + (way * card) / 2 + way * 4, y: from.y + aside },
        { x: to.x - (way * card) / 2 - way * 6, y: from.y + aside },
      ]
    : [
        { x: from.x, y: from.y + (way * CARD.height) / 2 + way * 4 },
        { x: to.x, y: to.y - (way * CARD.height) / 2 - way * 6 },
      ];
  const carries = sent.some(({ owner }) => owner === at.rank);
  const words = sent.map(({ name, bytes }) => `${name} ${memory(bytes)}`);
  const middle = { x: (start.x + end.x) / 2, y: (start.y + end.y) / 2 };
  const line = (/** @type {string} */ text, /** @type {number} */ n) =>
    level
      ? wordsAbove(text, middle.x, from.y + (two && way < 0 ? 66 : -62) - 13 * (words.length - 1 - n))
      : svg`<text x=${middle.x + (way > 0 ? -10 : 10)} y=${middle.y + 4 + 13 * n} text-anchor=${way > 0 ? "end" : "start"}>${text}</text>`;
  return svg`
    <g class="arrow ${sent.length ? "" : "rests"} ${carries ? "followed" : ""}" aria-hidden="true">
      <line x1=${start.x} y1=${start.y} x2=${end.x} y2=${end.y} />
      ${sent.length ? svg`<path d=${head(end, level ? { x: way, y: 0 } : { x: 0, y: way })} />` : nothing}
      ${words.map(line)}
    </g>`;
}

/**
 * @param {string} text
 * @param {number} x
 * @param {number} y
 */
const wordsAbove = (text, x, y) => svg`<text x=${x} y=${y} text-anchor="middle">${text}</text>`;

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
