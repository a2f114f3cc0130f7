// @ts-check
/**
 * Where each head's tile stands on the wall: blocks across and heads down, on a phone the other way round; sorted, one
 * after the other.
 *
 * @import { AttentionWall } from "../../../types/overview"
 *
 * @typedef {Pick<AttentionWall, "n_layers" | "n_heads" | "n_kv_heads">} Sizes
 * @typedef {{ x: number, y: number }} Point
 * @typedef {Point & { text: string, anchor: "center" | "right" }} Label
 *
 * @typedef {object} Layout
 * @property {Point[]} places of all heads, block by block
 * @property {number[]} order of the heads, row by row
 * @property {number} columns
 * @property {number} size of a tile
 * @property {number} width
 * @property {number} height
 * @property {Label[]} labels
 * @property {string} reading how the rows and columns are to be read
 */
import { range } from "../../../vendor/d3.js";

const LARGEST = 52;
/** Pixels for the numbers above the tiles, and for the names at their left. */
const TOP = 18;
const LEFT = { wide: 30, narrow: 24 };
/** Between heads of different key/value heads. */
const APART = { wide: 7, narrow: 5 };
/** A finger's tile, with the gap beside it. */
const FINGER = 35;
/** Pixels from one label to the next. */
const LABEL = { across: 16, down: 12 };

/** @param {number} width */
const isNarrow = (width) => width < 560;

/** What a tile leaves free of its place. @param {number} pitch */
const sizeIn = (pitch) => pitch - Math.min(3.5, pitch * 0.12);

/**
 * @param {Sizes} sizes
 * @param {number} width
 * @param {number[] | null} sorted heads in another order than the model's
 * @returns {Layout}
 */
export function arrange(sizes, width, sorted) {
  if (sorted) return inARow(sorted, width);
  return isNarrow(width) ? blocksDown(sizes, width) : blocksAcross(sizes, width);
}

/**
 * @param {number[]} order
 * @param {number} width
 * @returns {Layout}
 */
function inARow(order, width) {
  const columns = Math.max(1, Math.min(order.length, Math.floor(width / FINGER)));
  const pitch = Math.min(LARGEST, width / columns);
  /** @type {Point[]} */
  const places = [];
  order.forEach((head, at) => {
    places[head] = { x: (at % columns) * pitch, y: 4 + Math.floor(at / columns) * pitch };
  });
  const height = 4 + Math.ceil(order.length / columns) * pitch;
  return {
    places,
    order,
    columns,
    size: pitch - 3.5,
    width,
    height,
    labels: [],
    reading: "highest score first, row by row",
  };
}

/**
 * @param {Sizes} sizes
 * @param {number} width
 * @returns {Layout}
 */
function blocksAcross({ n_layers, n_heads, n_kv_heads }, width) {
  const group = n_heads / n_kv_heads;
  const pitch = Math.min(LARGEST, (width - LEFT.wide) / n_layers);
  const size = sizeIn(pitch);
  const x = (/** @type {number} */ block) => LEFT.wide + block * pitch;
  const y = (/** @type {number} */ head) =>
    TOP + head * pitch + (group > 1 ? Math.floor(head / group) * APART.wide : 0);
  const shared = group > 1 ? `, ${group} to a key/value head` : "";
  return {
    places: range(n_layers).flatMap((block) => range(n_heads).map((head) => ({ x: x(block), y: y(head) }))),
    order: range(n_heads).flatMap((head) => range(n_layers).map((block) => block * n_heads + head)),
    columns: n_layers,
    size,
    width,
    height: y(n_heads - 1) + pitch,
    labels: [
      ...across(n_layers, pitch, (block) => ({ text: String(block), x: x(block) + size / 2 })),
      ...down(n_heads, pitch, (head) => ({ text: `H${head}`, x: LEFT.wide - 6, y: y(head) + size / 2 })),
    ],
    reading: `columns: blocks; rows: heads${shared}`,
  };
}

/**
 * A block's heads stand in one line, in several where a finger could not tell them apart.
 * @param {Sizes} sizes
 * @param {number} width
 * @returns {Layout}
 */
function blocksDown({ n_layers, n_heads, n_kv_heads }, width) {
  const lines = Math.ceil((n_heads * FINGER) / (width - LEFT.narrow));
  const columns = Math.ceil(n_heads / lines);
  const gaps = lines === 1 && n_kv_heads < n_heads ? n_kv_heads - 1 : 0;
  const gap = gaps * APART.narrow < width - LEFT.narrow - n_heads * FINGER ? APART.narrow : 0;
  const pitch = Math.min(LARGEST, (width - LEFT.narrow - gaps * gap) / columns);
  const size = sizeIn(pitch);
  const group = gaps ? n_heads / n_kv_heads : n_heads;
  const x = (/** @type {number} */ head) => LEFT.narrow + (head % columns) * pitch + Math.floor(head / group) * gap;
  const y = (/** @type {number} */ block, head = 0) => TOP + (block * lines + Math.floor(head / columns)) * pitch;
  const names = across(columns, pitch, (head) => ({ text: `H${head}`, x: x(head) + size / 2 }));
  return {
    places: range(n_layers).flatMap((block) => range(n_heads).map((head) => ({ x: x(head), y: y(block, head) }))),
    order: range(n_layers * n_heads),
    columns,
    size,
    width,
    height: y(n_layers),
    labels: [
      ...(lines === 1 ? names : []),
      ...down(n_layers, pitch, (block) => ({ text: String(block), x: LEFT.narrow - 6, y: y(block) + size / 2 })),
    ],
    reading: lines === 1 ? "columns: heads; rows: blocks" : `rows: blocks, each with ${lines} lines of heads`,
  };
}

/**
 * @param {number} count
 * @param {number} pitch
 * @param {(at: number) => { text: string, x: number }} place
 * @returns {Label[]}
 */
function across(count, pitch, place) {
  const every = pitch < LABEL.across ? 5 : 1;
  return range(0, count, every).map((at) => ({ ...place(at), y: 7, anchor: "center" }));
}

/**
 * @param {number} count
 * @param {number} pitch
 * @param {(at: number) => { text: string, x: number, y: number }} place
 * @returns {Label[]}
 */
function down(count, pitch, place) {
  const every = pitch < LABEL.down ? 5 : 1;
  return range(0, count, every).map((at) => ({ ...place(at), anchor: "right" }));
}
