// @ts-check
/**
 * The models that a base, NF4 and an adapter make.
 *
 * @import { QloraMerging, QloraModel } from "../../../types/finetuning"
 * @import { Row, View } from "../../../kit/view"
 */
import { control } from "../../../kit/controls/declared.js";
import { counted, decimal } from "../../../kit/numbers/format.js";
import { table } from "../../../kit/numbers/table.js";
import { html } from "../../../vendor/lit.js";
import { choose, mean, worse } from "./items.js";

/** @type {Record<string, string>} */
const NAMES = {
  exact: "exact matrices, adapter beside them",
  base: "exact matrices alone",
  "base rounded": "NF4 alone",
  beside: "NF4, adapter beside it: as QLoRA trains",
  "merged, rounded": "merged into exact matrices, then NF4",
  "rounded, merged, rounded": "NF4, merged, NF4 again",
};

/** @type {View<QloraMerging>} */
export function merging(data, ctx) {
  const [exact] = data.models;
  return html`
    <div class="settings-row">${choose(ctx, "first", data.adapter, data.offered)} ${control(ctx, "items")}</div>
    <p class="readout lead">${said(data)}</p>
    ${table({
      label: "Models that a base, NF4 and an adapter make",
      columns: [
        { name: "model", cell: (/** @type {QloraModel} */ { name }) => NAMES[name] ?? name },
        { name: "mean loss, nats", number: true, cell: ({ losses }) => decimal(mean(losses), 4) },
        { name: "items that lose by it", number: true, cell: (each) => lost(each, exact) },
        {
          name: "KL from the first, nats",
          number: true,
          title: "Mean over the answers’ tokens",
          cell: ({ kl }) => kl.toPrecision(3),
        },
      ],
      rows: [...data.models],
    })}
    <p class="hint">A merge into NF4 needs rounding again, which moves the update as well as the matrix. An item loses
      where its loss is larger than under the first model. The items are
      ${counted(exact.losses.length, "held-out item")} of one task.</p>`;
}

/** @param {QloraModel} each @param {QloraModel} exact */
const lost = ({ losses }, exact) => `${worse(losses, exact.losses)} of ${losses.length}`;

/** @param {QloraMerging} data */
function said({ models }) {
  const kl = (/** @type {string} */ name) => models.find((each) => each.name === name)?.kl;
  const [beside, before, after] = ["beside", "merged, rounded", "rounded, merged, rounded"].map(kl);
  if (beside === undefined || before === undefined || after === undefined) return "The models are measured one by one.";
  return html`From the adapter on exact matrices, the mean KL is <b>${beside.toPrecision(2)}</b> nats with NF4 below the
    adapter, <b>${before.toPrecision(2)}</b> merged before quantizing, <b>${after.toPrecision(2)}</b> merged after.`;
}

/** @param {QloraMerging} data @returns {Row[]} */
export const rows = (data) =>
  data.models.flatMap(({ name, losses, kl }) => losses.map((loss, item) => ({ model: name, item, loss, mean_kl: kl })));
