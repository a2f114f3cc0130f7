// @ts-check
/**
 * What a device's documents say, word by word, each with its document.
 *
 * @import { NamedDevice } from "../../../types"
 */
import { table } from "../../../kit/table.js";
import { html } from "../../../vendor/lit.js";

const NAMES = /** @type {Record<string, string>} */ ({
  processors: "processors",
  fast: "memory of one, filled by the program",
  registers: "registers of one",
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
