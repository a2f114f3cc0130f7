// @ts-check
/**
 * Places within cells: what can be selected of one, and what a token covers of a row.
 *
 * @import { Cell } from "./cells.js"
 */

const encoder = new TextEncoder();

/**
 * The places in a cell that can be selected: each byte where a character is cut, each character of a word, else the
 * whole.
 * @param {Cell} cell
 */
export function stops(cell) {
  if (cell.split) return Array.from({ length: cell.bytes }, (_, into) => into);
  if (!cell.word) return [0];
  let into = 0;
  return [...cell.letters].map((letter) => {
    into += encoder.encode(letter).length;
    return into - encoder.encode(letter).length;
  });
}

/**
 * Where the byte so far into a cell begins, from the row's left; in a word from the right, its right edge.
 * @param {Cell} cell
 * @param {number} into
 */
export const within = (cell, into) => {
  const share = (into / cell.bytes) * cell.width;
  return cell.side === "R" ? cell.x + cell.width - share : cell.x + share;
};

/**
 * What a token covers of a row: stretches of x, neighbours joined.
 * @param {Cell[]} row
 * @param {number} start
 * @param {number} end
 * @returns {[left: number, right: number][]}
 */
export function covered(row, start, end) {
  /** @type {[number, number][]} */
  const parts = [];
  for (const cell of row) {
    const [from, to] = [Math.max(start, cell.start), Math.min(end, cell.start + cell.bytes)];
    if (from >= to) continue;
    const edges = [within(cell, from - cell.start), within(cell, to - cell.start)];
    parts.push([Math.min(...edges), Math.max(...edges)]);
  }
  parts.sort((one, other) => one[0] - other[0]);
  return parts.reduce((/** @type {[number, number][]} */ joined, part) => {
    const before = joined.at(-1);
    if (before && part[0] - before[1] < 0.01) before[1] = part[1];
    else joined.push([...part]);
    return joined;
  }, []);
}

/**
 * Where a place lies in its row.
 * @param {Cell} cell
 * @param {number} into bytes
 * @returns {{ x: number, width: number, bytes: number, into: number }}
 */
export function placeOf(cell, into) {
  const all = stops(cell);
  const at = Math.max(
    0,
    all.findLastIndex((stop) => stop <= into),
  );
  const [from, to] = [all[at], all[at + 1] ?? cell.bytes];
  const edges = [within(cell, from), within(cell, to)];
  return { x: Math.min(...edges), width: Math.abs(edges[1] - edges[0]), bytes: to - from, into: from };
}

/** The places that arrow keys lead to. @param {Cell[]} cells */
export const places = (cells) => cells.flatMap((cell) => stops(cell).map((into) => cell.start + into));
