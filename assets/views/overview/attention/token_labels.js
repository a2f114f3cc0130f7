// @ts-check
/**
 * The tokens along a matrix: as many as there is room for, the chosen one always.
 *
 * @import { Run } from "../../../kit/view"
 */
import { svgToken } from "../../../kit/text/tokens.js";
import { range } from "../../../vendor/d3.js";
import { svg } from "../../../vendor/lit.js";

/** Pixels that a label needs beside the next one, and its characters at most. */
const ROOM = 13;
const MOST = 9;

/**
 * Which of so many have a label.
 * @param {number} count
 * @param {number} pitch pixels from one to the next
 * @param {number} chosen
 */
function labelled(count, pitch, chosen) {
  const every = Math.max(1, Math.ceil(ROOM / pitch));
  return range(count).filter((at) => at === chosen || (at % every === 0 && Math.abs(at - chosen) >= every));
}

/**
 * @typedef {object} Labels
 * @property {Run} run
 * @property {number} first position
 * @property {number} count
 * @property {number} pitch
 * @property {number} chosen which of them
 * @property {number} x where the first begins
 * @property {number} y
 */

/** Above the columns, read upwards. @param {Labels} labels */
export function above({ run, first, count, pitch, chosen, x, y }) {
  return labelled(count, pitch, chosen).map((at) => {
    const place = `translate(${x + (at + 0.5) * pitch + 4} ${y}) rotate(-90)`;
    return svg`<g class=${kind(run, first + at, at === chosen)} transform=${place}>
      ${svgToken(run.ids[first + at], { x: 0, y: 0, most: MOST })}
    </g>`;
  });
}

/** Beside the rows. @param {Labels} labels */
export function beside({ run, first, count, pitch, chosen, x, y }) {
  return labelled(count, pitch, chosen).map((at) => {
    const place = { x, y: y + (at + 0.5) * pitch + 4, anchor: /** @type {const} */ ("end"), most: MOST };
    return svg`<g class=${kind(run, first + at, at === chosen)}>${svgToken(run.ids[first + at], place)}</g>`;
  });
}

/**
 * @param {Run} run
 * @param {number} position
 * @param {boolean} chosen
 */
function kind({ nPrompt }, position, chosen) {
  if (chosen) return "chosen";
  return position >= nPrompt ? "generated" : "";
}
