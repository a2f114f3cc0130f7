// @ts-check
/**
 * What is chosen above the clocks: the key, its distance, how far both are moved.
 *
 * @import { PositionsRotation } from "../../../types"
 * @import { ViewContext } from "../../../kit/view"
 * @import { Chosen, Held } from "./turning.js"
 */
import { slider } from "../../../kit/controls.js";
import { decimal, whole } from "../../../kit/format.js";
import { rove } from "../../../kit/roving.js";
import { cut, token, tokenText } from "../../../kit/tokens.js";
import { spoken } from "../../../kit/tooltip.js";
import { range } from "../../../vendor/d3.js";
import { html } from "../../../vendor/lit.js";
import { linked, WALK } from "./turning.js";

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
  const release = (/** @type {string} */ name, /** @type {string | number} */ value) => {
    ctx.keep({ key: undefined, distance: undefined, shift: undefined });
    ctx.control(name, value);
  };
  return html`
    <div class="sliders">
      ${slider({
        label: "Key",
        title: "Position of the key",
        value: key,
        least: data.first,
        most: data.position,
        format: whole,
        move: (value) => ctx.keep({ key: value }),
        choose: (value) => release("key", value),
      })}
      ${slider({
        label: "Distance",
        title: "Distance of query and key in tokens",
        value: distance,
        least: 0,
        most: far,
        format: whole,
        move: (value) => ctx.keep({ distance: value }),
        choose: (value) => release("dist", linked(data, key, value)),
      })}
      ${slider({
        label: "Shift both",
        title: "Positions by which query and key move together",
        value: shift,
        least: 0,
        most: WALK,
        format: whole,
        move: (value) => ctx.keep({ shift: value }),
        choose: (value) => release("shift", value),
      })}
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
