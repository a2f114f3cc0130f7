// @ts-check
/**
 * Names and numbers of the large writes, beside their bars where nothing lies already.
 *
 * @import { Step } from "./shares.js"
 * @import { Frame } from "./waterfall_standing.js"
 *
 * @typedef {{ x: number, y: number, width: number, height: number }} Box
 */
import { signed } from "../../../kit/numbers/format.js";
import { svg } from "../../../vendor/lit.js";
import { WRITTEN } from "./waterfall_bar.js";

const CHARACTER = 6.3;
/** Of a line of text: above its baseline, and in all. */
const TEXT = { above: 10, height: 12 };
const AROUND = 3;

/**
 * @param {Step[]} steps
 * @param {Frame} place
 */
export function words(steps, place) {
  const bars = steps.map((step, at) => place.box(at, step));
  /** @type {Box[]} */
  const taken = [...bars];
  return steps.map((step, at) => {
    if (Math.abs(step.value) <= WRITTEN * place.reach) return null;
    const text = `${step.short} ${signed(step.value)}`;
    const found = places(bars[at], text.length * CHARACTER).find((box) => isFree(box, taken, place));
    if (!found) return null;
    taken.push(found);
    const isLeft = found.x + found.width < bars[at].x;
    return svg`
      <text class="halo ink" x=${found.x + (isLeft ? found.width : 0)} y=${found.y + TEXT.above}
        text-anchor=${isLeft ? "end" : "start"}>${text}</text>`;
  });
}

/**
 * Where a text may stand beside its bar, best first: at its left, at its right, above, below.
 * @param {Box} bar
 * @param {number} width of the text
 * @returns {Box[]}
 */
function places({ x, y, width: thick, height }, width) {
  const [left, right, middle] = [x - 5 - width, x + thick + 5, x + thick / 2 - width / 2];
  const baselines = [
    [left, y + 10],
    [left, y + height / 2 + 4],
    [right, y + height],
    [middle, y - 6],
    [right, y + height + 12],
    [middle, y + height + 13],
  ];
  return baselines.map(([at, baseline]) => ({ x: at, y: baseline - TEXT.above, width, height: TEXT.height }));
}

/**
 * @param {Box} box
 * @param {Box[]} taken
 * @param {Frame} place
 */
function isFree(box, taken, { left, right, bottom }) {
  if (box.x <= left || box.x + box.width >= right || box.y + TEXT.above >= bottom) return false;
  const apart = (/** @type {Box} */ other) =>
    box.x >= other.x + other.width + AROUND ||
    box.x + box.width <= other.x - AROUND ||
    box.y >= other.y + other.height ||
    box.y + box.height <= other.y;
  return taken.every(apart);
}
