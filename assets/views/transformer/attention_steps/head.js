// @ts-check
/**
 * The head that is shown, of this run or of the other one, and how its tokens are called.
 *
 * @import { Floats } from "../../../types/shared"
 * @import { AttentionSteps } from "../../../types/transformer"
 * @import { Cell } from "../../../kit/cells/matrix"
 * @import { ViewContext } from "../../../kit/view"
 *
 * @typedef {{ step: string, at: number, cell: Cell }} Cursor a cell that is read: of which step and matrix
 * @typedef {{ side?: "here" | "there", playing?: boolean, cursor?: Cursor }} Kept
 *
 * @typedef {object} Head
 * @property {AttentionSteps} data
 * @property {AttentionSteps | null} there the other run's, while this one's is shown
 * @property {number} shared rows that stand beside that one's
 * @property {string} beside how that one is called
 * @property {number} count tokens that are shown
 * @property {number} selected row of the selected token
 * @property {(at: number) => number} id token of a row
 * @property {(at: number) => string} word
 * @property {(at: number) => string} quoted the word with its position
 * @property {(at: number) => boolean} generated
 * @property {(query: number, key: number) => boolean} seen
 * @property {(at: number) => void} select selects the token of a row, where this run has one there
 */
import { tokenText } from "../../../kit/text/tokens.js";
import { range } from "../../../vendor/d3.js";

/**
 * @param {AttentionSteps} payload
 * @param {ViewContext<Kept, AttentionSteps>} ctx
 * @returns {Head}
 */
export function headOf(payload, ctx) {
  const { there } = ctx;
  const shown = ctx.kept.side === "there" ? there : null;
  const { ids = [], nPrompt = 0 } = (shown && ctx.other) ?? ctx.run;
  const data = shown ?? payload;
  const count = data.q.shape[0];
  const word = (/** @type {number} */ at) => tokenText(ids[data.first + at]);
  return {
    data,
    there: shown ? null : there,
    shared: ctx.shared - data.first,
    beside: ctx.beside.short,
    count,
    selected: data.position - data.first,
    id: (at) => ids[data.first + at],
    word,
    quoted: (at) => `${word(at)} (${data.first + at})`,
    generated: (at) => data.first + at >= nPrompt,
    seen: (query, key) => data.visible.a[query * count + key] === 1,
    select(at) {
      const position = data.first + at;
      if (!shown || position < ctx.shared) ctx.select({ position });
    },
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
