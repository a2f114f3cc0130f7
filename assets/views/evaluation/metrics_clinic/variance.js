// @ts-check
/**
 * One reconstruction by three formulas.
 *
 * @import { ClinicVariance } from "../../../types/evaluation"
 * @import { Row, View } from "../../../kit/view"
 */
import { control } from "../../../kit/controls/declared.js";
import { decimal, whole } from "../../../kit/numbers/format.js";
import { rightOrWrong } from "../../../kit/numbers/right_wrong.js";
import { table } from "../../../kit/numbers/table.js";
import { html } from "../../../vendor/lit.js";

/** Two values that are written alike. */
const SAME = 5e-4;

/** @type {View<ClinicVariance>} */
export function variance(data, ctx) {
  return html`
    <div class="settings-row">${control(ctx, "noise")} ${control(ctx, "shift")} ${control(ctx, "scales")}</div>
    <p class="readout lead">${said(data)}</p>
    ${table({
      label: "Explained variance by three formulas",
      columns: [
        { name: "formula", cell: ({ name }) => name },
        { name: "computed as", cell: ({ formula }) => html`<span class="mono">${formula}</span>` },
        { name: "explained", number: true, cell: ({ value }) => decimal(value, 3) },
        { name: "against the right one", cell: ({ value }) => verdict(value, data.true) },
      ],
      rows: formulas(data),
    })}
    <p class="hint">${whole(data.tokens)} vectors of ${data.width} dimensions, drawn with seed 0. The second formula was
      SAELens’ and SAEBench’s, the third its first correction (SAELens issues 659 and 665, SAEBench issue 76).</p>`;
}

/** @param {ClinicVariance} data @returns {Row[]} */
export const rows = (data) => formulas(data).map(({ name, formula, value }) => ({ name, formula, value }));

/** @param {ClinicVariance} data */
const formulas = (data) => [
  { name: "right", formula: "1 − E|x − y|² / Σ Var(x_d)", value: data.true },
  { name: "ratio averaged", formula: "E[1 − |x − y|² / |x − mean|²]", value: data.ratio_averaged },
  { name: "mean of squares, squared", formula: "1 − E|x − y|² / (E|x|² − E[x²]²)", value: data.squared_squares },
];

/** @param {number} value @param {number} right */
function verdict(value, right) {
  const same = Math.abs(value - right) < SAME;
  return rightOrWrong(same, same ? "the same" : `off by ${decimal(value - right, 3)}`);
}

/** @param {ClinicVariance} data */
const said = (data) => html`The variance of these vectors, summed over the dimensions, is
  <b>${decimal(data.variance)}</b>. The third formula divides by <b>${decimal(data.coded_variance)}</b>
  instead${data.coded_variance < 0 ? ", which is no variance at all: it is below zero" : ""}.`;
