// @ts-check
/**
 * The norm of each update by the norm of its matrix, block by block.
 *
 * @import { AdapterDepth, AdapterSize } from "../../../types/finetuning"
 * @import { Row, View } from "../../../kit/view"
 */
import { counted, decimal, percent } from "../../../kit/numbers/format.js";
import { table } from "../../../kit/numbers/table.js";
import { html } from "../../../vendor/lit.js";
import { byBlock, chooseAdapter } from "./parts.js";

const ORDER = ["W_Q", "W_K", "W_V", "W_O", "W_gate", "W_in", "W_out"];

/** @type {View<AdapterDepth>} */
export function depth(data, ctx) {
  const there = new Set(data.sizes.map(({ role }) => role));
  const roles = ORDER.filter((role) => there.has(role));
  const at = (/** @type {number} */ row, /** @type {number} */ block) =>
    data.sizes.find((each) => each.role === roles[row] && each.block === block);
  const top = Math.max(...data.sizes.map(share));
  const most = data.sizes.find((each) => share(each) === top) ?? data.sizes[0];
  return html`
    <div class="settings-row">${chooseAdapter(data, ctx)}</div>
    <p class="readout lead">The largest update by its matrix is that of <b>${most.role}</b> in block
      <b>${most.block}</b>: <b>${percent(top)}</b> of the matrix’s norm. All updates have rank ${data.r}.</p>
    ${byBlock({
      label: `Norm of the update by the matrix’s, ${counted(data.blocks, "block")}; choose one to see its matrix`,
      names: roles,
      columns: data.blocks,
      width: ctx.width,
      top,
      of: [data],
      value: (row, block) => {
        const found = at(row, block);
        return found ? share(found) : null;
      },
      told: ({ row, column }) => {
        const found = at(row, column);
        return {
          title: `${roles[row]}, block ${column}`,
          details: found
            ? [
                ["norm of the update", decimal(found.update, 3)],
                ["norm of the matrix", decimal(found.base, 1)],
                ["share", percent(share(found), 2)],
                ["effective rank", decimal(found.effective_rank, 2)],
              ]
            : [["update", "none"]],
        };
      },
      select: ({ row, column }) => {
        ctx.control("block", column);
        ctx.control("role", roles[row]);
      },
    })}
    <p class="hint">The colour is full at ${percent(top)}. A cell that is pressed is shown in the view above.</p>
    <h3 class="sub3">By kind of matrix</h3>
    ${table({
      label: "Updates by kind of matrix",
      columns: [
        { name: "matrix", cell: ({ role }) => role },
        { name: "share of all updates’ squares", number: true, cell: ({ squares }) => percent(squares) },
        { name: "mean share of the matrix’s norm", number: true, cell: ({ mean }) => percent(mean, 2) },
        { name: "mean effective rank", number: true, cell: ({ rank }) => decimal(rank, 2) },
      ],
      rows: byRole(data, roles),
    })}`;
}

/** @param {AdapterSize} size */
const share = ({ update, base }) => update / base;

/** @param {AdapterDepth} data @param {string[]} roles */
function byRole(data, roles) {
  const squares = (/** @type {AdapterSize[]} */ some) => some.reduce((sum, { update }) => sum + update ** 2, 0);
  return roles.map((role) => {
    const some = data.sizes.filter((each) => each.role === role);
    const mean = (/** @type {(of: AdapterSize) => number} */ value) =>
      some.reduce((sum, each) => sum + value(each), 0) / some.length;
    return {
      role,
      squares: squares(some) / squares(data.sizes),
      mean: mean(share),
      rank: mean((each) => each.effective_rank),
    };
  });
}

/** @param {AdapterDepth} data @returns {Row[]} */
export const rows = (data) => data.sizes.map((each) => ({ ...each, share: share(each) }));
