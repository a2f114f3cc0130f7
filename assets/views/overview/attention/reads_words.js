// @ts-check
/**
 * What a cell of the reads says: the head, the token that it reads, the weight.
 *
 * @import { Cell } from "../../../kit/cells/matrix.js"
 * @import { ViewContext } from "../../../kit/view"
 * @import { AttentionReads } from "../../../types/overview"
 * @import { State } from "./reads.js"
 * @import { Strongest } from "./strongest.js"
 */
import { headName, percent } from "../../../kit/numbers/format.js";
import { token, tokenText } from "../../../kit/text/tokens.js";
import { html, nothing } from "../../../vendor/lit.js";
import { WHOLE } from "./maps.js";

/**
 * @param {Cell} cell
 * @param {AttentionReads} data
 * @param {Strongest} best
 */
export function reader({ row, column }, { position }, best) {
  const at = row * (position + 1) + column;
  return { head: best.head[at], name: headName(row, best.head[at]), weight: percent(best.weight[at] / WHOLE) };
}

/** @typedef {{ best: Strongest, was: Strongest | null }} Both of this run, and of the one beside it */

/**
 * @param {AttentionReads} data
 * @param {ViewContext<State>} ctx
 * @param {Both} both
 * @param {Cell | null | undefined} cell
 */
export function said(data, ctx, { best, was }, cell) {
  if (!cell)
    return (
      `Each row is a block, each column a token up to position ${data.position}. A cell shows the largest weight of ` +
      "the block’s heads."
    );
  const { name, weight } = reader(cell, data, best);
  const key = token(ctx.run.ids[cell.column]);
  const other = was && reader(cell, data, was);
  const there = other ? html`; in ${ctx.beside.the}, ${other.name} with <b>${other.weight}</b>` : nothing;
  return html`<b>${name}</b> reads ${key} at position ${cell.column} with weight <b>${weight}</b>, the largest of its
    block${there}.`;
}

/**
 * @param {Cell} cell
 * @param {AttentionReads} data
 * @param {ViewContext<State>} ctx
 * @param {Both} both
 */
export function told(cell, data, ctx, { best, was }) {
  const { name, weight } = reader(cell, data, best);
  const other = was && reader(cell, data, was);
  /** @type {[string, string][]} */
  const details = [
    ["weight, largest of its block", weight],
    ["position", String(cell.column)],
  ];
  if (other) details.splice(1, 0, [ctx.beside.name, `${other.weight}, ${other.name}`]);
  return { title: `${name} reads ${tokenText(ctx.run.ids[cell.column])}`, details };
}
