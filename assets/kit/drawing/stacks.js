// @ts-check
/**
 * Rows made of parts on one scale: a name at the left, what it is made of, its numbers at the right.
 *
 * @import { Line } from "../tooltip"
 *
 * @typedef {object} Part
 * @property {number} from
 * @property {number} to
 * @property {Look} look
 * @typedef {"solid" | "pale" | "dashed" | "quiet" | "dark" | "hollow"} Look the legend's marks have the same names
 *
 * @typedef {object} Stack
 * @property {string} [name] beside the row, or
 * @property {number} [token] the id of the token that stands there
 * @property {Part[]} parts
 * @property {number} [tick] an upright line
 * @property {string[]} [numbers] one for each column
 * @property {string} title what the row is called in full, in the tooltip and to a screen reader
 * @property {Line[]} details lines of the tooltip
 * @property {boolean} [selected]
 *
 * @typedef {object} Options
 * @property {Stack[]} rows
 * @property {number} width in pixels
 * @property {number} most the value at the right end of the scale
 * @property {string} label what the picture shows, to a screen reader
 * @property {number} [names] pixels for the names
 * @property {number} [numbers] pixels for each column of numbers
 * @property {string[]} [columns] their headings
 * @property {number} [ticks] about so many along the bottom; none if nothing is said
 * @property {number} [height] of a row
 */
import { scaleLinear } from "../../vendor/d3.js";
import { cut, svgToken } from "../text/tokens.js";
import { bar, rule, text } from "./marks.js";
import { items, picture } from "./picture.js";

const GAP = 8;
const HEAD = 20;
const AXIS = 22;
/** Pixels of a character in the fixed-width face. */
const CHARACTER = 6.9;
const BAR = 12;

/** How each look is drawn. @type {Record<Look, { color: string, hollow?: boolean, dash?: string }>} */
const LOOKS = {
  solid: { color: "prob" },
  pale: { color: "prob", hollow: true },
  dashed: { color: "river-deep", hollow: true, dash: "2 2" },
  quiet: { color: "river-deep" },
  dark: { color: "ink" },
  hollow: { color: "river-deep", hollow: true },
};

/** @param {Part} part */
const lookOf = ({ look }) => LOOKS[look];

/** @param {Options} options */
export function stacks({ rows, width, most, label, names = 96, numbers = 52, columns = [], ticks = 0, height = 21 }) {
  const count = Math.max(columns.length, ...rows.map((row) => row.numbers?.length ?? 0));
  const top = columns.length ? HEAD : 4;
  const bottom = top + rows.length * height;
  const letters = Math.floor(names / CHARACTER);
  const end = (/** @type {number} */ column) => ({
    ...{ x: most, dx: GAP + (column + 1) * numbers },
    anchor: /** @type {const} */ ("end"),
  });
  return picture({
    ...{ label, width, height: bottom + (ticks ? AXIS : 2), className: "stacks" },
    margin: { left: names + GAP, right: count * numbers + GAP, top: top - 3, bottom: ticks ? AXIS : 2 },
    x: scaleLinear().domain([0, most]).clamp(true),
    bottom: ticks ? { count: ticks, grid: true } : undefined,
    marks: [
      !ticks && rule({ x: 0 }),
      columns.map((name, at) => text({ ...end(at), y: 7, text: name, className: "dim" })),
      items({
        data: rows,
        told: ({ title, details }) => ({ title, lines: details }),
        chosen: ({ selected }) => Boolean(selected),
        className: "stack",
        hit: (_, at) => ({ y: top + (at + 0.5) * height, thick: height }),
        marks({ name = "", token, selected, parts, tick, numbers = [] }, at) {
          const y = top + (at + 0.5) * height;
          const weight = selected ? "b ink" : "";
          const place = { x: names, y: y + 4, anchor: /** @type {const} */ ("end") };
          return [
            token === undefined
              ? text({ ...{ x: 0, dx: -GAP, y, anchor: "end" }, text: cut(name, letters), className: weight })
              : svgToken(token, { ...place, most: letters, className: `m ink ${weight}` }),
            bar({
              data: parts.filter(({ from, to }) => to > from),
              ...{ x: ({ from, to }) => [from, to], y, thick: BAR - 1, gap: 0.5, least: 0.8 },
              color: (part) => lookOf(part).color,
              hollow: (part) => Boolean(lookOf(part).hollow),
              dash: (part) => lookOf(part).dash,
              className: ({ look }) => look,
            }),
            tick !== undefined && rule({ x: tick, y: [y - height / 2, y + height / 2], color: "ink", stroke: 2 }),
            numbers.map((number, column) => text({ ...end(column), y, text: number, className: "num" })),
          ];
        },
      }),
    ],
  });
}
