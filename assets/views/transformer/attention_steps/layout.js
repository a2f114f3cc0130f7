// @ts-check
/**
 * How large the matrices of an equation are drawn, side by side or, on a phone, below each other.
 *
 * @import { Cells } from "./cells.js"
 * @import { Head } from "./head.js"
 *
 * @typedef {{ narrow: boolean, top: number, token: number, dimension: number, stream: number, parameters: number }}
 *   Sizes pixels of a token's row or column, of a dimension's, and of the matrices as wide as the stream
 */

/** Pixels of the names at the left, and above where columns are tokens or dimensions. */
export const NAMES = { left: 64, tokens: 58, dimensions: 20 };
const WIDE = 720;
/** The height that a matrix may take. */
const HEIGHT = 340;
const SIGN = 34;
const MOST = { token: 22, dimension: 7 };
const MOST_NARROW = { token: 13, dimension: 5, height: 3 };
const PARAMETERS = 150;
const STREAM = { least: 160, most: 240 };
/** Of the free width, what one matrix of queries and keys may take. */
const SQUARE = 0.42;

/**
 * @param {Cells[]} cells
 * @param {Head} head
 * @param {number} width in pixels
 * @returns {Sizes}
 */
export function sizes(cells, { count, data }, width) {
  const narrow = width < WIDE;
  const top = cells.some(({ across }) => across === "token") ? NAMES.tokens : NAMES.dimensions;
  if (narrow) {
    const room = width - NAMES.left - 8;
    const token = Math.min(MOST_NARROW.token, room / count);
    const dimension = Math.min(MOST_NARROW.dimension, room / data.d_head);
    return { narrow, top, token, dimension, stream: room, parameters: room };
  }
  const having = (/** @type {Cells["across"]} */ across) => cells.filter((each) => each.across === across).length;
  const [squares, wide, streams] = [having("token"), having("dimension"), having("stream")];
  const free = width - cells.length * SIGN - NAMES.left;
  const shares = squares + (wide ? 1 : 0) + streams || 1;
  const token = Math.min(
    MOST.token,
    HEIGHT / count,
    (free / shares / count) * (squares > 1 ? 1 : 1.4),
    squares ? (free * SQUARE) / count : Number.POSITIVE_INFINITY,
  );
  const left = free - squares * count * token - streams * STREAM.most;
  const dimension = Math.min(
    MOST.dimension,
    HEIGHT / data.d_head,
    wide ? left / wide / data.d_head : MOST_NARROW.dimension,
  );
  const stream = Math.max(STREAM.least, free - wide * data.d_head * dimension - PARAMETERS - 4);
  return { narrow, top, token, dimension, stream, parameters: PARAMETERS };
}

/**
 * @param {Cells} cells
 * @param {Sizes} sizes
 */
export function sizeOf({ rows, columns, down, across, parameters }, sizes) {
  const height = sizes.narrow ? Math.min(sizes.dimension, MOST_NARROW.height) : sizes.dimension;
  const widths = {
    token: columns * sizes.token,
    dimension: columns * sizes.dimension,
    stream: parameters ? sizes.parameters : sizes.stream,
  };
  return { width: widths[across], height: rows * (down === "token" ? sizes.token : height) };
}
