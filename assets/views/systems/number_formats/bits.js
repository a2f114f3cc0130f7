// @ts-check
/**
 * A code's bits as boxes, those that mean something together side by side.
 *
 * @import { BitField } from "../../../types/systems"
 */
import { html } from "../../../vendor/lit.js";

/** @type {Record<string, string>} */
const MEANINGS = {
  sign: "sign",
  exponent: "exponent",
  mantissa: "mantissa",
  integer: "integer",
  index: "place in a table",
  trit: "one of three, five to a byte",
};

/**
 * @param {readonly BitField[]} fields
 * @param {number} code
 */
export function bitBoxes(fields, code) {
  const parts = split(fields, code);
  const spoken = parts.map(({ kind, bits }) => `${MEANINGS[kind]} ${bits}`).join(", ");
  return html`
    <span class="bits" role="img" aria-label="Code: ${spoken}">
      ${parts.map(
        ({ kind, bits }) => html`<span class="meaning ${kind}">${[...bits].map((bit) => html`<i>${bit}</i>`)}</span>`,
      )}
    </span>`;
}

/**
 * What the boxes mean.
 * @param {string[]} kinds
 */
export const bitLegend = (kinds) => html`
  <ul class="legend bits-legend">
    ${kinds.map(
      (kind) =>
        html`<li><span class="bits"
            aria-hidden="true"><span class="meaning ${kind}"><i>0</i></span></span>${MEANINGS[kind]}</li>`,
    )}
  </ul>`;

/**
 * The bits of each field, the highest first.
 * @param {readonly BitField[]} fields
 * @param {number} code
 */
export function split(fields, code) {
  const all = fields.reduce((sum, { count }) => sum + count, 0);
  const bits = fields[0]?.kind === "trit" ? String(code) : code.toString(2).padStart(all, "0");
  let from = 0;
  return fields.map(({ kind, count }) => {
    from += count;
    return { kind, bits: bits.slice(from - count, from) };
  });
}
