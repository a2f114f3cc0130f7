// @ts-check
/**
 * Where each candidate stands: a column for each step, a row for each place, so that no room is empty. Steps that do
 * not
 * fit beside one another go on below, as a text does: each further band begins with the texts that were kept before it.
 *
 * @import { Leaf } from "../../../kit/drawing/tree.js"
 * @import { Search } from "./search.js"
 *
 * @typedef {object} Box
 * @property {number} x of its left edge
 * @property {number} y of its middle
 * @property {number} width
 * @property {number} height
 * @property {number} hit the height that a pointer meets
 *
 * @typedef {{ step: number, x: number, y: number, width: number }} Column
 * @typedef {{ top: number, columns: Column[], before: { x: number, width: number } }} Band its steps, and what stands
 *   before them: the prompt, or the texts that were kept so far
 *
 * @typedef {ReturnType<typeof geometry>} Geometry
 */

import { branch } from "../../../kit/drawing/tree.js";
import { tokenText } from "../../../kit/text/tokens.js";
import { max, range, sum } from "../../../vendor/d3.js";
import { FATE, ROOT } from "./search.js";

/** Pixels of a character in the fixed-width face. */
const CHARACTER = 6.9;
/** Pixels at both ends of a box, and of a total. */
export const BESIDE = { end: 7, total: 44 };
/** Characters of a token; of longer ones the end is cut. */
const LONGEST = { wide: 12, narrow: 7 };
/** Left of each band the places stand. */
export const PLACES = 20;
/** Right of a text that ends here stands a mark. */
const END = 6;
const GAP = { least: 22, narrow: 14, most: 48 };
const HEADING = { steps: 24, group: 22, below: 18 };
/** Rows of a mouse and of a finger. What was dropped stands closer. */
const ROWS = {
  mouse: { row: 25, box: 20, cutRow: 18, cut: 16 },
  finger: { row: 34, box: 30, cutRow: 32, cut: 28 },
};
/** Below this width a finger is expected, and a box has no room for its total. */
const NARROW = 600;

/**
 * @param {Search} search
 * @param {{ width: number, root: string, groups: number, steps: number }} options
 */
export function geometry(search, { width, root, groups, steps }) {
  const narrow = width < NARROW;
  const rows = narrow ? ROWS.finger : ROWS.mouse;
  const most = narrow ? LONGEST.narrow : LONGEST.wide;
  const stacks = stacked(search, groups, rows);
  const bands = bandsOf(search, { width: width - END, root, steps, narrow, most, tall: stacks.height });
  /** @type {Map<number, Leaf<number>>} */
  const places = new Map();
  /** @type {Map<number, Box>} */
  const boxes = new Map();
  const [first] = bands;
  const rootY = first.top + stacks.y(0, 0);
  boxes.set(ROOT, { ...first.before, y: rootY, height: rows.box, hit: rows.row });
  places.set(ROOT, { item: ROOT, parent: null, children: search.first, depth: 0, y: rootY });
  for (const { index, step, group, place, state, parent, children } of search.candidates) {
    const { band, column } = placeOf(bands, step);
    const y = band.top + stacks.y(group, place);
    const size = state === "cut" ? { height: rows.cut, hit: rows.cutRow } : { height: rows.box, hit: rows.row };
    boxes.set(index, { x: column.x, width: column.width, y, ...size });
    places.set(index, { item: index, parent, children, depth: step + 1, y });
  }
  const boxOf = (/** @type {number} */ index) => /** @type {Box} */ (boxes.get(index));
  const again = bands.slice(1).flatMap((band) => repeated(search, band, stacks.y, rows.box));
  /** @param {number} index */
  const link = (index) => {
    const { parent, step } = search.candidates[index];
    const to = boxOf(index);
    const from = again.find(({ of, band }) => of === parent && band.columns[0].step === step)?.box ?? boxOf(parent);
    return branch([from.x + from.width, from.y], [to.x, to.y]);
  };
  const last = bands[bands.length - 1];
  const headings = bands.flatMap((band) =>
    stacks.headings.map(({ group, y }) => ({ group, y: band.top + y, first: band === first })),
  );
  const labels = bands.flatMap((band) => stacks.labels.map(({ place, y }) => ({ place, y: band.top + y })));
  const height = last.top + stacks.height;
  return { boxOf, link, bands, again, places, headings, labels, totals: !narrow, most, width, height };
}

