// @ts-check
/** What the views of the adapter share: which one is shown, and a matrix of cells with names at its sides. */

import { matrix } from "../../../kit/cells/matrix.js";
import { ramp } from "../../../kit/colour/ramp.js";
import { css } from "../../../kit/colour/theme.js";
import { control } from "../../../kit/controls/declared.js";
import { range } from "../../../vendor/d3_first.js";

/**
 * @import { Cell } from "../../../kit/cells/matrix.js"
 * @import { Line } from "../../../kit/tooltip"
 * @import { ViewContext } from "../../../kit/view"
 */

const MARGIN = { left: 52, top: 4, right: 4, bottom: 22 };
const HEIGHT = { most: 22, least: 14 };
const FULL = 0.9;

/** @param {{ adapter: string, offered: readonly string[] }} data @param {ViewContext} ctx */
export const chooseAdapter = (data, ctx) =>
  control(ctx, "adapter", { choices: data.offered, value: data.adapter, as: "select" });

/** What the items are of. @type {Record<string, string>} */
const TASKS = {
  number_words: "number words",
  dates: "dates",
  units: "units",
  polite: "polite answers",
  json: "JSON",
  code: "code",
  grounded: "grounded answers",
};
/** @param {string} task */
export const taskName = (task) => TASKS[task] ?? task;

/**
 * Cells by block, a row for each name; the colour is full at the largest.
 * @param {object} grid
 * @param {string} grid.label
 * @param {readonly string[]} grid.names of the rows
 * @param {number} grid.columns
 * @param {number} [grid.first] the first one's number
 * @param {(row: number, column: number) => number | null} grid.value null leaves the ground
 * @param {number} grid.top
 * @param {(cell: Cell) => { title: string, details: Line[] }} grid.told
 * @param {number} grid.width
 * @param {unknown[]} grid.of
 * @param {(cell: Cell) => void} [grid.select]
 * @param {Cell | null} [grid.selected]
 */
export function byBlock({ label, names, columns, first = 0, value, top, told, width, of, select, selected }) {
  const colour = ramp("prob");
  const room = width - MARGIN.left - MARGIN.right;
  const height = Math.max(HEIGHT.least, Math.min(HEIGHT.most, room / columns));
  return matrix({
    rows: names.length,
    columns,
    width: room,
    height: names.length * height,
    margin: MARGIN,
    label,
    of: [...of, width],
    colour: (row, column) => {
      const found = value(row, column);
      return found === null ? null : colour((FULL * found) / (top || 1));
    },
    over: (context, cell) => written(context, names, columns, first, cell),
    told,
    ...(select ? { select } : {}),
    ...(selected ? { selected } : {}),
  });
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {readonly string[]} names
 * @param {number} columns
 * @param {number} first
 * @param {{ width: number, height: number }} cell
 */
function written(context, names, columns, first, { width, height }) {
  context.font = `11px ${getComputedStyle(document.body).fontFamily}`;
  context.fillStyle = css("ink2");
  context.textBaseline = "middle";
  context.textAlign = "right";
  names.forEach((name, at) => {
    context.fillText(name, -6, (at + 0.5) * height);
  });
  context.textAlign = "center";
  context.textBaseline = "top";
  const step = Math.ceil(24 / width);
  for (const at of range(0, columns, step))
    context.fillText(String(first + at), (at + 0.5) * width, names.length * height + 5);
}
