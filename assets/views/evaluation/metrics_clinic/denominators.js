// @ts-check
/**
 * Batches of unequal size, and two means of them.
 *
 * @import { ClinicDenominators } from "../../../types/evaluation"
 * @import { Row, View } from "../../../kit/view"
 */
import { control } from "../../../kit/controls/declared.js";
import { decimal, percent, signed } from "../../../kit/numbers/format.js";
import { table } from "../../../kit/numbers/table.js";
import { html } from "../../../vendor/lit.js";

/** @type {View<ClinicDenominators>} */
export function denominators(data, ctx) {
  const { of_means, of_tokens, items, answered, right } = data;
  const over = answered ? percent(right / answered) : "no number";
  return html`
    <div class="settings-row">${control(ctx, "last")}</div>
    <p class="readout lead">The mean of the batches’ means is <b>${decimal(of_means, 3)}</b> nats, and the mean of all
      tokens <b>${decimal(of_tokens, 3)}</b>. The perplexities are ${decimal(Math.exp(of_means))} and
      ${decimal(Math.exp(of_tokens))}, ${signed(100 * (Math.exp(of_means - of_tokens) - 1), 1)} %.</p>
    ${table({
      label: "Batches and what each counts",
      columns: [
        { name: "batch", cell: ({ batch }) => batch },
        { name: "tokens", number: true, cell: ({ tokens }) => tokens },
        { name: "mean loss, nats", number: true, cell: ({ mean }) => decimal(mean, 3) },
        { name: "counts, of means", number: true, cell: ({ of_means }) => percent(of_means) },
        { name: "counts, of tokens", number: true, cell: ({ of_tokens }) => percent(of_tokens) },
      ],
      rows: counts(data),
    })}
    <p class="readout lead">The strict filter above finds an answer in ${answered} of ${items} texts, and ${right} of
      these ${right === 1 ? "is" : "are"} right. The score over the texts with an answer is <b>${over}</b>, over all
      texts <b>${percent(right / items)}</b>.</p>`;
}

/** @param {ClinicDenominators} data @returns {Row[]} */
export const rows = (data) => counts(data);

/** @param {ClinicDenominators} data */
function counts({ batches }) {
  const all = batches.reduce((sum, { tokens }) => sum + tokens, 0);
  return batches.map(({ tokens, mean }, at) => ({
    batch: at + 1,
    tokens,
    mean,
    of_means: 1 / batches.length,
    of_tokens: tokens / all,
  }));
}
