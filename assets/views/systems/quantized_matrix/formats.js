// @ts-check
/**
 * All formats on one matrix: real bits, bytes, and the error that is left.
 *
 * @import { QuantizedMatrixFormats } from "../../../types/systems"
 * @import { Row, ViewContext } from "../../../kit/view"
 *
 * @typedef {ViewContext<any, QuantizedMatrixFormats>} Context
 */

import { legend } from "../../../kit/drawing/legend.js";
import { decimal, percent, whole } from "../../../kit/numbers/format.js";
import { leftOut } from "../../../kit/numbers/misfits.js";
import { table } from "../../../kit/numbers/table.js";
import { under } from "../../../kit/runs/beside.js";
import { max, median } from "../../../vendor/d3.js";
import { html, nothing, styleMap } from "../../../vendor/lit.js";

export const follows = true;
const BAR = 64;

/** @param {QuantizedMatrixFormats} data @param {Context} ctx */
export function formats(data, ctx) {
  const fitting = data.tried.filter(({ reason }) => !reason);
  const sorted = [...fitting].sort((a, b) => a.bits_per_weight - b.bits_per_weight || a.error - b.error);
  const most = max(fitting, ({ error }) => error) ?? 1;
  const left = data.tried.filter(({ reason }) => reason);
  return html`
    <p class="readout lead">
      ${data.matrix} has ${whole(data.out)} ×
      ${whole(data.d_in)} weights${data.rows < data.out ? `; ${whole(data.rows)} of its rows are measured` : ""}. The
      table is sorted by bits per weight, then by error. Press a row to see its format in the maps
      above.${exact(fitting)}</p>
    ${ctx.there ? html`${compared(data, ctx.there, ctx)} ${legend([["dot", ctx.beside.name]])}` : nothing}
    ${table({
      label: "Formats on this matrix",
      rows: sorted,
      selected: ({ name }) => name === ctx.controls.format,
      select: ({ name }) => ctx.control("format", name),
      columns: [
        { name: "Format", cell: ({ title }) => title },
        { name: "Bits per weight", number: true, cell: (each) => decimal(each.bits_per_weight, 2) },
        { name: "Bytes", number: true, cell: (each) => whole(each.nbytes) },
        {
          name: "RMS error here",
          cell: (each) =>
            html`<i class="meterbar"
              style=${styleMap({ width: `${(BAR * each.error) / most}px` })}></i>${
                each.error === 0 ? "0, exact" : decimal(each.error, 5)
              }`,
        },
        {
          name: "of σ",
          number: true,
          title: "of the matrix’s standard deviation",
          cell: (each) => {
            const other = shareThere(each, ctx);
            return under(percent(each.error / data.sigma), ctx.beside, other === undefined ? other : percent(other));
          },
        },
        {
          name: "on N(0, 1)",
          number: true,
          title: "RMS error on normal numbers, of their standard deviation",
          cell: (each) => percent(each.on_normal),
        },
      ],
    })}
    ${leftOut(left)}`;
}

/** Why a format makes no error at all. @param {readonly { title: string, error: number }[]} tried */
function exact(tried) {
  const own = tried.filter(({ error }) => error === 0).map(({ title }) => title);
  return own.length
    ? ` ${own.join(" and ")} ${own.length > 1 ? "are" : "is"} exact, because the weights already are numbers of ` +
        `${own.length > 1 ? "these formats" : "this format"}: the model’s file stores them so, or in a coarser format.`
    : "";
}

/** @param {QuantizedMatrixFormats} data @param {Context} ctx @returns {Row[]} */
export const rows = (data, ctx) =>
  data.tried.map((each) => ({
    ...each,
    ...(ctx.there ? { [`error_of_sigma_in_${ctx.beside.column}`]: shareThere(each, ctx) ?? null } : {}),
  }));

/**
 * The error of the same format on the other run's matrix, as a share of its standard deviation.
 * @param {QuantizedMatrixFormats["tried"][number]} format
 * @param {Context} ctx
 */
function shareThere({ name }, { there }) {
  const found = there?.tried.find((each) => each.name === name && !each.reason);
  return there && found ? found.error / there.sigma : undefined;
}

/**
 * @param {QuantizedMatrixFormats} data
 * @param {QuantizedMatrixFormats} there
 * @param {Context} ctx
 */
function compared(data, there, ctx) {
  const pairs = data.tried.flatMap((each) => {
    const other = shareThere(each, ctx);
    const here = each.error / data.sigma;
    return each.reason || !other || !here ? [] : [{ title: each.title, here, other, ratio: other / here }];
  });
  if (!pairs.length) return nothing;
  const most = pairs.reduce((a, b) => (Math.abs(Math.log(b.ratio)) > Math.abs(Math.log(a.ratio)) ? b : a));
  const middle = median(pairs, ({ ratio }) => ratio) ?? 0;
  const model = ctx.other?.model?.title ?? "the other model";
  return html`<p class="readout basenote">${ctx.beside.start}, ${there.matrix} of ${model} has ${whole(there.out)} ×
    ${whole(there.d_in)} weights. As a share of σ, the median format has <b data-ratio=${middle}>${decimal(middle)}</b>
    times the error that it has here. The largest ratio is in ${most.title}: <b>${percent(most.other)}</b> there,
    ${percent(most.here)} here.</p>`;
}
