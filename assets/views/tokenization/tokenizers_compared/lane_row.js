// @ts-check
/**
 * One row of the text: its letters, the bytes of those that are cut, and under them a lane for each tokenizer.
 *
 * @import { ComparedLane, TokenizersLanes } from "../../../types/tokenization"
 * @import { Cell, Layout } from "./cells.js"
 * @import { Context } from "./lanes.js"
 *
 * @typedef {object} Place
 * @property {TokenizersLanes} data
 * @property {ComparedLane[]} known
 * @property {Layout} laid
 * @property {Cell[]} row
 * @property {number} width
 * @property {number} byte the selected place
 * @property {number} room tokens that there is room for
 * @property {Context} ctx
 */
import { textWidth } from "../../../kit/drawing/measure.js";
import { sign } from "../../../kit/text/spelled.js";
import { nothing, svg } from "../../../vendor/lit.js";
import { covered, placeOf, stops, within } from "./cell_places.js";
import { point } from "./selected.js";

export const NAMES = 74;
const [LANE, LINE, BYTES] = [19, 22, 17];
const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true });
const LETTERS = '500 11.5px "JetBrains Mono", monospace';

/** @param {Place} place */
export function laneRow(place) {
  const { data, known, laid, row, width, byte, ctx } = place;
  const split = row.some((cell) => cell.split);
  const top = LINE + (split ? BYTES : 0);
  const height = top + known.length * LANE + 4;
  const found = row.find((cell) => byte >= cell.start && byte < cell.start + cell.bytes);
  const at = found ? placeOf(found, byte - found.start) : null;
  const pointed = (/** @type {PointerEvent} */ event) => {
    const to = byteUnder(row, event);
    if (to === null) return;
    point(data, to, ctx);
    if (event.type === "pointerdown") ctx.control("byte", to);
  };
  return svg`
    <svg class="fig lane-row" viewBox="0 0 ${width} ${height}" height=${height} role="img" aria-label=${spoken(row)}
      @pointermove=${pointed} @pointerdown=${pointed}>
      <rect class="hit" x="0" y="0" width=${width} height=${height} />
      ${at ? svg`<rect class="column" x=${NAMES + at.x} width=${at.width} y="0" height=${height} />` : nothing}
      <text class="dim" x="0" y="15">text</text>
      ${row.map((cell) => letter(cell, cell === found))}
      ${split ? byteLane(row, laid.roomy, byte) : nothing}
      ${known.map((lane, i) => laneOf(lane, place, top + i * LANE))}
    </svg>`;
}

/** @param {Cell[]} row */
const spoken = (row) => `Row: ${row.map((cell) => cell.letters).join("")}`;

/** @param {Cell[]} row @param {PointerEvent} event */
function byteUnder(row, event) {
  const box = /** @type {Element} */ (event.currentTarget).getBoundingClientRect();
  const x = event.clientX - box.left - NAMES;
  const cell = row.find((one) => x >= one.x && x < one.x + one.width);
  if (!cell) return null;
  const under = stops(cell).findLast((into) => {
    const place = placeOf(cell, into);
    return x >= place.x && x < place.x + place.width;
  });
  return cell.start + (under ?? 0);
}

/** @param {Cell} cell @param {boolean} selected */
function letter(cell, selected) {
  const faint = /^[\s\p{Cc}\p{Cf}]+$/u.test(cell.letters);
  return svg`<text class="${cell.word ? "" : "m"} letter ${faint ? "faint" : ""} ${selected ? "selected" : ""}"
    text-anchor="middle" x=${NAMES + cell.x + cell.width / 2} y="15">${sign(cell.letters)}</text>`;
}

/** @param {Cell[]} row @param {boolean} roomy @param {number} selected */
function byteLane(row, roomy, selected) {
  return svg`
    <text class="dim" x="0" y=${LINE + 10}>bytes</text>
    ${row
      .filter((cell) => cell.split)
      .map((cell) => {
        const each = cell.width / cell.bytes;
        return [...encoder.encode(cell.letters)].map((byte, i) => {
          const x = NAMES + Math.min(within(cell, i), within(cell, i + 1));
          const mine = cell.start + i === selected ? "selected" : "";
          return svg`
            <rect class="byte ${mine}" x=${x + 0.5} y=${LINE} width=${Math.max(1, each - 1)} height=${BYTES - 5} />
            ${
              roomy
                ? svg`<text class="m hex" x=${x + each / 2} y=${LINE + 10} text-anchor="middle">${hex(byte)}</text>`
                : nothing
            }`;
        });
      })}`;
}

