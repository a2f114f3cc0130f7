// @ts-check
/**
 * Everything that a word will ever be merged into, one row a merge.
 *
 * @import { BpeTrainingMerges } from "../../../types/tokenization"
 * @import { MergeNode } from "../../../kit/drawing/merges.js"
 */

import { mergeTree } from "../../../kit/drawing/merge_tree.js";
import { symbolsAt } from "../../../kit/drawing/merges.js";
import { whole } from "../../../kit/numbers/format.js";
import { nodesOf } from "./symbols.js";

/** @param {BpeTrainingMerges} data @param {number} word @param {number} at merges done @param {number} width */
export function tree(data, word, at, width) {
  const nodes = nodesOf(data, data.sample[word]);
  const rows = [...new Set([0, ...data.sample[word].numbers])];
  return mergeTree({
    nodes,
    rows: rows.map((row) => ({ row, name: row ? whole(row) : "bytes" })),
    at,
    width,
    label: said(nodes, at),
    mark: whole(at),
  });
}

/** @param {MergeNode[]} nodes @param {number} at */
function said(nodes, at) {
  const now = symbolsAt(nodes, at).map(({ label }) => label);
  const merges = nodes.filter(({ row }) => row).map(({ label, row }) => `${label} at merge ${whole(row)}`);
  return `Merge tree: now ${now.join(" ")}; ${merges.join(", ") || "no merge applies here"}`;
}
