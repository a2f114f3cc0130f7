// @ts-check
/**
 * What both runs' models store and use, at what the page's controls say.
 *
 * @import { MoeRow, MoeSizes } from "../../../types/architectures"
 * @import { BesideWords, ViewContext } from "../../../kit/view"
 * @import { Settings } from "./arithmetic.js"
 */
import { percent, whole } from "../../../kit/numbers/format.js";
import { figures, memory, operations, parameters } from "../../../kit/numbers/magnitude.js";
import { html } from "../../../vendor/lit.js";
import { costs } from "./arithmetic.js";

/** The run's model, where it is counted. @param {MoeSizes} data */
export const ownOf = ({ rows }) => rows.find(({ own }) => own);

/**
 * All models, the other run's among them, unless its sizes stand there already.
 * @param {MoeSizes} data
 * @param {Pick<ViewContext<any, MoeSizes>, "there">} ctx
 */
export function withThere(data, { there }) {
  const [here, other] = [ownOf(data), there && ownOf(there)];
  if (!other || other.name === here?.name) return data;
  const rest = data.rows.filter((row) => row !== here && row.name !== other.name);
  return { ...data, rows: [...(here ? [here] : []), other, ...rest] };
}

/**
 * @param {MoeSizes} data
 * @param {MoeRow} other
 * @param {Settings} now
 * @param {BesideWords} words
 */
export function compared(data, other, now, { The }) {
  const own = ownOf(data);
  const [there, here] = [costs(data, other, now), own && costs(data, own, now)];
  const share = other.n_experts ? `, ${percent(other.active / other.total)}` : ", all of them";
  const against = (/** @type {number} */ theirs, /** @type {number | undefined} */ mine) =>
    mine === undefined ? "" : mine === theirs ? " (the same)" : ` (× ${figures(theirs / mine)})`;
  return html`${The} uses <b>${other.name}</b>. It stores
    <b data-total=${other.total}>${parameters(other.total)}</b>${against(other.total, own?.total)} parameters,
    ${memory(there.stored)} in ${now.bits}; a token uses
    <b data-active=${other.active}>${parameters(other.active)}</b>${share}${against(other.active, own?.active)}. After
    ${whole(now.context)} tokens, the next takes ${operations(there.token)}${against(there.token, here?.token)}, and
    keys
    and values take ${memory(there.keysAndValues)}${against(there.keysAndValues, here?.keysAndValues)}.${
      own ? " In brackets: relative to this model." : ""
    }`;
}
