// @ts-check
/**
 * The error of each format on a sample of real weights against the bits that it takes, beside normal numbers.
 *
 * @import { ErrorsByBits } from "../../../types"
 * @import { Row, View, ViewContext } from "../../../kit/view"
 */
import { segmented } from "../../../kit/controls.js";
import { counted, decimal, percent, whole } from "../../../kit/format.js";
import { legend } from "../../../kit/legend.js";
import { select } from "../../../kit/select.js";
import { table } from "../../../kit/table.js";
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
      ])}
    </div>
    <p class="readout">${said(data)}</p>
    ${errorsByBits(data, ctx)}
    <p class="hint">${method(data)}</p>
    ${listed(data, ctx)}`;
}

/**
 * Each format.
 * @param {ErrorsByBits} data
 * @returns {Row[]}
 */
export const rows = ({ points, role, weights }) =>
  points.map(({ name, bits, real, normal, best, misfit }) => ({
    format: name,
    role,
    weights,
    bits_a_weight: bits,
    relative_error: real,
    relative_error_normal: normal,
    on_front: best,
    does_not_fit: misfit,
  }));

/** @param {ErrorsByBits} data */
function said({ points, of_formats, model, baseline }) {
  const before = baseline.includes("dequantised")
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

/** @param {ErrorsByBits} data @param {ViewContext} ctx */
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
        { name: "Bits", number, title: "a weight, scales counted", cell: ({ bits }) => decimal(bits ?? 0, 3) },
        { name: "These weights", number, cell: ({ real }) => share(real) },
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
