// @ts-check
/**
 * What both ways keep for the backward pass, and what that pass does.
 *
 * @import { BackwardKept, KeptTensor } from "../../../types/systems"
 * @import { Row, View } from "../../../kit/view"
 * @import { Context } from "./kept_both.js"
 */

import { legend } from "../../../kit/drawing/legend.js";
import { stacks } from "../../../kit/drawing/stacks.js";
import { derivation } from "../../../kit/numbers/derivation.js";
import { decimal, headName, percent, whole } from "../../../kit/numbers/format.js";
import { memory as bytes } from "../../../kit/numbers/magnitude.js";
import { table } from "../../../kit/numbers/table.js";
import { max } from "../../../vendor/d3.js";
import { html } from "../../../vendor/lit.js";
import { compared, price, total } from "./kept_both.js";

const LENGTHS = [1024, 8192, 131072];
/** Bytes of a number. */
const WORD = 4;

/** @type {View<BackwardKept>} */
export function kept(data, ctx) {
  const { there, beside } = ctx;
  const others = there
    ? [stack(`standard, ${beside.short}`, there.standard, there), stack(`Flash, ${beside.short}`, there.flash, there)]
    : [];
  const widest = [data.standard, data.flash, ...(there ? [there.standard, there.flash] : [])];
  return html`
    ${compared(data, ctx)}
    <div class="bar">
      <p class="readout lead">${lead(data)}</p>
      ${legend([
        ["quiet", "Q, K and V; with FlashAttention also O"],
        ["dark", "the square P"],
        ["solid", "L, one number per row"],
      ])}
    </div>
    ${stacks({
      rows: [stack("standard", data.standard, data), stack("FlashAttention", data.flash, data), ...others],
      width: ctx.width,
      most: 1.02 * (max(widest, total) ?? 1),
      label: "Bytes that autograd keeps between the passes, of standard attention and of FlashAttention",
      names: there ? 146 : 110,
      numbers: 76,
      columns: ["kept"],
      height: 26,
    })}
    <div class="side-by-side">
      <div>
        <h3 class="sub3">The same head in a longer text <small>by the formula, which equals the count above</small></h3>
        ${table({
          label: "Bytes kept besides Q, K, V and O, by length",
          columns: [
            { name: "tokens", number: true, cell: (n) => whole(n) },
            { name: "P, N² numbers", number: true, cell: (n) => bytes(WORD * n * n) },
            { name: "L, N numbers", number: true, cell: (n) => bytes(WORD * n) },
            { name: "m and l, 2N", number: true, cell: (n) => bytes(2 * WORD * n) },
            {
              name: `P of all ${data.n_layers * data.n_heads} heads`,
              number: true,
              cell: (n) => bytes(WORD * n * n * data.n_layers * data.n_heads),
            },
          ],
          rows: [...new Set([data.n_tokens, ...(there ? [there.n_tokens] : []), ...LENGTHS])].sort((a, b) => a - b),
        })}
      </div>
      <div>
        <h3 class="sub3">Arithmetic and traffic <small>counted in the loops, tiles of ${data.tile} ×
        ${data.tile}</small></h3>
        ${derivation([
          {
            name: "Forward",
            formula: `${data.tiles} of ${data.all_tiles} tiles, 2 products each`,
            result: `${whole(data.forward_flops)} FLOPs`,
          },
          {
            name: "Backward",
            formula: "S again, dP, dV, dK, dQ: 5 products each",
            result: `${whole(data.backward_flops)} FLOPs`,
          },
          {
            name: "Ratio",
            formula: "counted, with softmax and rescale",
            result: decimal(data.backward_flops / data.forward_flops),
            note: "the products alone give 10 d ÷ 4 d = 2.5; a stored P would save one of the five: 2.0",
          },
          {
            name: "Traffic",
            formula: `forward ${bytes(data.forward_bytes)}, backward ${bytes(data.backward_bytes)}`,
            result: decimal(data.backward_bytes / data.forward_bytes),
            note: "bytes between slow and fast memory, backward ÷ forward",
          },
        ])}
      </div>
    </div>
    ${price(data, ctx)}
    <p class="hint">The bars count the distinct float32 tensors that torch’s autograd saves during each forward pass. A
      framework may keep more, such as a dropout mask. A kernel in half precision keeps Q, K, V and O in two bytes per
      number and L in four.</p>`;
}

/** @param {BackwardKept} data @param {Context} ctx @returns {Row[]} */
export function rows(data, { there, beside }) {
  const of = (/** @type {string} */ way, /** @type {KeptTensor[]} */ kept, run = {}) =>
    kept.map(({ name, rows, columns, bytes }) => ({ ...run, way, tensor: name, rows, columns, bytes }));
  const both = (/** @type {BackwardKept} */ { standard, flash }, run = {}) => [
    ...of("standard", standard, run),
    ...of("FlashAttention", flash, run),
  ];
  return there ? [...both(data, { run: "this run" }), ...both(there, { run: beside.name })] : both(data);
}

/** @param {BackwardKept} data */
function lead(data) {
  const [plain, flash] = [total(data.standard), total(data.flash)];
  const name = `${whole(data.n_tokens)} tokens`;
  if (flash <= plain)
    return html`At ${name} FlashAttention keeps <b>${percent(flash / plain)}</b> of the bytes that standard attention
      keeps.`;
  return html`At ${name} FlashAttention keeps <b>more</b>: ${bytes(flash)}, and standard attention ${bytes(plain)}. A
      row of O has ${data.d_head} numbers, a row of the square only ${whole(data.n_tokens)}. From about
      ${data.d_head + 1} tokens
    on, the square is larger.`;
}

/**
 * @param {string} name
 * @param {KeptTensor[]} kept
 * @param {BackwardKept} data
 */
function stack(name, kept, { layer, head }) {
  let from = 0;
  const parts = kept.map((tensor) => {
    const part = { from, to: from + tensor.bytes, look: look(tensor.name) };
    from = part.to;
    return part;
  });
  return {
    name,
    parts,
    numbers: [bytes(total(kept))],
    title: `Kept by ${name} for ${headName(layer, head)}`,
    details: /** @type {[string, string][]} */ (
      kept.map((each) => [each.name, `${each.rows} × ${each.columns}, ${bytes(each.bytes)}`])
    ),
  };
}

/** @param {string} name @returns {"dark" | "solid" | "quiet"} */
const look = (name) => (name === "P" ? "dark" : name === "L" ? "solid" : "quiet");
