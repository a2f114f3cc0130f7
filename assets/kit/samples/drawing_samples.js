// @ts-check
/**
 * Drawings on the kit's page: matrices, flows, trees, labels, colours.
 *
 * @import { Sample } from "./text_samples.js"
 */
import { html, nothing, svg } from "../../vendor/lit.js";
import { matrix } from "../cells/matrix.js";
import { sided } from "../cells/sides.js";
import { diverging, ramp } from "../colour/ramp.js";
import { placeLabels } from "../drawing/labels.js";
import { readable } from "../drawing/readable.js";
import { ribbons } from "../drawing/ribbons.js";
import { branch, tidyTree, treeStep } from "../drawing/tree.js";
import { decimal, signed } from "../numbers/format.js";

const STEPS = Array.from({ length: 60 }, (_, step) => step);
const SIDE = 24;
/** @type {Record<string, string[]>} */
const FAMILY = { root: ["left", "right"], left: ["a", "b", "c"], right: ["d"], d: ["e", "f"] };
const CROWD = [
  [60, 60, 18],
  [84, 66, 14],
  [70, 88, 12],
  [96, 92, 16],
  [230, 40, 10],
];
const GENERATION = 110;
const NAME = 50;

/** @param {Sample} sample */
export const drawingParts = ({ kept, keep }) => [
  {
    name: "matrix",
    says: "Thousands of cells on a canvas: a tooltip for each, a click selects, arrow keys walk.",
    shows: (/** @type {number} */ width) => {
      const side = Math.min(360, width);
      const colours = diverging();
      const value = (/** @type {number} */ row, /** @type {number} */ column) =>
        Math.sin(row / 3) * Math.cos(column / 4);
      return matrix({
        rows: SIDE,
        columns: SIDE,
        width: side,
        height: side,
        colour: (row, column) => colours(value(row, column)),
        of: [],
        label: `${SIDE} by ${SIDE} sample cells`,
        told: ({ row, column }) => ({
          title: `Cell ${row}, ${column}`,
          details: [["value", signed(value(row, column))]],
        }),
        selected: kept.cell,
        select: (cell) => keep({ cell }),
      });
    },
  },
  {
    name: "sides",
    says: "What stands around a matrix and upon it: names, frames, numbers. Names that have no room are left out.",
    shows: (/** @type {number} */ width) => {
      const shape = { rows: 3, columns: STEPS.length, width: Math.min(460, width) - 60, height: 90 };
      const value = (/** @type {number} */ row, /** @type {number} */ column) => ((row + 1) * column) / 180;
      return sided({
        ...shape,
        content: matrix({
          ...shape,
          label: "Three sample rows",
          of: [],
          colour: (row, column) => ramp("ink", "sunken")(value(row, column)),
          told: ({ row, column }) => ({
            title: `Row ${row}`,
            details: [[`step ${column}`, decimal(value(row, column))]],
          }),
        }),
        margin: { left: 60, top: 58 },
        left: ["first", "second", "third"].map((text, at) => ({ at, text, className: at === 1 ? "prob" : "" })),
        top: readable(shape.columns, shape.width / shape.columns, 13).map((at) => ({ at, text: `step ${at}` })),
        upright: true,
        marks: [{ row: 1, className: "chosen-row" }],
      });
    },
  },
  {
    name: "ribbons",
    says: "Flows from column to column; each node as tall as its value, each ribbon as wide.",
    shows: (/** @type {number} */ width) => {
      const { nodes, flows } = ribbons({
        nodes: [3, 1, 2, 2, 4].map((value, at) => ({ value, column: [0, 0, 1, 1, 2][at] })),
        flows: [
          { source: 0, target: 2, value: 2 },
          { source: 0, target: 3, value: 1 },
          { source: 1, target: 3, value: 1 },
          { source: 2, target: 4, value: 2 },
          { source: 3, target: 4, value: 2 },
        ],
        along: { from: 0, to: Math.min(460, width) },
        across: { from: 2, to: 118 },
        thick: 12,
        gap: 10,
      });
      return svg`
        <svg class="fig ribbons" height="120" role="img" aria-label="Sample flows">
          ${flows.map((flow) => svg`<path class="flow" d=${flow.path} stroke-width=${flow.width} />`)}
          ${nodes.map(
            ({ x, y, width, height }) => svg`<rect class="node" x=${x} y=${y} width=${width} height=${height} />`,
          )}
        </svg>`;
    },
  },
  {
    name: "tree",
    says: "A tidy tree from left to right: its places, its lines, and where the arrow keys lead.",
    shows: () => familyTree({ kept, keep }),
  },
  {
    name: "labels",
    says: "Labels of a crowd that cover neither marks nor each other; a line leads to those that stand away.",
    shows: () => crowd(),
  },
  {
    name: "ramp",
    says: "Colours from the ground to a colour of the page, and both ways from nought.",
    shows: () => html`
      ${[ramp("prob"), ramp("ink"), diverging()].map(
        (colours, at) => html`
          <div class="samplerow">
            ${Array.from({ length: 11 }, (_, step) => {
              const share = at === 2 ? step / 5 - 1 : step / 10;
              return html`<i class="sw" style="background: rgb(${colours(share)})"></i>`;
            })}
          </div>`,
      )}`,
  },
];

/** @param {Sample} sample */
function familyTree({ kept, keep }) {
  const { places, height } = tidyTree({ root: "root", children: (item) => FAMILY[item] ?? [], row: 24 });
  const walk = (/** @type {KeyboardEvent} */ event) => {
    keep({ relative: treeStep(places, kept.relative, event.key) ?? kept.relative });
  };
  const leaves = [...places.values()];
  const x = (/** @type {number} */ depth) => depth * GENERATION;
  return html`
    <svg class="fig" height=${height} role="application" aria-label="A sample tree" tabindex="0" @keydown=${walk}>
      ${leaves.map(({ item, parent, depth, y }) => {
        const from = parent === null ? undefined : places.get(parent);
        const line = from && branch([x(from.depth) + NAME, from.y], [x(depth) - 6, y]);
        return svg`
          ${line ? svg`<path class="zero" fill="none" d=${line} />` : nothing}
          <text class=${item === kept.relative ? "b ink" : ""} x=${x(depth)} y=${y + 4}>${item}</text>`;
      })}
    </svg>`;
}

function crowd() {
  const circles = CROWD.map(([x, y, r]) => ({ x, y, r }));
  const labels = circles.map((circle) => ({ ...circle, width: 44, height: 13 }));
  const places = placeLabels({ labels, circles, bounds: { left: 0, right: 300, top: 0, bottom: 140 } });
  return svg`
    <svg class="fig" viewBox="0 0 300 140" height="140" preserveAspectRatio="xMinYMin">
      ${circles.map(({ x, y, r }) => svg`<circle cx=${x} cy=${y} r=${r} fill="var(--river)" />`)}
      ${places.map((place, at) =>
        place ? svg`<text x=${place.x} y=${place.y + 4} text-anchor="middle">label ${at}</text>` : nothing,
      )}
    </svg>`;
}
