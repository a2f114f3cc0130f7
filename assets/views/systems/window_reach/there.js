// @ts-check
/**
 * The corresponding token in the other run: how far it is felt there, in words.
 *
 * @import { WindowReach } from "../../../types/systems"
 * @import { ViewContext } from "../../../kit/view"
 *
 * @typedef {ViewContext<any, WindowReach>} Context
 */
import { counted } from "../../../kit/numbers/format.js";
import { html, nothing } from "../../../vendor/lit.js";

/**
 * The other run's, where it has as many blocks as this one, so that both lie on one map.
 * @param {WindowReach} data
 * @param {Context} ctx
 */
export const inMap = ({ bound }, { there }) => (there && there.bound.length === bound.length ? there : null);

/** What is other in its windows, after a comma. @param {WindowReach} there @param {WindowReach} here */
function windowsThere({ windows, own }, here) {
  if (own === here.own && (own || windows[0] === here.windows[0])) return "";
  return own ? ", with its model’s own windows," : `, with a window of ${windows[0]} in each block,`;
}

/**
 * @param {WindowReach} data
 * @param {Context} ctx
 */
export function saidThere(data, ctx) {
  const { there } = ctx;
  if (!there) return nothing;
  const last = (/** @type {number[]} */ values) => values[values.length - 1];
  const alike = inMap(data, ctx) !== null;
  const after = (/** @type {number[]} */ { length }) => (alike ? "" : ` after ${counted(length - 1, "block")}`);
  const [felt, here] = [there, data].map(({ felt }) => last(felt));
  const [far, own] = [there, data].map(({ farthest }) => last(farthest));
  return html`<p class="readout basenote">${ctx.beside.start}, the token at position
    ${there.source}${windowsThere(there, data)} changes streams noticeably up to
    <b data-felt=${felt}>${counted(felt, "token")}</b> later${alike ? ", at the last block" : after(there.bound)};
    ${alike && felt === here ? "here as far" : html`here up to <b>${counted(here, "token")}</b>${after(data.bound)}`}.
    The farthest change of any size is ${counted(far, "token")} later there and
    ${far === own ? "here" : `${counted(own, "token")} later here`}.</p>`;
}
