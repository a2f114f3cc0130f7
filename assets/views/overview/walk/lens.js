// @ts-check
/**
 * What the lens reads after each block, in a row below the river: the darker, the surer. Equal neighbours share one
 * name.
 *
 * @import { WalkRiver } from "../../../types/overview"
 */
import { cut, rawToken, svgToken, tokenText } from "../../../kit/text/tokens.js";
import { max, range } from "../../../vendor/d3_first.js";
import { nothing, svg } from "../../../vendor/lit.js";
import { blockAt, blocksOf } from "./blocks.js";

/**
 * Pixels: a character of the fixed-width face, the least distance of two names that stand aslant, room behind the last.
 */
const CHARACTER = 6.95;
const ASLANT = 13;
const BEHIND = 60;
const SLOPE = -52;
/** A space is told in words where these fit. */
const SPACE = { words: "· a space", width: 70 };

/**
 * Blocks after which the lens reads the same token.
 * @param {WalkRiver} data
 */
function runs(data) {
  /** @type {{ first: number, last: number, id: number, p: number }[]} */
  const found = [];
  for (const block of range(blocksOf(data))) {
    const { id, p } = blockAt(data, block).lens;
    const run = found[found.length - 1];
    if (run?.id === id) Object.assign(run, { last: block, p: max([run.p, p]) });
    else found.push({ first: block, last: block, id, p });
  }
  return found;
}

/** The class of a name, by how sure the lens is. @param {number} p */
export const sureness = (p) => (p >= 0.5 ? "sure" : p >= 0.15 ? "likely" : "unsure");

/**
 * @param {WalkRiver} data
 * @param {{ left: number, column: number, y: number }} place
 */
export function lensNames(data, { left, column, y }) {
  let slanted = Number.NEGATIVE_INFINITY;
  return runs(data).map((run) => {
    const width = (run.last - run.first + 1) * column;
    const start = left + run.first * column;
    const name = nameOf(data, run, { start, width, y, slanted });
    if (name.slanted !== undefined) slanted = name.slanted;
    const line = run.last > run.first;
    return svg`
      ${
        line
          ? svg`<line class="sameword" x1=${start + 2} x2=${start + width - 2} y1=${y + 20} y2=${y + 20} />`
          : nothing
      }
      ${name.mark}`;
  });
}

/**
 * A run's name where it fits: level in its width, the last one to its right, else aslant, else not at all.
 * @param {WalkRiver} data
 * @param {{ last: number, id: number, p: number }} run
 * @param {{ start: number, width: number, y: number, slanted: number }} place
 * @returns {{ mark: unknown, slanted?: number }}
 */
function nameOf(data, { last, id, p }, { start, width, y, slanted }) {
  const className = `lensname ${id === data.target ? "hit" : sureness(p)}`;
  const middle = start + width / 2;
  const long = [...tokenText(id)].length * CHARACTER;
  if (rawToken(id) === " " && width > SPACE.width) {
    return { mark: svg`<text class=${className} x=${middle} y=${y + 35} text-anchor="middle">${SPACE.words}</text>` };
  }
  if (long < width - 4) {
    return { mark: svgToken(id, { x: middle, y: y + 35, anchor: "middle", className: `m ${className}` }) };
  }
  if (last === blocksOf(data) - 1 && long < width + BEHIND) {
    return { mark: svgToken(id, { x: start + 1, y: y + 35, className: `m ${className}` }) };
  }
  if (middle - slanted < ASLANT) return { mark: nothing };
  const mark = svg`
    <text class="m ${className}" text-anchor="end" transform="translate(${middle + 4} ${y + 28}) rotate(${SLOPE})">
      ${cut(tokenText(id), 7)}
    </text>`;
  return { mark, slanted: middle };
}
