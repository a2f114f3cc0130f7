// @ts-check
/**
 * A map of blocks by positions or heads: blue where something rises, orange where it falls.
 *
 * @import { Cell } from "./matrix.js"
 * @import { Line } from "../tooltip.js"
 * @import { Name } from "./sides.js"
 */

import { range } from "../../vendor/d3.js";
import { diverging } from "../colour/ramp.js";
import { matrix } from "./matrix.js";
import { sided } from "./sides.js";

const LEFT = 26;
const ROW = { least: 8, most: 24, all: 380 };
/** Every so many blocks are named. */
const NAMED = 5;

/**
 * @param {object} options
 * @param {string} options.label
 * @param {number} options.width all of it
 * @param {number} options.rows
 * @param {number} options.columns
 * @param {(row: number, column: number) => number} options.value NaN: not measured
 * @param {number} options.most of the colours
 * @param {unknown[]} options.of
 * @param {Name[]} options.top
 * @param {number} options.head pixels for the names above
 * @param {boolean} [options.slanted]
 * @param {Cell | null} options.selected
 * @param {(cell: Cell) => void} options.select
 * @param {(cell: Cell) => { title: string, details: Line[] } | null} options.told
 */
export function heat({ label, width, rows, columns, value, most, of, top, head, slanted, selected, select, told }) {
  const height = rows * Math.max(ROW.least, Math.min(ROW.most, Math.floor(ROW.all / rows)));
  const shape = { rows, columns, width: width - LEFT - 2, height };
  const colour = diverging("neg", "pos", "sunken");
  return sided({
    ...shape,
    slanted,
    content: matrix({
      ...shape,
      label: `${label}; arrow keys move`,
      of,
      colour: (row, column) => {
        const found = value(row, column);
        return Number.isFinite(found) ? colour(Math.max(-1, Math.min(1, found / (most || 1)))) : null;
      },
      told,
      select,
      selected,
    }),
    margin: { left: LEFT, top: head, right: 2 },
    left: range(rows)
      .filter((row) => row % NAMED === 0 || row === rows - 1)
      .map((row) => ({ at: row, text: String(row), className: row === selected?.row ? "ink b" : "dim" })),
    top,
  });
}
