// @ts-check
/**
 * What one cell says: its number, what it was made of, and what it is in the other run.
 *
 * @import { Cell } from "../../../kit/cells/matrix"
 * @import { Cells } from "./cells.js"
 * @import { Head } from "./head.js"
 * @import { Step } from "./story.js"
 *
 * @typedef {{ title: string, value: string, details: [name: string, value: string][] }} Reading
 * @typedef {{ row?: number, column?: number }} Crossed a row and a column of a matrix that belong to a cell
 */
import { decimal, signed } from "../../../kit/numbers/format.js";
import { range } from "../../../vendor/d3.js";
import { html } from "../../../vendor/lit.js";

/**
 * @param {Head} head
 * @param {Step} step
 * @param {number} at which of its matrices
 * @param {Cell} cell
 * @returns {Reading}
 */
export function reading(head, step, at, cell) {
  const cells = step.cells[at];
  const { row, column } = cell;
  const from = cells.down === "token" ? head.quoted(row) : `dimension ${row}`;
  const to = cells.across === "token" ? head.quoted(column) : `dimension ${column}`;
  return {
    title: `${cells.name} at ${from}, ${to}`,
    value: number(cells, cell),
    details: [...origin(head, step, at, cell), ...elsewhere(head, cells, cell)],
  };
}

/** In a sentence. @param {Reading} reading */
export const sentence = ({ title, value, details }) =>
  html`${title}: <b>${value}</b>${details.map(([name, told]) => html`. ${name} <b>${told}</b>`)}.`;

/**
 * In every matrix of the step, the row and the column that belong to a cell: in a product those that were multiplied,
 * else the same cell.
 * @param {Step} step
 * @param {number} at
 * @param {Cell} cell
 * @returns {Crossed[]}
 */
export function crossed({ cells, signs }, at, { row, column }) {
  const product = signs[0] === "×" && at === 2;
  const alike = (/** @type {Cells} */ other) => other.rows === cells[at].rows && other.columns === cells[at].columns;
  return cells.map((other, index) => {
    if (index === at) return { row, column };
    if (product) return index === 0 ? { row } : other.parameters ? {} : { column };
    return alike(other) ? { row, column } : {};
  });
}

/**
 * @param {Cells} cells
 * @param {Cell} cell
 */
function number({ kind, value, hidden }, { row, column }) {
  if (hidden?.(row, column)) return kind === "weight" ? "0" : "−∞";
  return decimal(value(row, column), kind === "weight" ? 4 : 3);
}

/**
 * @param {Head} head
 * @param {Step} step
 * @param {number} at
 * @param {Cell} cell
 * @returns {Reading["details"]}
 */
function origin(head, { key, cells }, at, { row, column }) {
  const { data, count, seen, word } = head;
  const last = at === cells.length - 1;
  if (key === "scores" && last) {
    const product = (/** @type {number} */ dimension) =>
      cells[0].value(row, dimension) * cells[1].value(dimension, column);
    const largest = strongest(product, data.d_head, 3);
    return [
      ["It sums", `${data.d_head} products`],
      ...largest.map(line((dimension) => `A largest one, dimension ${dimension}`, product, 1)),
    ];
  }
  if (key === "values" && last) {
    const part = (/** @type {number} */ token) =>
      seen(row, token) ? cells[0].value(row, token) * cells[1].value(token, column) : 0;
    return strongest(part, count, 2).map(line((token) => `From ${word(token)}`, part, 3));
  }
  if (!seen(row, column)) return [];
  if (key === "softmax" && last) return [["Score", decimal(data.scores.a[row * count + column])]];
  if (key === "mask" && at !== 1) return [["q·k", decimal(data.raw.a[row * count + column], 1)]];
  return [];
}

/**
 * @param {(at: number) => string} name
 * @param {(at: number) => number} value
 * @param {number} digits
 * @returns {(at: number) => [string, string]}
 */
const line = (name, value, digits) => (at) => [name(at), signed(value(at), digits)];

/**
 * @param {(at: number) => number} value
 * @param {number} count
 * @param {number} shown
 */
const strongest = (value, count, shown) =>
  range(count)
    .sort((a, b) => Math.abs(value(b)) - Math.abs(value(a)))
    .slice(0, shown);

/**
 * @param {Head} head
 * @param {Cells} cells
 * @param {Cell} cell
 * @returns {Reading["details"]}
 */
function elsewhere({ there, shared, beside }, { kind, hidden }, { row, column }) {
  if (!there || kind !== "weight" || hidden?.(row, column) || row >= shared) return [];
  return [[beside, decimal(there.pattern.a[row * there.pattern.shape[1] + column], 4)]];
}
