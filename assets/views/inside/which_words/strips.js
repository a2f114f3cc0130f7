// @ts-check
/**
 * The text, coloured by one method's shares.
 *
 * @import { WhichWords, WordShares } from "../../../types/inside"
 */
import { shaded } from "../../../kit/colour/legible.js";
import { diverging } from "../../../kit/colour/ramp.js";
import { pressing, rove } from "../../../kit/controls/roving.js";
import { decimal, signed } from "../../../kit/numbers/format.js";
import { token } from "../../../kit/text/tokens.js";
import { tooltip } from "../../../kit/tooltip.js";
import { max } from "../../../vendor/d3.js";
import { html, styleMap } from "../../../vendor/lit.js";
import { idsOf, METHODS, unitText } from "./methods.js";

const DEEPEST = 0.85;

/**
 * @param {WhichWords} data
 * @param {WordShares} method
 * @param {number} chosen
 * @param {(unit: number) => void} choose
 */
export function strip(data, method, chosen, choose) {
  const { name, shares, errors, sum } = method;
  const most = max(shares.a, Math.abs) || 1;
  const colour = diverging();
  return html`
    <div class="method">
      <div class="named"><b>${METHODS[name].name}</b><small>${METHODS[name].says} Sum ${signed(sum)}.</small></div>
      <div class="text" role="listbox" aria-label="The text by ${METHODS[name].name}" data-rove @keydown=${rove}>
        ${data.starts.map((_, unit) => {
          const share = shares.a[unit];
          const press = () => choose(unit);
          const error = errors && Number.isFinite(errors.a[unit]) ? ` ± ${decimal(errors.a[unit])}` : "";
          const told = tooltip(unitText(data, unit), () => [[METHODS[name].name, `${signed(share)}${error}`]]);
          return html`<span class="unit" role="option" tabindex=${unit === chosen ? 0 : -1}
            aria-selected=${unit === chosen} aria-label="${unitText(data, unit)}: ${signed(share)}"
            style=${styleMap(shaded(colour((DEEPEST * share) / most)))}
            @click=${press} @keydown=${pressing(press)} @pointermove=${told.show} @focus=${told.beside}
            @pointerleave=${told.hide} @blur=${told.hide}>${idsOf(data, unit).map((id) =>
              token(id, { className: "mono" }),
            )}</span><wbr>`;
        })}
      </div>
    </div>`;
}
