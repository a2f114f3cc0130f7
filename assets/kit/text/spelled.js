// @ts-check
/** Bytes and characters as the page writes them, each so that it can be seen. */
import { visible } from "./vocabulary.js";

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const HEX = 16;

/** @param {string} hex */
export const bytesOfHex = (hex) => Uint8Array.from(hex.match(/../g) ?? [], (byte) => Number.parseInt(byte, HEX));

/** A token: text, or in hexadecimal where its bytes are no whole characters. @param {Uint8Array} bytes */
export function spelled(bytes) {
  try {
    return visible(decoder.decode(bytes));
  } catch {
    return `⟨${Array.from(bytes, (byte) => byte.toString(HEX).padStart(2, "0")).join(" ")}⟩`;
  }
}

/** A letter in a cell of its own: what cannot be seen is one sign. @param {string} letter what is drawn in one piece */
export function sign(letter) {
  if (/^[\r\n]+$/.test(letter)) return "↵";
  if (letter === "\t") return "⇥";
  if (/^\s$/u.test(letter)) return "·";
  return /^[\p{Cc}\p{Cf}]+$/u.test(letter) ? "▫" : letter;
}

/** A text on a scale of characters: a sign for each. @param {string} text */
export const signs = (text) =>
  [...text]
    .map(sign)
    .join("")
    .replace(/^\p{M}/u, "◌$&");
