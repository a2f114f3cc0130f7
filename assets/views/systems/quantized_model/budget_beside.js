// @ts-check
/**
 * What whole choices cost the other run's model: in words, in the chart, and below the numbers of this one's.
 *
 * @import { Judged, QuantizedBudget } from "../../../types/systems"
 * @import { BesideWords } from "../../../kit/view"
 */

import { counted, decimal } from "../../../kit/numbers/format.js";
import { under } from "../../../kit/runs/beside.js";
import { sum } from "../../../vendor/d3.js";
import { html, nothing } from "../../../vendor/lit.js";
import { nats } from "./words.js";

/** Bits a weight of a choice of the other run's model. @param {NonNullable<QuantizedBudget["base"]>} base */
export const bitsThere =
  ({ weights }) =>
  (/** @type {Judged} */ { nbytes }) =>
    (8 * nbytes) / weights;

/**
 * The other model's choice that belongs to one of this model's: one format everywhere, or the mix of as much of the way
 * from the least bits to the most.
 * @param {QuantizedBudget} data @param {Judged} choice
 */
function there({ base, judged }, choice) {
  const mixes = (/** @type {readonly Judged[]} */ some) => some.filter(({ name }) => !name);
  if (!base) return undefined;
  if (choice.name) return base.judged.find(({ name }) => name === choice.name);
  return mixes(base.judged)[mixes(judged).indexOf(choice)];
}

/** @param {QuantizedBudget} data @param {BesideWords} beside */
export function budgetBeside(data, beside) {
  const { base, judged } = data;
  if (!base) return nothing;
  const pairs = judged.flatMap((here) => {
    const other = there(data, here);
    return other ? [{ here, other }] : [];
  });
  const worse = pairs.filter(({ here, other }) => other.same_text > here.same_text).length;
  const ratios = base.judged.map(({ predicted, same_text }) => same_text / predicted);
  return html`<p class="readout basenote">${beside.start}, ${base.model}: <b data-worse=${worse}>${worse}</b> of
    ${counted(pairs.length, "choice")} cost that model more KL than this one. Its whole choices cost
    <b data-least=${Math.min(...ratios)}>${decimal(Math.min(...ratios))}</b> to
    <b>${decimal(Math.max(...ratios))}</b> times the sum of their parts.</p>`;
}

/**
 * The other model's choices as they were measured, for the chart.
 * @param {QuantizedBudget} data @param {BesideWords} beside
 */
export function tracesBeside({ base }, beside) {
  if (!base) return [];
  const { judged } = base;
  return [
    {
      x: judged.map(bitsThere(base)),
      y: judged.map(({ same_text }) => same_text),
      customdata: judged.map(
        ({ name, same_text, predicted }) =>
          `${base.model}, ${name || "by the budget"}: ${nats(same_text)} measured, ${nats(predicted)} predicted`,
      ),
      name: `${beside.name}, same text`,
      mode: /** @type {const} */ ("markers"),
      color: "river-deep",
      hollow: true,
      size: 9,
      hover: "%{customdata}<extra></extra>",
    },
  ];
}

/**
 * A cell with the other model's number below this one's.
 * @param {QuantizedBudget} data
 * @param {BesideWords} beside
 * @param {(choice: Judged, bits: number) => string} said
 */
export const besides = (data, beside, said) => {
  const all = sum(Array.from(data.weights.a));
  return (/** @type {Judged} */ choice) => {
    const other = there(data, choice);
    const here = said(choice, (8 * choice.nbytes) / all);
    return under(here, beside, data.base && other ? said(other, bitsThere(data.base)(other)) : undefined);
  };
};
