// @ts-check
/**
 * A word of the text as the training puts it together.
 *
 * @import { BpeTrainingMerges, BpeTrainingWord } from "../../../types"
 *
 * @typedef {{ id: number, number: number, from: number, to: number, x: number, parts: Node[] }} Node `number` 0: a byte
 */

/** Everything that a word will ever be merged into, its parts before it. @param {BpeTrainingMerges} data @param {BpeTrainingWord} word @returns {Node[]} */
export function nodesOf(data, { ids, numbers, places }) {
  let row = ids.map((id, i) => ({ id, number: 0, from: i, to: i + 1, x: 0, parts: /** @type {Node[]} */ ([]) }));
  const all = [...row];
  for (const [i, number] of numbers.entries()) {
    const [left, right] = [row[places[i]], row[places[i] + 1]];
    const made = { id: data.made.a[number - 1], number, from: left.from, to: right.to, x: 0, parts: [left, right] };
    row = [...row.slice(0, places[i]), made, ...row.slice(places[i] + 2)];
    all.push(made);
  }
  return all;
}

/** The tokens after so many merges. @param {Node[]} all @param {number} at */
export function tokensAt(all, at) {
  const done = all.filter((node) => node.number <= at);
  const inside = new Set(done.flatMap((node) => node.parts));
  return done.filter((node) => !inside.has(node)).sort((one, other) => one.from - other.from);
}

/** How many tokens and bytes these words are. @param {BpeTrainingMerges} data @param {number} at */
export function sizeOf(data, at) {
  const tokens = data.sample.reduce(
    (sum, word) => sum + word.ids.length - word.numbers.filter((n) => n <= at).length,
    0,
  );
  return { tokens, bytes: data.sample.reduce((sum, word) => sum + word.ids.length, 0) };
}
