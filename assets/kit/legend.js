// @ts-check
import { html, nothing } from "../vendor/lit.js";

/**
 * Marks and what they stand for; an absent entry is left out.
 * @param {([mark: string, name: string] | null | undefined | false)[]} entries
 */
export function legend(entries) {
  return html`
    <ul class="legend marks">
      ${entries.map((entry) => (entry ? html`<li><i class="mark ${entry[0]}"></i>${entry[1]}</li>` : nothing))}
    </ul>`;
}
