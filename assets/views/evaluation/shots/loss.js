// @ts-check
/**
 * The loss of answer after answer in one prompt, beside each answer's loss behind its own question alone.
 *
 * @import { ShotsLoss } from "../../../types/evaluation"
 * @import { Row, View } from "../../../kit/view"
 */

import { plot } from "../../../kit/chart/plot.js";
import { control } from "../../../kit/controls/declared.js";
import { counted, decimal, signed } from "../../../kit/numbers/format.js";
import { table } from "../../../kit/numbers/table.js";
import { html, nothing } from "../../../vendor/lit.js";

const HEIGHT = 300;

/** @type {View<ShotsLoss>} */
export function loss(data, ctx) {
  return html`
    <div class="settings-row">
      ${control(ctx, "length", { as: "segmented" })} ${control(ctx, "sequences", { as: "segmented" })}
      ${control(ctx, "seed")}
    </div>
    <p class="readout lead">${lead(data)}</p>
    ${chart(data)}
    <p class="hint">Each point is the mean over ${counted(data.sequences, "prompt")} of the task “${data.task}”, each
      with other examples; the bars are intervals of 95 % by prompts drawn anew. Other examples stand at each place, so
      compare the two lines at one place, not one place with the next.</p>
    <h3 class="sub3">The first prompt, example by example</h3>
    ${table({
      label: "The first prompt, example by example",
      rows: data.answers,
      columns: [
        { name: "place", number: true, cell: (_, at) => at + 1 },
        { name: "question", className: "question", cell: ({ question }) => question },
        { name: "answer", cell: ({ answer }) => answer },
        { name: "−log p here, nats", number: true, cell: ({ here }) => decimal(here) },
        { name: "alone, nats", number: true, cell: ({ alone }) => decimal(alone) },
        { name: "difference", number: true, cell: ({ here, alone }) => signed(here - alone) },
      ],
    })}`;
}

/** @param {ShotsLoss} data */
function lead({ sequences, total, gain, gain_low, gain_high }) {
  const so = sequences < total ? html`${sequences} of ${total} prompts are read. ` : nothing;
  if (gain_low === null || gain_high === null) return html`${so}One prompt gives no interval.`;
  const within = `95 % from ${signed(gain_low)} to ${signed(gain_high)}, prompts as clusters`;
  const told =
    gain_low > 0
      ? "The examples before an answer make it likelier."
      : gain_high < 0
        ? "The examples before an answer make it less likely."
        : "The interval includes zero: no gain can be told from none.";
  return html`${so}In the second half of the prompt an answer costs <b>${decimal(Math.abs(gain))} nats</b>
    ${gain >= 0 ? "less" : "more"} than alone (${within}). ${told}`;
}

/** @param {ShotsLoss} data */
function chart({ places }) {
  const x = places.map((_, at) => at + 1);
  const known = places.every(({ low }) => low !== null);
  return plot({
    label: "Loss of the answer by place, in the prompt and alone",
    height: HEIGHT,
    traces: [
      {
        x,
        y: places.map(({ here }) => here),
        ...(known && {
          whiskers: { low: places.map(({ low }) => Number(low)), high: places.map(({ high }) => Number(high)) },
        }),
        name: "behind the examples before it",
        color: "prob",
        mode: "lines+markers",
        size: 6,
      },
      { x, y: places.map(({ alone }) => alone), name: "alone", color: "ink3", dash: "4px,3px" },
    ],
    x: { title: "place in the prompt" },
    y: { title: "−log p of the answer, nats" },
    margin: { t: 34 },
  });
}

/** @param {ShotsLoss} data @returns {Row[]} */
export const rows = (data) =>
  data.places.map((place, at) => ({ place: at + 1, ...place, task: data.task, prompts: data.sequences }));
