// @ts-check
/**
 * The cosine of any two rows of the table, as a matrix.
 *
 * @import { Cell } from "../../../kit/cells/matrix"
 * @import { ViewContext } from "../../../kit/view"
 * @import { PositionSchemesTable } from "../../../types/embeddings"
 */

import { matrix } from "../../../kit/cells/matrix.js";
import { sided } from "../../../kit/cells/sides.js";
import { diverging } from "../../../kit/colour/ramp.js";
import { decimal } from "../../../kit/numbers/format.js";
import { range } from "../../../vendor/d3.js";

export const MARGIN = { left: 34 };
export const SIDE = 460;
const EVERY = 64;

/** @param {PositionSchemesTable} data @param {number} row @param {number} other */
export const cosine = ({ rows: count, likeness }, row, other) => likeness.hundredths.a[row * count + other] / 100;

/**
 * @param {PositionSchemesTable} data
 * @param {ViewContext} ctx
 * @param {number} row
 * @param {number} side
 */
export function map(data, ctx, row, side) {
  const { rows: count, likeness } = data;
  const colours = () => diverging("neg", "pos", "sunken");
  /** @type {ReturnType<typeof colours> | undefined} */
  let colour;
  const names = range(0, count, EVERY).map((at) => ({ at, text: String(at), className: "dim" }));
  return sided({
    content: matrix({
      rows: count,
      columns: count,
      width: side,
      height: side,
      pixels: true,
      label: "Cosines of the table’s rows, each row with each other row; arrow keys choose a row",
      of: [likeness.hundredths],
      colour(down, across) {
        colour ??= colours();
        return colour(cosine(data, down, across));
      },
      told: (/** @type {Cell} */ cell) => ({
        title: `rows ${cell.row} and ${cell.column}`,
        details: [["cosine", decimal(cosine(data, cell.row, cell.column))]],
      }),
      select: (cell) => ctx.control("row", cell.row),
      selected: { row, column: row },
    }),
    rows: count,
    columns: count,
    width: side,
    height: side,
    margin: { ...MARGIN, bottom: 18 },
    left: names,
    bottom: names,
    marks: [{ row, className: "chosen-row" }],
  });
}
