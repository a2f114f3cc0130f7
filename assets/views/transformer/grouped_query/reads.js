// @ts-check
/**
 * What each head of the block reads at the selected token, a row a head, set apart by key-value head.
 *
 * @import { GroupedLikeness } from "../../../types/transformer"
 * @import { Cell } from "../../../kit/cells/matrix"
 * @import { Name } from "../../../kit/cells/sides"
 * @import { ViewContext } from "../../../kit/view"
 *
 * @typedef {{ read?: Cell, apart?: Cell }} Kept cells that the arrow keys have reached
 */

import { matrix } from "../../../kit/cells/matrix.js";
import { sided } from "../../../kit/cells/sides.js";
import { ramp } from "../../../kit/colour/ramp.js";
import { readable } from "../../../kit/drawing/readable.js";
import { decimal, headName } from "../../../kit/numbers/format.js";
import { cut, tokenText } from "../../../kit/text/tokens.js";
import { range } from "../../../vendor/d3.js";

const MARGIN = { left: 72, top: 64 };
/** Pixels between a head's name and its group's. */
const ASIDE = 34;
const ROW = { least: 12, most: 36, all: 330 };
const COLUMN = 34;
const LETTERS = 8;
/** Weights come as bytes. */
const WHOLE = 255;

/** The key-value head of a query head. @param {GroupedLikeness} data @param {number} head */
export const groupOf = ({ n_heads, n_kv_heads }, head) => Math.floor(head / (n_heads / n_kv_heads));

/**
 * A cell that was reached, while there is such a cell.
 * @param {Cell | undefined} cell
 * @param {number} rows
 * @param {number} columns
 */
export const within = (cell, rows, columns) => (cell && cell.row < rows && cell.column < columns ? cell : null);

/**
 * @param {GroupedLikeness} data
 * @param {ViewContext<Kept>} ctx
 * @param {number} width in pixels
 */
export function reads(data, ctx, width) {
  const keys = data.rows.shape[1];
  const row = Math.max(ROW.least, Math.min(ROW.most, ROW.all / data.n_heads));
  const column = Math.min(COLUMN, (width - MARGIN.left - 2) / keys);
  const size = data.n_heads / data.n_kv_heads;
  const shape = { rows: data.n_heads, columns: keys, width: keys * column, height: data.n_heads * row };
  const text = (/** @type {number} */ key) => tokenText(ctx.run.ids[key]);
  const weight = (/** @type {number} */ head, /** @type {number} */ key) => data.rows.a[head * keys + key] / WHOLE;
  return sided({
    ...shape,
    content: matrix({
      ...shape,
      label:
        `What each head reads at ${text(data.position)}, grouped by key-value head; arrow ` +
        "keys move, Enter selects the head",
      of: [data.rows],
      colour: (head, key) => ramp("ink", "sunken")(Math.sqrt(weight(head, key))),
      told: (cell) => ({
        title: `${headName(data.layer, cell.row)} reads ${text(cell.column)}`,
        details: [
          ["weight", decimal(weight(cell.row, cell.column))],
          ["key-value head", String(groupOf(data, cell.row))],
        ],
      }),
      walked: (cell) => ctx.keep({ read: cell }),
      select: ({ row }) => ctx.select({ head: row }),
      selected: within(ctx.kept.read, data.n_heads, keys),
      start: { row: data.head, column: keys - 1 },
    }),
    margin: MARGIN,
    left: [...headNames(data), ...range(data.n_kv_heads).map((group) => groupName(group, size))],
    top: readable(keys, column, keys - 1).map((key) => ({
      at: key,
      text: cut(text(key), LETTERS),
      className: `m ${key === keys - 1 ? "ink" : key >= ctx.run.nPrompt ? "generated" : ""}`,
    })),
    upright: true,
    marks: [
      ...range(1, data.n_kv_heads).map((group) => ({ row: group * size, className: "between" })),
      { row: data.head, className: "chosen-row" },
    ],
  });
}

/**
 * @param {GroupedLikeness} data
 * @returns {Name[]}
 */
export const headNames = ({ n_heads, head }) =>
  range(n_heads).map((at) => ({ at, text: `H${at}`, className: at === head ? "prob" : "" }));

/**
 * Beside the first head of the group.
 * @param {number} group
 * @param {number} size
 * @returns {Name}
 */
const groupName = (group, size) => ({ at: group * size, text: `kv ${group}`, className: "dim", aside: ASIDE });
