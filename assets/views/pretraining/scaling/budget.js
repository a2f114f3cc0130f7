// @ts-check
/**
 * A budget by each law, the one that was fitted here among them, and what two digits of an exponent do.
 *
 * @import { BudgetLaw, ComputeBudget } from "../../../types/pretraining"
 * @import { Row, View } from "../../../kit/view"
 */
import { control } from "../../../kit/controls/declared.js";
import { decimal, power } from "../../../kit/numbers/format.js";
import { figures, parameters } from "../../../kit/numbers/magnitude.js";
import { table } from "../../../kit/numbers/table.js";
import { html } from "../../../vendor/lit.js";
import { byLaws, lawOf, lawRows, ratio } from "../compute/laws.js";

/** Budgets at which a rounding is shown; the last is Chinchilla's. */
const ROUNDED = [1e19, 1e21, 5.76e23];

/** @type {View<ComputeBudget>} */
export function budget(data, ctx) {
  const ours = lawOf(data, "ours");
  const others = data.laws.filter((each) => each !== ours);
  const counts = others.map(({ parameters: count }) => count);
  return html`
    <div class="settings-row">${control(ctx, "budget", { as: "select" })}</div>
    <p class="readout lead">For <b>${power(data.compute)} FLOP</b> the papers’ laws ask for
      <b>${parameters(Math.min(...counts))}</b> to <b>${parameters(Math.max(...counts))}</b> parameters. The law that
      was
      fitted here asks for <b>${parameters(ours.parameters)}</b> on ${parameters(ours.tokens)} tokens, from runs of at
      most 5·10¹¹ FLOP: no more than a guess at that distance.</p>
    ${byLaws(data, ctx.width)}
    <p class="hint">Do not compare losses of two laws: each was fitted to its own text and tokenizer.</p>
    <h3 class="sub3">What a rounding does</h3>
    ${table({
      label: "Tokens a parameter by the printed and the unrounded exponents",
      columns: [
        { name: "budget, FLOP", number: true, cell: (compute) => power(compute) },
        { name: "Hoffmann, .34 and .28", number: true, cell: (compute) => at(data, "hoffmann", compute) },
        { name: ".3392 and .2849", number: true, cell: (compute) => at(data, "unrounded", compute) },
        { name: "refit of the same runs", number: true, cell: (compute) => at(data, "refit", compute) },
      ],
      rows: [...ROUNDED],
    })}
    <p class="hint">Tokens a parameter. The paper prints two digits of each exponent; its TeX source has four.
      Chinchilla
      itself read ${figures(1.4e12 / 70e9)}.</p>`;
}

export const follows = true;

/** @param {ComputeBudget} data @returns {Row[]} */
export const rows = lawRows;

/** @param {ComputeBudget} data @param {string} key @param {number} compute */
const at = (data, key, compute) => decimal(ratioAt(lawOf(data, key), data, compute), 1);

/** Tokens a parameter are a power of the budget: one line over its logarithm. @param {BudgetLaw} law
 * @param {ComputeBudget} data @param {number} compute */
function ratioAt(law, { compute: known, exponents }, compute) {
  const { a: ratios } = law.ratios;
  const steep =
    Math.log(ratios[ratios.length - 1] / ratios[0]) / (exponents.a[exponents.a.length - 1] - exponents.a[0]);
  return ratio(law) * Math.exp(steep * Math.log10(compute / known));
}
