// @ts-check
/**
 * Everything that a word will ever be merged into, one row a merge; what is still to come is hollow.
 *
 * @import { BpeTrainingMerges } from "../../../types"
 * @import { Node } from "./symbols.js"
 */
import { whole } from "../../../kit/format.js";
import { textWidth } from "../../../kit/measure.js";
import { svg } from "../../../vendor/lit.js";
import { written } from "./spelled.js";
import { nodesOf, tokensAt } from "./symbols.js";

const [LEFT, RIGHT, ROW] = [56, 52, 25];
const GAP = { least: 26, most: 86 };
const MONO = '500 11.5px "JetBrains Mono", monospace';

/** @typedef {{ y: (number: number) => number, at: number, top: Set<Node> }} Place */

/** @param {BpeTrainingMerges} data @param {number} word @param {number} at merges done @param {number} room */
export function tree(data, word, at, room) {
  const all = nodesOf(data, data.sample[word]);
  const bytes = data.sample[word].ids.length;
  const gap = Math.max(GAP.least, Math.min(GAP.most, (room - LEFT - RIGHT) / bytes));
  for (const node of all)
    node.x = node.parts.length ? (node.parts[0].x + node.parts[1].x) / 2 : LEFT + gap * (node.from + 0.5);
  const numbers = [...new Set([0, ...data.sample[word].numbers])];
  const height = (numbers.length + 0.7) * ROW;
  const row = new Map(numbers.map((number, i) => [number, height - 16 - i * ROW]));
  const y = (/** @type {number} */ number) => row.get(number) ?? 0;
  const now = height - 16 - (numbers.filter((number) => number <= at).length - 0.5) * ROW;
  const [end, place] = [LEFT + gap * bytes + 6, { y, at, top: new Set(tokensAt(all, at)) }];
  const width = Math.max(end + RIGHT, 120);
  return svg`
    <svg class="fig merge-tree" viewBox="0 0 ${width} ${height}" width=${width} height=${height} style="width:${width}px" role="img"
      aria-label=${said(data, all, at)}>
      ${numbers.map(
        (number) => svg`
          <line class="hair" x1=${LEFT} x2=${end} y1=${y(number)} y2=${y(number)} />
          <text class=${number <= at ? "ink" : "dim"} x=${LEFT - 10} y=${y(number) + 4} text-anchor="end">${number ? whole(number) : "bytes"}</text>`,
      )}
      ${all.flatMap((node) => node.parts.map((part) => branch(node, part, place)))}
      <line class="now" x1=${LEFT} x2=${end} y1=${now} y2=${now} />
      <text class="now b" x=${end + 5} y=${now + 4}>${whole(at)}</text>
      ${all.map((node) => box(data, node, place))}
    </svg>`;
}

/** @param {BpeTrainingMerges} data @param {Node[]} all @param {number} at */
function said(data, all, at) {
  const now = tokensAt(all, at).map(({ id }) => written(data, id));
  const merges = all
    .filter(({ number }) => number)
    .map(({ id, number }) => `${written(data, id)} at merge ${whole(number)}`);
  return `Merge tree: now ${now.join(" ")}; ${merges.join(", ") || "no merge joins anything here"}`;
}

/** @param {Node} node @param {Node} part @param {Place} place */
const branch = (node, part, { y, at }) =>
  svg`<path class="branch ${node.number <= at ? "" : "later"}" d="M${part.x} ${y(part.number)}V${y(node.number)}H${node.x}" />`;

/** @param {BpeTrainingMerges} data @param {Node} node @param {Place} place */
function box(data, node, { y, at, top }) {
  const text = written(data, node.id);
  const width = textWidth(text, MONO) + 11;
  const look = node.number > at ? "later" : top.has(node) ? "top" : "inside";
  return svg`
    <g class="node ${look}" transform="translate(${node.x} ${y(node.number)})">
      <rect x=${-width / 2} y="-9" width=${width} height="18" rx="4" />
      <text class="m" text-anchor="middle" y="4">${text}</text>
    </g>`;
}
