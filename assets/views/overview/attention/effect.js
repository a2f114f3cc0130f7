// @ts-check
/**
 * What an intervention made of the next token, here.
 *
 * @import { AttentionHead } from "../../../types"
 */
import { decimal, percent, signed, tone } from "../../../kit/format.js";
import { token } from "../../../kit/tokens.js";
import { PARTED } from "../../../kit/unmodified.js";
import { html, styleMap } from "../../../vendor/lit.js";

/** @param {AttentionHead} data */
export function effect({ base, target }) {
  if (!base) return html`<div class="effect"><p>${PARTED}</p></div>`;
  const { ids, before, after, kl, logit_before, logit_after } = base;
  const most = Math.max(...before, ...after, 1e-9);
  const moved = logit_after - logit_before;
  const change = html`<b class=${tone(moved)}>${signed(moved)}</b>`;
  const logit = html`Logit of ${token(target)} ${decimal(logit_before)} → <b>${decimal(logit_after)}</b>, ${change}`;
  return html`
    <div class="effect">
      <p><b>Next token, before and now</b>  KL ${decimal(kl, 3)} nats. ${logit}</p>
      <ul>
        ${ids.map(
          (id, at) => html`
            <li>
              ${token(id)}
              <span class="bars-of-two">
                <i class="was" style=${styleMap({ width: `${(100 * before[at]) / most}%` })}></i>
                <i class="now" style=${styleMap({ width: `${(100 * after[at]) / most}%` })}></i>
              </span>
              <span>${percent(before[at])}</span><b>${percent(after[at])}</b>
            </li>`,
        )}
      </ul>
    </div>`;
}
