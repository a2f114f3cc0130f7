// @ts-check
/**
 * Ratings of contestants with their intervals of 95 %: a hollow dot by the votes alone, a full one with length
 * controlled, a rule where the true rating is known.
 *
 * @typedef {{ rating: number, low: number, high: number }} Bounds
 * @typedef {{ name: string, plain: Bounds, controlled: Bounds, true?: number }} Standing
 */

import { legend } from "../../../kit/drawing/legend.js";
import { dot, rule, text } from "../../../kit/drawing/marks.js";
import { textWidth } from "../../../kit/drawing/measure.js";
import { items, picture } from "../../../kit/drawing/picture.js";
import { decimal } from "../../../kit/numbers/format.js";
import { spoken } from "../../../kit/tooltip.js";
import { extent } from "../../../vendor/d3.js";
import { html } from "../../../vendor/lit.js";

/** Pixels: names stand above the dots below this width. */
const NARROW = 600;
const ROW = { wide: 40, narrow: 56 };
const MOST = 760;
const [TOP, BOTTOM, GAP] = [8, 40, 14];
/** From the middle of a row to each of its two lines. */
const APART = 7;

/** @param {readonly Standing[]} rows @param {number} room */
export function standings(rows, room) {
  const width = Math.min(MOST, room);
  const narrow = width < NARROW;
  const step = narrow ? ROW.narrow : ROW.wide;
  const names = Math.max(...rows.map(({ name }) => textWidth(name))) + GAP;
  const ends = rows.flatMap(({ plain, controlled }) => [plain.low, plain.high, controlled.low, controlled.high]);
  const [low = 0, high = 0] = extent([...ends, ...rows.flatMap((row) => row.true ?? [])]);
  const edge = 0.04 * (high - low);
  const known = rows.some((row) => row.true !== undefined);
  const place = {
    y: (/** @type {number} */ at) => TOP + at * step + (narrow ? 36 : step / 2),
    low: low - edge,
    narrow,
  };
  return html`
    ${picture({
      ...{ label: "Ratings without and with length controlled", width, height: TOP + rows.length * step + BOTTOM },
      margin: { left: narrow ? 8 : Math.min(names, width / 2), right: 12, top: TOP, bottom: BOTTOM },
      x: [low - edge, high + edge],
      bottom: { title: "rating, points", grid: true, format: (/** @type {number} */ value) => decimal(value, 0) },
      marks: [
        items({
          data: [...rows],
          told: (row) => ({
            title: row.name,
            lines: lines(row),
            name: spoken({ written: [row.name], lines: lines(row) }),
          }),
          key: ({ name }) => name,
          hit: (_, at) => ({ y: TOP + (at + 0.5) * step, thick: step }),
          marks: (row, at) => marksOf(row, place.y(at), place),
        }),
      ],
    })}
    ${legend([
      [{ color: "river-deep", shape: "dot", hollow: true }, "the votes alone"],
      [{ color: "prob", shape: "dot" }, "with length controlled"],
      known && [{ color: "ink", shape: "tick" }, "the true rating"],
    ])}`;
}

/** @param {Standing} row @param {number} y @param {{ low: number, narrow: boolean }} place */
function marksOf({ name, plain, controlled, ...row }, y, { low, narrow }) {
  return [
    text(
      narrow
        ? { x: low, y: y - 24, dx: 2, text: name, className: "name" }
        : { x: low, y, dx: -GAP, anchor: "end", text: name, className: "name" },
    ),
    row.true === undefined ? null : rule({ x: row.true, y: [y - 14, y + 14], color: "ink", stroke: 2 }),
    rule({ x: [plain.low, plain.high], y: y - APART, color: "river-deep", stroke: 2 }),
    dot({ x: plain.rating, y: y - APART, r: 4.5, color: "river-deep", hollow: true }),
    rule({ x: [controlled.low, controlled.high], y: y + APART, color: "prob", stroke: 2 }),
    dot({ x: controlled.rating, y: y + APART, r: 4.5, color: "prob" }),
  ];
}

/** @param {Bounds} bounds */
const said = ({ rating, low, high }) => `${decimal(rating, 0)} (${decimal(low, 0)} to ${decimal(high, 0)})`;

/** @param {Standing} row @returns {[string, string][]} */
function lines(row) {
  return [
    ["votes alone", said(row.plain)],
    ["length controlled", said(row.controlled)],
    .../** @type {[string, string][]} */ (row.true === undefined ? [] : [["true", decimal(row.true, 0)]]),
  ];
}
