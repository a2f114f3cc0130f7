// @ts-check
/**
 * Flows from column to column, laid out by d3-sankey: nodes keep their order, each column is as long as the others, and
 * a node's ribbons lie side by side in the order of their other ends. Columns go across, or down where they stand.
 *
 * @typedef {{ column: number, value: number }} Node as tall as its value
 * @typedef {{ source: number, target: number, value: number }} Flow between two of the nodes, by their indices
 *
 * @typedef {object} Options
 * @property {Node[]} nodes in the order of each column
 * @property {Flow[]} flows each from a column to the next
 * @property {{ from: number, to: number }} along pixels of the columns
 * @property {{ from: number, to: number }} across pixels that a column's nodes share
 * @property {number} thick pixels of a node along
 * @property {number} gap between two nodes of a column
 * @property {boolean} [standing] columns go down
 *
 * @typedef {{ x: number, y: number, width: number, height: number, middle: number, length: number }} PlacedNode
 *   `middle` and `length` are across
 * @typedef {{ path: string, width: number, area: string }} Ribbon a path to stroke; and one to fill, for ribbons that
 * are wide beside their way: a stroke would swell where they turn
 *
 * @typedef {object} Ribbons
 * @property {PlacedNode[]} nodes
 * @property {Ribbon[]} flows in the order given
 * @property {(source: number, target: number) => string} between the path between the middles of two nodes
 * @property {number} scale pixels of a value of one
 */
import { linkHorizontal, linkVertical, max } from "../../vendor/d3.js";
import { sankey } from "../../vendor/d3_layouts.js";

/** @param {Options} options */
const columnsOf = ({ nodes }) => (max(nodes, ({ column }) => column) ?? 0) + 1;

/**
 * @param {Options} options
 * @returns {Ribbons}
 */
export function ribbons(options) {
  const { along, across, thick, gap, standing } = options;
  const lay = /** @type {typeof sankey<Node & { order: number }, Flow & { shown: boolean }>} */ (sankey)()
    .nodeAlign(({ column }) => column)
    .nodeSort((one, other) => one.order - other.order)
    .linkSort(
      (one, other) => orderOf(one.source) - orderOf(other.source) || orderOf(one.target) - orderOf(other.target),
    )
    .nodeWidth(thick)
    .nodePadding(gap)
    .iterations(0)
    .extent([
      [along.from, across.from],
      [along.to, across.to],
    ]);
  const { nodes, links } = lay({
    nodes: options.nodes.map((node, order) => ({ ...node, order, fixedValue: node.value })),
    links: [...options.flows.map((flow) => ({ ...flow, shown: true })), ...chain(options)],
  });
  const placed = nodes.map(({ x0 = 0, y0 = 0, y1 = 0 }) => {
    const node = { middle: (y0 + y1) / 2, length: y1 - y0 };
    const start = Number.isFinite(x0) ? x0 : along.from; // a column alone has no place of its own
    return standing
      ? { ...node, x: y0, y: start, width: y1 - y0, height: thick }
      : { ...node, x: start, y: y0, width: thick, height: y1 - y0 };
  });
  const path = (/** @type {number} */ source, /** @type {number} */ target, from = 0, to = 0) =>
    drawn([nodes[source].x1 ?? 0, from], [nodes[target].x0 ?? 0, to], standing);
  return {
    nodes: placed,
    flows: links
      .filter(({ shown }) => shown)
      .map(({ source, target, y0 = 0, y1 = 0, width = 0 }) => {
        const [one, other] = [index(source), index(target)];
        const ends = { from: nodes[one].x1 ?? 0, to: nodes[other].x0 ?? 0 };
        return { path: path(one, other, y0, y1), width, area: filled(ends, [y0, y1], width / 2, standing) };
      }),
    between: (source, target) => path(source, target, placed[source].middle, placed[target].middle),
    scale: scaleOf(options),
  };
}

/** Pixels of a value of one: the fullest column fills its length. @param {Options} options */
function scaleOf({ nodes, across, gap }) {
  /** @type {Map<number, { count: number, value: number }>} */
  const columns = new Map();
  for (const { column, value } of nodes) {
    const found = columns.get(column) ?? { count: 0, value: 0 };
    columns.set(column, { count: found.count + 1, value: found.value + value });
  }
  const most = max(columns.values(), ({ count }) => count) ?? 1;
  const room = across.to - across.from;
  const apart = Math.min(gap, room / Math.max(1, most - 1));
  return Math.min(...[...columns.values()].map(({ count, value }) => (room - (count - 1) * apart) / value));
}

/**
 * Flows of nothing from column to column: d3-sankey counts columns by the flows between them.
 * @param {Options} options
 */
function chain({ nodes, ...options }) {
  const firsts = Array.from({ length: columnsOf({ nodes, ...options }) }, (_, column) =>
    nodes.findIndex((node) => node.column === column),
  );
  return firsts.slice(1).map((target, at) => ({ source: firsts[at], target, value: 0, shown: false }));
}

/** @param {number | string | { order: number }} end */
const orderOf = (end) => (typeof end === "object" ? end.order : Number(end));

/** d3-sankey puts the node itself where its index was. @param {number | string | { index?: number }} end */
const index = (end) => (typeof end === "object" ? (end.index ?? 0) : Number(end));

/**
 * @param {[along: number, across: number]} from
 * @param {[along: number, across: number]} to
 * @param {boolean} [standing]
 */
function drawn(from, to, standing) {
  const turned = (/** @type {[number, number]} */ [along, across]) => /** @type {[number, number]} */ ([across, along]);
  if (standing) return linkVertical()({ source: turned(from), target: turned(to) }) ?? "";
  return linkHorizontal()({ source: from, target: to }) ?? "";
}

/**
 * The band between two ends, as broad all along its way as it is there.
 * @param {{ from: number, to: number }} along @param {[from: number, to: number]} across of its middle
 * @param {number} half of its breadth @param {boolean} [standing]
 */
function filled({ from, to }, [begin, end], half, standing) {
  const at = (/** @type {number} */ along, /** @type {number} */ across) =>
    (standing ? [across, along] : [along, across]).map((each) => each.toFixed(2)).join(",");
  const middle = (from + to) / 2;
  const side = (/** @type {number} */ of, /** @type {[number, number]} */ [first, last], back = false) =>
    `C${at(middle, first + of)} ${at(middle, last + of)} ${at(back ? from : to, last + of)}`;
  return [
    `M${at(from, begin - half)}`,
    side(-half, [begin, end]),
    `L${at(to, end + half)}`,
    side(half, [end, begin], true),
    "Z",
  ].join("");
}
