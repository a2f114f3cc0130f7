// @ts-check
/**
 * The range test: the loss by a rate that grows at each step.
 *
 * @import { RateRange } from "../../../types/pretraining"
 * @import { Row, View } from "../../../kit/view"
 */
import { plot } from "../../../kit/chart/plot.js";
import { counted, decimal, scientific } from "../../../kit/numbers/format.js";
import { html, nothing } from "../../../vendor/lit.js";
import { model, settings } from "./settings.js";

const HEIGHT = 300;

/** @type {View<RateRange, any>} */
export function finder(data, ctx) {
  return html`
    <div class="train">
      ${settings(ctx, false)}
      <p class="readout lead">${said(data)}</p>
      ${plot({
        label: "Loss by the learning rate of the step; arrow keys walk the rates",
        height: HEIGHT,
        traces: [
          batches(data),
          {
            x: data.rates,
            y: data.smoothed,
            color: "ink",
            hover: "%{y:.3f} at a rate of %{x:.2g}<extra>smoothed</extra>",
          },
        ],
        x: {
          title: "learning rate",
          type: "log",
          range: [Math.log10(data.low), Math.log10(data.high)],
          exponentformat: "power",
          dtick: 1,
        },
        y: { title: `nats a ${data.of.unit}` },
        marks:
          data.ended && data.steepest !== null
            ? [
                { x: data.rates[data.steepest], label: "falls most", color: "prob", side: "left" },
                { x: data.rates[data.lowest], label: "lowest", color: "ink3" },
              ]
            : [],
        margin: { r: 14, t: 34 },
      })}
      ${
        data.ended && data.steepest !== null && !ctx.recorded
          ? html`<button class="btn" type="button" @click=${() => ctx.control("rate", near(data))}>Train with a peak
              rate of ${scientific(near(data))}</button>`
          : nothing
      }
      <p class="hint">${counted(data.steps, "step")}, a rate from ${scientific(data.low)} to ${scientific(data.high)},
        by the same factor each; a batch is read once. Faint: each batch; dark: smoothed. The test ends where the
        smoothed loss is twice its lowest. It is one run of one seed, without warm-up, and says where to
        begin a search. What it finds for this size, batch and length need not hold at
        another: a larger model takes a smaller rate, unless it is scaled so that rates carry over (muP).</p>
    </div>`;
}

/** @param {RateRange} data @returns {Row[]} */
export const rows = ({ rates, losses, smoothed }) =>
  rates.map((rate, step) => ({ step, rate, loss: losses[step], smoothed: smoothed[step] }));

/** @param {RateRange} data @returns {import("../../../kit/chart/chart_layout").Trace} */
function batches({ rates, losses }) {
  const faint = { color: "river-deep", alpha: 0.4, width: 1, hoverinfo: "skip" };
  return { x: rates, y: losses, ...faint };
}

/** The rate in one figure. @param {RateRange} data */
const near = ({ rates, steepest }) => Number(rates[steepest ?? 0].toPrecision(1));

/** @param {RateRange} data */
function said(data) {
  const { ended, rates, steepest, lowest, smoothed, stopped, of } = data;
  if (!ended || steepest === null) return html`${model(of)}. ${rates.length} of ${counted(data.steps, "step")}.`;
  const end = stopped ? ` At the end ${stopped} was not a number.` : "";
  return html`${model(of)}. The loss falls most at a rate of about <b>${scientific(rates[steepest])}</b> and is lowest
    at ${scientific(rates[lowest])}, ${decimal(smoothed[lowest], 3)} nats.${end}`;
}
