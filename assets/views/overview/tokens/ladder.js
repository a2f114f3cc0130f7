// @ts-check
/**
 * The rungs from single bytes to tokens: in each the pair that was learned first is joined.
 *
 * @import { MergeStep, TokensMerges } from "../../../types/overview"
 * @import { Line } from "../../../kit/tooltip.js"
 *
 * @typedef {object} Rung
 * @property {string[]} bytes its pieces, in hexadecimal digits
 * @property {MergeStep | null} step the merge that made it; none at the start
 * @property {string[]} before the pieces that it was made of
 *
 * @typedef {{ data: TokensMerges, rungs: Rung[], cell: number, left: number, narrow: boolean }} Frame
 */

import { rove } from "../../../kit/controls/roving.js";
import { counted, whole } from "../../../kit/numbers/format.js";
import { cut, tokenText } from "../../../kit/text/tokens.js";
import { tooltip } from "../../../kit/tooltip.js";
import { cumsum } from "../../../vendor/d3.js";
import { nothing, svg } from "../../../vendor/lit.js";
import { bytesOf, spelled } from "./pieces.js";

const NARROW = 560;
/** Pixels of a byte, at least and at most. */
const CELL = { least: 26, most: 44 };
/** All bytes together are no wider than this if their least width allows it. */
const WIDE = 560;
const [TOP, RUNG, BOX] = [24, 34, 25];
const CHARACTER = 6.9;
const SIDE = 190;

/**
 * @param {TokensMerges} data
 * @param {number} room in pixels
 */
export function ladder(data, room) {
  const narrow = room < NARROW;
  const left = narrow ? 84 : 104;
  const side = narrow ? 4 : SIDE;
  const count = data.start.length;
  const fitting = Math.floor(Math.min(WIDE, room - left - side) / count);
  const cell = Math.max(CELL.least, Math.min(CELL.most, fitting));
  const width = left + count * cell + side;
  const place = { data, rungs: rungsOf(data), cell, left, narrow };
  const bottom = TOP + place.rungs.length * RUNG;
  return svg`
    <svg class="fig ladder" viewBox="0 0 ${width} ${bottom + 28}" width=${width} height=${bottom + 28}
      style="width:${width}px;max-width:none" role="group" aria-label=${label(data)} data-rove @keydown=${rove}>
      <text class="dim" x=${left - 12} y="14" text-anchor="end">${narrow ? "merge" : "merge learned"}</text>
      <text class="dim" x=${left} y="14">${counted(count, "byte")}</text>
      ${place.rungs.map((rung, at) => drawnRung(rung, at, place))}
      ${ids(place, bottom)}
    </svg>`;
}

/**
 * @param {TokensMerges} data
 * @returns {Rung[]}
 */
function rungsOf({ start, steps }) {
  const made = steps.map((step, at) => ({ bytes: step.bytes, step, before: at ? steps[at - 1].bytes : start }));
  return [{ bytes: start, step: null, before: [] }, ...made];
}

/**
 * Where each piece begins and ends, in pixels.
 * @param {string[]} pieces
 * @param {Frame} place
 */
function places(pieces, { left, cell }) {
  const widths = pieces.map((hex) => bytesOf(hex).length * cell);
  return Array.from(cumsum(widths), (end, at) => ({ x: left + end - widths[at], width: widths[at] }));
}

/**
 * @param {Rung} rung
 * @param {number} at
 * @param {Frame} place
 */
function drawnRung(rung, at, place) {
  const y = TOP + at * RUNG;
  const found = places(rung.bytes, place);
  const end = found[found.length - 1];
  return svg`
    <text class=${at ? "ink" : "dim"} x=${place.left - 12} y=${y + 17} text-anchor="end">${rungName(rung)}</text>
    ${rung.bytes.map((hex, index) => drawnPiece({ hex, index, at, y, ...found[index] }, rung, place))}
    ${
      rung.step && !place.narrow
        ? svg`<text class="m dim" x=${end.x + end.width + 14} y=${y + 17}>${joined(rung)}</text>`
        : nothing
    }`;
}

/** @param {Rung} rung */
function rungName({ step }) {
  if (!step) return "start";
  return step.rank < 0 ? "whole" : `no. ${whole(step.rank + 1)}`;
}

/** @param {Rung} rung */
function joined({ step, before }) {
  if (!step || step.rank < 0) return "the vocabulary holds it as a whole";
  return fitting(`${spelled(before[step.index])} + ${spelled(before[step.index + 1])}`, SIDE - 14);
}

/**
 * @param {{ hex: string, index: number, at: number, y: number, x: number, width: number }} piece
 * @param {Rung} rung
 * @param {Frame} place
 */
function drawnPiece({ hex, index, at, y, x, width }, rung, { data, rungs }) {
  const fresh = rung.step?.index === index;
  const mine = at === rungs.length - 1 && (data.alone || index === data.selected);
  const lines = told(hex, index, rung, data);
  const tip = tooltip(spelled(hex), lines);
  const spoken = `${spelled(hex)}: ${lines.map(([name, value]) => `${name} ${value}`).join(", ")}`;
  return svg`
    <g class="rung-piece ${fresh ? "fresh" : ""} ${mine ? "mine" : ""}" role="img" tabindex=${at || index ? -1 : 0}
      aria-label=${spoken} @pointermove=${tip.show} @pointerleave=${tip.hide} @focus=${tip.beside} @blur=${tip.hide}>
      <rect x=${x + 1} y=${y} width=${width - 2} height=${BOX} rx="4" />
      <text class="m" x=${x + width / 2} y=${y + 16.5} text-anchor="middle">${fitting(spelled(hex), width - 6)}</text>
    </g>`;
}

/**
 * @param {string} hex
 * @param {number} index
 * @param {Rung} rung
 * @param {TokensMerges} data
 * @returns {Line[]}
 */
function told(hex, index, { step, before }, { n_merges }) {
  /** @type {Line[]} */
  const bytes = [["bytes", bytesOf(hex).join(" ")]];
  if (!step || step.index !== index) return bytes;
  const id = step.id < 0 ? "none" : whole(step.id);
  if (step.rank < 0) return [...bytes, ["merge", "none: in the vocabulary as a whole"], ["id", id]];
  return [
    ...bytes,
    ["joined", `${spelled(before[index])} + ${spelled(before[index + 1])}`, true],
    ["merge", `${whole(step.rank + 1)} of ${whole(n_merges)}`],
    ["id", id],
  ];
}

/**
 * The ids of the pieces that are left.
 * @param {Frame} place
 * @param {number} bottom
 */
function ids(place, bottom) {
  const { data, rungs, left } = place;
  return svg`
    <text class="dim" x=${left - 12} y=${bottom + 16} text-anchor="end">id</text>
    ${places(rungs[rungs.length - 1].bytes, place).map(
      ({ x, width }, at) => svg`
        <text class="ink" x=${x + width / 2} y=${bottom + 16}
          text-anchor="middle">${data.ids[at] < 0 ? "none" : whole(data.ids[at])}</text>`,
    )}`;
}

/**
 * @param {string} text
 * @param {number} width
 */
const fitting = (text, width) => cut(text, Math.max(1, Math.floor(width / CHARACTER)));

/** @param {TokensMerges} data */
function label({ ids, steps }) {
  const tokens = ids.length === 1 ? "token" : `${ids.length} tokens`;
  return `${counted(steps.length, "merge")} build the ${tokens} ${ids.map(tokenText).join(" ")}`;
}
