// @ts-check
/**
 * The names beside an equation's matrices: tokens down, dimensions across.
 *
 * @import { Name } from "../../../kit/sides"
 * @import { Cells } from "./cells.js"
 * @import { Head } from "./head.js"
 */
import { decimal } from "../../../kit/format.js";
import { readable } from "../../../kit/readable.js";
import { cut } from "../../../kit/tokens.js";
import { nothing } from "../../../vendor/lit.js";
import { extremes } from "./cells.js";

const LETTERS = 8;

/** A matrix at least so wide has room to say what its columns are. */
const TITLED = 120;

/**
 * @param {Head} head
 * @param {number} size of a row
 * @returns {Name[]}
 */
export function tokenNames({ count, selected, word, generated }, size) {
  return readable(count, size, selected).map((at) => ({
    at,
    text: cut(word(at), LETTERS),
    className: `m ${at === selected ? "ink b" : generated(at) ? "generated" : ""}`,
  }));
}

/**
 * @param {Cells} cells
 * @param {number} width
 * @returns {Name[]}
 */
export function dimensionNames({ columns }, width) {
  const ends = [0, columns - 1].map((at) => ({ at, text: String(at), className: "dim" }));
  return width < TITLED ? ends : [...ends, { at: (columns - 1) / 2, text: "dimension", className: "dim" }];
}

/** @param {Cells} cells */
export function range(cells) {
  if (cells.parameters) return nothing;
  if (cells.kind === "mask") return "0 or −∞";
  const { low, high } = extremes(cells);
  return cells.kind === "weight" ? `0 to ${decimal(high)}` : `${decimal(low, 1)} to ${decimal(high, 1)}`;
}
