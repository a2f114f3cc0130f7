// @ts-check
/**
 * What is selected in the lanes: a place in the text, an order of the lanes, and a number of tokens that there is room
 * for.
 *
 * @import { ComparedLane, TokenizersLanes } from "../../../types/tokenization"
 * @import { Context } from "./lanes.js"
 * @import { Layout } from "./cells.js"
 */
import { places } from "./cell_places.js";

/** Places of a text of which the one is sought where tokenizers differ most. */
const SOUGHT = 1500;

/** The tokenizers that are at hand, as they are to be ordered. @param {TokenizersLanes} data @param {Context} ctx */
export function ordered({ lanes }, ctx) {
  const known = lanes.filter((lane) => !lane.reason);
  const by = ctx.kept.sort;
  if (by === "tokens") known.sort((one, other) => one.ids.a.length - other.ids.a.length);
  if (by === "size") known.sort((one, other) => one.size - other.size);
  return known;
}

/** @param {TokenizersLanes} data @param {ComparedLane[]} known @param {Context} ctx */
export function byteOf(data, known, { kept, controls }) {
  const said = kept.at?.text === data.text ? kept.at.byte : controls.byte;
  return said === undefined ? mostApart(data, known) : Math.max(0, Math.min(data.nbytes - 1, Number(said)));
}

/** @type {WeakMap<TokenizersLanes, number>} */
const apart = new WeakMap();

/**
 * Where the tokenizers' tokens differ most: the first such byte.
 * @param {TokenizersLanes} data
 * @param {ComparedLane[]} known
 */
function mostApart(data, known) {
  const before = apart.get(data);
  if (before !== undefined) return before;
  const last = Math.min(data.nbytes, SOUGHT);
  const covers = known.map((lane) => covering(lane, last));
  let [best, most] = [0, 0];
  for (let byte = 0; byte < last; byte++) {
    const kinds = new Set(covers.map((cover) => cover[byte])).size;
    if (kinds > most) [best, most] = [byte, kinds];
  }
  apart.set(data, best);
  return best;
}

/** Of each byte the token that covers it, named by where it lies. @param {ComparedLane} lane @param {number} last */
function covering({ starts, ends }, last) {
  const cover = new Array(last).fill("");
  for (let at = 0; at < starts.a.length && starts.a[at] < last; at++) {
    cover.fill(`${starts.a[at]}-${ends.a[at]}`, starts.a[at], ends.a[at]);
  }
  return cover.slice(0, last);
}

/** The first token of the lane that covers the byte; -1 for none. @param {ComparedLane} lane @param {number} byte */
export const tokenAt = ({ starts, ends }, byte) => ends.a.findIndex((end, at) => byte < end && byte >= starts.a[at]);

/** @param {TokenizersLanes} data @param {number} byte @param {Context} ctx */
export function point(data, byte, ctx) {
  if (ctx.kept.at?.text === data.text && ctx.kept.at.byte === byte) return;
  ctx.keep({ at: { text: data.text, byte } });
}

/**
 * Left and right go by character, or by byte where one is cut; up and down by row.
 * @param {TokenizersLanes} data
 * @param {Layout} laid
 * @param {number} byte
 * @param {Context} ctx
 * @returns {(event: KeyboardEvent) => void}
 */
export function moves(data, { cells, rows }, byte, ctx) {
  return (event) => {
    const all = places(cells);
    const now = Math.max(
      0,
      all.findLastIndex((place) => place <= byte),
    );
    const row = rows.findLastIndex((each) => each[0].start <= byte);
    const beside = (/** @type {number} */ by) => {
      const to = rows[Math.max(0, Math.min(rows.length - 1, row + by))];
      const into = byte - rows[row][0].start;
      const last = to[to.length - 1].start;
      return Math.min(last, to[0].start + into);
    };
    /** @type {Record<string, () => number>} */
    const keys = {
      ArrowRight: () => all[Math.min(all.length - 1, now + 1)],
      ArrowLeft: () => all[Math.max(0, now - 1)],
      ArrowDown: () => beside(1),
      ArrowUp: () => beside(-1),
      Home: () => all[0],
      End: () => all[all.length - 1],
    };
    if (!(event.key in keys) || event.target !== event.currentTarget) return;
    event.preventDefault();
    ctx.keep({ at: { text: data.text, byte: keys[event.key]() } });
  };
}
