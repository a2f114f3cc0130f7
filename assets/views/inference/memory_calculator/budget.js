// @ts-check
/**
 * The chosen model in every format: what a card holds, part by part, against what it has.
 *
 * @import { MemoryFormats } from "../../../types/inference"
 * @import { Row, View, ViewContext } from "../../../kit/view"
 * @import { OnCard } from "./formats.js"
 */
import { legend } from "../../../kit/drawing/legend.js";
import { memory } from "../../../kit/numbers/magnitude.js";
import { html } from "../../../vendor/lit.js";
import { formatsOf } from "./answer.js";
import { read } from "./asked.js";
import { formats } from "./formats.js";
import { provedFormats } from "./proved.js";

/** @type {View<MemoryFormats>} */
export function budget(data, ctx) {
  const { wrong, ...shown } = onCard(data, ctx);
  if (wrong) return html`<p class="hint wrong">${wrong}</p>`;
  return html`
    <div class="bar">
      <p class="readout lead">${said(shown)}</p>
      ${legend([
        ["weights", "weights"],
        ["keys-values", "keys and values"],
        ["overhead", "activations, overhead"],
      ])}
    </div>
    <div class="figure">
      ${formats({ data: shown, width: ctx.width, choose: (format) => ctx.control("weights", format) })}
    </div>`;
}

/** @param {MemoryFormats} data @param {ViewContext} ctx */
export const exported = (data, ctx) => onCard(data, ctx);

/** @param {MemoryFormats} data */
export const checks = (data) => provedFormats(data);

/**
 * What the controls ask for, in every format.
 * @param {MemoryFormats} data
 * @param {ViewContext} ctx
 * @returns {OnCard & { wrong: string | null }}
 */
function onCard({ ground }, { controls }) {
  const served = read(ground, controls);
  const { asked, name, card, wrong } = served;
  return { asked, name, wrong, capacity: card.memory, formats: formatsOf(ground, served) };
}

/**
 * @param {MemoryFormats} data
 * @param {ViewContext} ctx
 * @returns {Row[]}
 */
export function rows(data, ctx) {
  const { name, asked, formats, capacity } = onCard(data, ctx);
  return formats.map((format) => ({
    model: name,
    weights: format.name,
    cards: asked.cards,
    ...Object.fromEntries(Object.entries(format.parts).map(([part, bytes]) => [`${part}_bytes`, bytes])),
    total_bytes: format.total,
    capacity_bytes: capacity,
    fits: format.total <= capacity,
  }));
}

/** @param {OnCard} shown */
function said({ name, asked, formats, capacity }) {
  const fits = formats.filter(({ total }) => total <= capacity);
  const chosen = formats.find((format) => format.name === asked.weights);
  const stays = chosen?.stays ? html` <b>${chosen.title}</b>: ${chosen.stays}` : "";
  return html`<b>${name}</b> fits in <b>${fits.length}</b> of ${formats.length} formats on
    ${memory(capacity)}${asked.cards > 1 ? " a card" : ""}.${stays}`;
}
