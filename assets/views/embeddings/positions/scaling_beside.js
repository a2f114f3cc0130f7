// @ts-check
/**
 * How fast the pairs of the run beside this one turn.
 *
 * @import { PositionsScaling } from "../../../types/embeddings"
 * @import { BesideWords } from "../../../kit/view"
 */
import { counted, whole } from "../../../kit/numbers/format.js";
import { range } from "../../../vendor/d3.js";
import { html, nothing } from "../../../vendor/lit.js";
import { turn } from "./clocks.js";

/** @param {number} speed angle a token */
export const turnIn = (speed) => (2 * Math.PI) / speed;

/** @param {NonNullable<PositionsScaling["base"]>} base @param {number} pair */
export const otherTurn = ({ inv_freq }, pair) => (pair < inv_freq.a.length ? turnIn(inv_freq.a[pair]) : null);

/** How the other run's pairs turn. @param {PositionsScaling} data @param {BesideWords} beside */
export function compared({ base, inv_freq, length }, beside) {
  if (!base) return nothing;
  const same =
    base.inv_freq.a.length === inv_freq.a.length && inv_freq.a.every((speed, at) => speed === base.inv_freq.a[at]);
  const slowest = turnIn(base.inv_freq.a[base.inv_freq.a.length - 1]);
  const turning = same
    ? "every pair turns at the same speed as here"
    : html`${base.inv_freq.a.length} pairs turn with base θ ${whole(base.theta)}, the slowest once in
      ${turn(slowest)} tokens, and L is ${whole(base.n_ctx)}`;
  return html`<p class="readout basenote">${beside.start}, ${base.model}, ${turning}; its text has
    <b data-length=${base.length}>${counted(base.length, "token")}</b>${
      base.length === length ? ", as here" : `, this one ${whole(length)}`
    }.</p>`;
}

/** Their line in the chart. @param {PositionsScaling} data @param {BesideWords} beside */
export function otherTurns({ base }, beside) {
  if (!base) return [];
  return [
    {
      x: range(base.inv_freq.a.length),
      y: Array.from(base.inv_freq.a, turnIn),
      color: "ink",
      dash: "dot",
      name: `${beside.name}, unscaled`,
      hover: `pair %{x}: one turn in %{y:,.0f} tokens<extra>${beside.name}</extra>`,
    },
  ];
}
