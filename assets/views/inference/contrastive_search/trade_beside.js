// @ts-check
/**
 * What alpha trades in the run beside this one: its lines, its numbers and a sentence.
 *
 * @import { ContrastiveTrade, TradedText } from "../../../types/inference"
 * @import { TextBeside } from "../../../kit/runs/beside.js"
 * @import { BesideWords, ViewContext } from "../../../kit/view"
 *
 * @typedef {TradedText & { text: TextBeside }} TradedThere
 */

import { decimal } from "../../../kit/numbers/format.js";
import { otherTokens, textThere, under } from "../../../kit/runs/beside.js";
import { html } from "../../../vendor/lit.js";

/**
 * @param {string} here
 * @param {number | undefined} there
 * @param {BesideWords} beside
 */
export const both = (here, there, beside) => under(here, beside, there === undefined ? undefined : decimal(there));

/**
 * The other run's texts, alpha by alpha, as far as they are written.
 * @param {ContrastiveTrade} data
 * @param {ViewContext<{ text: number }, ContrastiveTrade>} ctx
 * @returns {TradedThere[]}
 */
export const textsThere = ({ texts }, ctx) =>
  (ctx.there?.texts ?? []).map((each, at) => ({ ...each, text: textThere(ctx, texts[at].ids, each.ids) }));

/**
 * The line of the run beside this one.
 * @param {TradedThere[]} base
 * @param {ContrastiveTrade} data
 * @param {ViewContext<{ text: number }>} ctx
 * @param {"diversity" | "mean_logprob"} what
 * @param {string} color
 */
export function beside(base, { texts }, ctx, what, color) {
  if (!base.length) return [];
  const name = `${what === "diversity" ? "diversity, " : ""}${ctx.beside.name}`;
  const line = { mode: "lines+markers", dash: "dot", hollow: true, color, name };
  return [
    {
      ...line,
      x: texts.map(({ alpha }) => alpha),
      y: base.map((each) => each[what]),
      hover: `${name} %{y:.3f}<extra></extra>`,
    },
  ];
}

/**
 * @param {TradedThere[]} base
 * @param {ContrastiveTrade} data
 * @param {BesideWords} beside
 */
export function compared(base, { texts }, { start }) {
  const [greedy] = base;
  const best = base.reduce((one, other) => (other.diversity > one.diversity ? other : one));
  const { alpha } = texts[base.indexOf(best)];
  return html`
    <p class="readout basenote">${start} the greedy text has diversity <b
        data-diversity=${greedy.diversity}>${decimal(greedy.diversity)}</b> at ${decimal(greedy.mean_logprob)} nats a
      token; alpha ${decimal(alpha, 1)} has the most, <b>${decimal(best.diversity)}</b>, at
      ${decimal(best.mean_logprob)}. ${otherTokens(greedy.text)}</p>`;
}
