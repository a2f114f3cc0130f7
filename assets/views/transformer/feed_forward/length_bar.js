// @ts-check
/** A length as a small bar in a table's cell. */
import { html, styleMap } from "../../../vendor/lit.js";

/**
 * @param {number} length pixels, or percent of the cell
 * @param {{ unit?: "px" | "%", sign?: "" | "positive" | "negative" }} [options]
 */
export function lengthBar(length, { unit = "px", sign = "" } = {}) {
  return html`<i class="length ${sign}" style=${styleMap({ width: `${length.toFixed(1)}${unit}` })}></i>`;
}
