// @ts-check
/**
 * Rows of means or rates, each a dot with its interval on one linear scale, its name and its words.
 *
 * @typedef {object} IntervalRow
 * @property {string} name at the left; above the dot where there is little room
 * @property {number | null} value
 * @property {number | null} low
 * @property {number | null} high
 * @property {string} words at the right
 * @property {string} [color] a custom property's name
 * @property {boolean} [hollow] a placebo or a twin
 * @property {number | null} [twin] another value on the same row, as a small hollow dot
 *
 * @typedef {object} Options
 * @property {IntervalRow[]} rows
 * @property {number} width in pixels
 * @property {[low: number, high: number]} domain
 * @property {(value: number) => string} format of the ticks
 * @property {string} title of the axis, with its unit
 * @property {number} [reference] a line through all rows
 * @property {string} label what the picture shows, to a screen reader
 */
import { max } from "../../vendor/d3.js";
import { dot, rule, text } from "./marks.js";
import { textWidth } from "./measure.js";
import { picture } from "./picture.js";

/** Below this width names and words stand above the dots. */
const NARROW = 600;
const GAP = 12;
const STEP = { wide: 24, narrow: 42 };
const RADIUS = 5;

/** @param {Options} options */
export function intervals({ rows, width, domain, format, title, label, reference }) {
  const narrow = width < NARROW;
  const room = (/** @type {(row: IntervalRow) => string} */ of) => max(rows, (row) => textWidth(of(row))) ?? 0;
  const edge = Math.max(RADIUS, ...domain.map((end) => textWidth(format(end)) / 2)) + 2;
  const left = narrow ? edge : room(({ name }) => name) + GAP;
  const right = narrow ? edge : room(({ words }) => words) + 2 * GAP;
  const step = narrow ? STEP.narrow : STEP.wide;
  const height = 6 + rows.length * step;
  const said = rows.map(({ name, words }) => `${name}: ${words}`).join("; ");
  return picture({
    ...{ label: `${label}. ${said}`, width, height: height + 38 },
    margin: { left, right, top: 6, bottom: 38 },
    x: domain,
    bottom: { count: narrow ? 4 : 6, format, title, grid: true },
    marks: [
      reference !== undefined && rule({ x: reference, color: "ink3", stroke: 1.5 }),
      rows.map(({ name, value, low, high, words, color = "river-deep", hollow, twin = null }, at) => {
        const y = 6 + at * step + (narrow ? 29 : step / 2);
        const line = narrow ? 6 + at * step + 11 : y;
        const anchor = /** @type {"start" | "end"} */ (narrow ? "start" : "end");
        return [
          text({ x: domain[0], y: line, dx: narrow ? 2 - left : -GAP, anchor, text: name }),
          low !== null && high !== null && rule({ x: within(domain, [low, high]), y, color, stroke: 2 }),
          twin !== null && dot({ x: twin, y, r: RADIUS - 1, color: "neg", hollow: true }),
          value !== null && dot({ x: value, y, r: RADIUS, color, hollow, stroke: hollow ? 2 : 0 }),
          text({ x: domain[1], y: line, dx: right - 2, anchor: "end", text: words, className: "dim" }),
        ];
      }),
    ],
  });
}

/** @param {[number, number]} domain @param {[number, number]} ends @returns {[number, number]} */
const within = ([least, most], [low, high]) => [Math.max(least, low), Math.min(most, high)];

/**
 * A scale that holds all intervals, and nought.
 * @param {readonly { value: number | null, low: number | null, high: number | null }[]} rows
 * @param {number} [least] of its reach
 * @returns {[number, number]}
 */
export function reach(rows, least = 0.5) {
  const ends = rows.flatMap(({ value, low, high }) => [value, low, high]).filter((each) => each !== null);
  return [1.08 * Math.min(-least / 4, ...ends), 1.08 * Math.max(least, ...ends)];
}
