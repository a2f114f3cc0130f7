// @ts-check
/** One of many, in the browser's own list. */
import { html, nothing, repeat } from "../../vendor/lit.js";

/**
 * @template {string | number} Key
 * @param {{ label: string, choices: readonly (readonly [key: Key, name: string, title?: string])[], chosen: Key,
 *   choose: (key: Key) => void, spoken?: string, closed?: readonly Key[] }} options `spoken` is its accessible name,
 *   where the label does not say enough; `closed` are those that cannot be chosen
 */
export function select({ label, choices, chosen, choose, spoken, closed }) {
  const changed = (/** @type {Event} */ event) => {
    const { selectedIndex } = /** @type {HTMLSelectElement} */ (event.target);
    if (selectedIndex >= 0) choose(choices[selectedIndex][0]);
  };
  return html`
    <label class="choice">
      <span>${label}</span>
      <select aria-label=${spoken ?? nothing} @change=${changed}>
        ${repeat(
          choices,
          ([key]) => key,
          ([key, name, title]) =>
            html`<option value=${key} title=${title || nothing} ?disabled=${Boolean(closed?.includes(key))}
              .selected=${key === chosen}>${name}</option>`,
        )}
      </select>
    </label>`;
}
