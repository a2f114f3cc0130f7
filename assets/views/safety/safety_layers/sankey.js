// @ts-check
/**
 * Requests go down through the layers; what a layer stops leaves to the right.
 *
 * @import { SafetyLayersFlow } from "../../../types/safety"
 * @import { ViewContext } from "../../../kit/view"
 * @import { Stage, Through } from "./through.js"
 */
import { items, picture } from "../../../kit/drawing/picture.js";
import { ribbons } from "../../../kit/drawing/ribbons.js";
import { whole } from "../../../kit/numbers/format.js";
import { spoken } from "../../../kit/tooltip.js";
import { svg } from "../../../vendor/lit.js";
import { placesOf } from "./through.js";

const ROW = 62;
const THICK = 12;
const GAP = 10;
const NAMES = 132;
const RIGHT = 92;
/** @type {Record<string, string>} */
export const STAGES = {
  front: "Guard in front",
  probe: "Probe on the stream",
  model: "The model refuses",
  back: "Guard behind",
};
/** Of each column: forbidden and harmless that go on, those that are stopped here, and what left before. */
const KINDS = 5;

/** @param {SafetyLayersFlow} data @param {Through} made @param {ViewContext<any>} ctx */
export function sankey(data, { stages, stopped }, ctx) {
  const columns = counted(data, stages, stopped);
  const laid = ribbons({
    nodes: columns.flatMap(({ on, off, gone }, column) =>
      [on[0], on[1], off[0], off[1], gone].map((value) => ({ column, value })),
    ),
    flows: columns.slice(1).flatMap(({ on, off }, before) =>
      [0, 1].flatMap((kind) => [
        { source: before * KINDS + kind, target: (before + 1) * KINDS + kind, value: on[kind] },
        { source: before * KINDS + kind, target: (before + 1) * KINDS + 2 + kind, value: off[kind] },
      ]),
    ),
    along: { from: 10, to: stages.length * ROW + 10 + THICK },
    across: { from: NAMES, to: ctx.width - RIGHT },
    thick: THICK,
    gap: GAP,
    standing: true,
  });
  const className = (/** @type {number} */ kind) => (kind % 2 ? "harmless" : "forbidden");
  return picture({
    label: `${whole(data.texts.length)} requests through ${stages.length} stages; arrow keys lead from stage to stage`,
    width: ctx.width,
    height: stages.length * ROW + THICK + 34,
    className: "ribbons layers",
    marks: [
      laid.flows.map(({ area, width }, at) =>
        width > 0
          ? svg`<path class="layer-flow ${className(Math.floor(at / 2) % 2)} ${at % 2 ? "stopped" : ""}" d=${area} />`
          : svg``,
      ),
      laid.nodes.map(({ x, y, width, height }, at) =>
        at % KINDS === KINDS - 1 || width < 0.5
          ? svg``
          : svg`<rect class="layer-node ${className(at % KINDS)} ${at % KINDS > 1 ? "stopped" : ""}" x=${x} y=${y}
              width=${width} height=${height} rx="1" />`,
      ),
      items({
        data: columns,
        marks: ({ name, on, off }, at) => lines(name, on, off, at, ctx.width),
        hit: (_, at) => ({ y: [at * ROW, (at + 1) * ROW - 4] }),
        told,
        key: ({ name }) => name,
      }),
    ],
  });
}

/** @typedef {{ name: string, on: number[], off: number[], gone: number }} Column forbidden first, then harmless */

/**
 * @param {SafetyLayersFlow} data @param {Stage[]} stages @param {(Stage | "")[]} stopped
 * @returns {Column[]}
 */
function counted(data, stages, stopped) {
  const kinds = [placesOf(data, true), placesOf(data, false)];
  const by = (/** @type {(stage: Stage | "") => boolean} */ holds) =>
    kinds.map((places) => places.filter((at) => holds(stopped[at])).length);
  const all = kinds.map((places) => places.length);
  /** @type {Column[]} */
  const made = [{ name: "Requests", on: all, off: [0, 0], gone: 0 }];
  for (const stage of stages) {
    const off = by((each) => each === stage);
    const { on, off: before, gone } = made[made.length - 1];
    made.push({
      name: STAGES[stage],
      on: on.map((count, kind) => count - off[kind]),
      off,
      gone: gone + before[0] + before[1],
    });
  }
  return made;
}

/**
 * @param {string} name @param {number[]} on @param {number[]} off @param {number} at @param {number} width
 */
const lines = (name, on, off, at, width) => svg`
  <text class="stage-name" x="0" y=${at * ROW + 20}>${name}</text>
  <text class="axis-text" x="0" y=${at * ROW + 35}>${whole(on[0])} + ${whole(on[1])} ${at ? "pass" : ""}</text>
  ${
    at && off[0] + off[1]
      ? svg`<text class="axis-text" x=${width - RIGHT + 8} y=${at * ROW + 20}>−${whole(off[0])}
      −${whole(off[1])}</text>`
      : svg``
  }`;

/** @param {Column} column */
function told({ name, on, off }) {
  /** @type {import("../../../kit/tooltip").Line[]} */
  const said = [
    ["forbidden that pass", whole(on[0])],
    ["harmless that pass", whole(on[1])],
    ["forbidden stopped here", whole(off[0])],
    ["harmless stopped here", whole(off[1])],
  ];
  return { title: name, lines: said, name: spoken({ written: [name], lines: said }) };
}
