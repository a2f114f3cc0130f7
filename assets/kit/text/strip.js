// @ts-check
/**
 * A text in tokens, each coloured by a number of its own.
 *
 * @import { Colour } from "../colour/theme"
 */

import { html, styleMap } from "../../vendor/lit.js";
import { shaded } from "../colour/legible.js";
import { rove } from "../controls/roving.js";
import { tooltip } from "../tooltip.js";
import { token, tokenText } from "./tokens.js";

/**
 * @param {object} strip
 * @param {string} strip.title
 * @param {readonly number[]} strip.ids
 * @param {(at: number) => Colour | null} strip.colour the ground; null where there is nothing to say
 * @param {(at: number) => [string, string][]} strip.told
 * @param {(at: number) => string} [strip.look] classes
 */
export function strip({ title, ids, colour, told, look = () => "" }) {
  return html`
    <h3 class="sub3">${title}</h3>
    <div class="said-tokens" role="group" aria-label=${title} data-rove @keydown=${rove}>
      ${ids.map((id, at) => {
        const shown = tooltip(tokenText(id), () => told(at));
        const ground = colour(at);
        return html`<span class="at ${look(at)}" tabindex=${at ? -1 : 0} role="img"
          style=${styleMap(ground ? shaded(ground) : {})}
          aria-label="${tokenText(id)}, ${told(at)
            .map(([name, value]) => `${name}: ${value}`)
            .join(", ")}"
          @pointermove=${shown.show} @focus=${shown.beside} @pointerleave=${shown.hide}
          @blur=${shown.hide}><bdi>${token(id, { className: "mono" })}</bdi></span>`;
      })}
    </div>`;
}
