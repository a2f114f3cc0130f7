// @ts-check
/**
 * How numbers come about, a line each: what it is, the formula with its inputs, what that makes, and a remark.
 *
 * @typedef {{ name: string, formula: string, result: string, note?: string }} Line
 */
import { html, nothing } from "../../vendor/lit.js";

/** @param {Line[]} lines */
export function derivation(lines) {
  return html`
    <div class="derivation">
      ${lines.map(
        ({ name, formula, result, note }) => html`
          <div class="line">
            <b>${name}</b>
            <span class="mono">${formula}</span>
            <b class="result">= ${result}</b>
            ${note ? html`<span class="hint">${note}</span>` : nothing}
          </div>`,
      )}
    </div>`;
}
