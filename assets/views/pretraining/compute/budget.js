// @ts-check
/**
 * A budget by each law, and tokens a parameter over all budgets.
 *
 * @import { ComputeBudget } from "../../../types/pretraining"
 * @import { Row, View } from "../../../kit/view"
 *
 * @typedef {{ law: string }} Kept
 */
import { control } from "../../../kit/controls/declared.js";
import { decimal, percent, power } from "../../../kit/numbers/format.js";
import { table } from "../../../kit/numbers/table.js";
import { html } from "../../../vendor/lit.js";
import { byLaws, lawOf, lawRows, ratio } from "./laws.js";

/** @type {View<ComputeBudget, Kept>} */
export function budget(data, ctx) {
  const [printed, unrounded] = ["hoffmann", "unrounded"].map((key) => lawOf(data, key));
  return html`
    <div class="settings-row">${control(ctx, "budget", { as: "select" })}</div>
    <p class="readout lead">For <b>${power(data.compute)} FLOP</b> the constants that Hoffmann et al. print ask for
      <b>${decimal(ratio(printed), 1)}</b> tokens a parameter. With the four digits of the same exponents it is
      <b>${decimal(ratio(unrounded), 1)}</b>, and the refit to the same runs says
      <b>${decimal(ratio(lawOf(data, "refit")), 1)}</b>.</p>
    ${byLaws(data, ctx.width)}
    <p class="hint">Each law was fitted to its own text and tokenizer: do not compare losses of two laws, other
      than those of Hoffmann’s runs. Kaplan’s line is the least loss of the joint form; the paper recommends N as
      C^0.73, from training curves. A law that is read far outside of its runs is a guess.</p>
    <h3 class="sub3">Tokens that are read again</h3>
    ${table({
      label: "What a token is worth by the number of epochs",
      className: "snug",
      columns: [
        { name: "epochs", number: true, cell: ({ epochs }) => epochs },
        {
          name: "worth of a token read, against a new one",
          number: true,
          cell: ({ worth }) => percent(worth, 1),
        },
      ],
      rows: [...data.repeated],
    })}
    <p class="hint">Muennighoff et al. 2023: U + U · 15.39 · (1 − e^(−R / 15.39)) over U · epochs, where R is the number
      of epochs less one.</p>`;
}

/** @param {ComputeBudget} data @returns {Row[]} */
export const rows = lawRows;
