// @ts-check
/**
 * A map of positions (down) by coordinates (across), signed; a click or the arrow keys read a cell.
 *
 * @import { Content } from "../../../kit/numbers/table"
 * @import { Cell } from "../../../kit/cells/matrix"
 * @import { ViewContext } from "../../../kit/view"
 *
 * @typedef {{ position: number | null, cell: Cell }} Read a cell that is read, and the selection that it was read at
 *
 * @typedef {{ penalty?: Cell, sines?: Read, learned?: Read }} Kept
 *
 * @typedef {object} SignedMap
 * @property {"sines" | "learned"} name under which the read cell is kept
 * @property {string} label
 * @property {number} rows
 * @property {number} columns
 * @property {number} width of all, in pixels
 * @property {(row: number, column: number) => number} value
 * @property {unknown[]} of what the values depend on
 * @property {(cell: Cell) => Content} said
 */

import { matrix } from "../../../kit/cells/matrix.js";
import { sided } from "../../../kit/cells/sides.js";
import { diverging } from "../../../kit/colour/ramp.js";
import { decimal } from "../../../kit/numbers/format.js";
import { range } from "../../../vendor/d3.js";
import { html } from "../../../vendor/lit.js";

const MARGIN = { left: 34 };
const HEIGHT = { least: 160, most: 260, row: 2 };
/** Rows between two that are named. */
const EVERY = 32;

/**
 * @param {SignedMap} map
 * @param {ViewContext<Kept>} ctx
 */
export function signedMap(map, ctx) {
  const { rows, columns, value } = map;
  const width = map.width - MARGIN.left;
  const height = Math.max(HEIGHT.least, Math.min(HEIGHT.row * rows, HEIGHT.most));
  const { position } = ctx.focus;
  const cell = cellOf(map, ctx);
  let most = 0;
  const read = (/** @type {Cell} */ next) => ctx.keep({ [map.name]: { position, cell: next } });
  return html`
    ${sided({
      content: matrix({
        rows,
        columns,
        width,
        height,
        label: map.label,
        of: map.of,
        pixels: true,
        colour(row, column) {
          most ||= largest(map); // only when it is painted
          return diverging("neg", "pos", "sunken")(value(row, column) / most);
        },
        told: ({ row, column }) => ({
          title: `position ${row}, coordinate ${column}`,
          details: [["value", decimal(value(row, column), 3)]],
        }),
        select: read,
        selected: cell,
      }),
      rows,
      columns,
      width,
      height,
      margin: MARGIN,
      left: range(0, rows, EVERY).map((at) => ({ at, text: String(at), className: "dim" })),
      marks: position !== null && position < rows ? [{ row: position, className: "chosen-row" }] : [],
    })}
    <p class="ends" style="width:${width}px;margin-left:${MARGIN.left}px">
      <span>coordinate 0</span><span>${columns - 1}</span>
    </p>
    <p class="readout">${map.said(cell)}</p>`;
}

/**
 * The cell that was read, while the selection is what it was; else the first one of the selected position.
 * @param {SignedMap} map
 * @param {ViewContext<Kept>} ctx
 * @returns {Cell}
 */
function cellOf({ name, rows, columns }, { kept, focus }) {
  const read = kept[name];
  const column = Math.min(read?.cell.column ?? 0, columns - 1);
  const row = read && read.position === focus.position ? read.cell.row : (focus.position ?? 0);
  return { row: Math.min(row, rows - 1), column };
}

/** @param {SignedMap} map */
function largest({ rows, columns, value }) {
  let most = 1e-9;
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) most = Math.max(most, Math.abs(value(row, column)));
  }
  return most;
}
