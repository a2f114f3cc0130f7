// @ts-check
/**
 * What a device's documents say, word by word, each with its document; and how its predictions come about.
 *
 * @import { NamedDevice, NamedRoofs } from "../../../types/systems"
 */
import { whole } from "../../../kit/numbers/format.js";
import { memory } from "../../../kit/numbers/magnitude.js";
import { table } from "../../../kit/numbers/table.js";
import { html } from "../../../vendor/lit.js";

const NAMES = /** @type {Record<string, string>} */ ({
  processors: "processors",
  fast: "memory inside one processor, filled by the program",
  registers: "registers of one processor",
  l2: "L2 cache",
  sold: "memory, as it is sold",
  memory: "memory, as its system reports it",
  bandwidth: "memory bandwidth",
  bf16: "peak, bfloat16 and float16",
  fp8: "peak, FP8",
  fp32: "peak, float32",
  exponentials: "exponentials a second",
});

/** @param {NamedDevice} device */
export const sources = ({ name, numbers }) => html`
  <h3 class="sub3 quoted">${name}, as its documents say</h3>
  ${table({
    label: `Numbers of ${name} and where they are stated`,
    columns: [
      { name: "What", cell: ({ name: what }) => NAMES[what] },
      { name: "Stated", cell: ({ said }) => said },
      {
        name: "Document",
        cell: ({ title, address }) => html`<a href=${address} target="_blank" rel="noreferrer noopener">${title}</a>`,
      },
    ],
    rows: [...numbers],
    className: "quoted",
  })}`;

/** Whether its L2 cache holds the keys and values that its processors read at one time. @param {NamedDevice} device */
export const holds = ({ l2, read_at_once }) => read_at_once <= l2;

/** @param {NamedRoofs} data @param {NamedDevice} device */
export function method({ resident, rows, columns, counted_n, n, d, number }, device) {
  const { fast, processor, l2, read_at_once } = device;
  const fits = resident <= fast ? "It fits" : "It does not fit in shared memory alone: registers must hold a part";
  const held = holds(device) ? "holds" : "does not hold";
  return (
    "“At least” is the larger of the FLOPs at the peak and the bytes at memory’s speed, for one head of as many as " +
    `fill the device. Through L2: each ${processor} takes one block of ${rows} queries, so all of them read ` +
    `${memory(read_at_once)} of keys and values at one time (N = ${whole(n)}, d = ${d}, ${number}); the L2 cache of ` +
    `${memory(l2)} ${held} them, and memory delivers each key once. FlashAttention-2’s own CUDA kernel takes tiles ` +
    "of 128 × 128 at d = 64 (flash_fwd_launch_template.h in its repository), FlashAttention-3’s takes 192 × 128 on " +
    `Hopper (hopper/tile_size.h). A tile of ${rows} × ${columns} with its scores takes ${memory(resident)}. ${fits}: ` +
    `one ${processor} has ${memory(fast)}. Exponentials run on other, slower units and count here like products. ` +
    `The closed forms equal the counts at N = ${counted_n}.`
  );
}
