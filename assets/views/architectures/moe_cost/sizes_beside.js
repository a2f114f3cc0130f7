// @ts-check
/**
 * What the other run's model stores and uses, against this one's, at what the page's controls say.
 *
 * @import { MoeRow, MoeSizes } from "../../../types/architectures"
 * @import { BesideWords } from "../../../kit/view"
 * @import { Settings } from "./arithmetic.js"
 */
import { percent, whole } from "../../../kit/numbers/format.js";
import { figures, memory, operations, parameters } from "../../../kit/numbers/magnitude.js";
import { html } from "../../../vendor/lit.js";
import { costs } from "./arithmetic.js";

/**
 * @param {MoeSizes} data
 * @param {MoeRow} base
 * @param {Settings} now
 * @param {BesideWords} words
 */
export function sizesBeside(data, base, now, { The }) {
  const own = data.rows.find(({ place }) => place === "here");
  const [there, here] = [costs(data, base, now), own && costs(data, own, now)];
  const share = base.n_experts ? `, ${percent(base.active / base.total)}` : ", all of them";
  const against = (/** @type {number} */ other, /** @type {number | undefined} */ mine) =>
    mine === undefined ? "" : mine === other ? " (the same)" : ` (× ${figures(other / mine)})`;
  return html`${The} uses <b>${base.name}</b>. It stores
    <b data-total=${base.total}>${parameters(base.total)}</b>${against(base.total, own?.total)} parameters,
    ${memory(there.stored)} in ${now.bits}; a token uses
    <b data-active=${base.active}>${parameters(base.active)}</b>${share}${against(base.active, own?.active)}. After
    ${whole(now.context)} tokens, the next takes ${operations(there.token)}${against(there.token, here?.token)}, and
    keys
    and values take ${memory(there.keysAndValues)}${against(there.keysAndValues, here?.keysAndValues)}.${
      own ? " In brackets: relative to this model." : ""
    }`;
}
