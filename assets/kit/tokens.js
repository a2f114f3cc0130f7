// @ts-check
/**
 * Tokens as the page writes them: the texts of their ids, with spaces and control characters made visible.
 *
 * @typedef {string | { hex: string }} Piece bytes that are no whole character come as hexadecimal digits
 */
import { html, nothing, svg } from "../vendor/lit.js";

const NAMED = new Map([
  ["\n", "↵"],
  ["\t", "⇥"],
  ["\r", "␍"],
  ["\u00a0", "⍽"],
  ["\u007f", "␡"],
]);
/** Where Unicode's pictures of control characters begin. */
const PICTURES = 0x2400;
const SPACES = /^·+(?=.)/;

/** @type {Map<number, Piece>} */
const vocabulary = new Map();

/** @param {Record<string, Piece> | undefined | null} strings by id */
export function learn(strings) {
  for (const [id, text] of Object.entries(strings ?? {})) vocabulary.set(Number(id), text);
}

export function forgetTokens() {
  vocabulary.clear();
}

/** The token's own text, or undefined where the page has not learned it. @param {number} id */
export const rawToken = (id) => vocabulary.get(id);

/** @param {string} text */
function visible(text) {
  if (text === "") return "∅";
  if (text === "\u00a0") return "nbsp";
  const dots = (/** @type {string} */ spaces) => "·".repeat(spaces.length);
  const shown = text
    .replace(/^ +/, dots)
    .replace(/ +$/, dots)
    .replace(/[\p{Cc}\u00a0]/gu, control)
    .replace(/[\u200b-\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]/g, formatting);
  return /^\p{M}/u.test(shown) ? `◌${shown}` : shown;
}

/** @param {string} character */
function control(character) {
  const code = character.charCodeAt(0);
  return NAMED.get(character) ?? (code < 0x20 ? String.fromCharCode(PICTURES + code) : formatting(character));
}

/** @param {string} character */
const formatting = (character) => `⟨${character.charCodeAt(0).toString(16).padStart(4, "0")}⟩`;

/** What stands on the page for a token. @param {number} id */
export function tokenText(id) {
  const piece = vocabulary.get(id);
  if (piece === undefined) return `#${id}`;
  return typeof piece === "string" ? visible(piece) : `⟨${piece.hex}⟩`;
}

/**
 * At most so many characters, with an ellipsis where some are left out.
 * @param {string} text
 * @param {number} most
 */
export function cut(text, most) {
  const characters = [...text];
  return characters.length > most ? `${characters.slice(0, Math.max(1, most - 1)).join("")}…` : text;
}

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
export function token(id, { most, className = "mono tokword" } = {}) {
  const { spaces, rest } = parted(most ? cut(tokenText(id), most) : tokenText(id));
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
