// @ts-check
/**
 * All formats on one matrix: real bits, bytes, and the error that is left.
 *
 * @import { QuantizedMatrixFormats } from "../../../types"
 * @import { Row, ViewContext } from "../../../kit/view"
 */
import { decimal, percent, whole } from "../../../kit/format.js";
import { table } from "../../../kit/table.js";
import { max } from "../../../vendor/d3.js";
import { html, nothing, styleMap } from "../../../vendor/lit.js";

export const follows = true;
const BAR = 64;

/** @param {QuantizedMatrixFormats} data @param {ViewContext<any>} ctx */
export function formats(data, ctx) {
  const fitting = data.tried.filter(({ reason }) => !reason);
  const sorted = [...fitting].sort((a, b) => a.bits_per_weight - b.bits_per_weight || a.error - b.error);
  const most = max(fitting, ({ error }) => error) ?? 1;
  const misfits = data.tried.filter(({ reason }) => reason);
  return html`
    <p class="readout lead">
      ${data.matrix}, ${whole(data.out)} ×
      ${whole(data.d_in)}${data.rows < data.out ? `, measured on ${whole(data.rows)} of its rows` : ""}; sorted by bits
      a weight, then by error. A row is chosen for the maps above.</p>
    ${table({
      label: "Formats on this matrix",
      rows: sorted,
      selected: ({ name }) => name === ctx.controls.format,
      select: ({ name }) => ctx.control("format", name),
      columns: [
        { name: "Format", cell: ({ title }) => title },
        { name: "Bits a weight", number: true, cell: (each) => decimal(each.bits_per_weight, 2) },
        { name: "Bytes", number: true, cell: (each) => whole(each.nbytes) },
        {
          name: "RMS error here",
          cell: (each) =>
            html`<i class="meterbar"
              style=${styleMap({ width: `${(BAR * each.error) / most}px` })}></i>${decimal(each.error, 5)}`,
        },
        {
          name: "of σ",
          number: true,
          title: "of the matrix’s standard deviation",
          cell: (each) => percent(each.error / data.sigma),
        },
        { name: "RMS error on N(0, 1)", number: true, cell: (each) => decimal(each.on_normal, 4) },
      ],
    })}
    ${
      misfits.length
        ? html`<p class="hint">Not here: ${misfits.map(({ title }) => title).join(", ")}. ${misfits[0].reason}</p>`
        : nothing
    }`;
}

/** @param {QuantizedMatrixFormats} data @returns {Row[]} */
export const rows = (data) => data.tried.map((each) => ({ ...each }));
