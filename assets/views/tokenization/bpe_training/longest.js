// @ts-check
/**
 * The longest tokens that have been learned so far: whole words, sooner or later.
 *
 * @import { BpeTrainingMerges } from "../../../types/tokenization"
 */

import { rove } from "../../../kit/controls/roving.js";
import { whole } from "../../../kit/numbers/format.js";
import { range } from "../../../vendor/d3.js";
import { html, nothing } from "../../../vendor/lit.js";
import { written } from "./spelled.js";

const MOST = 14;

/** @param {BpeTrainingMerges} data @param {number} at merges done @param {(at: number) => void} choose */
export function longest(data, at, choose) {
  const size = (/** @type {number} */ i) => data.ends.a[data.made.a[i]] - data.ends.a[data.made.a[i] - 1];
  const found = range(at)
    .sort((one, other) => size(other) - size(one) || one - other)
    .slice(0, MOST);
  if (!found.length) return nothing;
  return html`
    <h3 class="sub3 apart">The longest tokens so far <small>press one to see its merge</small></h3>
    <div class="longest" role="group" aria-label="The longest tokens so far; arrow keys walk them" data-rove
      @keydown=${rove}>
      ${found.map(
        (i, rank) => html`
          <button class="tok" type="button" tabindex=${rank ? -1 : 0}
            aria-label=${`${written(data, data.made.a[i])}, merge ${whole(i + 1)}`}
            @click=${() => choose(i + 1)}><bdi>${written(data, data.made.a[i])}</bdi></button>`,
      )}
    </div>`;
}
