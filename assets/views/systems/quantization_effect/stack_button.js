// @ts-check
/**
 * The button that puts a format on the intervention stack, or takes it off.
 *
 * @import { EffectOfFormat, QuantizationEffectFormats } from "../../../types/systems"
 * @import { Context } from "./formats.js"
 */
import { html } from "../../../vendor/lit.js";

/** @param {QuantizationEffectFormats} data @param {EffectOfFormat} format @param {Context} ctx */
export function isOn({ where }, { name }, ctx) {
  return ctx.interventions.some(({ text, on }) => on && text === `quant:${where}:${name}`);
}

/** @param {QuantizationEffectFormats} data @param {EffectOfFormat} format @param {Context} ctx */
export function stackButton(data, format, ctx) {
  const change = `quant:${data.where}:${format.name}`;
  const on = isOn(data, format, ctx);
  const words = on ? "Take off" : "Put on the stack";
  const press = (/** @type {Event} */ event) => {
    event.stopPropagation();
    ctx.keep({ chosen: format.name });
    if (on) ctx.restore(change);
    else ctx.intervene(change);
  };
  return html`
    <button class="btn ghost" type="button" aria-pressed=${on} @click=${press}
      aria-label="${words}: ${format.title}">${words}</button>`;
}
