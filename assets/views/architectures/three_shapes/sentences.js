// @ts-check
/** The source and what is written, token by token. */

import { shaded } from "../../../kit/colour/legible.js";
import { ramp } from "../../../kit/colour/ramp.js";
import { rove } from "../../../kit/controls/roving.js";
import { percent } from "../../../kit/numbers/format.js";
import { html, styleMap } from "../../../vendor/lit.js";

/**
 * @param {string[]} tokens
 * @param {number[]} weights
 */
export function source(tokens, weights) {
  const tint = ramp("prob", "sunken");
  return html`
    <div class="sentence" role="list" aria-label="Source">
      ${tokens.map((text, at) => {
        const share = percent(weights[at]);
        const style = styleMap(shaded(tint(Math.min(1, weights[at]))));
        return html`<span class="tok" role="listitem" title=${share} aria-label="${text}, ${share}"
          style=${style}>${text}</span>`;
      })}
    </div>`;
}

/**
 * The token that the keyboard reaches is the chosen one.
 * @param {string[]} tokens
 * @param {number} chosen
 * @param {(step: number) => void} choose
 */
export function written(tokens, chosen, choose) {
  return html`
    <div class="sentence" role="listbox" aria-label="Written tokens; arrow keys walk" data-rove @keydown=${rove}>
      ${tokens.map((text, step) => {
        const reach = () => step !== chosen && choose(step);
        return html`
          <span class="tok" role="option" tabindex=${step === chosen ? 0 : -1} aria-selected=${step === chosen}
            @focus=${reach} @click=${() => choose(step)}>${text}</span>`;
      })}
    </div>`;
}
