// @ts-check
/**
 * Two stored trainings of the shelf's own mixture, with the balancing loss and without.
 *
 * @import { StoredTraining, StoredTrainings } from "../../../types/architectures"
 * @import { Row, View } from "../../../kit/view"
 */
import { plot } from "../../../kit/chart/plot.js";
import { html } from "../../../vendor/lit.js";

/** @type {Record<string, { name: string, color: string, dash?: string }>} */
const TRAININGS = {
  "six-kinds-moe": { name: "with balancing loss", color: "prob" },
  "six-kinds-unbalanced": { name: "without it", color: "ink2", dash: "4px,3px" },
};
const HEIGHT = 250;
const MARGIN = { r: 14, t: 30 };
const WIDE = 760;

/** @type {View<StoredTrainings>} */
export function recorded(data, ctx) {
  if (!data.models.length) return html`<p class="hint">No training is stored here.</p>`;
  return html`
    <div class="balancing">
      <div class="two-sides ${ctx.width >= WIDE ? "wide" : ""}">
        <div class="side">
          <h3 class="sub3">Balance loss, mean of the blocks</h3>
          ${balances(data)}
        </div>
        <div class="side">
          <h3 class="sub3">Busiest and idlest expert of all blocks, share of the choices</h3>
          ${extremes(data)}
        </div>
      </div>
      <p class="hint">
        ${
          data.missing
            ? "The model trained without the balancing loss is not on this shelf, so only one of two curves is drawn."
            : "In the right chart the upper line of each training is the busiest expert, the lower line the idlest."
        }
      </p>
    </div>`;
}

/**
 * @param {StoredTrainings} data
 * @returns {Row[]}
 */
export function rows({ models }) {
  return models.flatMap(({ name, step, lm, balance, busiest, idlest }) =>
    step.map((each, at) => ({
      model: name,
      step: each,
      task_loss: lm[at],
      balance: balance[at],
      busiest: busiest[at],
      idlest: idlest[at],
    })),
  );
}

/** @param {StoredTraining} model */
const styled = ({ name, step }) => ({ x: step, ...TRAININGS[name], width: 1.8 });

/** @param {StoredTrainings} data */
const balances = ({ models }) =>
  plot({
    label: "Balance loss over the steps of the stored trainings; arrow keys walk the steps",
    height: HEIGHT,
    traces: models.map((model) => ({ ...styled(model), y: model.balance })),
    x: { title: "step" },
    y: { tickformat: ".2f" },
    margin: MARGIN,
  });

/** @param {StoredTrainings} data */
const extremes = ({ models }) =>
  plot({
    label: "Busiest and idlest expert over the steps of the stored trainings; arrow keys walk the steps",
    height: HEIGHT,
    traces: models.flatMap((model) => [
      { ...styled(model), y: model.busiest, hover: "%{y:.1%}<extra>busiest</extra>" },
      { ...styled(model), y: model.idlest, legend: false, hover: "%{y:.1%}<extra>idlest</extra>" },
    ]),
    x: { title: "step" },
    y: { tickformat: ".0%", rangemode: "tozero" },
    margin: MARGIN,
  });
