// @ts-check
/**
 * One weight worked out: its bits, what its scale is made of, its value, and what is lost.
 *
 * @import { QuantizedMatrixCells } from "../../../types/systems"
 * @import { Cell } from "../../../kit/cells/matrix"
 */
import { derivation } from "../../../kit/numbers/derivation.js";
import { signed } from "../../../kit/numbers/format.js";
import { html } from "../../../vendor/lit.js";
import { groupOf } from "./maps.js";

/** Four digits that mean something. @param {number} value */
export const digits = (value) => {
  const small = value !== 0 && Math.abs(value) < 1e-3;
  return (small ? value.toExponential(3) : Number(value.toPrecision(4)).toString()).replace("-", "−");
};

/** A number behind a sign, in brackets where it has one itself. @param {number} value */
const bracketed = (value) => (value < 0 ? `(${digits(value)})` : digits(value));

/** @param {QuantizedMatrixCells} data @param {Cell} at */
export function worked(data, at) {
  const i = at.row * data.weights.shape[1] + at.column;
  const [weight, code, value] = [data.weights.a[i], data.codes.a[i], data.values.a[i]];
  const place = at.row * data.step.shape[1] + groupOf(data, at.column).number - data.first_group;
  const [step, low, level] = [data.step.a[place], data.low?.a[place], data.levels.a[code]];
  const above = low === undefined ? digits(weight) : `(${digits(weight)} − ${bracketed(low)})`;
  const added = low === undefined ? "" : low < 0 ? ` − ${digits(-low)}` : ` + ${digits(low)}`;
  return html`
    <h3 class="sub3">One weight, worked out <small>row ${data.row + at.row}, column
        ${data.column + at.column}</small></h3>
    ${derivation([
      { name: "Weight", formula: "w", result: digits(weight) },
      ...scaleLines(data, place, step, low),
      {
        name: "Unit",
        formula: step ? `${above} / ${bracketed(step)}` : "no step: all weights of the group are equal",
        result: step ? digits((weight - (low ?? 0)) / step) : "0",
      },
      {
        name: "Code",
        formula: `nearest level: ${digits(level)}`,
        result: `${code} = ${code.toString(2).padStart(data.bits, "0")}₂`,
      },
      { name: "Value", formula: `${digits(level)} × ${bracketed(step)}${added}`, result: digits(value) },
      { name: "Error", formula: `${digits(value)} − ${bracketed(weight)}`, result: signed(value - weight, 5) },
    ])}`;
}

/** @param {QuantizedMatrixCells} data @param {number} place @param {number} step @param {number | undefined} low */
function scaleLines({ two, group }, place, step, low) {
  const lines = [];
  if (!two) lines.push({ name: "Step", formula: `one for ${group} weights`, result: digits(step) });
  else
    lines.push({
      name: "Step",
      formula: `d × sc = ${digits(two.d.a[place])} × ${two.part.a[place]}`.replace("-", "−"),
      result: digits(step),
      note: `one float16 d for ${two.block} weights, one whole number sc for ${group}`,
    });
  if (low === undefined) return lines;
  if (two?.dmin && two.low_part)
    lines.push({
      name: "Lowest",
      formula: `−dmin × m = −${digits(two.dmin.a[place])} × ${two.low_part.a[place]}`,
      result: digits(low),
    });
  else lines.push({ name: "Lowest", formula: `one for ${group} weights`, result: digits(low) });
  return lines;
}
