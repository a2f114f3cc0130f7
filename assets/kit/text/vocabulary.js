// @ts-check
/**
 * The texts of token ids, as the page writes them: spaces and control characters can be seen.
 *
 * @typedef {string | { hex: string }} Piece bytes that are no whole character come as hexadecimal digits
 */
const NAMED = new Map([
  ["\n", "↵"],
  ["\t", "⇥"],
  ["\r", "␍"],
  ["\u00a0", "⍽"],
  ["\u007f", "␡"],
]);
/** Where Unicode's pictures of control characters begin. */
const PICTURES = 0x2400;

/** @type {Map<number, Piece>} */
const vocabulary = new Map();

/** Another model's, while its run is drawn. @type {Map<number, Piece> | null} */
let spoken = null;

/** The vocabulary that is in use now; null for the page's own. */
export const inUse = () => spoken;

/**
 * What is made while another vocabulary is in use: a token is what it is there.
 * @template Made
 * @param {Map<number, Piece> | null} other
 * @param {() => Made} make
 */
export function spokenIn(other, make) {
  const before = spoken;
  spoken = other;
  try {
    return make();
  } finally {
    spoken = before;
  }
}

/** @param {Record<string, Piece> | undefined} strings by id; nothing where they are the page's own */
export const vocabularyOf = (strings) =>
  strings ? new Map(Object.entries(strings).map(([id, text]) => [Number(id), text])) : null;

/** @param {Record<string, Piece> | undefined | null} strings by id */
export function learn(strings) {
  for (const [id, text] of Object.entries(strings ?? {})) vocabulary.set(Number(id), text);
}

export function forgetTokens() {
  vocabulary.clear();
}

/** The token's own text, or undefined where the page has not learned it. @param {number} id */
export const rawToken = (id) => (spoken ?? vocabulary).get(id);

/** Text as the page writes it: what would not be seen can be. @param {string} text */
export function visible(text) {
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
  const piece = rawToken(id);
  if (piece === undefined) return `#${id}`;
  return typeof piece === "string" ? visible(piece) : `⟨${piece.hex}⟩`;
}

/** A token in running text: its spaces are spaces, its line ends can be seen. @param {number} id */
export function readText(id) {
  const piece = rawToken(id);
  return typeof piece === "string" && /^ ?[^\p{C}\p{M}]+$|^\n+$/u.test(piece)
    ? piece.replaceAll("\n", "↵")
    : tokenText(id);
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
