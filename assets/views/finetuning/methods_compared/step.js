// @ts-check
/**
 * One step of one method on the open model: measured, beside the formula's count.
 *
 * @import { MethodStep } from "../../../types/finetuning"
 * @import { Row, View } from "../../../kit/view"
 */
import { control } from "../../../kit/controls/declared.js";
import { counted, decimal, whole } from "../../../kit/numbers/format.js";
import { memory, timed } from "../../../kit/numbers/magnitude.js";
import { table } from "../../../kit/numbers/table.js";
import { html } from "../../../vendor/lit.js";

/** @type {View<MethodStep>} */
export function step(data, ctx) {
  return html`
    <div class="settings-row">${control(ctx, "method", { as: "select" })} ${control(ctx, "seed")}</div>
    <p class="readout lead">${data.title} trains <b>${whole(data.trained)}</b> numbers. A step on
      ${counted(data.tokens, "token")} takes <b>${timed(data.step.ms)}</b> and
      <b>${memory(parts(data).reduce((sum, { bytes }) => sum + bytes, 0))}</b>.</p>
    <h3 class="sub3">Memory</h3>
    ${table({
      label: "Bytes of each part of the step",
      columns: [
        { name: "part", cell: ({ part }) => part },
        { name: "measured", number: true, cell: ({ bytes }) => memory(bytes) },
        { name: "by formula", number: true, cell: ({ formula }) => (formula === null ? "–" : memory(formula)) },
      ],
      rows: parts(data),
    })}
    <h3 class="sub3">Time</h3>
    ${table({
      label: "Seconds of the step",
      columns: [
        { name: "what runs", cell: ({ what }) => what },
        { name: "median", number: true, cell: ({ times }) => timed(times.ms) },
        { name: "middle half", number: true, cell: ({ times }) => `${timed(times.low)} to ${timed(times.high)}` },
      ],
      rows: [
        { what: "forward, backward, optimizer", times: data.step },
        { what: "the base’s forward pass alone", times: data.forward },
      ],
    })}
    <p class="hint">Few trained numbers make gradients and moments small, not the activations: the gradient passes every
      layer above the lowest change. A formula for them is not given here. Times are of ${counted(data.rounds, "round")}
      in turns${
        data.step.low > data.forward.high
          ? html`; the step takes ${decimal(data.step.ms / data.forward.ms, 1)} times the forward pass`
          : "; their spread exceeds their difference"
      }. The rate is so small that each round does the same work.</p>`;
}

/** @param {MethodStep} data @returns {{ part: string, bytes: number, formula: number | null }[]} */
const parts = (data) => [
  { part: "weights, frozen and trained", bytes: data.weights, formula: data.counted_weights },
  { part: "gradients", bytes: data.gradients, formula: 4 * data.counted },
  { part: "optimizer’s moments", bytes: data.optimizer, formula: 8 * data.counted },
  { part: "activations", bytes: data.activations, formula: null },
];

/** @param {MethodStep} data @returns {Row[]} */
export const rows = (data) => [
  ...parts(data).map(({ part, bytes, formula }) => ({ part, bytes, formula })),
  { part: "trained numbers", measured: data.trained, formula: data.counted },
  { part: "step, ms", measured: data.step.ms, low: data.step.low, high: data.step.high },
  { part: "forward, ms", measured: data.forward.ms, low: data.forward.low, high: data.forward.high },
];
