// @ts-check
/**
 * The head that is shown, of this run or of the unmodified one, and how its tokens are called.
 *
 * @import { Floats } from "../../../types/shared"
 * @import { AttentionSteps } from "../../../types/transformer"
 * @import { Cell } from "../../../kit/cells/matrix"
 * @import { ViewContext } from "../../../kit/view"
 *
 * @typedef {{ step: string, at: number, cell: Cell }} Cursor a cell that is read: of which step and matrix
 * @typedef {{ side?: "now" | "base", playing?: boolean, cursor?: Cursor }} Kept
 *
 * @typedef {object} Head
 * @property {AttentionSteps} data
 * @property {AttentionSteps["base"]} other of the run beside this one
 * @property {string} beside how that one is called
 * @property {number} count tokens that are shown
 * @property {number} selected row of the selected token
 * @property {(at: number) => number} id token of a row
 * @property {(at: number) => string} word
 * @property {(at: number) => string} quoted the word with its position
 * @property {(at: number) => boolean} generated
 * @property {(query: number, key: number) => boolean} seen
 */
import { tokenText } from "../../../kit/text/tokens.js";
import { range } from "../../../vendor/d3.js";

/**
 * @param {AttentionSteps} payload
 * @param {ViewContext<Kept>} ctx
 * @returns {Head}
 */
export function headOf(payload, ctx) {
  const unmodified = ctx.kept.side === "base" && payload.base;
  const ids = unmodified ? payload.base_ids : ctx.run.ids;
  const data = unmodified ? { ...payload, ...unmodified } : payload;
  const count = data.q.shape[0];
  const word = (/** @type {number} */ at) => tokenText(ids[data.first + at]);
  return {
    data,
    other: unmodified ? null : payload.base,
    beside: ctx.beside.short,
    count,
    selected: data.position - data.first,
    id: (at) => ids[data.first + at],
    word,
    quoted: (at) => `${word(at)} (${data.first + at})`,
    generated: (at) => data.first + at >= ctx.run.nPrompt,
    seen: (query, key) => data.visible.a[query * count + key] === 1,
  };
}

/**
 * The cell that is read in one of a step's matrices, while it has such a cell.
 * @param {ViewContext<Kept>} ctx
 * @param {string} step
 * @param {number} at
 * @param {{ rows: number, columns: number }} size
 */
export function cursorIn({ kept }, step, at, { rows, columns }) {
  const cursor = kept.cursor;
  if (cursor?.step !== step || cursor.at !== at) return null;
  return cursor.cell.row < rows && cursor.cell.column < columns ? cursor.cell : null;
}

/** The keys that a query may see. @param {Head} head @param {number} query */
export const keysOf = (head, query) => range(head.count).filter((key) => head.seen(query, key));

/**
 * The key with the largest value of a query.
 * @param {Head} head
 * @param {Floats} tensor
 * @param {number} query
 */
export function highest(head, tensor, query) {
  const value = (/** @type {number} */ key) => tensor.a[query * head.count + key];
  return keysOf(head, query).reduce(
    (best, key) => (value(key) > value(best) ? key : best),
    keysOf(head, query)[0] ?? 0,
  );
}

/** Whether scores are divided by the root of the width, as the paper does. @param {AttentionSteps} data */
export const byRoot = ({ scaling, d_head }) => Math.abs(scaling * Math.sqrt(d_head) - 1) < 1e-6;

/** The scale in signs. @param {AttentionSteps} data */
export const scaleSigns = (data) => (byRoot(data) ? `÷ √${data.d_head}` : `× ${Number(data.scaling.toPrecision(3))}`);
