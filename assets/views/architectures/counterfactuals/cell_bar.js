// @ts-check
import { html, nothing, styleMap } from "../../../vendor/lit.js";
import { isNoise } from "./changes.js";

/**
 * A divergence as a bar in a table's cell.
 * @param {number} value
 * @param {number} most
 * @param {{ width: number, own?: boolean, was?: number }} options `own`: the selected token takes part in it; `was`:
 *   that of the other run, a dashed outline
 */
export function cellBar(value, most, { width, own, was }) {
  const wide = (/** @type {number} */ nats) => styleMap({ width: `${Math.max(0.8, ((width - 2) * nats) / most)}px` });
  return html`
    <span class="cell-bar ${own ? "taken" : ""}" style=${styleMap({ width: `${width}px` })} aria-hidden="true">
      ${isNoise(value) ? nothing : html`<i style=${wide(value)}></i>`}
      ${was === undefined || isNoise(was) ? nothing : html`<b data-was=${was} style=${wide(was)}></b>`}
    </span>`;
}
