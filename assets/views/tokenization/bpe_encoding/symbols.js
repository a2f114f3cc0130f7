// @ts-check
/** Symbols of a word as they are written: text where their bytes are whole characters, else the bytes. */

const decoder = new TextDecoder("utf-8", { fatal: true });
const PAIR = 2;

/** @param {string} hex */
export const bytesOf = (hex) => Uint8Array.from(hex.match(/../g) ?? [], (byte) => Number.parseInt(byte, 16));

/** How many bytes. @param {string} hex */
export const lengthOf = (hex) => hex.length / PAIR;

/** @param {string} hex */
export function written(hex) {
  try {
    const text = decoder.decode(bytesOf(hex));
    if (!/[\p{Cc}\p{Cf}]/u.test(text.replace(/[\n\r\t]/g, ""))) return seen(text);
  } catch {
    // a part of a character
  }
  return (hex.match(/../g) ?? []).join(" ").toUpperCase();
}

/** Spaces as dots, ends of lines as arrows. @param {string} text */
export const seen = (text) =>
  text
    .replace(/ /g, "·")
    .replace(/\r?\n|\r/g, "↵")
    .replace(/\t/g, "→");
