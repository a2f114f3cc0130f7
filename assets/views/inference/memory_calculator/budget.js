// @ts-check
/**
 * The chosen model in every format: what a card holds, part by part, against what it has.
 *
 * @import { MemoryFormats } from "../../../types"
 * @import { Row, View } from "../../../kit/view"
 */
import { legend } from "../../../kit/legend.js";
import { memory } from "../../../kit/magnitude.js";
import { html } from "../../../vendor/lit.js";
import { formats } from "./formats.js";

/** @type {View<MemoryFormats>} */
export function budget(data, ctx) {
  if (data.wrong) return html`<p class="hint wrong">${data.wrong}</p>`;
  return html`
    <div class="bar">
      <p class="readout lead">${said(data)}</p>
      ${legend([
        ["weights", "weights"],
        ["keys-values", "keys and values"],
        ["overhead", "activations, overhead"],
      ])}
    </div>
    <div class="figure">
      ${formats({ data, width: ctx.width, choose: (format) => ctx.control("weights", format) })}
    </div>`;
}

/**
 * @param {MemoryFormats} data
 * @returns {Row[]}
 */
export function rows({ name, asked, formats, capacity }) {
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

/** @param {MemoryFormats} data */
function said({ name, asked, formats, capacity }) {
  const fits = formats.filter(({ total }) => total <= capacity);
  const chosen = formats.find((format) => format.name === asked.weights);
  const stays = chosen?.stays ? html` <b>${chosen.title}</b>: ${chosen.stays}` : "";
  return html`<b>${name}</b> fits in <b>${fits.length}</b> of ${formats.length} formats on
    ${memory(capacity)}${asked.cards > 1 ? " a card" : ""}.${stays}`;
}
