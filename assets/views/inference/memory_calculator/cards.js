// @ts-check
/**
 * What each card holds, as a bar; cards beyond a few are alike and drawn as one.
 *
 * @import { ServingAnswer } from "../../../types/inference"
 *
 * @typedef {{ name: string, bytes: number, kind: string }} Piece
 */

import { rove } from "../../../kit/controls/roving.js";
import { textWidth } from "../../../kit/drawing/measure.js";
import { memory } from "../../../kit/numbers/magnitude.js";
import { tooltip } from "../../../kit/tooltip.js";
import { cumsum, range, scaleLinear } from "../../../vendor/d3.js";
import { nothing, svg } from "../../../vendor/lit.js";

const MOST = 8;
const TOP = 24;
const STEP = { few: 32, many: 22 };
/** From this many bars on they are thinner. */
const MANY = 5;
const NAMES = 56;

/**
 * @param {ServingAnswer} answer
 * @param {number} count of cards
 * @param {number} width
 */
export function cards(answer, count, width) {
  const { capacity, total } = answer;
  const drawn = count > MOST ? 1 : count;
  const step = drawn < MANY ? STEP.few : STEP.many;
  const left = count > 1 ? NAMES : 0;
  const x = scaleLinear([0, 1.01 * Math.max(capacity, total)], [left, width - 2]);
  const height = TOP + drawn * step + 2;
  const limit = `${memory(capacity)} of memory${count > 1 ? " a card" : ""}`;
  const turned = x(capacity) + textWidth(limit) + 8 > width;
  const name = (/** @type {number} */ at) => (count > MOST ? `each of ${count}` : `card ${at + 1}`);
  return svg`
    <svg class="fig on-cards" preserveAspectRatio="xMinYMin" viewBox="0 0 ${width} ${height}" height=${height}
      role="group" aria-label="What each of the cards holds" data-rove @keydown=${rove}>
      ${range(drawn).map((at) =>
        bar(answer, { y: TOP + at * step, tall: step - 8, x, name: name(at), first: at === 0, named: count > 1 }),
      )}
      <line class="limit" x1=${x(capacity)} x2=${x(capacity)} y1="16" y2=${height} />
      <text class="ink" x=${x(capacity) + (turned ? -4 : 4)} y="13"
        text-anchor=${turned ? "end" : "start"}>${limit}</text>
    </svg>`;
}

/**
 * @param {ServingAnswer} answer
 * @returns {Piece[]}
 */
function pieces({ weights, need, capacity, total }) {
  const all = [
    { name: "weights", bytes: weights, kind: "weights" },
    { name: "keys and values", bytes: need.cache, kind: "keys-values" },
    { name: "activations", bytes: need.activations, kind: "activations" },
    { name: "overhead", bytes: need.overhead, kind: "overhead" },
    { name: "free", bytes: capacity - total, kind: "free" },
  ];
  return all.filter(({ bytes }) => bytes > 0);
}

/**
 * @param {ServingAnswer} answer
 * @param {{ y: number, tall: number, x: (bytes: number) => number, name: string, first: boolean, named: boolean }}
 *   place
 */
function bar(answer, { y, tall, x, name, first, named }) {
  const parts = pieces(answer);
  const ends = cumsum(parts, ({ bytes }) => bytes);
  /** @type {[string, string][]} */
  const details = parts.map((part) => [part.name, memory(part.bytes)]);
  const tip = tooltip(name, details);
  const said = details.map(([what, bytes]) => `${what} ${bytes}`).join(", ");
  return svg`
    <g class="card" role="img" tabindex=${first ? 0 : -1} aria-label="${name}: ${said}"
       @pointermove=${tip.show} @pointerleave=${tip.hide} @focus=${tip.beside} @blur=${tip.hide}>
      ${named ? svg`<text x="0" y=${y + tall / 2 + 4}>${name}</text>` : nothing}
      ${parts.map((part, at) =>
        piece(part, { from: x(ends[at] - part.bytes), to: x(ends[at]), y, tall, limit: x(answer.capacity) }),
      )}
    </g>`;
}

/**
 * @param {Piece} part
 * @param {{ from: number, to: number, y: number, tall: number, limit: number }} place
 */
function piece({ name, bytes, kind }, { from, to, y, tall, limit }) {
  const starts = limit > from && limit < to ? [from, limit] : [from];
  const label = [`${name}, ${memory(bytes)}`, memory(bytes)]
    .flatMap((text) => starts.map((start) => ({ text, start, end: start + textWidth(text) + 12 })))
    .find(({ start, end }) => end <= to && (limit <= start || limit >= end));
  return svg`
    <rect class=${kind} x=${from + 0.5} y=${y} width=${Math.max(0.8, to - from - 1)} height=${tall} rx="1" />
    ${
      label ? svg`<text class="part ${kind}" x=${label.start + 6} y=${y + tall / 2 + 4}>${label.text}</text>` : nothing
    }`;
}
