// @ts-check
/**
 * Words of the text as the training puts them together.
 *
 * @import { BpeTrainingMerges, BpeTrainingWord } from "../../../types/tokenization"
 * @import { MergeNode } from "../../../kit/drawing/merges.js"
 */
import { mergeNodes } from "../../../kit/drawing/merges.js";
import { written } from "./spelled.js";

/** @type {WeakMap<BpeTrainingWord, MergeNode[]>} */
const known = new WeakMap();

/**
 * Everything that a word will ever be merged into, its parts before it.
 * @param {BpeTrainingMerges} data
 * @param {BpeTrainingWord} word
 */
export function nodesOf(data, word) {
  const before = known.get(word);
  if (before) return before;
  const nodes = mergeNodes(
    word.ids.map((id) => ({ label: written(data, id), length: 1 })),
    word.numbers.map((row, i) => ({ index: word.places[i], row, label: written(data, data.made.a[row - 1]) })),
  );
  known.set(word, nodes);
  return nodes;
}

/** How many tokens and bytes these words are. @param {BpeTrainingMerges} data @param {number} at */
export function sizeOf(data, at) {
  const tokens = data.sample.reduce(
    (sum, word) => sum + word.ids.length - word.numbers.filter((n) => n <= at).length,
    0,
  );
  return { tokens, bytes: data.sample.reduce((sum, word) => sum + word.ids.length, 0) };
}
