// @ts-check
/** Tokens in a line of text and in a drawing. */
import { html, nothing, svg } from "../../vendor/lit.js";
import { cut, tokenText } from "./vocabulary.js";

export { cut, forgetTokens, learn, rawToken, readText, tokenText } from "./vocabulary.js";

const SPACES = /^·+(?=.)/;

/** Leading spaces apart from the rest. @param {string} text */
function parted(text) {
  const spaces = text.match(SPACES)?.[0] ?? "";
  return { spaces, rest: text.slice(spaces.length) };
}

/**
 * A token in a line of text.
 * @param {number} id
 * @param {{ most?: number, className?: string }} [options] `most` characters
 */
export const token = (id, { most, className } = {}) =>
  piece(most ? cut(tokenText(id), most) : tokenText(id), className);

/**
 * A token of which the page has the text alone, as it is written: another model's.
 * @param {string} text
 * @param {string} [className]
 */
export function piece(text, className = "mono tokword") {
  const { spaces, rest } = parted(text);
  return html`<span class=${className}>${spaces ? html`<i class="sp">${spaces}</i>` : nothing}${rest}</span>`;
}

/**
 * A token in a drawing.
 * @param {number} id
 * @param {{ x: number, y: number, anchor?: "start" | "middle" | "end", most?: number, className?: string }} place
 */
export function svgToken(id, { x, y, anchor = "start", most, className = "m" }) {
  const { spaces, rest } = parted(most ? cut(tokenText(id), most) : tokenText(id));
  const dots = spaces ? svg`<tspan fill-opacity="0.9">${spaces}</tspan>` : nothing;
  return svg`<text class=${className} x=${x} y=${y} text-anchor=${anchor}>${dots}${rest}</text>`;
}
