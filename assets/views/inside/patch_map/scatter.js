// @ts-check
/**
 * Each cell a dot: what its patch did across, what gradients expected of it up.
 *
 * @import { PatchMap } from "../../../types/inside"
 * @import { Cell } from "../../../kit/cells/matrix.js"
 */
import { dot, line, text } from "../../../kit/drawing/marks.js";
import { picture } from "../../../kit/drawing/picture.js";
import { signed } from "../../../kit/numbers/format.js";
import { rText } from "./shown.js";

/** @param {PatchMap} data @param {number} width @param {Cell} chosen @param {(cell: Cell) => void} choose */
export function scatter(data, width, chosen, choose) {
  const cells = data.measured.shape[1];
  const known = Array.from(data.measured.a, (measured, at) => ({
    at,
    measured,
    estimated: data.estimated.a[at],
  })).filter(({ at, measured }) => Number.isFinite(measured) && at % cells >= data.first);
  const most = Math.max(
    0.1,
    ...known.map(({ measured, estimated }) => Math.max(Math.abs(measured), Math.abs(estimated))),
  );
  const own = known.find(({ at }) => at === chosen.row * cells + chosen.column);
  const at = Math.max(0, own ? known.indexOf(own) : 0);
  const tick = (/** @type {number} */ value) => (value ? signed(value, most < 4 ? 1 : 0) : "0");
  const side = Math.min(Math.max(220, width), 400);
  return picture({
    label: `Estimated against measured over ${known.length} cells, r ${rText(data.r)}; arrow keys walk the cells`,
    width: side,
    height: side,
    margin: { left: 46, right: 12, top: 14, bottom: 44 },
    x: [-most, most],
    y: [-most, most],
    left: { title: "estimated", format: tick, grid: true },
    bottom: { title: "measured", format: tick, grid: true },
    walk: {
      at,
      count: known.length,
      choose: (next) => choose({ row: Math.floor(known[next].at / cells), column: known[next].at % cells }),
    },
    marks: [
      line({ data: [-most, most], x: Number, y: Number, color: "ink3", dash: "4 4" }),
      known.map(({ measured, estimated }) => dot({ x: measured, y: estimated, r: 3, color: "river-deep" })),
      own && dot({ x: own.measured, y: own.estimated, r: 5.5, color: "prob" }),
      text({ x: -most, y: most, dx: 8, dy: 14, text: `r = ${rText(data.r)}` }),
    ],
  });
}
