// @ts-check
/**
 * What the three columns show, for the whole answer or one of its tokens.
 *
 * @import { AnswerCauses } from "../../../types/context"
 * @import { ViewContext } from "../../../kit/view"
 */
import { readText } from "../../../kit/text/tokens.js";

/** The token that is explained; -1 for the whole answer. @param {AnswerCauses} data @param {ViewContext<any>} ctx */
export function chosenToken(data, ctx) {
  const said = ctx.controls.token;
  const at = said === undefined || said === "" ? -1 : Number(said);
  return Number.isInteger(at) && at >= 0 && at < data.ids.length ? at : -1;
}

/**
 * Of each passage: NaN where it is not measured yet.
 * @param {AnswerCauses} data
 * @param {number} token
 */
export function amounts(data, token) {
  const n = data.passages.length;
  const tokens = data.ids.length;
  /** @param {{ a: ArrayLike<number> } | null} values @param {"sum" | "mean"} how */
  const of = (values, how) =>
    Array.from({ length: n }, (_, at) => {
      if (!values) return Number.NaN;
      const row = Array.from({ length: tokens }, (__, each) => Number(values.a[at * tokens + each]));
      if (token >= 0) return row[token];
      const total = row.reduce((all, each) => all + each, 0);
      return how === "sum" ? total : total / tokens;
    });
  return {
    cited: Array.from({ length: n }, (_, at) => (data.cited ? data.cited.a[at] : Number.NaN)),
    attended: of(data.lift, "mean"),
    caused: of(data.shapley, "sum"),
    out: of(data.out, "sum"),
  };
}

/** An answer as text. @param {readonly number[]} ids */
export const textOf = (ids) =>
  ids
    .map(readText)
    .join("")
    .replace(/<\|[^|>]*\|>/g, "")
    .trim();
