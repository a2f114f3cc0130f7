// @ts-check
/**
 * What is chosen above the clocks: the key, its distance, how far both are moved.
 *
 * @import { PositionsRotation } from "../../../types"
 * @import { ViewContext } from "../../../kit/view"
 * @import { Chosen, Held } from "./turning.js"
 */
import { control } from "../../../kit/declared.js";
import { decimal, whole } from "../../../kit/format.js";
import { rove } from "../../../kit/roving.js";
import { cut, token, tokenText } from "../../../kit/tokens.js";
import { spoken } from "../../../kit/tooltip.js";
import { range } from "../../../vendor/d3.js";
import { html } from "../../../vendor/lit.js";
import { linked } from "./turning.js";

/** Keys that are offered by name. */
const KEYS = { few: 4, many: 7, from: 640 };
/** Characters of a name. */
const LONGEST = 14;

/**
 * @param {PositionsRotation} data
 * @param {ViewContext<Held>} ctx
 * @param {Chosen} chosen
 */
export function sliders(data, ctx, { key, distance, far, shift }) {
  const before = () => ctx.keep({ key: undefined, distance: undefined, shift: undefined });
  const held = /** @type {const} */ ({ as: "slider", format: whole, before });
  return html`
    <div class="sliders">
      ${control(ctx, "key", {
        ...held,
        value: key,
        least: data.first,
        most: data.position,
        move: (value) => ctx.keep({ key: value }),
      })}
      ${control(ctx, "dist", {
        ...held,
        value: distance,
        most: far,
        move: (value) => ctx.keep({ distance: value }),
        choose: (value) => ctx.control("dist", linked(data, key, Number(value))),
      })}
      ${control(ctx, "shift", { ...held, value: shift, move: (value) => ctx.keep({ shift: value }) })}
    </div>`;
}

/**
 * The most attended keys, the chosen one and the query itself.
 * @param {PositionsRotation} data
 * @param {ViewContext<Held>} ctx
 * @param {Chosen} chosen
 */
export function keys({ attention, first }, ctx, chosen) {
  const strongest = range(attention.a.length)
    .sort((a, b) => attention.a[b] - attention.a[a])
    .slice(0, ctx.width < KEYS.from ? KEYS.few : KEYS.many);
  const shown = [...new Set([...strongest, chosen.at, attention.a.length - 1])].sort((a, b) => a - b);
  return html`
    <div class="tgt keys" role="group" aria-label="Key, with its attention" data-rove @keydown=${rove}>
      <span>Key</span>
      ${shown.map((at) => {
        const id = ctx.run.ids[first + at];
        const name = spoken({
          written: [cut(tokenText(id), LONGEST), decimal(attention.a[at])],
          called: tokenText(id),
          lines: [
            ["key at position", String(first + at)],
            ["attention", decimal(attention.a[at], 3)],
          ],
        });
        return html`
          <button type="button" aria-pressed=${at === chosen.at} aria-label=${name}
            tabindex=${at === chosen.at ? 0 : -1}
            @click=${() => ctx.control("key", first + at)}>${token(id, { most: LONGEST, className: "word" })}
              <small>${decimal(attention.a[at])}</small></button>`;
      })}
    </div>`;
}
