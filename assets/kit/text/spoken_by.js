// @ts-check
/** How a model without a chat template is spoken to, said where conversations are shown. */
import { html, nothing } from "../../vendor/lit.js";

/** @param {boolean} own whether the template is the model's own */
export const spokenBy = (own) =>
  own
    ? nothing
    : html`<p class="hint">This model has no chat template. It is spoken to as “system: … user: … assistant:”, which
    it was
      not trained on: what follows says little about it.</p>`;
