// @ts-check
/** The first rows of a long list, and a button that shows the others: a page of thousands of cells opens slowly. */
import { html, nothing } from "../../vendor/lit.js";
import { whole } from "./format.js";

/**
 * @template Item
 * @param {Item[]} items
 * @param {object} options
 * @param {number} options.few that many stand there at first
 * @param {string} options.noun what they are, in the plural
 * @param {boolean | undefined} options.all whether all are shown
 * @param {(all: boolean) => void} options.show
 * @returns what is shown, and the button behind it
 */
export function firstFew(items, { few, noun, all = false, show }) {
  const button = html`
    <button class="btn all-of-them" type="button" aria-expanded=${all} @click=${() => show(!all)}>
      ${all ? `Show the first ${few}` : `Show all ${whole(items.length)} ${noun}`}
    </button>`;
  return { shown: all ? items : items.slice(0, few), more: items.length > few ? button : nothing };
}
