// @ts-check
/**
 * What whole choices cost the other run's model: in words, in the chart, and below the numbers of this one's.
 *
 * @import { Judged, QuantizedBudget } from "../../../types/systems"
 * @import { ViewContext } from "../../../kit/view"
 *
 * @typedef {ViewContext<any, QuantizedBudget>} Context
 */

import { counted, decimal } from "../../../kit/numbers/format.js";
import { under } from "../../../kit/runs/beside.js";
import { sum } from "../../../vendor/d3.js";
import { html, nothing } from "../../../vendor/lit.js";
import { nats } from "./words.js";

/** Bits a weight of a choice of the other run's model. @param {QuantizedBudget} there */
export const bitsThere =
  ({ weights }) =>
  (/** @type {Judged} */ { nbytes }) =>
    (8 * nbytes) / sum(weights.a);

/**
 * The other model's choice that belongs to one of this model's: one format everywhere, or the mix of as much of the way
 * from the least bits to the most.
 * @param {QuantizedBudget} data @param {Judged} choice @param {Context} ctx
 */
function choiceThere({ judged }, choice, { there }) {
  const mixes = (/** @type {readonly Judged[]} */ some) => some.filter(({ name }) => !name);
  if (!there) return undefined;
  if (choice.name) return there.judged.find(({ name }) => name === choice.name);
  return mixes(there.judged)[mixes(judged).indexOf(choice)];
}

/** @param {QuantizedBudget} data @param {Context} ctx */
export function budgetThere(data, ctx) {
  const { there, beside } = ctx;
  if (!there?.judged.length) return nothing;
  const pairs = data.judged.flatMap((here) => {
    const other = choiceThere(data, here, ctx);
    return other ? [{ here, other }] : [];
  });
  const worse = pairs.filter(({ here, other }) => other.same_text > here.same_text).length;
  const ratios = there.judged.map(({ predicted, same_text }) => same_text / predicted);
  return html`<p class="readout basenote">${beside.start}, ${ctx.other?.model?.title}:
    <b data-worse=${worse}>${worse}</b> of ${counted(pairs.length, "choice")} cost that model more KL than this one.
    Its whole choices cost <b data-least=${Math.min(...ratios)}>${decimal(Math.min(...ratios))}</b> to
    <b>${decimal(Math.max(...ratios))}</b> times the sum of their parts.</p>`;
}

/**
 * The other model's choices as they were measured, for the chart.
 * @param {Context} ctx
 */
export function tracesThere({ there, beside, other }) {
  if (!there) return [];
  const { judged } = there;
  const title = other?.model?.title;
  return [
    {
      x: judged.map(bitsThere(there)),
      y: judged.map(({ same_text }) => same_text),
      customdata: judged.map(
        ({ name, same_text, predicted }) =>
          `${title}, ${name || "by the budget"}: ${nats(same_text)} measured, ${nats(predicted)} predicted`,
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
 * @param {Context} ctx
 * @param {(choice: Judged, bits: number) => string} said
 */
export const both = (data, ctx, said) => {
  const all = sum(Array.from(data.weights.a));
  return (/** @type {Judged} */ choice) => {
    const other = choiceThere(data, choice, ctx);
    const here = said(choice, (8 * choice.nbytes) / all);
    return under(here, ctx.beside, ctx.there && other ? said(other, bitsThere(ctx.there)(other)) : undefined);
  };
};
