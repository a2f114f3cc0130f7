// @ts-check
/**
 * Where the cells of all layers lie in one matrix: a band a layer, a row an expert, a column a token; on a narrow page
 * tokens go down and layers across. Bands are set apart by rows that are no cells.
 *
 * @import { RoutingMatrix } from "../../../types/architectures"
 * @import { Cell, Margin } from "../../../kit/cells/matrix.js"
 * @import { Chosen } from "./routes.js"
 *
 * @typedef {object} Bands
 * @property {boolean} wide
 * @property {number} rows of the matrix
 * @property {number} columns
 * @property {number} width of the matrix, in pixels
 * @property {number} height
 * @property {{ width: number, height: number }} cell
 * @property {Margin} margin
 * @property {number} load pixels of the load beside it: what the matrix leaves of the page
 * @property {number} band rows, or columns, from one layer to the next
 * @property {number} first of the layers that are shown
 * @property {number} shown how many
 * @property {number} experts
 *
 * @typedef {{ row: number, expert: number, token: number }} Place `row` is the layer's among those with a router
 */
import { nearby } from "../../../kit/nearby.js";

const WIDE = 720;
/** Pixels right of the matrix, for the load: at least so many. */
const LOAD = { least: 232, space: 30 };
/** Pixels of a token of a short text, at most. */
const TOKEN = 56;
/** Pixels between two bands of a wide page: a line of text has room there. */
const APART = 26;
/** Columns between two layers of a narrow page. */
const COLUMNS_APART = 2;

/**
 * @param {RoutingMatrix} data
 * @param {number} width
 * @param {Chosen} chosen
 * @returns {Bands}
 */
export const bandsOf = (data, width, chosen) => (width >= WIDE ? lying : standing)(data, width, chosen);

/**
 * @param {RoutingMatrix} data
 * @param {number} width
 * @param {Chosen} chosen
 * @returns {Bands}
 */
function lying(data, width, chosen) {
  const [layers, experts] = [data.layers.length, data.n_experts];
  const margin = { top: 74, right: 2, bottom: 24, left: 92 };
  const height = Math.max(4, Math.min(15, Math.floor(1400 / (layers * experts))));
  const cell = {
    width: Math.min(TOKEN, (width - margin.left - margin.right - LOAD.least - LOAD.space) / data.n),
    height,
  };
  const band = experts + Math.ceil(APART / height);
  const part = nearby(layers, Math.max(3, Math.floor(2000 / (band * height))), chosen.row);
  const rows = (part.shown - 1) * band + experts;
  const size = { width: data.n * cell.width, height: rows * height };
  const load = Math.floor(width - margin.left - margin.right - size.width - LOAD.space);
  return { wide: true, rows, columns: data.n, ...size, cell, margin, load, band, experts, ...part };
}

/**
 * @param {RoutingMatrix} data
 * @param {number} width
 * @param {Chosen} chosen
 * @returns {Bands}
 */
function standing(data, width, chosen) {
  const experts = data.n_experts;
  const margin = { top: 46, right: 2, bottom: 4, left: 78 };
  const room = width - margin.left - margin.right;
  const band = experts + COLUMNS_APART;
  const least = experts > 16 ? 3.2 : 4.2;
  const part = nearby(data.layers.length, Math.floor((room / least + COLUMNS_APART) / band), chosen.row);
  const columns = (part.shown - 1) * band + experts;
  const cell = { width: Math.min(18, room / columns), height: data.n <= 48 ? 20 : 15 };
  const size = { width: columns * cell.width, height: data.n * cell.height };
  return { wide: false, rows: data.n, columns, ...size, cell, margin, load: width, band, experts, ...part };
}

/**
 * Whether the cell lies between two bands.
 * @param {Bands} bands
 * @param {Cell} cell
 */
export const isBetween = (bands, cell) => placeOf(bands, cell).expert >= bands.experts;

/**
 * @param {Bands} bands
 * @param {Cell} cell
 * @returns {Place}
 */
export function placeOf({ wide, band, first }, { row, column }) {
  const [along, token] = wide ? [row, column] : [column, row];
  const layer = Math.floor(along / band);
  return { row: first + layer, expert: along - layer * band, token };
}

/**
 * @param {Bands} bands
 * @param {Place} place
 * @returns {Cell}
 */
export function cellOf({ wide, band, first }, { row, expert, token }) {
  const along = (row - first) * band + expert;
  return wide ? { row: along, column: token } : { row: token, column: along };
}

/**
 * A cell's first corner, in pixels from the matrix'.
 * @param {Bands} bands
 * @param {Place} place
 */
export function cornerOf(bands, place) {
  const { row, column } = cellOf(bands, place);
  return { x: column * bands.cell.width, y: row * bands.cell.height };
}

/** The rows of the layers that are shown. @param {Bands} bands */
export const shownRows = ({ first, shown }) => Array.from({ length: shown }, (_, at) => first + at);
