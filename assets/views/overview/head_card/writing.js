// @ts-check
/**
 * What a head writes at the selected position: how much, and which tokens its output raises and lowers.
 *
 * @import { HeadRoles } from "../../../types/overview"
 * @import { ViewContext } from "../../../kit/view"
 */

import { adds } from "../../../kit/controls/over.js";
import { decimal, signed } from "../../../kit/numbers/format.js";
import { token } from "../../../kit/text/tokens.js";
import { html, nothing, styleMap } from "../../../vendor/lit.js";
import { offThere } from "./sentence.js";

/** @param {HeadRoles} data @param {ViewContext} ctx */
export const writing = (data, ctx) => (data.off === "zero" ? whenOn(data, ctx) : written(data, ctx));

/** @param {HeadRoles} data @param {ViewContext} ctx */
const written = (data, ctx) => html`
  <p class="hint">
    It writes a vector of length ${decimal(data.size)} into a stream of length ${decimal(data.stream, 1)}: that
    ${adds(data.share, data.target, data.measured)}.
  </p>
  <div class="pushes">${pushes(data, "up", ctx)} ${pushes(data, "down", ctx)}</div>`;

/** Of a head that is off: what it does in the other run. @param {HeadRoles} data @param {ViewContext} ctx */
function whenOn(data, ctx) {
  const there = offThere(data);
  if (!there) return html`<p class="hint">It is off in this run and writes nothing.</p>`;
  const shown = { ...data, up: there.up, down: there.down, base: null };
  return html`
    <p class="hint">
      It is off in this run. In ${ctx.beside.the} it writes a vector of length ${decimal(there.size)}: that
      ${adds(there.share, data.target, data.measured)}.
    </p>
    <div class="pushes">
      ${pushes(shown, "up", ctx)} ${pushes(shown, "down", ctx)}
    </div>`;
}

/**
 * @param {HeadRoles} data
 * @param {"up" | "down"} way
 * @param {ViewContext} ctx
 */
function pushes(data, way, ctx) {
  const most = Math.max(Math.abs(data.up.a[0]), Math.abs(data.down.a[0]), 1e-6);
  return html`
    <ol class=${data.base ? "both" : ""} aria-label=${way === "up" ? "Raised most" : "Lowered most"}>
      ${Array.from(data[way].a, (logits, at) => {
        const share = Math.abs(logits) / most;
        return html`
          <li class=${way}>
            ${token(data[`${way}_ids`].a[at], { most: 18 })}
            <i style=${styleMap({ width: `${100 * share}%` })}></i>
            <span class="num">${signed(logits)}</span>
            ${
              data.base
                ? html`<span class="num was" title=${ctx.beside.name}>${signed(data.base[way].a[at])}</span>`
                : nothing
            }
          </li>`;
      })}
    </ol>`;
}
