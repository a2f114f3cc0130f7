// @ts-check
/**
 * A matrix with the tokens of its rows at the left and of its columns above.
 *
 * @import { Colour } from "../../../kit/colour/theme"
 * @import { Line } from "../../../kit/tooltip"
 *
 * @typedef {object} Options
 * @property {string[]} rows
 * @property {string[]} columns
 * @property {number | { width: number, height: number }} cell pixels
 * @property {number} [row] the chosen one
 * @property {number} [column] the chosen one
 * @property {string} label
 * @property {(row: number, column: number) => Colour | null} colour
 * @property {unknown[]} of what the colours depend on
 * @property {(row: number, column: number) => { title: string, details: Line[] }} told
 * @property {{ row: number, column: number } | null} selected
 * @property {(cell: { row: number, column: number }) => void} select
 */
import { matrix } from "../../../kit/cells/matrix.js";
import { sided } from "../../../kit/cells/sides.js";
import { readable } from "../../../kit/drawing/readable.js";
import { cut } from "../../../kit/text/tokens.js";

/** Pixels for the names of the rows and of the columns, and the characters that fit. */
export const NAMES = 74;
const ABOVE = 62;
const CHARACTERS = { left: 10, top: 8 };
const FEW = 2;

/** @param {Options} options */
export function labelledMatrix({ rows, columns, cell, row, column, label, colour, of, told, selected, select }) {
  const size = typeof cell === "number" ? { width: cell, height: cell } : cell;
  const shape = {
    rows: rows.length,
    columns: columns.length,
    width: columns.length * size.width,
    height: rows.length * size.height,
  };
  const name = (
    /** @type {string} */ text,
    /** @type {number} */ at,
    /** @type {number} */ most,
    /** @type {boolean} */ on,
  ) => ({
    at,
    text: cut(text, most),
    className: on ? "m prob" : "m",
  });
  const named = rows.some((text) => text !== "");
  return sided({
    ...shape,
    content: matrix({
      ...shape,
      label,
      colour,
      of,
      told: (at) => told(at.row, at.column),
      selected,
      select,
    }),
    margin: { left: named ? NAMES : FEW, top: ABOVE, right: FEW, bottom: FEW },
    left: readable(rows.length, size.height, row).map((at) => name(rows[at], at, CHARACTERS.left, at === row)),
    top: readable(columns.length, size.width, column).map((at) => name(columns[at], at, CHARACTERS.top, at === column)),
    upright: true,
    marks: row === undefined ? [] : [{ row, className: "chosen-row" }],
  });
}
