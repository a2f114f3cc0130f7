// @ts-check
/**
 * One matrix of a tile: its name, its cells in colour, its largest number.
 *
 * @import { Cell } from "../../../kit/cells/matrix"
 * @import { Shown, Where } from "./stages.js"
 */

import { matrix } from "../../../kit/cells/matrix.js";
import { diverging, ramp } from "../../../kit/colour/ramp.js";
import { rgb } from "../../../kit/colour/theme.js";
import { decimal } from "../../../kit/numbers/format.js";
import { html } from "../../../vendor/lit.js";

/** Pixels of a tile's side, and the most that a row of a vector takes. */
const SIDE = 120;
const VECTOR = { least: 96, most: 124 };
const STRIP = 12;

/**
 * @param {Shown} shown
 * @param {Where} where
 */
export function drawn(shown, where) {
  const { name, of, numbers, across } = shown;
  const { data, tile, chosen, quoted, select } = where;
  const { rows, columns } = numbers;
  const width = {
    key: (SIDE * columns) / data.tile,
    dimension: Math.min(VECTOR.most, Math.max(VECTOR.least, 2 * columns)),
    number: STRIP,
  };
  const first = shown.down === "query" ? tile.queries.from : tile.keys.from;
  const most = largest(shown);
  const row = chosen - first;
  return html`
    <div class="part">
      <p class="heading"><b>${name}</b> <span>${rows} × ${columns}</span></p>
      ${matrix({
        rows,
        columns,
        width: width[across],
        height: (SIDE * rows) / data.tile,
        pixels: across === "dimension",
        colour: colours(shown, most),
        of: [data, tile.i, tile.j, name],
        label: `${name.replace(" +=", ", this tile’s part")}: ${rows} × ${columns}; arrow keys read its cells`,
        told: (cell) => told(shown, cell, where),
        walked: () => {},
        select: (cell) => shown.down === "query" && select(tile.queries.from + cell.row),
        selected: shown.down === "query" && row >= 0 && row < rows && across === "number" ? { row, column: 0 } : null,
        start: { row: 0, column: 0 },
      })}
      <p class="extremes">${of || (across === "number" ? size(most) : `largest ${size(most)}`)}</p>
      ${of && across === "dimension" ? html`<p class="extremes">largest ${size(most)}</p>` : ""}
      <span class="unseen">${name}, ${quoted(first)} and on</span>
    </div>`;
}

/** @param {Shown} shown */
function largest({ numbers, hidden }) {
  let most = 0;
  for (let row = 0; row < numbers.rows; row++) {
    for (let column = 0; column < numbers.columns; column++) {
      if (!hidden?.(row, column)) most = Math.max(most, Math.abs(numbers.value(row, column)));
    }
  }
  return most;
}

/** A number whose size may be anything. @param {number} value */
export function size(value) {
  if (value === 0) return "0";
  const small = Math.abs(value) < 0.001 || Math.abs(value) >= 1e5;
  return small
    ? value.toExponential(1).replace("e+", "e").replaceAll("-", "−")
    : decimal(value, Math.abs(value) < 0.1 ? 4 : 3);
}

/**
 * Ink for weights; blue above and orange below nought, by the matrix's own largest, as square roots.
 * @param {Shown} shown
 * @param {number} most
 */
function colours({ kind, numbers, hidden }, most) {
  return (/** @type {number} */ row, /** @type {number} */ column) => {
    if (hidden?.(row, column)) return rgb("surface");
    const value = numbers.value(row, column);
    const strength = Math.sqrt(Math.min(1, Math.abs(value) / (most || 1)));
    if (kind === "weight") return ramp("ink", "sunken")(Math.sqrt(value));
    return diverging("neg", "pos", "sunken")(value < 0 ? -strength : strength);
  };
}

/**
 * @param {Shown} shown
 * @param {Cell} cell
 * @param {Where} where
 */
function told({ name, numbers, down, across, hidden }, { row, column }, { tile, quoted }) {
  const from = quoted((down === "query" ? tile.queries.from : tile.keys.from) + row);
  const to = { key: `, key ${quoted(tile.keys.from + column)}`, dimension: `, dimension ${column}`, number: "" }[
    across
  ];
  const value = hidden?.(row, column) ? (name === "S" ? "−∞" : "0, masked") : size(numbers.value(row, column));
  return { title: `${name} at ${from}${to}`, details: /** @type {[string, string][]} */ ([["value", value]]) };
}
