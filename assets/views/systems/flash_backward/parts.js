// @ts-check
/**
 * One tile of the backward pass: its rows and columns, and what it adds to the three gradients.
 *
 * @import { Floats } from "../../../types/shared"
 * @import { BackwardTiles } from "../../../types/systems"
 *
 * @typedef {{ from: number, to: number }} Span rows or columns of the window
 * @typedef {{ rows: number, columns: number, value: (row: number, column: number) => number }} Numbers
 * @typedef {{ i: number, j: number, queries: Span, keys: Span }} Tile
 */

/** @param {BackwardTiles} data @param {number} block @returns {Span} */
const span = ({ tile, q }, block) => ({ from: block * tile, to: Math.min(q.shape[0], (block + 1) * tile) });

/**
 * @param {BackwardTiles} data
 * @param {number} step
 * @returns {Tile}
 */
export function tileAt(data, step) {
  const [i, j] = [data.order.a[2 * step], data.order.a[2 * step + 1]];
  return { i, j, queries: span(data, i), keys: span(data, j) };
}

/** How many tiles some query sees. @param {BackwardTiles} data */
export const countOf = (data) => data.order.shape[0];

/** The step that makes the tile of a query and a key, if it is seen. @param {BackwardTiles} data */
export function stepOf(data, /** @type {number} */ query, /** @type {number} */ key) {
  const [i, j] = [Math.floor(query / data.tile), Math.floor(key / data.tile)];
  for (let step = 0; step < countOf(data); step++) {
    if (data.order.a[2 * step] === i && data.order.a[2 * step + 1] === j) return step;
  }
  return -1;
}

/**
 * Some rows of a matrix, all of its columns or some.
 * @param {Floats} tensor
 * @param {Span} rows
 * @param {Span} [columns]
 * @returns {Numbers}
 */
export function cutOf(tensor, rows, columns = { from: 0, to: tensor.shape[1] }) {
  const width = tensor.shape[1];
  return {
    rows: rows.to - rows.from,
    columns: columns.to - columns.from,
    value: (row, column) => tensor.a[(rows.from + row) * width + columns.from + column],
  };
}

/**
 * a b, or a^T b, times a factor.
 * @param {Numbers} a
 * @param {Numbers} b
 * @param {{ turned?: boolean, factor?: number }} [how]
 * @returns {Numbers}
 */
export function product(a, b, { turned = false, factor = 1 } = {}) {
  const rows = turned ? a.columns : a.rows;
  const made = new Float64Array(rows * b.columns);
  for (let row = 0; row < rows; row++) {
    for (let at = 0; at < b.rows; at++) {
      const left = turned ? a.value(at, row) : a.value(row, at);
      if (left === 0) continue;
      for (let column = 0; column < b.columns; column++) {
        made[row * b.columns + column] += left * b.value(at, column) * factor;
      }
    }
  }
  return { rows, columns: b.columns, value: (row, column) => made[row * b.columns + column] };
}

/**
 * What a tile adds to dQ of its queries, and to dK and dV of its keys.
 * @param {BackwardTiles} data
 * @param {Tile} tile
 */
export function added(data, { queries, keys }) {
  const [p, ds] = [cutOf(data.p, queries, keys), cutOf(data.ds, queries, keys)];
  return {
    dq: product(ds, cutOf(data.k, keys), { factor: data.scaling }),
    dk: product(ds, cutOf(data.q, queries), { turned: true, factor: data.scaling }),
    dv: product(p, cutOf(data.d_out, queries), { turned: true }),
  };
}

/**
 * All tiles' parts added up, against the whole gradients: the largest difference, by the largest number of each, or by
 * a hundredth of that of all three where it is smaller.
 * @param {BackwardTiles} data
 */
export function sumError(data) {
  const sums = {
    dq: new Float64Array(data.q.a.length),
    dk: new Float64Array(data.k.a.length),
    dv: new Float64Array(data.v.a.length),
  };
  for (let step = 0; step < countOf(data); step++) {
    const tile = tileAt(data, step);
    const parts = added(data, tile);
    put(sums.dq, parts.dq, tile.queries.from);
    put(sums.dk, parts.dk, tile.keys.from);
    put(sums.dv, parts.dv, tile.keys.from);
  }
  const wholes = { dq: data.dq.a, dk: data.dk.a, dv: data.dv.a };
  const most = Math.max(...Object.values(wholes).map(largest));
  const names = /** @type {("dq" | "dk" | "dv")[]} */ (["dq", "dk", "dv"]);
  return Math.max(
    ...names.map((name) => apart(sums[name], wholes[name]) / Math.max(largest(wholes[name]), most / 100, 1e-30)),
  );
}

/** @param {Float64Array} sum @param {Numbers} part @param {number} first */
function put(sum, { rows, columns, value }, first) {
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) sum[(first + row) * columns + column] += value(row, column);
  }
}

/** @param {ArrayLike<number>} a @param {ArrayLike<number>} b */
function apart(a, b) {
  let most = 0;
  for (let at = 0; at < b.length; at++) most = Math.max(most, Math.abs(a[at] - b[at]));
  return most;
}

/** @param {ArrayLike<number>} numbers */
function largest(numbers) {
  let most = 0;
  for (let at = 0; at < numbers.length; at++) most = Math.max(most, Math.abs(numbers[at]));
  return most;
}

/** Length of all numbers as one vector. @param {Numbers} numbers */
export function length({ rows, columns, value }) {
  let sum = 0;
  for (let row = 0; row < rows; row++) for (let column = 0; column < columns; column++) sum += value(row, column) ** 2;
  return Math.sqrt(sum);
}
