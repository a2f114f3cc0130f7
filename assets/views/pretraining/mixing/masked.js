// @ts-check
/**
 * What a mask between documents leaves of a row: the twin of `stack/pretraining/data/packing.py`.
 *
 * @import { PackedRow } from "../../../types/pretraining"
 */

/** The document of a token, and its position there. @param {PackedRow} row @param {number} at */
export function documentOf(row, at) {
  let begin = 0;
  for (const piece of row.pieces) {
    const end = begin + piece.stop - piece.start;
    if (at < end) return { piece, begin, position: piece.start + at - begin };
    begin = end;
  }
  throw new RangeError(`the row has no token ${at}`);
}

/**
 * The tokens that one reads, from the first to itself.
 * @param {PackedRow} row
 * @param {number} at
 * @param {boolean} mask
 */
export const readable = (row, at, mask) => ({ from: mask ? documentOf(row, at).begin : 0, at });

/** Pairs of query and key that the mask leaves, token by token. @param {PackedRow} row */
export const pairsOf = (row) =>
  Array.from(row.ids.a, (_, at) => at - readable(row, at, true).from + 1).reduce((a, b) => a + b, 0);
