// @ts-check
/**
 * How much the attention of two heads differs, for all pairs of heads of the block; a frame round each group.
 *
 * @import { GroupedLikeness } from "../../../types/transformer"
 * @import { Kept } from "./reads.js"
 * @import { ViewContext } from "../../../kit/view"
 */

import { matrix } from "../../../kit/cells/matrix.js";
import { sided } from "../../../kit/cells/sides.js";
import { ramp } from "../../../kit/colour/ramp.js";
import { contrast, rgbs } from "../../../kit/colour/theme.js";
import { readable } from "../../../kit/drawing/readable.js";
import { decimal, headName } from "../../../kit/numbers/format.js";
import { max, range } from "../../../vendor/d3.js";
import { groupOf, headNames, within } from "./reads.js";

const MARGIN = { left: 34, top: 20 };
const CELL = 46;
/** Cells of at least so many pixels have room for their number. */
const WRITTEN = 30;
/** Pixels that a name takes. */
const NAME = 18;
/** One of them has a contrast of 4.5 or more on any colour. */
const BLACK = [0, 0, 0];
const WHITE = [255, 255, 255];

/**
 * @param {GroupedLikeness} data
 * @param {ViewContext<Kept>} ctx
 * @param {number} width in pixels
 */
export function divergences(data, ctx, width) {
  const heads = data.n_heads;
  const cell = Math.min(CELL, (width - MARGIN.left - 4) / heads);
  const shape = { rows: heads, columns: heads, width: heads * cell, height: heads * cell };
  const value = (/** @type {number} */ row, /** @type {number} */ column) =>
    data.divergence.a[(data.layer * heads + row) * heads + column];
  const most = max(data.divergence.a.subarray(data.layer * heads * heads, (data.layer + 1) * heads * heads)) || 1;
  const colour = (/** @type {number} */ row, /** @type {number} */ column) =>
    row === column ? null : ramp("river-deep", "sunken")(value(row, column) / most);
  const names = headNames(data).filter(({ at }) => readable(heads, cell, data.head, NAME).includes(at));
  const size = heads / data.n_kv_heads;
  return sided({
    ...shape,
    content: matrix({
      ...shape,
      label: `Divergence between the ${heads} heads of block ${data.layer}; arrow keys move, Enter selects the head`,
      of: [data.divergence, data.layer],
      colour,
      told: ({ row, column }) =>
        row === column
          ? null
          : {
              title: `${headName(data.layer, row)} and ${headName(data.layer, column)}`,
              details: [
                ["divergence", `${decimal(value(row, column), 3)} bits`],
                ["key-value head", both(groupOf(data, row), groupOf(data, column))],
              ],
            },
      walked: (next) => ctx.keep({ apart: next }),
      select: ({ row }) => ctx.select({ head: row }),
      selected: within(ctx.kept.apart, heads, heads),
      start: { row: data.head, column: data.head },
    }),
    margin: MARGIN,
    left: names,
    top: names,
    marks: range(data.n_kv_heads).map((group) => ({
      row: group * size,
      rows: size,
      column: group * size,
      columns: size,
      className: "frame",
    })),
    written: cell < WRITTEN ? undefined : (row, column) => written(colour(row, column), value(row, column)),
  });
}

/**
 * @param {number} one
 * @param {number} other
 */
const both = (one, other) => (one === other ? `both ${one}` : `${one} and ${other}`);

/**
 * The number in a cell, in the ink that stands out against it.
 * @param {number[] | null} fill
 * @param {number} value
 */
function written(fill, value) {
  if (!fill) return null;
  const dark = contrast(fill, BLACK) >= contrast(fill, WHITE);
  return { text: decimal(value), fill: rgbs(dark ? BLACK : WHITE) };
}
