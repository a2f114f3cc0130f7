// @ts-check
/**
 * The batches one by one: how many experts each reads, and how many bytes.
 *
 * @import { Column } from "../../../kit/numbers/table.js"
 * @import { MoeReading, Reading } from "../../../types/architectures"
 */
import { decimal } from "../../../kit/numbers/format.js";
import { memory } from "../../../kit/numbers/magnitude.js";
import { table } from "../../../kit/numbers/table.js";
import { nothing } from "../../../vendor/lit.js";

/** Bytes of a weight: 16 bits. */
const WEIGHT_BYTES = 2;

/**
 * Bytes of expert weights that a token's share of the batch comes to.
 * @param {MoeReading} data
 * @param {Reading} row
 */
export function bytesRead({ expert }, { random, batch }) {
  return expert === null ? null : (WEIGHT_BYTES * random.mean * expert) / batch;
}

/** @param {MoeReading} data */
export function batches(data) {
  /** @type {Column<Reading>[]} */
  const columns = [
    { name: "tokens", number: true, cell: ({ batch }) => String(batch) },
    { name: "even router", number: true, cell: ({ even }) => decimal(even) },
    { name: "random tokens", number: true, cell: ({ random }) => decimal(random.mean) },
    {
      name: "neighbours",
      number: true,
      cell: ({ consecutive }) => (consecutive ? decimal(consecutive.mean) : nothing),
    },
    {
      name: "bytes for each token",
      number: true,
      cell: (row) => {
        const bytes = bytesRead(data, row);
        return bytes === null ? nothing : memory(bytes);
      },
    },
  ];
  return table({ label: "Different experts read, by tokens in the batch", columns, rows: data.rows });
}
