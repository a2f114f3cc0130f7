// @ts-check
/**
 * The symbols of a word, from its bytes through each merge.
 *
 * @typedef {object} MergeNode a symbol that ever was
 * @property {string} label as it is written
 * @property {number} row of the merge that made it; 0 where it was there from the start
 * @property {number} from its first byte
 * @property {number} to the byte after its last
 * @property {number} x of its middle in the tree, in bytes
 * @property {MergeNode[]} parts
 */

/**
 * Every symbol that ever was, its parts before it.
 * @param {{ label: string, length: number }[]} start
 * @param {{ index: number, row: number, label: string }[]} merges `index`: of the left of the two that are joined
 * @returns {MergeNode[]}
 */
export function mergeNodes(start, merges) {
  let from = 0;
  /** @type {MergeNode[]} */
  let now = start.map(({ label, length }) => {
    const node = { label, row: 0, from, to: from + length, x: from + length / 2, parts: [] };
    from = node.to;
    return node;
  });
  const all = [...now];
  for (const { index, row, label } of merges) {
    const [left, right] = [now[index], now[index + 1]];
    const made = { label, row, from: left.from, to: right.to, x: (left.x + right.x) / 2, parts: [left, right] };
    now = [...now.slice(0, index), made, ...now.slice(index + 2)];
    all.push(made);
  }
  return all;
}

/** The symbols of the word after the merges up to a row. @param {MergeNode[]} all @param {number} row */
export function symbolsAt(all, row) {
  const done = all.filter((node) => node.row <= row);
  const inside = new Set(done.flatMap((node) => node.parts));
  return done.filter((node) => !inside.has(node)).sort((one, other) => one.from - other.from);
}
