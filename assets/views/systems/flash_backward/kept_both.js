// @ts-check
/**
 * What is kept for a head of both runs: in words, and the passes in numbers.
 *
 * @import { BackwardKept, KeptTensor } from "../../../types/systems"
 * @import { ViewContext } from "../../../kit/view"
 *
 * @typedef {ViewContext<any, BackwardKept>} Context
 */
import { counted, decimal, headName, percent, whole } from "../../../kit/numbers/format.js";
import { memory as bytes, operations } from "../../../kit/numbers/magnitude.js";
import { table } from "../../../kit/numbers/table.js";
import { sum } from "../../../vendor/d3.js";
import { html, nothing } from "../../../vendor/lit.js";

/** Bytes of all tensors. @param {KeptTensor[]} kept */
export const total = (kept) => sum(kept, (each) => each.bytes);

/**
 * Whether both keep the same bytes for the same work.
 * @param {BackwardKept} here
 * @param {BackwardKept} there
 */
const alike = (here, there) =>
  here.n_tokens === there.n_tokens &&
  here.d_head === there.d_head &&
  NUMBERS.every(([, of]) => of(here) === of(there)) &&
  total(here.standard) === total(there.standard) &&
  total(here.flash) === total(there.flash);

/** @param {BackwardKept} data @param {Context} ctx */
export function compared(data, { there, beside }) {
  if (!there) return nothing;
  const [plain, flash] = [total(there.standard), total(there.flash)];
  if (alike(data, there))
    return html`<p class="readout basenote">${beside.The} has the same number of tokens and the same head width, so it
      keeps the same bytes: <b data-standard=${plain}>${bytes(plain)}</b> and ${bytes(flash)}.</p>`;
  const ratio = (/** @type {number} */ kept, /** @type {number} */ own) => `${decimal(kept / own)} times as much`;
  return html`<p class="readout basenote">${beside.start} the head ${headName(there.layer, there.head)} has ${counted(
    there.n_tokens,
    "token",
  )} and ${whole(there.d_head)} numbers per row; here it has ${counted(data.n_tokens, "token")} and
  ${whole(data.d_head)}. There standard attention keeps <b data-standard=${plain}>${bytes(plain)}</b>,
    ${ratio(plain, total(data.standard))} as here, and FlashAttention keeps ${bytes(flash)},
    ${ratio(flash, total(data.flash))}. That is ${percent(flash / plain)} of standard attention’s bytes there and
    ${percent(total(data.flash) / total(data.standard))} here.</p>`;
}

/** @type {[string, (of: BackwardKept) => number, (value: number) => string][]} */
const NUMBERS = [
  ["forward", ({ forward_flops }) => forward_flops, operations],
  ["backward", ({ backward_flops }) => backward_flops, operations],
  ["forward traffic", ({ forward_bytes }) => forward_bytes, bytes],
  ["backward traffic", ({ backward_bytes }) => backward_bytes, bytes],
];

/** The passes of both runs. @param {BackwardKept} data @param {Context} ctx */
export function price(data, { there, beside }) {
  if (!there || alike(data, there)) return nothing;
  const tiles = there.tile === data.tile ? "" : ` here, of ${there.tile} × ${there.tile} there`;
  return html`
    <h3 class="sub3">Arithmetic and traffic in both runs <small>tiles of ${data.tile} ×
    ${data.tile}${tiles}</small></h3>
    ${table({
      label: "Operations and bytes of both passes, in both runs",
      columns: [
        { name: "pass", cell: ([name]) => name },
        { name: "this run", number: true, cell: ([, of, written]) => written(of(data)) },
        { name: beside.name, number: true, cell: ([, of, written]) => written(of(there)) },
        { name: "ratio", number: true, cell: ([, of]) => decimal(of(there) / of(data)) },
      ],
      rows: NUMBERS,
    })}`;
}
