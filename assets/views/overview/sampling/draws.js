// @ts-check
/**
 * A thousand tokens drawn from what the sampler leaves, with a seed: the same for everybody who opens the link.
 *
 * @import { Stage } from "./stage.js"
 */
import { choose } from "./stage.js";

export const DRAWS = 1000;
/** From one seed of "Draw again" to the next. */
const APART = 7919;

/**
 * A small generator of numbers from 0 to 1 (mulberry32).
 * @param {number} seed
 */
function mulberry(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** @type {WeakMap<Stage, { seed: number, drawn: ReadonlyMap<number, number> }>} */
const known = new WeakMap();

/**
 * How often each token is drawn.
 * @param {Stage} stage
 * @param {number} seed of the run
 * @param {number} again how often it was drawn again
 */
export function draw(stage, seed, again) {
  const own = seed + again * APART;
  const found = known.get(stage);
  if (found?.seed === own) return found.drawn;
  const random = mulberry(own);
  /** @type {Map<number, number>} */
  const drawn = new Map();
  for (let i = 0; i < DRAWS; i++) {
    const id = stage.order[choose(stage, random())];
    drawn.set(id, (drawn.get(id) ?? 0) + 1);
  }
  known.set(stage, { seed: own, drawn });
  return drawn;
}
