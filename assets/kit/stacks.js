// @ts-check
/**
 * Rows made of parts on one scale: a name at the left, what it is made of, its numbers at the right.
 *
 * @import { Line } from "./tooltip"
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
import { scaleLinear } from "../vendor/d3.js";
import { nothing, svg } from "../vendor/lit.js";
import { bottomAxis } from "./axis.js";
import { rove } from "./roving.js";
import { cut, svgToken } from "./tokens.js";
import { tooltip } from "./tooltip.js";

const GAP = 8;
const HEAD = 20;
const AXIS = 22;
/** Pixels of a character in the fixed-width face. */
const CHARACTER = 6.9;
const BAR = 12;

/** @param {Options} options */
export function stacks({ rows, width, most, label, names = 96, numbers = 52, columns = [], ticks = 0, height = 21 }) {
  const count = Math.max(columns.length, ...rows.map((row) => row.numbers?.length ?? 0));
  const x = scaleLinear([0, most], [names + GAP, width - count * numbers - GAP]).clamp(true);
  const top = columns.length ? HEAD : 4;
  const bottom = top + rows.length * height;
  const place = { x, top, width, height, names, numbers };
  return svg`
    <svg class="fig stacks" preserveAspectRatio="xMinYMin" viewBox="0 0 ${width} ${bottom + (ticks ? AXIS : 2)}"
      width=${width} height=${bottom + (ticks ? AXIS : 2)} role="group" aria-label=${label} data-rove @keydown=${rove}>
      ${ticks ? bottomAxis({ scale: x, y: bottom, grid: bottom - top + 3, count: ticks }) : axisLine(x(0), top, bottom)}
      ${columns.map(
        (name, at) => svg`<text class="dim" x=${numberEnd(at, count, place)} y="11" text-anchor="end">${name}</text>`,
      )}
      ${rows.map((row, at) => drawnRow(row, { ...place, at, count }))}
    </svg>`;
}

/**
 * @param {number} x
 * @param {number} top
 * @param {number} bottom
 */
const axisLine = (x, top, bottom) => svg`<line class="zero" x1=${x} x2=${x} y1=${top - 3} y2=${bottom} />`;

/**
 * @typedef {{ x: (value: number) => number, top: number, width: number, height: number, names: number,
 *   numbers: number }} Place
 * @param {number} column
 * @param {number} count
 * @param {Place} place
 */
const numberEnd = (column, count, { width, numbers }) => width - (count - 1 - column) * numbers;

/**
 * @param {Stack} row
 * @param {Place & { at: number, count: number }} place
 */
function drawnRow(row, place) {
  const { x, top, width, height, names, at, count } = place;
  const y = top + at * height;
  const text = y + height / 2 + 4;
  const tip = tooltip(row.title, row.details);
  return svg`
    <g class="stack ${row.selected ? "selected" : ""}" role="img" tabindex=${at === 0 ? 0 : -1}
      aria-label=${spoken(row)} @pointermove=${tip.show} @pointerleave=${tip.hide}>
      <rect class="hit" x="0" y=${y} width=${width} height=${height} rx="3" />
      ${rowName(row, names, text)}
      ${row.parts.map((part) => drawnPart(part, x, y + (height - BAR) / 2))}
      ${
        row.tick === undefined
          ? nothing
          : svg`<rect class="tick" x=${x(row.tick) - 1} y=${y} width="2" height=${height} />`
      }
      ${row.numbers?.map(
        (number, column) =>
          svg`<text class="num" x=${numberEnd(column, count, place)} y=${text} text-anchor="end">${number}</text>`,
      )}
    </g>`;
}

/**
 * @param {Stack} row
 * @param {number} names
 * @param {number} y
 */
function rowName({ name = "", token, selected }, names, y) {
  const most = Math.floor(names / CHARACTER);
  const weight = selected ? "b ink" : "";
  if (token !== undefined) return svgToken(token, { x: names, y, anchor: "end", most, className: `m ink ${weight}` });
  return svg`<text class=${weight} x=${names} y=${y} text-anchor="end">${cut(name, most)}</text>`;
}

/**
 * A hair's breadth stands between two parts.
 * @param {Part} part
 * @param {(value: number) => number} x
 * @param {number} y
 */
function drawnPart({ from, to, look }, x, y) {
  if (to <= from) return nothing;
  const wide = Math.max(0.8, x(to) - x(from) - 1);
  return svg`<rect class="part ${look}" x=${x(from) + 0.5} y=${y + 0.5} width=${wide} height=${BAR - 1} rx="1" />`;
}

/** @param {Stack} row */
const spoken = ({ title, details }) => `${title}: ${details.map(([name, value]) => `${name} ${value}`).join(", ")}`;
