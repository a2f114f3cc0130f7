// @ts-check
/**
 * A word's merges: above, the symbols as they are now, with the rank of each pair of neighbours between them; below, the
 * tree, one row a merge. The line between done and still to come is the step.
 *
 * @import { ContestPath, ContestStep } from "../../../types"
 *
 * @typedef {{ hex: string, from: number, to: number, step: number, x: number, children: Node[] }} Node `step` 0: a byte
 *
 * @typedef {object} Options
 * @property {ContestPath} path
 * @property {number} at merges that are done
 * @property {number} width
 * @property {string} label
 * @property {(rank: number) => string} rank how a rank is written
 * @property {string} base what the lowest row holds
 * @property {boolean} [bare] without the contest above
 */
import { whole } from "../../../kit/format.js";
import { textWidth } from "../../../kit/measure.js";
import { nothing, svg } from "../../../vendor/lit.js";
import { lengthOf, written } from "./symbols.js";

const [LEFT, RIGHT, ROW] = [66, 26, 23];
const GAP = { least: 24, most: 64 };
const CONTEST = 92;
const MONO = '500 11.5px "JetBrains Mono", monospace';

/** @param {Options} options */
export function mergeTree(options) {
  const { path, width, label, bare } = options;
  const all = nodesOf(path);
  const bytes = all[0].to && path.start.reduce((sum, hex) => sum + lengthOf(hex), 0);
  const gap = Math.max(GAP.least, Math.min(GAP.most, (width - LEFT - RIGHT) / bytes));
  const x = (/** @type {number} */ byte) => LEFT + gap * byte;
  for (const node of all)
    node.x = node.children.length ? (node.children[0].x + node.children[1].x) / 2 : x((node.from + node.to) / 2);
  const top = bare ? 10 : CONTEST;
  const height = top + (path.steps.length + 1) * ROW + 8;
  const y = (/** @type {number} */ step) => height - 18 - step * ROW;
  const total = Math.max(width, x(bytes) + RIGHT);
  const end = x(bytes) + 4;
  return svg`
    <svg class="fig merge-tree" viewBox="0 0 ${total} ${height}" width=${total} height=${height} style="width:${total}px" role="img"
      aria-label=${label}>
      ${bare ? nothing : contest(options, all, x)}
      ${rowLines(options, y, end)}
      ${all.flatMap((node) => node.children.map((child) => branch(node, child, y, options.at)))}
      ${bare ? nothing : nowLine(options.at, y, end)}
      ${all.map((node) => treeNode(node, all, y, options.at))}
    </svg>`;
}

/** Every symbol that ever was, its parts before it. @param {ContestPath} path @returns {Node[]} */
export function nodesOf({ start, steps }) {
  let from = 0;
  /** @type {Node[]} */
  let row = start.map((hex) => {
    const node = { hex, from, to: from + lengthOf(hex), step: 0, x: 0, children: [] };
    from = node.to;
    return node;
  });
  const all = [...row];
  for (const [i, step] of steps.entries()) {
    const [left, right] = [row[step.index], row[step.index + 1]];
    const made = {
      hex: left.hex + right.hex,
      from: left.from,
      to: right.to,
      step: i + 1,
      x: 0,
      children: [left, right],
    };
    row = [...row.slice(0, step.index), made, ...row.slice(step.index + 2)];
    all.push(made);
  }
  return all;
}

/** The symbols after so many merges. @param {Node[]} all @param {number} at */
export function symbolsAt(all, at) {
  const done = all.filter((node) => node.step <= at);
  const inside = new Set(done.flatMap((node) => node.children));
  return done.filter((node) => !inside.has(node)).sort((one, other) => one.from - other.from);
}

