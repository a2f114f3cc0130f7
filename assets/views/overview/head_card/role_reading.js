// @ts-check
/**
 * The text up to the position, each token shaded by what the head reads of it.
 *
 * @import { Line } from "../../../kit/tooltip"
 * @import { ViewContext } from "../../../kit/view"
 * @import { HeadRoles } from "../../../types/overview"
 */
import { decimal, whole } from "../../../kit/numbers/format.js";
import { token, tokenText } from "../../../kit/text/tokens.js";
import { tooltip } from "../../../kit/tooltip.js";
import { max, range, sort } from "../../../vendor/d3.js";
import { html, nothing, styleMap } from "../../../vendor/lit.js";

/** Weights below this are not named. */
const LEAST = 0.005;

/** Of a text of more tokens than this, so many of those that are read most are listed. */
const LONG = { tokens: 240, listed: 80 };

/** The positions whose tokens are listed, in the text's order. @param {ArrayLike<number>} weights */
function listed(weights) {
  const all = range(weights.length);
  if (all.length <= LONG.tokens) return all;
  return sort(all.toSorted((a, b) => weights[b] - weights[a]).slice(0, LONG.listed));
}

/**
 * The text up to the position, each token shaded by the weight on it.
 * @param {HeadRoles} data
 * @param {ViewContext} ctx
 */
export function reading(data, ctx) {
  const most = max(data.read.a) ?? 1;
  const shown = listed(data.read.a);
  const rest = data.read.a.length - shown.length;
  return html`
    ${
      rest
        ? html`<p class="readout">The ${shown.length} tokens that it reads most, of ${whole(data.read.a.length)}.</p>`
        : nothing
    }
    <p class="reading">
      ${shown.map((at) => {
        const weight = data.read.a[at];
        const said = `position ${at}, weight ${decimal(weight)}`;
        const was = data.base?.read?.a[at];
        const tip = tooltip(tokenText(ctx.run.ids[at]), [
          ["weight", decimal(weight, 3)],
          ...(was === undefined ? [] : [/** @type {Line} */ ([ctx.beside.name, decimal(was, 3)])]),
          ["position", String(at)],
        ]);
        return html`
          <button class="tok" type="button" title=${weight < LEAST ? "" : said}
            style=${styleMap({ "--read": String(weight / most) })}
            @pointermove=${tip.show} @pointerleave=${tip.hide} @click=${() => ctx.select({ position: at })}
          >${token(ctx.run.ids[at], { className: "tokword" })}<small>${weight < LEAST ? "" : decimal(weight)}</small>${
            was === undefined ? nothing : html`<small class="was">${was < LEAST ? "" : decimal(was)}</small>`
          }</button>`;
      })}
    </p>`;
}
