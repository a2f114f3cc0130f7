// @ts-check
/**
 * The graph: tokens below, blocks upward, logits above; each node two bars, what was predicted and what was measured.
 *
 * @import { AttributionGraph } from "../../../types/inside"
 * @import { Drawn, Line } from "./shown.js"
 * @import { Plane } from "../../../kit/drawing/mark"
 */
import { bar, rule, text } from "../../../kit/drawing/marks.js";
import { items, picture } from "../../../kit/drawing/picture.js";
import { decimal, percent, signed } from "../../../kit/numbers/format.js";
import { svgToken } from "../../../kit/text/tokens.js";
import { linkVertical } from "../../../vendor/d3.js";
import { svg } from "../../../vendor/lit.js";
import { LOGIT, nameOf, sumOf, TOKEN } from "./shown.js";

/** Pixels: between blocks, of a node's bars, of the least room across, of the strongest line; lines drawn. */
const [ROW, TALL, ROOM, THICK, LINES] = [64, 26, 26, 5, 140];

/**
 * @param {AttributionGraph} data
 * @param {{ drawn: Drawn[], lines: Line[] }} graph
 * @param {{ width: number, chosen: string, open: (key: string) => void }} options
 */
export function drawn(data, { drawn: nodes, lines }, { width, chosen, open }) {
  const layers = data.n_layers;
  const rowOf = (/** @type {Drawn} */ { nodes: [at] }) => data.layers.a[at] + 1;
  const { places, units } = placed(data, nodes, rowOf);
  const wide = Math.max(width, units * ROOM + 60);
  const most = Math.max(1e-6, ...nodes.map((node) => Math.abs(sumOf(data.predicted.a, node)) || 0));
  const tall = (/** @type {number} */ value) => TALL * Math.sqrt(Math.min(1, Math.abs(value) / most));
  const own = nodes.findIndex(({ key }) => key === chosen);
  const touching = (/** @type {Line} */ line) => line.source === own || line.target === own;
  const shown = lines.filter((line, at) => at < LINES || touching(line));
  const strongest = Math.max(1e-9, ...lines.map(({ strength }) => strength));
  return picture({
    label: `${nodes.length} nodes and ${shown.length} lines; arrow keys walk the nodes`,
    width: wide,
    height: (layers + 2) * ROW + 20,
    margin: { left: 56, right: 10, top: 16, bottom: 44 },
    x: [0, units],
    y: [0, layers + 1.4],
    marks: [
      Array.from({ length: layers }, (_, block) => [
        rule({ y: block + 1, color: "line" }),
        text({
          x: 0,
          y: block + 1,
          dx: -8,
          dy: -2,
          anchor: "end",
          text: block ? data.first + block : `block ${data.first}`,
        }),
      ]),
      shown.map((line) => path(line, nodes, places, rowOf, strongest, own < 0 ? 0 : touching(line) ? 1 : -1)),
      items({
        data: nodes,
        key: ({ key }) => key,
        told: (node) => told(data, node),
        press: ({ key }) => open(key === chosen ? "" : key),
        chosen: ({ key }) => key === chosen,
        hit: (node, at) => ({ x: [places[at] - 0.45, places[at] + 0.45], y: [rowOf(node), rowOf(node) + 0.45] }),
        className: ({ group }) => (group < 0 ? "node" : "node super"),
        marks: (node, at) => [
          plate(places[at], rowOf(node)),
          half(places[at], rowOf(node), sumOf(data.predicted.a, node), tall, -1),
          half(places[at], rowOf(node), sumOf(data.live.a, node), tall, 1),
          (/** @type {Plane} */ plane) => labelled(data, node, plane.x(places[at]), plane.y(rowOf(node))),
        ],
      }),
    ],
  });
}

/** Columns as wide as their fullest row. @param {AttributionGraph} data @param {Drawn[]} nodes
 * @param {(node: Drawn) => number} rowOf */
