// @ts-check
/**
 * A model's matrices on a map: blocks across and places in a block down, or turned where there is little room; with a
 * bar at the edges for each block and each place.
 *
 * @import { PartGrid } from "../../../types/systems"
 * @import { Colour } from "../../../kit/colour/theme.js"
 * @import { Line } from "../../../kit/tooltip.js"
 *
 * @typedef {object} Edge bars over the columns or beside the rows; of the unembedding the last
 * @property {number[]} blocks
 * @property {number[]} rows
 * @property {(value: number) => string} format
 *
 * @typedef {{ width: number, height: number }} Size of a cell
 *
 * @typedef {object} Options
 * @property {PartGrid} grid
 * @property {number} width
 * @property {string} label
 * @property {unknown[]} of
 * @property {(matrix: number) => Colour | null} colour
 * @property {(matrix: number) => { text: string, fill: string } | null} [written]
 * @property {(matrix: number) => { title: string, details: Line[] } | null} told
 * @property {number} selected
 * @property {(matrix: number) => void} select
 * @property {Edge} [edge]
 */

import { matrix } from "../../../kit/cells/matrix.js";
import { sided } from "../../../kit/cells/sides.js";
import { css } from "../../../kit/colour/theme.js";
import { textWidth } from "../../../kit/drawing/measure.js";
import { readable } from "../../../kit/drawing/readable.js";
import { max, range } from "../../../vendor/d3.js";

const NARROW = 720;
/** How the unembedding's place behind the blocks is called. */
const AFTER = "end";
/** Pixels of the bars at the edges, and of the names. */
const BARS = { below: 40, right: 46 };
const NAMES = 20;
const CELL = { wide: 24, narrow: 18, most: 44 };
/** Pixels that a number at a bar's end takes. */
const NUMBER = 48;

/** @param {Options} options */
export function partsMap(options) {
  const { grid, width, edge } = options;
  const wide = width > NARROW || grid.rows.length > grid.n_layers;
  const { rows } = grid;
  // The unembedding stands in no block: it has a column of its own behind the last one.
  const after = grid.layer.a.some((layer) => layer < 0);
  const columnOf = (/** @type {number} */ at) => (grid.layer.a[at] < 0 ? grid.n_layers : grid.layer.a[at]);
  const index = new Map(range(grid.row.a.length).map((at) => [`${grid.row.a[at]} ${columnOf(at)}`, at]));
  const find = (/** @type {number} */ row, /** @type {number} */ column) =>
    index.get(wide ? `${row} ${column}` : `${column} ${row}`) ?? -1;
  const blocks = [...range(grid.n_layers).map(String), ...(after ? [AFTER] : [])];
  const [down, across] = wide ? [rows.length, blocks.length] : [blocks.length, rows.length];
  const names = rows.map((row) => short(row));
  const [left, top] = wide ? [names, blocks] : [blocks, names];
  const margin = {
    left: 12 + Math.max(...left.map((name) => textWidth(name))),
    right: edge ? BARS.right + NUMBER : 0,
    top: NAMES,
    bottom: edge ? BARS.below : 0,
  };
  const cellWidth = Math.min((width - margin.left - margin.right) / across, wide ? CELL.most : 60);
  const shape = {
    rows: down,
    columns: across,
    width: cellWidth * across,
    height: down * (wide ? CELL.wide : CELL.narrow),
  };
  const at = options.selected;
  const selected =
    at < 0
      ? null
      : wide
        ? { row: grid.row.a[at], column: columnOf(at) }
        : { row: columnOf(at), column: grid.row.a[at] };
  const sides = edge && (wide ? [edge.rows, edge.blocks] : [edge.blocks, edge.rows]);
  // Its bars may be longer than all others: these go by the blocks', and it is cut.
  const tops = sides?.map((all) => max((after ? all.slice(0, -1) : all).filter(Number.isFinite)) || 1);
  const named = (
    /** @type {string[]} */ list,
    /** @type {number} */ size,
    /** @type {number | undefined} */ here,
    room = 14,
  ) =>
    readable(list.length, size, here ?? -1, room).map((place) => ({
      at: place,
      text: list[place],
      className: place === here ? "prob b" : "",
    }));
  const { written } = options;
  return sided({
    ...shape,
    margin,
    left: named(left, shape.height / down, selected?.row),
    top: named(top, cellWidth, selected?.column, wide ? 20 : 40),
    right:
      sides && tops
        ? sides[0].map((value, row) => ({
            at: row,
            text: edge.format(value),
            aside: BARS.right * share(tops[0], value),
          }))
        : [],
    written: written && ((row, column) => (find(row, column) < 0 ? null : written(find(row, column)))),
    content: matrix({
      ...shape,
      label: options.label,
      of: options.of,
      colour: (row, column) => (find(row, column) < 0 ? null : options.colour(find(row, column))),
      told: ({ row, column }) => (find(row, column) < 0 ? null : options.told(find(row, column))),
      selected,
      select: ({ row, column }) => find(row, column) >= 0 && options.select(find(row, column)),
      ...(sides && tops
        ? {
            margin: { left: 0, top: 0, right: BARS.right, bottom: BARS.below },
            over: (/** @type {CanvasRenderingContext2D} */ context, /** @type {Size} */ cell) => {
              beside(context, sides[0], tops[0], shape.width, cell.height);
              below(context, sides[1], tops[1], shape.height, cell.width);
            },
          }
        : {}),
    }),
  });
}

/** @param {number} top @param {number} value */
const share = (top, value) => (Number.isFinite(value) ? Math.min(1, value / top) : 0);

/**
 * @param {CanvasRenderingContext2D} context
 * @param {number[]} values
 * @param {number} top
 * @param {number} x
 * @param {number} height of a row
 */
function beside(context, values, top, x, height) {
  context.fillStyle = css("river-deep");
  values.forEach((value, row) => {
    context.fillRect(x + 5, row * height + 4, (BARS.right - 5) * share(top, value), height - 8);
  });
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {number[]} values
 * @param {number} top
 * @param {number} y
 * @param {number} width of a column
 */
function below(context, values, top, y, width) {
  context.fillStyle = css("river-deep");
  values.forEach((value, column) => {
    const inset = Math.min(4, 0.2 * width);
    context.fillRect(column * width + inset, y + 5, width - 2 * inset, (BARS.below - 5) * share(top, value));
  });
}

/** A place in a block as the map names it: W_Q, E3 out. @param {string} place */
export function short(place) {
  const expert = /experts\.(\d+)\.(.+)$/.exec(place);
  return expert ? `E${expert[1]} ${expert[2]}` : (place.split(".").at(-1) ?? place);
}

/** A matrix's name: block and place. @param {PartGrid} grid @param {number} at */
export function matrixName(grid, at) {
  const place = short(grid.rows[grid.row.a[at]]);
  return grid.layer.a[at] < 0 ? "unembedding" : `block ${grid.layer.a[at]} ${place}`;
}
