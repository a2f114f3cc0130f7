// @ts-check
/**
 * The words of a text in their tokens; one is chosen, by mouse or arrow keys.
 *
 * @typedef {object} Word
 * @property {string[]} pieces
 * @property {string} [look] what sets it apart
 */
import { html, nothing } from "../../vendor/lit.js";
import { rove } from "../controls/roving.js";

/**
 * @param {object} options
 * @param {string} options.label
 * @param {Word[]} options.words
 * @param {number} options.chosen its place in the list
 * @param {(at: number) => void} options.choose
 */
export function wordList({ label, words, chosen, choose }) {
  let place = 0;
  return html`
    <div class="words in-tokens" role="listbox" aria-label=${label} data-rove @keydown=${rove}>
      ${words.map(({ pieces, look = "" }, at) => {
        const on = at === chosen;
        const press = () => choose(at);
        return html`
          <span class="word ${look}" role="option" aria-selected=${on} tabindex=${on ? 0 : -1} @click=${press}
            @focus=${on ? nothing : press}>
            ${pieces.map((text) => html`<bdi class="piece ${place++ % 2 ? "b" : "a"}">${text}</bdi>`)}
          </span>`;
      })}
    </div>`;
}
