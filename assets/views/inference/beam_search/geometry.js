// @ts-check
/**
 * Where each candidate stands: a column for each step, as wide as its longest token, and the rows by the kit's tidy
 * tree. Groups that are searched one after the other stand under one another.
 *
 * @import { Leaf } from "../../../kit/tree.js"
 * @import { Search } from "./search.js"
 *
 * @typedef {object} Box
 * @property {number} x of its left edge
 * @property {number} y of its middle
 * @property {number} width
 * @property {number} height
 * @property {number} hit the height that a pointer meets
 *
 * @typedef {ReturnType<typeof geometry>} Geometry
 */

import { tokenText } from "../../../kit/tokens.js";
import { branch, tidyTree } from "../../../kit/tree.js";
import { max, range, sum } from "../../../vendor/d3.js";
import { ROOT } from "./search.js";

/** Pixels of a character in the fixed-width face, and of what stands in a box beside its token. */
const CHARACTER = 6.9;
/** A place, the room around place and token, and a total. */
export const BESIDE = { place: 7, token: 20, total: 40, end: 8 };
const PLACE = 7;
/** Between two columns: the least and the most; what is left over makes the columns wider. */
const GAP = { least: 22, most: 64 };
const WIDER = 60;
const TOP = 26;
const HEADING = 22;
/** Rows of a mouse and of a finger. What was dropped stands closer where a mouse points at it. */
const ROWS = {
  mouse: { row: 25, box: 20, cut: 16, apart: { both: 0.7, one: 0.85 } },
  finger: { row: 34, box: 30, cut: 30, apart: { both: 1, one: 1 } },
};
/** Below this width a finger is expected. */
const NARROW = 600;

/**
 * @param {Search} search
 * @param {{ width: number, root: string, groups: number, steps: number }} options
 */
export function geometry(search, { width, root, groups, steps }) {
  const rows = width < NARROW ? ROWS.finger : ROWS.mouse;
  const columns = columnsOf(search, width, root, steps);
  const stacked = stackedGroups(search, groups, rows);
  /** @type {Map<number, Box>} */
  const boxes = new Map();
  for (const [index, { depth, y }] of stacked.places) {
    const cut = index !== ROOT && search.candidates[index].state === "cut";
    const size = cut ? { height: rows.cut, hit: rows.row * rows.apart.both } : { height: rows.box, hit: rows.row };
    boxes.set(index, { ...columns[depth], y, ...size });
  }
  /** @param {number} index */
  const link = (index) => {
    const [from, to] = [boxOf(search.candidates[index].parent), boxOf(index)];
    return branch([from.x + from.width, from.y], [to.x, to.y]);
  };
  const boxOf = (/** @type {number} */ index) => /** @type {Box} */ (boxes.get(index));
  const last = columns[columns.length - 1];
  return { boxOf, link, columns, ...stacked, width: Math.max(width, last.x + last.width + BESIDE.end) };
}

/**
 * The column of the prompt, and one for each step.
 * @param {Search} search
 * @param {number} width
 * @param {string} root
 * @param {number} steps
 */
function columnsOf({ candidates }, width, root, steps) {
  const longest = range(steps).map(
    (step) => max(candidates, (each) => (each.step === step ? [...tokenText(each.token)].length : 0)) ?? 1,
  );
  const places = String(candidates.length ? (max(candidates, ({ place }) => place) ?? 0) + 1 : 1).length;
  const beside = BESIDE.token + BESIDE.total + BESIDE.end + (places - 1) * PLACE;
  const least = [
    [...root].length * CHARACTER + 2 * BESIDE.place,
    ...longest.map((count) => count * CHARACTER + beside),
  ];
  const free = Math.max(0, width - BESIDE.end - sum(least) - steps * GAP.least);
  const gap = Math.min(GAP.most, GAP.least + free / Math.max(1, steps));
  const wider = Math.min(WIDER, Math.max(0, width - BESIDE.end - sum(least) - steps * gap) / (steps + 1));
  let x = 0;
  return least.map((each) => {
    const column = { x, width: each + wider };
    x += column.width + gap;
    return column;
  });
}

/**
 * @param {Search} search
 * @param {number} groups
 * @param {typeof ROWS.mouse} rows
 */
function stackedGroups(search, groups, { row, apart }) {
  const { candidates, first } = search;
  const cut = (/** @type {number} */ index) => (index !== ROOT && candidates[index].state === "cut" ? 1 : 0);
  /** @type {Map<number, Leaf<number>>} */
  const places = new Map();
  const headings = [];
  const roots = [];
  let top = TOP;
  for (const group of range(groups)) {
    const mine = first.filter((index) => candidates[index].group === group);
    if (groups > 1) headings.push({ group, y: top + HEADING / 2 });
    top += groups > 1 ? HEADING : 0;
    const laid = tidyTree({
      root: ROOT,
      children: (index) => (index === ROOT ? mine : candidates[index].children),
      row,
      apart: (one, other) => [1, apart.one, apart.both][cut(one) + cut(other)],
    });
    for (const [index, place] of laid.places) places.set(index, { ...place, y: place.y + top });
    roots.push((laid.places.get(ROOT)?.y ?? 0) + top);
    top += laid.height;
  }
  const prompt = { item: ROOT, parent: null, children: first, depth: 0, y: sum(roots) / roots.length };
  return { places: new Map(places).set(ROOT, prompt), headings, height: top };
}