/** @param {Options} options @param {Node[]} all @param {(byte: number) => number} x */
function contest({ path, at, rank }, all, x) {
  const row = symbolsAt(all, at);
  const step = path.steps[at];
  return svg`
    <text class="h" x="0" y="64">now</text>
    <text class="dim" x="0" y="20">rank</text>
    ${row.map((node, i) => {
      const wins = step && (i === step.index || i === step.index + 1);
      const id = step ? -1 : (path.ids[i] ?? -1);
      return svg`
        <g class="symbol ${wins ? "wins" : ""} ${step ? "" : "token"}">
          <rect x=${x(node.from) + 1.5} y="50" width=${x(node.to) - x(node.from) - 3} height="22" rx="4" />
          <text class="m" text-anchor="middle" x=${(x(node.from) + x(node.to)) / 2} y="65">${fitting(node.hex, x(node.to) - x(node.from))}</text>
          ${id >= 0 ? svg`<text class="dim" text-anchor="middle" x=${(x(node.from) + x(node.to)) / 2} y="42">id ${id}</text>` : nothing}
        </g>`;
    })}
    ${step ? step.ranks.map((each, i) => pair(step, i, each, x(row[i].to), rank)) : nothing}`;
}

/** A pair's rank above the border of its two symbols. @param {ContestStep} step @param {number} i @param {number} value @param {number} x @param {(rank: number) => string} rank */
function pair(step, i, value, x, rank) {
  if (value < 0) return svg`<text class="none" text-anchor="middle" x=${x} y="42">–</text>`;
  const wins = i === step.index;
  const y = i % 2 ? 18 : 34;
  const said = rank(value);
  const width = textWidth(said) * (wins ? 1.08 : 1) + 8;
  return svg`
    <g class="pair ${wins ? "wins" : "lost"}">
      <line x1=${x} x2=${x} y1=${y + 4} y2="50" />
      <rect x=${x - width / 2} y=${y - 11} width=${width} height="15" rx="4" />
      <text text-anchor="middle" x=${x} y=${y}>${said}</text>
    </g>`;
}

/** @param {string} hex @param {number} room */
function fitting(hex, room) {
  const text = written(hex);
  return textWidth(text, MONO) + 4 <= room ? text : "…";
}

/** @param {Options} options @param {(step: number) => number} y @param {number} end */
function rowLines({ path, at, rank, base }, y, end) {
  return [-1, ...path.steps.map((step) => step.rank)].map(
    (value, step) => svg`
      <line class="hair" x1=${LEFT} x2=${end} y1=${y(step)} y2=${y(step)} />
      <text class=${step <= at ? "ink" : "dim"} x=${LEFT - 10} y=${y(step) + 4} text-anchor="end">${step ? rank(value) : base}</text>`,
  );
}

/** @param {number} at @param {(step: number) => number} y @param {number} end */
function nowLine(at, y, end) {
  const now = y(at) - ROW / 2;
  return svg`
    <line class="now" x1=${LEFT} x2=${end} y1=${now} y2=${now} />
    <text class="now b" x=${end + 4} y=${now + 4}>${whole(at)}</text>`;
}

/** @param {Node} node @param {Node} child @param {(step: number) => number} y @param {number} at */
const branch = (node, child, y, at) =>
  svg`<path class="branch ${node.step <= at ? "" : "later"}" d="M${child.x} ${y(child.step)}V${y(node.step)}H${node.x}" />`;

/** @param {Node} node @param {Node[]} all @param {(step: number) => number} y @param {number} at */
function treeNode(node, all, y, at) {
  const made = node.step <= at;
  const inside = all.some((other) => other.step <= at && other.children.includes(node));
  const text = written(node.hex);
  const width = textWidth(text, MONO) + 10;
  return svg`
    <g class="node ${made ? (inside ? "inside" : "top") : "later"}" transform="translate(${node.x} ${y(node.step)})">
      <rect x=${-width / 2} y="-9" width=${width} height="18" rx="4" />
      <text class="m" text-anchor="middle" y="4">${text}</text>
    </g>`;
}
