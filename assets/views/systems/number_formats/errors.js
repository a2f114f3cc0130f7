// @ts-check
/**
 * The error of each format on a sample of real weights against the bits that it takes, beside normal numbers.
 *
 * @import { ErrorsByBits, FormatPoint } from "../../../types"
 * @import { BesideWords, Row, View, ViewContext } from "../../../kit/view"
 */
import { under } from "../../../kit/beside.js";
import { segmented } from "../../../kit/controls.js";
import { counted, decimal, percent, whole } from "../../../kit/format.js";
import { legend } from "../../../kit/legend.js";
import { select } from "../../../kit/select.js";
import { table } from "../../../kit/table.js";
import { median } from "../../../vendor/d3.js";
import { html, nothing } from "../../../vendor/lit.js";
import { errorsByBits } from "./front.js";
import { PARTS, partOf } from "./front_part.js";
import { fine } from "./numbers.js";

const ALL = "all";

/** Quick enough to be measured for each role by itself. */
export const follows = true;

/** @type {View<ErrorsByBits>} */
export function errors(data, ctx) {
  return html`
    <div class="bar">
      ${select({
        label: "Matrices",
        choices: data.roles.map((role) => /** @type {[string, string]} */ ([role, role === ALL ? "all roles" : role])),
        chosen: data.role,
        choose: (role) => ctx.control("role", role),
      })}
      ${segmented({
        label: "Bits shown",
        choices: Object.entries(PARTS).map(([key, { name }]) => /** @type {[string, string]} */ ([key, name])),
        chosen: partOf(ctx),
        choose: (key) => ctx.control("part", key),
      })}
      ${legend([
        ["solid", "these weights, on the front"],
        ["value", "behind it"],
        ["dot", "normal numbers in the same rows"],
        data.base && ["there", `weights of ${data.base.model}`],
      ])}
    </div>
    <p class="readout">${said(data)}</p>
    ${data.base ? html`<p class="readout basenote">${compared(data, data.base, ctx.beside)}</p>` : nothing}
    ${errorsByBits(data, ctx)}
    <p class="hint">${method(data)}</p>
    ${listed(data, ctx)}`;
}

/**
 * Each format.
 * @param {ErrorsByBits} data
 * @param {ViewContext} ctx
 * @returns {Row[]}
 */
export const rows = ({ points, role, weights, base }, { beside }) =>
  points.map(({ name, bits, real, normal, best, misfit }, at) => ({
    format: name,
    role,
    weights,
    bits_a_weight: bits,
    relative_error: real,
    ...(base ? { [`relative_error_in_${beside.column}`]: base.real[at] } : {}),
    relative_error_normal: normal,
    on_front: best,
    does_not_fit: misfit,
  }));

/** @param {ErrorsByBits} data */
function said({ points, of_formats, model, baseline }) {
  const before = baseline.includes("dequantized")
    ? " They lie on a grid already, which favours formats like their own."
    : "";
  const from = html`Rounded: ${model}. Its weights: ${baseline}.${before}`;
  if (points.length < of_formats) return html`${points.length} of ${of_formats} formats so far. ${from}`;
  const four = points.filter(({ bits }) => bits !== null && bits > 3.9 && bits <= 4.6);
  if (!four.length) return from;
  const best = four.reduce((a, b) => ((b.real ?? 1) < (a.real ?? 1) ? b : a));
  return html`With about four bits <b>${best.title}</b> errs least on these weights: <b>${percent(best.real ?? 0)}</b>
    of their root mean square, at ${decimal(best.bits ?? 0)} bits. ${from}`;
}

/**
 * The same formats on the weights of the other run's model.
 * @param {ErrorsByBits} data
 * @param {NonNullable<ErrorsByBits["base"]>} base
 * @param {BesideWords} beside
 */
function compared({ points }, { model, baseline, real }, beside) {
  const ratios = points.flatMap((point, at) => {
    const [here, there] = [point.real, real[at]];
    return here && there ? [{ title: point.title, here, there, ratio: there / here }] : [];
  });
  if (!ratios.length) return "";
  const most = ratios.reduce((a, b) => (Math.abs(Math.log(b.ratio)) > Math.abs(Math.log(a.ratio)) ? b : a));
  const middle = median(ratios, ({ ratio }) => ratio) ?? 0;
  return html`${beside.start}, ${model} (${baseline || "as loaded"}): the middle one of the formats errs <b
      data-ratio=${middle}>${decimal(middle)}</b> times as much as here. They are furthest apart in
    <b>${most.title}</b>: ${fine(most.there)} against ${fine(most.here)} here.`;
}

/** @param {ErrorsByBits} data @param {ViewContext} ctx */
function listed({ points, base }, ctx) {
  const there = (/** @type {FormatPoint} */ point) => base?.real[points.indexOf(point)] ?? undefined;
  const fits = points.filter(({ bits }) => bits !== null).sort((a, b) => Number(a.bits) - Number(b.bits));
  const without = points.filter(({ bits }) => bits === null);
  const number = true;
  const share = (/** @type {number | null} */ value) => (value === null ? "–" : fine(value));
  return html`
    ${table({
      label: "Bits and error of each format",
      columns: [
        { name: "Format", cell: ({ title }) => title },
        { name: "Bits", number, title: "a weight, scales counted", cell: ({ bits }) => decimal(bits ?? 0, 3) },
        {
          name: "These weights",
          number,
          cell: (point) => {
            const other = there(point);
            return under(share(point.real), ctx.beside, other === undefined ? undefined : fine(other));
          },
        },
        { name: "N(0, 1)", number, cell: ({ normal }) => share(normal) },
        { name: "Front", cell: ({ best }) => (best ? "yes" : "") },
      ],
      rows: fits,
      selected: ({ name }) => name === ctx.controls.format,
      select: ({ name }) => ctx.control("format", name),
    })}
    ${
      without.length
        ? html`<ul class="without">${without.map(
            ({ title, misfit }) => html`<li><b>${title}</b> does not fit. ${misfit}</li>`,
          )}</ul>`
        : nothing
    }`;
}

/** @param {ErrorsByBits} data */
function method({ matrices, of_matrices, rows, weights, role }) {
  const what = role === ALL ? "matrices of all roles" : `matrices ${role}`;
  return (
    `${whole(weights)} weights in ${counted(rows, "whole row")}, evenly spaced, of ${whole(matrices)} of ` +
    `${whole(of_matrices)} ${what}; each matrix counts by its size. A scale for a matrix heeds its largest weights, ` +
    "wherever they are; ternary’s, a mean, is that of the sample. Errors are root mean squares relative to that of " +
    "the weights, by rounding to nearest; below 0.01 % they stand at the lower edge. Shannon’s bound: independent " +
    "normal numbers cannot be held in R bits with a smaller error than 2^−R."
  );
}