function placed(data, nodes, rowOf) {
  const cells = new Map();
  const widths = Array.from(data.ids.a, () => 1);
  nodes.forEach((node, at) => {
    const position = data.positions.a[node.nodes[0]];
    const cell = `${rowOf(node)}.${position}`;
    cells.set(cell, [...(cells.get(cell) ?? []), at]);
    widths[position] = Math.max(widths[position], cells.get(cell).length);
  });
  const starts = widths.map((_, position) => widths.slice(0, position).reduce((sum, each) => sum + each, 0));
  /** @type {number[]} */
  const places = [];
  for (const [cell, own] of cells) {
    const position = Number(cell.split(".")[1]);
    own.forEach((/** @type {number} */ at, /** @type {number} */ nth) => {
      places[at] = starts[position] + (widths[position] * (nth + 0.5)) / own.length;
    });
  }
  return { places, units: widths.reduce((sum, each) => sum + each, 0) };
}

/**
 * @param {Line} line @param {Drawn[]} nodes @param {number[]} places @param {(node: Drawn) => number} rowOf
 * @param {number} strongest @param {number} state 1: of the opened node, -1: another is opened
 */
const path =
  ({ source, target, effect, strength }, nodes, places, rowOf, strongest, state) =>
  (/** @type {Plane} */ { x, y }) => {
    const d = linkVertical()({
      source: [x(places[source]), y(rowOf(nodes[source])) - TALL],
      target: [x(places[target]), y(rowOf(nodes[target])) + 2],
    });
    const wide = Math.max(0.5, THICK * Math.sqrt(strength / strongest));
    return svg`<path class="edge ${state > 0 ? "own" : state < 0 ? "quiet" : ""}" d=${d}
      style="stroke: var(--${effect < 0 ? "neg" : "pos"}); stroke-width: ${wide}"></path>`;
  };

/** The ground of a node. @param {number} x @param {number} row */
const plate = (x, row) =>
  bar({ x: [x - 0.42, x + 0.42], y: [row, row + 0.42], color: "sunken", rx: 3, className: "plate" });

/** @param {number} x @param {number} row @param {number} value @param {(value: number) => number} tall
 * @param {number} side */
const half = (x, row, value, tall, side) => (/** @type {Plane} */ plane) =>
  Number.isFinite(value) &&
  svg`<rect x=${plane.x(x) + (side < 0 ? -9 : 0.5)} y=${plane.y(row) - tall(value)} width="8.5" height=${tall(value)}
    style="fill: var(--${value < 0 ? "pos" : "neg"})"></rect>`;

/** @param {AttributionGraph} data @param {Drawn} node @param {number} x @param {number} y */
function labelled(data, { nodes: [at, ...more], group }, x, y) {
  if (group >= 0)
    return svg`<text class="m" x=${x} y=${y + 11} text-anchor="middle">S${group + 1}·${more.length + 1}</text>`;
  if (data.kinds.a[at] < TOKEN) return svg``;
  return svgToken(data.numbers.a[at], { x, y: y + (data.kinds.a[at] === LOGIT ? -8 : 14), anchor: "middle", most: 7 });
}

/** @param {AttributionGraph} data @param {Drawn} node */
function told(data, node) {
  const [at, ...more] = node.nodes;
  const change = (/** @type {ArrayLike<number>} */ of) => {
    const value = sumOf(of, node);
    return Number.isFinite(value) ? signed(value) : "–";
  };
  /** @type {[string, string][]} */
  const lines =
    data.kinds.a[at] === LOGIT
      ? [["probability", percent(data.acts.a[at])]]
      : [
          ["influence", decimal(sumOf(data.influence.a, node), 3)],
          ["without it, predicted", change(data.predicted.a)],
          ["measured, frozen", change(data.frozen.a)],
          ["measured, live", change(data.live.a)],
        ];
  return { title: node.group < 0 ? nameOf(data, at) : `Supernode ${node.group + 1}: ${more.length + 1} nodes`, lines };
}
