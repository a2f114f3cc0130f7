// @ts-check
/**
 * The square of weights that is never stored, and the tile that is made now: the arrow keys walk the tiles.
 *
 * @import { BackwardTiles } from "../../../types/systems"
 */

import { matrix } from "../../../kit/cells/matrix.js";
import { sided } from "../../../kit/cells/sides.js";
import { ramp } from "../../../kit/colour/ramp.js";
import { rgb } from "../../../kit/colour/theme.js";
import { decimal } from "../../../kit/numbers/format.js";
import { stepOf, tileAt } from "./parts.js";
import { size } from "./tile_matrix.js";

/** Pixels of its side. */
const MAP = 256;

/**
 * @param {BackwardTiles} data
 * @param {{ step: number, quoted: (at: number) => string, choose: (step: number) => void, row: number }} at
 */
export function map(data, { step, quoted, choose, row }) {
  const count = data.q.shape[0];
  const { queries, keys } = tileAt(data, step);
  const seen = (/** @type {number} */ query, /** @type {number} */ key) => stepOf(data, query, key);
  const shape = { rows: count, columns: count, width: MAP, height: MAP };
  return sided({
    ...shape,
    margin: {},
    content: matrix({
      ...shape,
      pixels: true,
      of: [data, step],
      colour(query, key) {
        const at = seen(query, key);
        if (at < 0) return rgb("surface");
        const weight = Math.sqrt(data.p.a[query * count + key]);
        return ramp("ink", "sunken")(at > step ? 0.25 * weight : weight);
      },
      label: `Weights of ${count} × ${count}; arrow keys walk the tiles`,
      told(cell) {
        const at = cell.row * count + cell.column;
        const hidden = !Number.isFinite(data.s.a[at]);
        return {
          title: `${quoted(cell.row)} reads ${quoted(cell.column)}`,
          details: [
            ["P", hidden ? "0, masked" : decimal(data.p.a[at], 4)],
            ["dS", hidden ? "0" : size(data.ds.a[at])],
            ["tile", seen(cell.row, cell.column) < 0 ? "skipped" : `${seen(cell.row, cell.column) + 1} in the loops`],
          ],
        };
      },
      selected: null,
      start: { row: queries.from, column: keys.from },
      next: (_, [down, right]) => beside(data, step, down, right),
      select(cell) {
        const at = seen(cell.row, cell.column);
        if (at >= 0) choose(at);
      },
    }),
    marks: [
      {
        row: queries.from,
        rows: queries.to - queries.from,
        column: keys.from,
        columns: keys.to - keys.from,
        className: "now",
      },
      { row, className: "own" },
    ],
  });
}

/**
 * The first cell of the tile beside the one now.
 * @param {BackwardTiles} data
 * @param {number} step
 * @param {number} down
 * @param {number} right
 */
function beside(data, step, down, right) {
  const { i, j } = tileAt(data, step);
  const last = Math.ceil(data.q.shape[0] / data.tile) - 1;
  const within = (/** @type {number} */ at) => Math.max(0, Math.min(last, at)) * data.tile;
  return { row: within(i + Math.sign(down)), column: within(j + Math.sign(right)) };
}
