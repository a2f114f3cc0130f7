// @ts-check
import { html, nothing, styleMap } from "../../../vendor/lit.js";
import { isNoise } from "./changes.js";

/**
 * A divergence as a bar in a table's cell.
 * @param {number} value
 * @param {number} most
 * @param {{ width: number, own?: boolean }} options `own`: the selected token takes part in it
 */
export function cellBar(value, most, { width, own }) {
  const length = styleMap({ width: `${Math.max(0.8, ((width - 2) * value) / most)}px` });
  return html`
    <span class="cell-bar ${own ? "taken" : ""}" style=${styleMap({ width: `${width}px` })} aria-hidden="true">
      ${isNoise(value) ? nothing : html`<i style=${length}></i>`}
    </span>`;
}
