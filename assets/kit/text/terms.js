// @ts-check
/**
 * Sentences whose terms are underlined with dots, and explained where one points, focuses or taps.
 *
 * @import { Name } from "./glossary"
 */
import { html } from "../../vendor/lit.js";
import { pieces } from "./glossary.js";

/**
 * A sentence with its terms explained on the spot.
 * @param {string} text
 * @param {Set<Name>} [seen]
 */
export function explained(text, seen) {
  return pieces(text, seen).map(({ text, term }) =>
    term
      ? html`<span class="term" role="button" tabindex="0" aria-haspopup="dialog" data-term=${term.term}>${text}</span>`
      : text,
  );
}
