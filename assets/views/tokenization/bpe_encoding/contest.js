// @ts-check
/**
 * A word's merges: above, the symbols as they are now, with the rank of each pair of neighbours between them; below,
 * the tree.
 *
 * @import { ContestPath, ContestStep } from "../../../types/tokenization"
 * @import { MergeNode } from "../../../kit/drawing/merges.js"
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

import { textWidth } from "../../../kit/drawing/measure.js";
import { mergeTree, NODE_TYPE } from "../../../kit/drawing/merge_tree.js";
import { mergeNodes, symbolsAt } from "../../../kit/drawing/merges.js";
import { whole } from "../../../kit/numbers/format.js";
import { bytesOfHex, spelled } from "../../../kit/text/spelled.js";
import { nothing, svg } from "../../../vendor/lit.js";

const CONTEST = 92;

/** @type {WeakMap<ContestPath, MergeNode[]>} */
const known = new WeakMap();

/** Every symbol of the path. @param {ContestPath} path */
export function nodesOf(path) {
  const before = known.get(path);
  if (before) return before;
  const named = (/** @type {string} */ hex) => ({ label: spelled(bytesOfHex(hex)), length: bytesOfHex(hex).length });
  const nodes = mergeNodes(
    path.start.map(named),
    path.steps.map(({ index, symbols }, i) => ({ index, row: i + 1, label: named(symbols[index]).label })),
  );
  known.set(path, nodes);
  return nodes;
}

/** @param {Options} options */
export function contestTree(options) {
  const { path, at, width, label, rank, base, bare } = options;
  return mergeTree({
    nodes: nodesOf(path),
    rows: [{ row: 0, name: base }, ...path.steps.map((step, i) => ({ row: i + 1, name: rank(step.rank) }))],
    at,
    width,
    label,
    mark: bare ? null : whole(at),
    above: bare ? undefined : { height: CONTEST, draw: (x) => contest(options, x) },
  });
}

/** @param {Options} options @param {(byte: number) => number} x */
function contest({ path, at, rank }, x) {
  const row = symbolsAt(nodesOf(path), at);
  const step = path.steps[at];
  return svg`
    <text class="h" x="0" y="64">now</text>
    <text class="dim" x="0" y="20">rank</text>
    ${row.map((node, i) => {
      const wins = step && (i === step.index || i === step.index + 1);
      const id = step ? -1 : (path.ids[i] ?? -1);
      const [from, to] = [x(node.from), x(node.to)];
      return svg`
        <g class="symbol ${wins ? "wins" : ""} ${step ? "" : "token"}">
          <rect x=${from + 1.5} y="50" width=${to - from - 3} height="22" rx="4" />
          <text class="m" text-anchor="middle" x=${(from + to) / 2} y="65">${fitting(node.label, to - from)}</text>
          ${id >= 0 ? svg`<text class="dim" text-anchor="middle" x=${(from + to) / 2} y="42">id ${id}</text>` : nothing}
        </g>`;
    })}
    ${step ? step.ranks.map((each, i) => pair(step, i, each, x(row[i].to), rank)) : nothing}`;
}

/**
 * A pair's rank above the border of its two symbols.
 * @param {ContestStep} step
 * @param {number} i
 * @param {number} value
 * @param {number} x
 * @param {(rank: number) => string} rank
 */
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

/** @param {string} text @param {number} room */
const fitting = (text, room) => (textWidth(text, NODE_TYPE) + 4 <= room ? text : "…");
