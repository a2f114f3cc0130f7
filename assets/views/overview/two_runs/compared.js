// @ts-check
/**
 * The parts of a lead in two runs: of one target, or of the first over the second.
 *
 * @import { TwoParts } from "../../../types"
 *
 * @typedef {{ name: string, left: number, right: number }} Part
 * @typedef {{ rows: Part[], sum: Part }} Compared the largest change first
 */

/**
 * @param {Pick<TwoParts, "names" | "values" | "leads">} data
 * @param {number} toward 0 and 1: one of the targets; 2: the first over the second
 * @returns {Compared}
 */
export function compared({ names, values, leads }, toward) {
  const [, runs, count] = values.shape;
  const read = (/** @type {number} */ run, /** @type {number} */ at) => values.a[(toward * runs + run) * count + at];
  const rows = names.map((name, at) => ({ name, left: read(0, at), right: read(1, at) }));
  const change = (/** @type {Part} */ { left, right }) => Math.abs(right - left);
  return {
    rows: rows.sort((one, other) => change(other) - change(one)),
    sum: { name: "together", left: leads.a[toward * runs], right: leads.a[toward * runs + 1] },
  };
}
