// @ts-check
/**
 * A word's merges as a tree that grows upwards from its bytes: a row a merge, and a line between those that are done
 * and those still to come.
 *
 * @import { MergeNode } from "./merges.js"
 *
 * @typedef {object} Scale
 * @property {(byte: number) => number} x
 * @property {(row: number) => number} y
 * @property {number} end where the rows end
 * @property {number} now rows that are done
 * @property {Set<MergeNode>} tokens what stands now
 *
 * @typedef {object} Options
 * @property {MergeNode[]} nodes
 * @property {{ row: number, name: string }[]} rows from below
 * @property {number} at the last row that is done
 * @property {number} width that it may fill
 * @property {string} label
 * @property {string | null} mark what the line between done and to come says; null for no such line
 * @property {{ height: number, draw: (x: (byte: number) => number) => unknown }} [above] what stands over the tree
 */
import { nothing, svg } from "../../vendor/lit.js";
import { textWidth } from "./measure.js";
import { symbolsAt } from "./merges.js";

const [LEFT, RIGHT, ROW, BASE] = [62, 48, 24, 16];
const GAP = { least: 24, most: 72 };
/** Around what a node says. */
const PADDING = 10;
export const NODE_TYPE = '500 11.5px "JetBrains Mono", monospace';

/** @param {Options} options */
export function mergeTree({ nodes, rows, at, width, label, mark, above }) {
  const bytes = Math.max(...nodes.map((node) => node.to));
  const right = mark === null ? PADDING : RIGHT;
  const gap = gapOf(nodes, (width - LEFT - right) / bytes);
  const height = (above?.height ?? PADDING) + (rows.length - 1) * ROW + ROW / 2 + BASE;
  const places = new Map(rows.map(({ row }, place) => [row, height - BASE - place * ROW]));
  /** @type {Scale} */
  const scale = {
    x: (byte) => LEFT + gap * byte,
    y: (row) => places.get(row) ?? 0,
    end: LEFT + gap * bytes + 4,
    now: at,
    tokens: new Set(symbolsAt(nodes, at)),
  };
  const done = rows.filter(({ row }) => row <= at).length;
  const total = scale.end + right;
  return svg`
    <svg class="fig merge-tree" viewBox="0 0 ${total} ${height}" width=${total} height=${height}
      style="width:${total}px" role="img" aria-label=${label}>
      ${above?.draw(scale.x)}
      ${rows.map((row) => rowLine(row, scale))}
      ${nodes.flatMap((node) => node.parts.map((part) => branch(node, part, scale)))}
      ${mark === null ? nothing : nowLine(mark, height - BASE - (done - 0.5) * ROW, scale)}
      ${nodes.map((node) => box(node, scale))}
    </svg>`;
}

/**
 * Pixels of a byte: as many as there is room for, and so many that no two names of the lowest row touch.
 * @param {MergeNode[]} nodes
 * @param {number} room
 */
function gapOf(nodes, room) {
  const names = nodes.filter((node) => !node.row);
  const least = Math.max(
    GAP.least,
    ...names.map(({ label, from, to }) => (textWidth(label, NODE_TYPE) + PADDING + 2) / (to - from)),
  );
  return Math.max(least, Math.min(GAP.most, room));
}

/** @param {Options["rows"][number]} each @param {Scale} scale */
const rowLine = ({ row, name }, { y, end, now }) => svg`
  <line class="hair" x1=${LEFT} x2=${end} y1=${y(row)} y2=${y(row)} />
  <text class=${row <= now ? "ink" : "dim"} x=${LEFT - 10} y=${y(row) + 4} text-anchor="end">${name}</text>`;

/** @param {string} mark @param {number} y @param {Scale} scale */
const nowLine = (mark, y, { end }) => svg`
  <line class="now" x1=${LEFT} x2=${end} y1=${y} y2=${y} />
  <text class="now b" x=${end + 5} y=${y + 4}>${mark}</text>`;

/** @param {MergeNode} node @param {MergeNode} part @param {Scale} scale */
const branch = (node, part, { x, y, now }) =>
  svg`<path class="branch ${node.row <= now ? "" : "later"}"
    d="M${x(part.x)} ${y(part.row)}V${y(node.row)}H${x(node.x)}" />`;

/** @param {MergeNode} node @param {Scale} scale */
function box(node, { x, y, now, tokens }) {
  const width = textWidth(node.label, NODE_TYPE) + PADDING;
  const look = node.row > now ? "later" : tokens.has(node) ? "top" : "inside";
  return svg`
    <g class="node ${look}" transform="translate(${x(node.x)} ${y(node.row)})">
      <rect x=${-width / 2} y="-9" width=${width} height="18" rx="4" />
      <text class="m" text-anchor="middle" y="4">${node.label}</text>
    </g>`;
}
