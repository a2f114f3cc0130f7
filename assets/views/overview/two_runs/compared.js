// @ts-check
/**
 * The parts of a logit in two runs, or of the difference of two logits.
 *
 * @import { TwoParts, TwoWords } from "../../../types"
 *
 * @typedef {{ name: string, left: number, right: number }} Part
 * @typedef {{ rows: Part[], sum: Part }} Compared the largest change first
 */
import { counted, whole } from "../../../kit/format.js";

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
 * @param {Pick<TwoParts, "names" | "values" | "logits">} data
 * @param {number} toward 0 and 1: one of the targets; 2: the first over the second
 * @returns {Compared}
 */
export function compared({ names, values, logits }, toward) {
  const [, runs, count] = values.shape;
  const read = (/** @type {number} */ target, /** @type {number} */ run, /** @type {number} */ at) =>
    values.a[(target * runs + run) * count + at];
  const of = (/** @type {(target: number) => number} */ value) => (toward === 2 ? value(0) - value(1) : value(toward));
  const rows = names.map((name, at) => ({
    name,
    left: of((target) => read(target, 0, at)),
    right: of((target) => read(target, 1, at)),
  }));
  const change = (/** @type {Part} */ { left, right }) => Math.abs(right - left);
  return {
    rows: rows.sort((one, other) => change(other) - change(one)),
    sum: {
      name: toward === 2 ? "difference" : "logit",
      left: of((target) => logits.a[target * runs]),
      right: of((target) => logits.a[target * runs + 1]),
    },
  };
}
