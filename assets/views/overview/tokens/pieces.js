// @ts-check
/**
 * What is said of the pieces of a text: where they come from, which characters they hold a part of, what their bytes
 * spell.
 *
 * @import { SharedCharacter, TokensTable } from "../../../types/overview"
 * @import { ViewContext } from "../../../kit/view"
 */

/**
 * @param {TokensTable} data
 * @param {ViewContext} ctx
 * @param {number} position
 */
export function kindOf(data, ctx, position) {
  if (data.special[position]) return "special";
  return position < ctx.run.nPrompt ? "prompt" : "generated";
}

/**
 * The characters that a token holds a part of.
 * @param {TokensTable} data
 * @param {number} position
 */
export const sharedBy = ({ shared }, position) =>
  shared.filter(({ first, last }) => position >= first && position <= last);

/**
 * The same in words.
 * @param {TokensTable} data
 * @param {number} position
 */
export const partsOf = (data, position) =>
  sharedBy(data, position)
    .map((character) => `part of ${characterName(character)}, tokens ${character.first}–${character.last}`)
    .join("; ");

/** Invisible characters are called by their number. @param {SharedCharacter} character */
export function characterName({ text }) {
  if (!/^[\p{C}\p{Z}\p{M}]/u.test(text)) return `“${text}”`;
  return `U+${(text.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")}`;
}

/** The bytes of hexadecimal digits, two by two. @param {string} hex */
export const bytesOf = (hex) => hex.match(/[0-9a-f]{2}/g) ?? [];

const SIGNS = new Map([
  [" ", "·"],
  ["\n", "↵"],
  ["\t", "⇥"],
]);
/** Where Unicode's pictures of control characters begin. */
const PICTURES = 0x2400;

/** Bytes as a person reads them: their text where they are whole UTF-8. @param {string} hex */
export function spelled(hex) {
  const bytes = bytesOf(hex);
  try {
    const whole = Uint8Array.from(bytes, (byte) => Number.parseInt(byte, 16));
    const text = new TextDecoder("utf-8", { fatal: true }).decode(whole);
    return text.replace(/[ \p{Cc}]/gu, (sign) => SIGNS.get(sign) ?? String.fromCharCode(PICTURES + sign.charCodeAt(0)));
  } catch {
    return bytes.join(" ");
  }
}
