// @ts-check
/**
 * The parts of a lead in two runs: of one target, or of the first over the second.
 *
 * @import { TwoParts, TwoWords } from "../../../types/overview"
 *
 * @typedef {{ name: string, left: number, right: number }} Part
 * @typedef {{ rows: Part[], sum: Part }} Compared the largest change first
 */
import { counted, whole } from "../../../kit/numbers/format.js";

/**
 * How many pairs of tokens differ: of those that are shown, which are not all of a long text.
 * @param {Pick<TwoWords, "before" | "after"> & { tokens: { same: boolean }[] }} data
 */
export function alike({ tokens, before, after }) {
  const differing = tokens.filter(({ same }) => !same).length;
  const hidden = before + after;
  const shown = hidden ? ` of the ${whole(tokens.length)} shown` : "";
  const said = differing
    ? `${counted(differing, "pair")} of tokens${shown} ${differing === 1 ? "differs" : "differ"}, and ${
        differing === 1 ? "is" : "are"
      } outlined. A dash: this run has no token there.`
    : hidden
      ? `The ${whole(tokens.length)} pairs shown are the same in both runs.`
      : "Both runs have the same tokens.";
  return hidden ? `${said} ${counted(hidden, "pair")} before and after them not shown.` : said;
}

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
