// @ts-check
/**
 * A piece of the lattice: a box over its letters, its score, a strip for its share of all cuts.
 *
 * @import { LatticePiece } from "../../../types/tokenization"
 * @import { Frame } from "./picture.js"
 */

import { MONO, textWidth } from "../../../kit/drawing/measure.js";
import { decimal, precise } from "../../../kit/numbers/format.js";
import { signs } from "../../../kit/text/spelled.js";
import { tooltip } from "../../../kit/tooltip.js";
import { nothing, svg } from "../../../vendor/lit.js";

export const ROW = { low: 30, tall: 40 };

/**
 * Said once.
 * @param {LatticePiece[]} row
 * @param {LatticePiece[] | undefined} above
 * @param {number} x
 * @param {number} y
 */
export function rowName([{ start, end }], above, x, y) {
  const size = end - start;
  if (above && above[0].end - above[0].start === size) return nothing;
  const what = size === 1 ? "character" : "characters";
  return svg`<text class="dim" x=${x} y=${y} text-anchor="end">${size} ${what}</text>`;
}

/** @param {LatticePiece} piece @param {{ frame: Frame, y: number, wins: boolean, chosen: boolean }} how */
export function bar(piece, { frame, y, wins, chosen }) {
  const { text, score, share, unknown } = piece;
  const width = frame.x(piece.end) - frame.x(piece.start) - 4;
  const height = frame.row - 5;
  const tip = tooltip(signs(text), [
    ["log p", decimal(score, 3)],
    ["of all cuts", precise(share)],
  ]);
  return svg`
    <g class="unit ${wins ? "wins" : ""} ${chosen ? "chosen" : ""} ${unknown ? "unknown" : ""}"
      transform="translate(${frame.x(piece.start) + 2} ${y})" @pointermove=${tip.show} @pointerleave=${tip.hide}>
      <rect class="box" width=${width} height=${height} rx="4" />
      <rect class="share" x="1" y=${height - 4} width=${Math.max(0, (width - 2) * share)} height="3" rx="1" />
      ${frame.row === ROW.tall ? stacked(signs(text), score, width) : beside(signs(text), score, width)}
    </g>`;
}

/** Whether a piece has room for its score beside its text. @param {LatticePiece} piece @param {number} cell */
export const roomy = ({ text, score, start, end }, cell) =>
  textWidth(signs(text), MONO) + textWidth(decimal(score)) + 22 <= cell * (end - start) - 4;

/** @param {string} text @param {number} score @param {number} width */
const beside = (text, score, width) => svg`
  <text class="m" x="7" y="16">${text}</text>
  <text class="score" x=${width - 6} y="16" text-anchor="end">${decimal(score)}</text>`;

/** @param {string} text @param {number} score @param {number} width */
const stacked = (text, score, width) => svg`
  <text class="m" x=${width / 2} y="14" text-anchor="middle">${text}</text>
  <text class="score" x=${width / 2} y="27"
    text-anchor="middle">${decimal(score, width >= 46 ? 2 : width < 32 && score < -9.95 ? 0 : 1)}</text>`;