/** @param {number} byte */
export const hex = (byte) => byte.toString(16).toUpperCase().padStart(2, "0");

/** @param {ComparedLane} lane @param {Place} place @param {number} y */
function laneOf(lane, { row, byte, room }, y) {
  const first = row[0].start;
  const last = row[row.length - 1].start + row[row.length - 1].bytes;
  const edge = Math.max(...row.map((cell) => cell.x + cell.width));
  const blocks = [];
  // Tokens stand in order: the first that reaches into this row is sought by halving.
  for (let at = firstEnding(lane.ends.a, first); at < lane.ids.a.length && lane.starts.a[at] < last; at++) {
    const [start, end] = [lane.starts.a[at], lane.ends.a[at]];
    if (end <= first || start === end) continue;
    blocks.push(block({ row, start, end, at, y, mine: byte >= start && byte < end, beyond: at >= room }));
  }
  return svg`
    <text class="name" x="0" y=${y + 13}>${lane.title}</text>
    <line class="nobody" x1=${NAMES} x2=${NAMES + edge} y1=${y + LANE / 2} y2=${y + LANE / 2} />
    ${blocks}`;
}

/** The first token that ends behind the byte. @param {ArrayLike<number>} ends @param {number} byte */
function firstEnding(ends, byte) {
  let [low, high] = [0, ends.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (ends[middle] > byte) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** @param {{ row: Cell[], start: number, end: number, at: number, y: number, mine: boolean, beyond: boolean }} token */
function block({ row, start, end, at, y, mine, beyond }) {
  const tint = at % 2 ? "b" : "a";
  return svg`
    ${covered(row, start, end).map(
      ([
        left,
        right,
      ]) => svg`<rect class="block ${tint} ${mine ? "here" : ""} ${beyond ? "beyond" : ""}" rx="3" y=${y + 1.5}
        height=${LANE - 3} x=${NAMES + left + 0.5} width=${Math.max(1, right - left - 1)} />`,
    )}
    ${blockText(row, start, end, y + 14, mine)}`;
}

/**
 * The letters that a token holds whole, each under its own place in the text.
 * @param {Cell[]} row
 * @param {number} start
 * @param {number} end
 * @param {number} y
 * @param {boolean} mine
 */
function blockText(row, start, end, y, mine) {
  const inside = row.filter(
    (cell) => cell.start < end && cell.start + cell.bytes > start && !/^\s+$/.test(cell.letters),
  );
  const name = `m in ${mine ? "here" : ""}`;
  const middle = (/** @type {Cell} */ cell) => NAMES + cell.x + cell.width / 2;
  const whole = inside.filter((cell) => cell.start >= start && cell.start + cell.bytes <= end);
  // Letters that are one unit of text can be placed by a list of x.
  const line = whole.filter((cell) => cell.letters.length === 1);
  const parts = inside.filter((cell) => !whole.includes(cell) && cell.word);
  return svg`
    ${
      line.length
        ? svg`<text class=${name} text-anchor="middle" x=${line.map(middle).join(" ")}
          y=${y}>${line.map((cell) => cell.letters).join("")}</text>`
        : nothing
    }
    ${whole
      .filter((cell) => cell.letters.length > 1)
      .map(
        (cell) => svg`<text class=${name} text-anchor="middle" x=${middle(cell)} y=${y}>${sign(cell.letters)}</text>`,
      )}
    ${parts.map((cell) => partOf(cell, start, end, y, name))}`;
}

/**
 * The part of a word that a token holds, where it is whole characters and there is room.
 * @param {Cell} cell
 * @param {number} start
 * @param {number} end
 * @param {number} y
 * @param {string} name
 */
function partOf(cell, start, end, y, name) {
  const [from, to] = [Math.max(0, start - cell.start), Math.min(cell.bytes, end - cell.start)];
  const [one, other] = [within(cell, from), within(cell, to)];
  let letters = "";
  try {
    letters = decoder.decode(encoder.encode(cell.letters).slice(from, to));
  } catch {
    return nothing; // a part of a character
  }
  if (textWidth(letters, LETTERS) > Math.abs(other - one)) return nothing;
  return svg`<text class=${name} text-anchor="middle" x=${NAMES + (one + other) / 2} y=${y}>${letters}</text>`;
}
