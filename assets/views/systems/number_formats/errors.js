// @ts-check
/**
 * The error of each format on a sample of real weights against the bits that it takes, beside normal numbers.
 *
 * @import { ErrorsByBits, FormatPoint } from "../../../types/systems"
 * @import { Row, View, ViewContext } from "../../../kit/view"
 * @import { Context } from "./diamond.js"
 */

import { control } from "../../../kit/controls/declared.js";
import { legend } from "../../../kit/drawing/legend.js";
import { counted, decimal, percent, whole } from "../../../kit/numbers/format.js";
import { leftOut } from "../../../kit/numbers/misfits.js";
import { table } from "../../../kit/numbers/table.js";
import { under } from "../../../kit/runs/beside.js";
import { median } from "../../../vendor/d3.js";
import { html, nothing } from "../../../vendor/lit.js";
import { realThere } from "./diamond.js";
import { errorsByBits } from "./front.js";
import { ownShown } from "./front_part.js";
import { fine } from "./numbers.js";

const ALL = "all";

/** Quick enough to be measured for each role by itself. */
export const follows = true;

/** @type {View<ErrorsByBits>} */
export function errors(data, ctx) {
  return html`
    <div class="bar">
      ${control(ctx, "role", {
        as: "select",
        choices: data.roles.map((role) => [role, role === ALL ? "all roles" : role]),
        own: data.role,
      })}
      ${control(ctx, "part")}
      ${legend([
        ["solid", "these weights, on the front"],
        ["value", "these weights, behind the front"],
        ["dot", "normal numbers in the same rows"],
        ctx.there && ["there", `weights of ${modelThere(ctx)}`],
      ])}
    </div>
    <p class="readout">${said(data)}</p>
    ${ownFormats(data, ctx)}
    ${ctx.there ? html`<p class="readout basenote">${compared(data, ctx.there, ctx)}</p>` : nothing}
    ${errorsByBits(data, ctx)}
    <p class="hint">${method(data)}</p>
    ${listed(data, ctx)}`;
}

/**
 * Each format.
 * @param {ErrorsByBits} data
 * @param {Context} ctx
 * @returns {Row[]}
 */
export const rows = ({ points, role, weights }, ctx) =>
  points.map((point) => ({
    format: point.name,
    role,
    weights,
    bits_a_weight: point.bits,
    relative_error: point.real,
    ...(ctx.there ? { [`relative_error_in_${ctx.beside.column}`]: realThere(point, ctx) ?? null } : {}),
    relative_error_normal: point.normal,
    on_front: point.best,
    does_not_fit: point.misfit,
  }));

/** @param {Context} ctx */
const modelThere = ({ other }) => other?.model?.title ?? "the other model";

/** @param {ErrorsByBits} data */
function said({ points, of_formats, baseline: from }) {
  if (points.length < of_formats) return html`${points.length} of ${of_formats} formats are measured. ${from}`;
  const four = points.filter(({ bits, own }) => bits !== null && bits > 3.9 && bits <= 4.6 && !own);
  if (!four.length) return from;
  const best = four.reduce((a, b) => ((b.real ?? 1) < (a.real ?? 1) ? b : a));
  return html`Among the formats with about four bits, <b>${best.title}</b> has the smallest error on these weights:
    <b>${percent(best.real ?? 0)}</b> of their root mean square, at ${decimal(best.bits ?? 0)} bits. ${from}`;
}

/**
 * Formats that give these weights back exactly, since they were stored so: the picture opens without them.
 * @param {ErrorsByBits} data @param {ViewContext} ctx
 */
function ownFormats({ points }, ctx) {
  const own = points.filter((point) => point.own).map(({ title }) => title);
  if (!own.length) return nothing;
  const shown = ownShown(ctx);
  const many = own.length > 1;
  return html`<p class="hint own">${own.join(" and ")} ${many ? "give" : "gives"} these weights back without any error,
    because each weight already is a number of ${many ? "these formats" : "this format"}: the model’s file stores them
    so, or in a coarser format. The front leaves ${many ? "them" : "it"} out. <button class="linkbtn" type="button"
      @click=${() => ctx.control("own", shown ? "hidden" : "shown")}>${shown ? "Hide" : "Show"}
      ${many ? "them" : "it"} in the picture</button></p>`;
}

/**
 * The same formats on the weights of the other run's model.
 * @param {ErrorsByBits} data
 * @param {ErrorsByBits} there
 * @param {Context} ctx
 */
function compared({ points }, { baseline }, ctx) {
  const ratios = points.flatMap((point) => {
    const [here, there] = [point.real, realThere(point, ctx)];
    return here && there ? [{ title: point.title, here, there, ratio: there / here }] : [];
  });
  if (!ratios.length) return "";
  const most = ratios.reduce((a, b) => (Math.abs(Math.log(b.ratio)) > Math.abs(Math.log(a.ratio)) ? b : a));
  const middle = median(ratios, ({ ratio }) => ratio) ?? 0;
  const from = baseline ? ` ${baseline}` : "";
  return html`${ctx.beside.start}, on the weights of ${modelThere(ctx)}, the median format has <b
      data-ratio=${middle}>${decimal(middle)}</b> times the error that it has here. The largest ratio is in
    <b>${most.title}</b>: ${fine(most.there)} there, ${fine(most.here)} here.${from}`;
}

/** @param {ErrorsByBits} data @param {Context} ctx */
function listed({ points }, ctx) {
  const fits = points.filter(({ bits }) => bits !== null).sort((a, b) => Number(a.bits) - Number(b.bits));
  const without = points.filter(({ bits }) => bits === null);
  const number = true;
  const share = (/** @type {number | null} */ value) => (value === null ? "–" : fine(value));
  return html`
    ${table({
      label: "Bits and error of each format",
      columns: [
        { name: "Format", cell: ({ title }) => title },
        { name: "Bits", number, title: "per weight, with scales", cell: ({ bits }) => decimal(bits ?? 0, 3) },
        {
          name: "These weights",
          number,
          cell: (point) => {
            const other = realThere(point, ctx);
            return under(share(point.real), ctx.beside, other === undefined ? undefined : fine(other));
          },
        },
        { name: "N(0, 1)", number, cell: ({ normal }) => share(normal) },
        { name: "Front", cell: ({ best, own }) => (best ? "yes" : own ? "exact" : "") },
      ],
      rows: fits,
      selected: ({ name }) => name === ctx.controls.format,
      select: ({ name }) => ctx.control("format", name),
    })}
    ${leftOut(without.map(({ title, misfit }) => ({ title, reason: misfit })))}`;
}

/** @param {ErrorsByBits} data */
function method({ matrices, of_matrices, rows, weights, role }) {
  const what = role === ALL ? "matrices of all roles" : `matrices ${role}`;
  return (
    `The sample has ${whole(weights)} weights in ${counted(rows, "whole row")}, evenly spaced, from ` +
    `${whole(matrices)} of ${whole(of_matrices)} ${what}; each matrix counts by its size. A scale for a whole ` +
    "matrix uses the matrix’s largest weights; ternary’s scale is a mean over the sample. Q4_K_M gives each " +
    "matrix its own format, or the one that it falls back to. An error is the root mean square " +
    "of rounding to nearest, divided by that of the weights; the chart draws errors below 0.01 % at its lower edge. " +
    "Shannon’s bound: R bits cannot hold independent normal numbers with an error below 2^−R."
  );
}
