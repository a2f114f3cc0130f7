// @ts-check
/**
 * The same numbers of experts in the other run: its rows, and where the two differ most, in words.
 *
 * @import { CounterfactualCounts, CountRow } from "../../../types/architectures"
 * @import { ViewContext } from "../../../kit/view"
 *
 * @typedef {ViewContext<any, CounterfactualCounts>} Context
 */

import { counted } from "../../../kit/numbers/format.js";
import { baseNote } from "../../../kit/runs/beside.js";
import { greatest } from "../../../vendor/d3.js";
import { html } from "../../../vendor/lit.js";
import { change, lossText, nats } from "./changes.js";

/**
 * That run's row of a number of experts.
 * @param {Context} ctx
 * @param {number | null} k
 */
export const withCount = ({ there }, k) => there?.rows.find((row) => row.k === k);

/**
 * @param {CounterfactualCounts} data
 * @param {Context} ctx
 */
export function comparedCounts(data, ctx) {
  return baseNote(ctx, ctx.there, ctx.there && said(data, ctx.there.rows, ctx));
}

/**
 * @param {CounterfactualCounts} data
 * @param {CountRow[]} base
 * @param {Context} ctx
 */
function said(data, base, ctx) {
  const { beside } = ctx;
  const [own] = data.rows;
  const both = data.rows.slice(1).filter(({ k }) => withCount(ctx, k));
  const rise = (/** @type {CountRow} */ row, /** @type {CountRow} */ from) => row.loss - from.loss;
  const there = (/** @type {CountRow} */ { k }) => /** @type {CountRow} */ (withCount(ctx, k));
  const losses = own.loss !== null && base[0].loss !== null;
  const apart = (/** @type {CountRow} */ row) =>
    Math.abs(losses ? rise(row, own) - rise(there(row), base[0]) : row.kl - there(row).kl);
  const most = greatest(both, apart);
  if (!most) return `The model of ${beside.the} has a different number of experts.`;
  const other = there(most);
  const count = `${counted(most.k ?? 0, "expert")} a token`;
  const kl = html`KL is <b data-kl=${other.kl}>${nats(other.kl)}</b> nats there, <b>${nats(most.kl)}</b> here`;
  if (!losses) return html`The runs differ most with ${count}: ${kl}.`;
  return html`The loss is ${lossText(base[0].loss)} nats in ${beside.the}, ${lossText(own.loss)} here. The runs differ
    most with ${count}: the loss changes by <b data-rise=${rise(other, base[0])}>${change(rise(other, base[0]))}</b>
    there and by <b>${change(rise(most, own))}</b> here; ${kl}.`;
}
