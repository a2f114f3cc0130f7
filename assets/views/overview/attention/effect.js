// @ts-check
/**
 * What an intervention made of the next token, here.
 *
 * @import { AttentionHead } from "../../../types/overview"
 * @import { ViewContext } from "../../../kit/view"
 */

import { movedName } from "../../../kit/controls/over.js";
import { decimal, percent, signed, tone } from "../../../kit/numbers/format.js";
import { parted } from "../../../kit/runs/beside.js";
import { token } from "../../../kit/text/tokens.js";
import { html, styleMap } from "../../../vendor/lit.js";

/** @param {AttentionHead} data @param {ViewContext<any>} ctx */
export function effect({ base, target }, ctx) {
  if (!base) return html`<div class="effect"><p>${parted(ctx)}</p></div>`;
  const { ids, before, after, kl, moved } = base;
  const most = Math.max(...before, ...after, 1e-9);
  const change = moved.after - moved.before;
  const said = html`The ${movedName(moved)} of ${token(target)}: ${decimal(moved.before)} →
    <b>${decimal(moved.after)}</b>, a change of <b class=${tone(change)}>${signed(change)}</b>.`;
  return html`
    <div class="effect">
      <p><b>Next token, ${ctx.beside.before} and ${ctx.beside.now}</b>  KL(${ctx.beside.before} ‖
        ${ctx.beside.now}) ${decimal(kl, 3)} nats. ${said}</p>
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
