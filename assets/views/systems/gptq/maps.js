// @ts-check
/**
 * The window as two maps of the same cells: the weights, and what is pushed.
 *
 * @import { GptqSteps } from "../../../types/systems"
 */

import { matrix } from "../../../kit/cells/matrix.js";
import { sided } from "../../../kit/cells/sides.js";
import { diverging } from "../../../kit/colour/ramp.js";
import { readable } from "../../../kit/drawing/readable.js";
import { signed } from "../../../kit/numbers/format.js";
import { max, range } from "../../../vendor/d3.js";
import { at, now, pushed, shape, weights } from "./window.js";

const MARGIN = { left: 26, top: 20 };
const ROW = 17;

/**
 * @param {GptqSteps} data
 * @param {number} step
 * @param {number} width
 * @param {(step: number) => void} go
 */
export function weightsNow(data, step, width, go) {
  const most = max(data.start.a, Math.abs) ?? 1;
  const values = weights(data, step);
  const columns = shape(data)[1];
  return cells(data, step, width, go, "weights", most, (row, column) => values[row * columns + column]);
}

/**
 * @param {GptqSteps} data
 * @param {number} step
 * @param {number} width
 * @param {(step: number) => void} go
 */
export function pushes(data, step, width, go) {
  const [rows, columns] = shape(data);
  const all = range(rows).flatMap((row) => range(columns).map((column) => pushed(data, step, row, column)));
  const most = max(all, Math.abs) || 1;
  return cells(data, step, width, go, "pushed", most, (row, column) =>
    column <= step ? null : all[row * columns + column],
  );
}

/**
 * @param {GptqSteps} data
 * @param {number} step
 * @param {number} width
 * @param {(step: number) => void} go
 * @param {"weights" | "pushed"} what
 * @param {number} most full colour
 * @param {(row: number, column: number) => number | null} value
 */
function cells(data, step, width, go, what, most, value) {
  const [rows, columns] = shape(data);
  const size = { rows, columns, width: width - MARGIN.left, height: rows * ROW };
  const colours = diverging("neg", "pos", "sunken");
  return sided({
    ...size,
    margin: MARGIN,
    left: readable(rows, ROW, 0).map((row) => ({ at: row, text: String(row) })),
    top: readable(columns, size.width / columns, step, 30).map((column) => ({
      at: column,
      text: String(data.columns.a[column]),
      className: column === step ? "prob b" : "",
    })),
    marks: [{ column: step, columns: 1, className: "frame" }],
    content: matrix({
      ...size,
      of: [data, step, what],
      label: `${rows} rows × ${columns} columns, ${what}; arrow keys read the cells, Enter opens the column`,
      colour(row, column) {
        const number = value(row, column);
        if (number === null) return null;
        const share = number / most;
        return colours(Math.sign(share) * Math.sqrt(Math.min(1, Math.abs(share))));
      },
      told: ({ row, column }) => ({
        title: `Row ${row}, column ${data.columns.a[column]}`,
        details: [
          ["original", signed(at(data.original, row, column), 4)],
          [column < step ? "rounded" : "now", signed(now(data, step, row, column), 4)],
          ["to nearest", signed(at(data.nearest, row, column), 4)],
          ["correction for this column", signed(pushed(data, step, row, column), 5)],
        ],
      }),
      walked: () => {},
      select: ({ column }) => go(column),
      start: { row: 0, column: step },
    }),
  });
}
