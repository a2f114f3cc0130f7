// @ts-check
/**
 * The text's first words at a moment of the training; one is chosen.
 *
 * @import { BpeTrainingMerges } from "../../../types"
 */
import { stepping } from "../../../kit/roving.js";
import { html } from "../../../vendor/lit.js";
import { written } from "./spelled.js";
import { nodesOf, tokensAt } from "./symbols.js";

/** @param {BpeTrainingMerges} data @param {number} at @param {number} chosen @param {(word: number) => void} choose */
export function words(data, at, chosen, choose) {
  const rows = data.sample.map((word) => tokensAt(nodesOf(data, word), at));
  let place = 0;
  return html`
    <div class="sentence" role="listbox" tabindex="0" aria-label="Words of the text; arrow keys choose one"
      aria-activedescendant=${`trained-word-${chosen}`}
      @keydown=${stepping({ at: chosen, count: rows.length, choose })}>
      ${rows.map(
        (row, i) => html`
          <span class="word" role="option" id=${`trained-word-${i}`} aria-selected=${i === chosen} @click=${() => choose(i)}>
            ${row.map(({ id }) => html`<bdi class="piece ${place++ % 2 ? "b" : "a"}">${written(data, id)}</bdi>`)}
          </span>`,
      )}
    </div>`;
}
