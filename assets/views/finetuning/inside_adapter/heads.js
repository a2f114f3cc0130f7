// @ts-check
/**
 * By how much each head's output moved.
 *
 * @import { AdapterHeads } from "../../../types/finetuning"
 * @import { Row, View } from "../../../kit/view"
 */
import { row } from "../../../kit/cells/tensor.js";
import { control } from "../../../kit/controls/declared.js";
import { counted, headName, percent } from "../../../kit/numbers/format.js";
import { range } from "../../../vendor/d3_first.js";
import { html } from "../../../vendor/lit.js";
import { byBlock, chooseAdapter, taskName } from "./parts.js";

const NAMED = 5;

/** @type {View<AdapterHeads>} */
export function heads(data, ctx) {
  const [blocks, n] = data.moved.shape;
  const all = ordered(data);
  return html`
    <div class="settings-row">${chooseAdapter(data, ctx)} ${control(ctx, "task", { as: "select" })}</div>
    <p class="readout lead">On one item of ${taskName(data.task)} (${counted(data.tokens, "token")}), these heads moved
      most: ${all
        .slice(0, NAMED)
        .map(({ name, moved }, at) => html`${at ? ", " : ""}<b>${name}</b> ${percent(moved, 0)}`)}.</p>
    ${byBlock({
      label: "Change of each head’s output by its norm before, by block",
      names: range(n).map((head) => `H${head}`),
      columns: blocks,
      width: ctx.width,
      top: all[0].moved,
      of: [data],
      value: (head, block) => row(data.moved, block)[head],
      told: ({ row: head, column }) => ({
        title: headName(column, head),
        details: [["change by the norm before", percent(row(data.moved, column)[head])]],
      }),
      select: ({ row: head, column }) => ctx.select({ layer: column, head }),
    })}
    <p class="hint">A head’s output is what it adds to the stream. It moves when its own matrices change, and when the
      stream that it reads has moved below. The colour is full at ${percent(all[0].moved, 0)}.</p>`;
}

/** @param {AdapterHeads} data */
function ordered(data) {
  const [blocks, n] = data.moved.shape;
  return range(blocks)
    .flatMap((block) =>
      range(n).map((head) => ({ block, head, name: headName(block, head), moved: row(data.moved, block)[head] })),
    )
    .toSorted((one, other) => other.moved - one.moved);
}

/** @param {AdapterHeads} data @returns {Row[]} */
export const rows = (data) => ordered(data);
