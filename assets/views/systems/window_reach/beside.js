// @ts-check
/**
 * The token that belongs to this one in the run beside it: how far it is felt there, in words.
 *
 * @import { WindowReach } from "../../../types/systems"
 * @import { ViewContext } from "../../../kit/view"
 */

import { counted } from "../../../kit/numbers/format.js";
import { OTHER } from "../../../kit/runs/beside.js";
import { html, nothing } from "../../../vendor/lit.js";

/**
 * That run's, where it has as many blocks as this one, so that both lie on one map.
 * @param {WindowReach} data
 */
export const inMap = ({ base, bound }) => (base && base.bound.length === bound.length ? base : null);

/**
 * @param {WindowReach} data
 * @param {ViewContext} ctx
 */
export function beside(data, ctx) {
  const asked = ctx.changed && ctx.beside === OTHER && ctx.measured();
  if (!data.base && !asked) return nothing;
  return html`<p class="readout basenote">${data.base ? said(data, data.base, ctx) : short(ctx)}</p>`;
}

/** @param {ViewContext} ctx */
const short = ({ beside }) =>
  `${beside.start}, too few tokens follow the corresponding token to measure how far it reaches.`;

/**
 * @param {WindowReach} data
 * @param {NonNullable<WindowReach["base"]>} base
 * @param {ViewContext} ctx
 */
function said(data, base, ctx) {
  const last = (/** @type {number[]} */ values) => values[values.length - 1];
  const alike = inMap(data) !== null;
  const after = (/** @type {number[]} */ { length }) => (alike ? "" : ` after ${counted(length - 1, "block")}`);
  const [there, here] = [base, data].map(({ felt }) => last(felt));
  const [far, own] = [base, data].map(({ farthest }) => last(farthest));
  return html`${ctx.beside.start}, the token at position ${base.source} changes streams noticeably up to
    <b data-felt=${there}>${counted(there, "token")}</b> later${alike ? ", at the last block" : after(base.bound)};
    ${alike && there === here ? "here as far" : html`here up to <b>${counted(here, "token")}</b>${after(data.bound)}`}.
    The farthest change of any size is ${counted(far, "token")} later there and
    ${far === own ? "here" : `${counted(own, "token")} later here`}.`;
}
