// @ts-check
/**
 * What is kept for a head of the run beside this one, against this one's: in words, and the passes in numbers.
 *
 * @import { BackwardKept, KeptBeside, KeptTensor } from "../../../types/systems"
 * @import { ViewContext } from "../../../kit/view"
 */
import { counted, decimal, headName, percent, whole } from "../../../kit/numbers/format.js";
import { memory as bytes, operations } from "../../../kit/numbers/magnitude.js";
import { table } from "../../../kit/numbers/table.js";
import { sum } from "../../../vendor/d3.js";
import { html, nothing } from "../../../vendor/lit.js";

/** Bytes of all tensors. @param {KeptTensor[]} kept */
export const total = (kept) => sum(kept, (each) => each.bytes);

/** @param {BackwardKept} data @param {ViewContext} ctx */
export function compared(data, { beside }) {
  const { base } = data;
  if (!base) return nothing;
  const [plain, flash] = [total(base.standard), total(base.flash)];
  const ratio = (/** @type {number} */ there, /** @type {number} */ here) => `${decimal(there / here)} times as much`;
  return html`<p class="readout basenote">${beside.start} the head ${headName(base.layer, base.head)} has ${counted(
    base.n_tokens,
    "token",
  )} and ${whole(base.d_head)} numbers per row; here it has ${counted(data.n_tokens, "token")} and
  ${whole(data.d_head)}. There standard attention keeps <b data-standard=${plain}>${bytes(plain)}</b>,
    ${ratio(plain, total(data.standard))} as here, and FlashAttention keeps ${bytes(flash)},
    ${ratio(flash, total(data.flash))}. That is ${percent(flash / plain)} of standard attention’s bytes there and
    ${percent(total(data.flash) / total(data.standard))} here.</p>`;
}

/** @typedef {BackwardKept | KeptBeside} Side @type {[string, (of: Side) => number, (value: number) => string][]} */
const NUMBERS = [
  ["forward", ({ forward_flops }) => forward_flops, operations],
  ["backward", ({ backward_flops }) => backward_flops, operations],
  ["forward traffic", ({ forward_bytes }) => forward_bytes, bytes],
  ["backward traffic", ({ backward_bytes }) => backward_bytes, bytes],
];

/** The passes of both runs. @param {BackwardKept} data @param {ViewContext} ctx */
export function price(data, { beside }) {
  const { base } = data;
  if (!base) return nothing;
  const there = base.tile === data.tile ? "" : ` here, of ${base.tile} × ${base.tile} there`;
  return html`
    <h3 class="sub3">Arithmetic and traffic in both runs <small>tiles of ${data.tile} ×
    ${data.tile}${there}</small></h3>
    ${table({
      label: "Operations and bytes of both passes, in both runs",
      columns: [
        { name: "pass", cell: ([name]) => name },
        { name: "this run", number: true, cell: ([, of, written]) => written(of(data)) },
        { name: beside.name, number: true, cell: ([, of, written]) => written(of(base)) },
        { name: "ratio", number: true, cell: ([, of]) => decimal(of(base) / of(data)) },
      ],
      rows: NUMBERS,
    })}`;
}
