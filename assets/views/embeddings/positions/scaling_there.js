// @ts-check
/**
 * How fast the pairs of the other run turn.
 *
 * @import { PositionsScaling } from "../../../types/embeddings"
 * @import { ViewContext } from "../../../kit/view"
 *
 * @typedef {ViewContext<any, PositionsScaling>} Context
 */
import { counted, whole } from "../../../kit/numbers/format.js";
import { range } from "../../../vendor/d3.js";
import { html, nothing } from "../../../vendor/lit.js";
import { turn } from "./clocks.js";

/** @param {number} speed angle a token */
export const turnIn = (speed) => (2 * Math.PI) / speed;

/** @param {PositionsScaling} there @param {number} pair */
export const turnThere = ({ inv_freq }, pair) => (pair < inv_freq.a.length ? turnIn(inv_freq.a[pair]) : null);

/** How the other run's pairs turn. @param {PositionsScaling} data @param {Context} ctx */
export function compared({ inv_freq, length }, { there, other, beside }) {
  if (!there) return nothing;
  const same =
    there.inv_freq.a.length === inv_freq.a.length && inv_freq.a.every((speed, at) => speed === there.inv_freq.a[at]);
  const slowest = turnIn(there.inv_freq.a[there.inv_freq.a.length - 1]);
  const turning = same
    ? "every pair turns at the same speed as here"
    : html`${there.inv_freq.a.length} pairs turn with base θ ${whole(there.theta)}, the slowest once in
      ${turn(slowest)} tokens, and L is ${whole(there.n_ctx)}`;
  return html`<p class="readout basenote">${beside.start}, ${other?.model?.title ?? "another model"}, ${turning};
    its text has <b data-length=${there.length}>${counted(there.length, "token")}</b>${
      there.length === length ? ", as here" : `, this one ${whole(length)}`
    }.</p>`;
}

/** Their line in the chart. @param {Context} ctx */
export function turnsThere({ there, beside }) {
  if (!there) return [];
  return [
    {
      x: range(there.inv_freq.a.length),
      y: Array.from(there.inv_freq.a, turnIn),
      color: "ink",
      dash: "dot",
      name: `${beside.name}, unscaled`,
      hover: `pair %{x}: one turn in %{y:,.0f} tokens<extra>${beside.name}</extra>`,
    },
  ];
}
