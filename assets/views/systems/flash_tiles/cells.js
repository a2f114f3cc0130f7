// @ts-check
/**
 * The matrices around the square, for the whole window or for one tile: how they are laid, painted and read.
 *
 * @import { Floats } from "../../../types/shared"
 * @import { Cell } from "../../../kit/cells/matrix"
 * @import { Colour } from "../../../kit/colour/theme"
 * @import { Line } from "../../../kit/tooltip"
 * @import { Box } from "./pointing.js"
 * @import { Now } from "./run.js"
 *
 * @typedef {object} Part
 * @property {string} key its name among the pictures
 * @property {string} label to a screen reader
 * @property {Box} box
 * @property {number} rows
 * @property {number} columns
 * @property {(row: number, column: number) => Colour | null} colour
 * @property {unknown[]} of
 * @property {(row: number, column: number) => { query: number | null, key: number | null }} crosses what the cell
 *   belongs to, counted in this picture
 * @property {(row: number, column: number) => { title: string, details: Line[] }} told
 * @property {(row: number, column: number) => number | null} [query] the query of a cell, which a press selects
 * @property {Cell} [start]
 */

import { matrix } from "../../../kit/cells/matrix.js";
import { decimal } from "../../../kit/numbers/format.js";
import { html, styleMap } from "../../../vendor/lit.js";
import { signedBy } from "./paint.js";

/**
 * @param {Part} part
 * @param {Now} now
 * @param {(query: number | null, key: number | null) => void} point
 */
export function placed(part, { ctx, run }, point) {
  const { key, label, box, rows, columns, colour, of, told, crosses, query, start } = part;
  const style = styleMap({ left: `${box.x}px`, top: `${box.y}px` });
  const cursor = ctx.kept.cursor;
  const here = cursor?.where === key && cursor.row < rows && cursor.column < columns ? cursor : null;
  const read = (/** @type {Cell} */ cell) => ctx.keep({ cursor: { where: key, ...cell } });
  const select = (/** @type {Cell} */ cell) => {
    const chosen = query?.(cell.row, cell.column) ?? null;
    if (chosen === null) return read(cell);
    ctx.keep({ cursor: null });
    ctx.select({ position: run.data.first + chosen });
  };
  return html`
    <div class="placed" style=${style}>
      ${matrix({
        rows,
        columns,
        width: box.width,
        height: box.height,
        colour,
        of,
        pixels: true,
        label: `${label}; arrow keys read its cells`,
        told: (cell) => told(cell.row, cell.column),
        point: (cell) => {
          const crossed = cell && crosses(cell.row, cell.column);
          point(crossed?.query ?? null, crossed?.key ?? null);
        },
        walked: read,
        select,
        selected: here,
        start: start ?? { row: 0, column: 0 },
      })}
    </div>`;
}

/**
 * Rows of queries: Q or O, from one of them on.
 * @param {Now} now
 * @param {{ key: string, name: string, values: Floats, box: Box, from: number, count: number, colours?: Floats,
 *   value?: (query: number, dimension: number) => number | null, of?: unknown[] }} options `value` where it is not the
 *   matrix's own; null where it is not there yet
 * @returns {Part}
 */
export function upright(now, { key, name, values, box, from, count, colours = values, value, of = [] }) {
  const [, d] = values.shape;
  const paint = signedBy(colours);
  const at = value ?? ((/** @type {number} */ query, /** @type {number} */ column) => values.a[query * d + column]);
  return {
    key,
    label: `${name}, a row a query, a column a dimension`,
    box,
    rows: count,
    columns: d,
    colour: (row, column) => paint(at(from + row, column) ?? 0),
    of: [values, from, ...of],
    crosses: (row) => ({ query: row, key: null }),
    told: (row, column) => dimension(name, now.quoted(from + row), column, at(from + row, column)),
    query: (row) => from + row,
    start: { row: Math.max(0, Math.min(count - 1, now.row - from)), column: 0 },
  };
}

/**
 * Columns of keys: K or V on its side.
 * @param {Now} now
 * @param {{ key: string, name: string, values: Floats, box: Box, from: number, count: number }} options
 * @returns {Part}
 */
export function lying(now, { key, name, values, box, from, count }) {
  const [, d] = values.shape;
  const paint = signedBy(values);
  const at = (/** @type {number} */ row, /** @type {number} */ column) => values.a[(from + column) * d + row];
  return {
    key,
    label: `${name} on its side, a column a key, a row a dimension`,
    box,
    rows: d,
    columns: count,
    colour: (row, column) => paint(at(row, column)),
    of: [values, from, count, "lying"],
    crosses: (_, column) => ({ query: null, key: column }),
    told: (row, column) => dimension(name, now.quoted(from + column), row, at(row, column)),
  };
}

/**
 * @param {string} name
 * @param {string} token
 * @param {number} at
 * @param {number | null} value
 * @returns {{ title: string, details: Line[] }}
 */
const dimension = (name, token, at, value) => ({
  title: `${name} at ${token}`,
  details: [[`dimension ${at}`, value === null ? "not written yet" : decimal(value, 3)]],
});
