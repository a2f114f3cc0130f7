// @ts-check
/**
 * ALiBi: what its penalty leaves of a key's weight at each distance, a row a head.
 *
 * @import { PositionsMaps } from "../../../types/embeddings"
 * @import { Cell } from "../../../kit/cells/matrix"
 */

import { matrix } from "../../../kit/cells/matrix.js";
import { sided } from "../../../kit/cells/sides.js";
import { ramp } from "../../../kit/colour/ramp.js";
import { readable } from "../../../kit/drawing/readable.js";
import { counted, decimal, percent } from "../../../kit/numbers/format.js";
import { range } from "../../../vendor/d3.js";
import { html } from "../../../vendor/lit.js";

const WIDE = { from: 560, margin: { left: 56, right: 216, bottom: 22 } };
const NARROW = { left: 56, right: 62, bottom: 22 };
const ROW = { least: 12, most: 20, all: 420 };
const EVERY = 32;

/**
 * @param {object} options
 * @param {PositionsMaps} options.data
 * @param {Cell} options.cell the head that is told of, and the distance that was read
 * @param {number} options.width in pixels
 * @param {(cell: Cell) => void} options.select
 */
export function penalties({ data, cell, width, select }) {
  const head = Math.min(cell.row, data.n_heads - 1);
  const wide = width > WIDE.from;
  const margin = wide ? WIDE.margin : NARROW;
  const size = Math.max(ROW.least, Math.min(ROW.most, ROW.all / data.n_heads));
  const shape = {
    rows: data.n_heads,
    columns: data.positions,
    width: width - margin.left - margin.right,
    height: data.n_heads * size,
  };
  const named = readable(data.n_heads, size, head);
  const className = (/** @type {number} */ at) => (at === head ? "prob" : "");
  return html`
    ${sided({
      ...shape,
      content: matrix({
        ...shape,
        label:
          `ALiBi of ${counted(data.n_heads, "head")}: what is left of a weight by ` +
          "distance; up and down walk the heads",
        of: [data],
        colour: (row, distance) => ramp("ink", "sunken")(left(data, row, distance)),
        told: ({ row, column }) => ({
          title: `Head ${row}, distance ${column}`,
          details: [
            ["bias", decimal(data.alibi.bias.a[row * data.positions + column])],
            ["weight left", percent(left(data, row, column))],
          ],
        }),
        pixels: true,
        select,
        selected: { row: head, column: cell.column },
      }),
      margin,
      left: named.map((at) => ({ at, text: `head ${at}`, className: className(at) })),
      right: named.map((at) => ({
        at,
        text: wide ? `slope ${slope(data, at)}, half after ${halved(data, at)}` : slope(data, at),
        className: className(at),
      })),
      bottom: [
        ...range(0, data.positions, EVERY).map((at) => ({ at, text: String(at), className: "dim" })),
        { at: data.positions - 1, text: "distance", className: "dim" },
      ],
      marks: [
        ...range(data.n_heads).map((row) => ({ row, className: "parted" })),
        { row: head, className: "chosen-row" },
      ],
    })}
    <p class="readout">
      Head ${head} subtracts <b>${slope(data, head)}</b> per token of distance from its scores, which halves a key’s
      weight
      every <b>${halved(data, head)}</b>.
    </p>`;
}

/**
 * Share of a weight that is left.
 * @param {PositionsMaps} data
 * @param {number} head
 * @param {number} distance
 */
export const left = (data, head, distance) => Math.exp(data.alibi.bias.a[head * data.positions + distance]);

/**
 * @param {PositionsMaps} data
 * @param {number} head
 */
function slope({ alibi }, head) {
  const value = alibi.slopes.a[head];
  return value >= 0.01 ? String(Number(value.toFixed(4))) : value.toPrecision(3);
}

/**
 * @param {PositionsMaps} data
 * @param {number} head
 */
function halved({ alibi }, head) {
  const tokens = Math.LN2 / alibi.slopes.a[head];
  return `${decimal(tokens, tokens < 10 ? 1 : 0)} tokens`;
}
