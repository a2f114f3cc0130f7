// @ts-check
/**
 * Collectives by size: time on two log axes, and bytes of the socket beside the formula.
 *
 * @import { CollectiveBytes, CollectiveTime } from "../../../types/systems"
 * @import { Row, View } from "../../../kit/view"
 */
import { control } from "../../../kit/controls/declared.js";
import { legend } from "../../../kit/drawing/legend.js";
import { dot, line } from "../../../kit/drawing/marks.js";
import { items, picture } from "../../../kit/drawing/picture.js";
import { counted, decimal } from "../../../kit/numbers/format.js";
import { memory, timed } from "../../../kit/numbers/magnitude.js";
import { table } from "../../../kit/numbers/table.js";
import { scaleLog } from "../../../vendor/d3.js";
import { html } from "../../../vendor/lit.js";

/** @type {Record<string, string>} */
const COLORS = { "ring all-reduce": "prob", "tree all-reduce": "neg", "torch all-reduce": "ink3" };

/** @type {View<CollectiveBytes>} */
export function bytes(data, ctx) {
  const last = data.sizes[data.sizes.length - 1];
  return html`
    <div class="cluster controls">${control(ctx, "ranks")} ${control(ctx, "largest")}</div>
    <p class="readout">${said(data)}</p>
    <h3 class="sub3">Time of an all-reduce <small>${counted(data.ranks, "rank")}, medians of five rounds</small></h3>
    ${times(data, ctx.width)}
    ${legend([
      [{ color: "prob", shape: "dot" }, "ring, written out"],
      [{ color: "neg", shape: "dot" }, "tree, written out"],
      [{ color: "ink3", shape: "dot" }, "torch on gloo"],
    ])}
    <h3 class="sub3">All collectives on ${memory(last.size)} <small>bytes of all ranks together</small></h3>
    ${all(last.times)}
    <p class="hint">Collectives take turns, and a round ends when all ranks are done. ${
      data.counted
        ? "The processes have a network of their own, so that its counter holds their bytes alone; it counts " +
          "headers too."
        : "This machine gives the processes no network of their own: bytes on the socket are not measured."
    } Ours are written in Python, a message a step.</p>`;
}

/** @param {CollectiveBytes} data @returns {Row[]} */
export const rows = ({ sizes, ranks }) =>
  sizes.flatMap(({ size, times: each }) => each.map((time) => ({ ranks, size, ...time })));

/** @param {CollectiveBytes} data */
function said({ sizes }) {
  const of = (/** @type {CollectiveTime[]} */ each, /** @type {string} */ name) =>
    each.find((time) => time.name === name);
  const words = [sizes[0], sizes[sizes.length - 1]].map(({ size, times: each }) => {
    const [ring, tree] = [of(each, "ring all-reduce"), of(each, "tree all-reduce")];
    return ring && tree ? `${memory(size)}: ring ${spread(ring)}, tree ${spread(tree)}` : "";
  });
  return `${[...new Set(words)].join("; ")}.`;
}

/** @param {CollectiveTime} time */
const spread = ({ ms, low, high }) => `${timed(ms)} (${timed(low)} to ${timed(high)})`;

/** @param {CollectiveBytes} data @param {number} width */
function times({ sizes }, width) {
  const names = Object.keys(COLORS);
  const points = names.map((name) =>
    sizes.map(({ size, times: each }) => ({ size, ...(each.find((time) => time.name === name) ?? each[0]) })),
  );
  const every = points.flat().map(({ ms }) => ms);
  const shown = sizes.map(({ size }) => size);
  return picture({
    label: "Milliseconds of an all-reduce by size of the vector",
    width,
    height: 260,
    margin: { left: 58, right: 14, top: 14, bottom: 44 },
    x: scaleLog([shown[0] * 0.8, Math.max(shown[shown.length - 1], shown[0] * 2) * 1.25], [0, 1]),
    y: scaleLog([Math.min(...every) * 0.7, Math.max(...every) * 1.4], [0, 1]),
    left: {
      format: timed,
      values: [1e-2, 1e-1, 1, 10, 100, 1000].filter(
        (ms) => ms > Math.min(...every) * 0.7 && ms < Math.max(...every) * 1.4,
      ),
    },
    bottom: { values: shown, format: memory, title: "vector" },
    marks: [
      points.map((each, at) =>
        line({ data: each, x: ({ size }) => size, y: ({ ms }) => ms, color: COLORS[names[at]] }),
      ),
      items({
        data: points.flat(),
        told: ({ name, size, ...time }) => ({
          title: name,
          lines: [
            ["vector", memory(size)],
            ["time", spread({ name, ...time })],
          ],
        }),
        hit: ({ size, ms }) => ({ x: size, y: ms, thick: 18 }),
        marks: ({ name, size, ms }) => dot({ x: size, y: ms, color: COLORS[name] }),
      }),
    ],
  });
}

/** @param {CollectiveTime[]} each */
function all(each) {
  return table({
    label: "All collectives on the largest vector",
    columns: [
      { name: "collective", cell: ({ name, ours }) => (ours ? `${name}, written out` : name) },
      { name: "steps", number: true, cell: ({ steps }) => steps || "" },
      { name: "by formula", number: true, cell: ({ formula }) => memory(formula) },
      {
        name: "crossed the socket",
        number: true,
        cell: ({ socket }) => (socket === null ? "not measured" : memory(socket)),
      },
      {
        name: "beyond",
        number: true,
        title: "Headers",
        cell: ({ socket, formula }) => (socket === null ? "" : `${decimal(100 * (socket / formula - 1), 2)} %`),
      },
      { name: "time", number: true, cell: spread },
    ],
    rows: each,
  });
}