/** @param {Band[]} bands @param {number} step */
function placeOf(bands, step) {
  const band = bands.find(({ columns }) => columns.some((column) => column.step === step)) ?? bands[0];
  return { band, column: /** @type {Column} */ (band.columns.find((column) => column.step === step)) };
}

/**
 * The texts that were kept before a band, at their places.
 * @param {Search} search
 * @param {Band} band
 * @param {(group: number, place: number) => number} y
 * @param {number} height
 */
const repeated = ({ candidates }, band, y, height) =>
  candidates
    .filter(({ step, fate }) => step === band.columns[0].step - 1 && fate === FATE.kept)
    .map(({ index, group, place }) => ({
      of: index,
      band,
      box: { ...band.before, y: band.top + y(group, place), height, hit: height },
    }));

/**
 * Steps side by side as far as there is room, about as many in each band.
 * @param {Search} search
 * @param {{ width: number, root: string, steps: number, narrow: boolean, most: number, tall: number }} options
 * @returns {Band[]}
 */
function bandsOf({ candidates }, { width, root, steps, narrow, most, tall }) {
  const token = (/** @type {number} */ step) =>
    Math.min(most, max(candidates, (each) => (each.step === step ? [...tokenText(each.token)].length : 0)) ?? 1);
  const alone = (/** @type {number} */ step) => token(step) * CHARACTER + 2 * BESIDE.end;
  const wide = (/** @type {number} */ step) => alone(step) + (narrow ? 0 : BESIDE.total);
  const gap = narrow ? GAP.narrow : GAP.least;
  const before = (/** @type {number} */ step) => (step ? alone(step - 1) : root.length * CHARACTER + 2 * BESIDE.end);
  const all = range(Math.max(1, steps));
  const room = (/** @type {number[]} */ those) =>
    PLACES + before(those[0]) + sum(those, wide) + those.length * gap <= width || those.length === 1;
  const chunks = (/** @type {number} */ each) => range(0, all.length, each).map((from) => all.slice(from, from + each));
  const each = all.findLast((count) => chunks(count + 1).every(room)) ?? 0;
  const even = Math.ceil(all.length / chunks(each + 1).length);
  return chunks(even).map((those, at) => {
    const top = at * (tall + HEADING.steps + HEADING.below) + HEADING.steps;
    const free = width - PLACES - before(those[0]) - sum(those, wide);
    const apart = Math.max(gap, Math.min(GAP.most, free / even));
    let x = PLACES + before(those[0]);
    const columns = those.map((step) => {
      x += apart;
      const column = { step, x, y: top, width: wide(step) };
      x += column.width;
      return column;
    });
    return { top, columns, before: { x: PLACES, width: before(those[0]) } };
  });
}

/**
 * Rows by group and place: those that go on, and closer below them those that were dropped.
 * @param {Search} search
 * @param {number} groups
 * @param {typeof ROWS.mouse} rows
 */
function stacked({ candidates }, groups, { row, cutRow }) {
  const of = range(groups).map((group) => candidates.filter((each) => each.group === group));
  const counts = of.map((those) => (max(those, ({ place }) => place) ?? 0) + 1);
  const kept = of.map((those) => (max(those, ({ place, fate }) => (fate === FATE.pruned ? -1 : place)) ?? 0) + 1);
  const heading = groups > 1 ? HEADING.group : 0;
  const talls = range(groups).map((at) => heading + kept[at] * row + (counts[at] - kept[at]) * cutRow);
  const from = range(groups).map((at) => sum(talls.slice(0, at)));
  const y = (/** @type {number} */ group, /** @type {number} */ place) => {
    const start = from[group] + heading;
    if (place < kept[group]) return start + (place + 0.5) * row;
    return start + kept[group] * row + (place - kept[group] + 0.5) * cutRow;
  };
  const headings = groups > 1 ? range(groups).map((group) => ({ group, y: from[group] + heading / 2 })) : [];
  const labels = range(groups).flatMap((group) => range(counts[group]).map((place) => ({ place, y: y(group, place) })));
  return { y, headings, labels, height: sum(talls) };
}
