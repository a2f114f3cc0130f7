// @ts-check
/**
 * The short form of a link, ?s=...: its parts deflated (RFC 1951) after a list of words that both sides know, in
 * base64url. Nothing is kept on a server: the link itself still holds everything. Twin of
 * explorer/shell/envelope/short_links.py.
 */
import { asset } from "../../../kit/asset.js";
import { deflateSync, inflateSync, strFromU8, strToU8 } from "../../../vendor/fflate.js";

/** Links name the list that they were made with: another list of words is another number, and this one stays. */
const VERSION = "1";
const WORDS = asset("shell/address/links/words-1.txt");
const FORM = /^1[\w-]{1,12000}$/;
/** Characters of a link that is read. */
const LONGEST = 24_000;
/** @type {Promise<Uint8Array> | null} */
let reading = null;

function words() {
  reading ??= fetch(WORDS).then(async (answer) => {
    if (!answer.ok) throw new Error("The list of words for short links did not load.");
    return new Uint8Array(await answer.arrayBuffer());
  });
  return reading;
}

/** @param {string} text */
const escaped = (text) => text.replace(/[%&=]/g, encodeURIComponent);

/** The parts without the signs that an address needs. @param {string} search */
export const plain = (search) =>
  [...new URLSearchParams(search)]
    .map(([name, value]) => `${escaped(name)}=${value.replace(/[%&]/g, encodeURIComponent)}`)
    .join("&");

/** @param {string} text of `plain` */
export function search(text) {
  const parts = new URLSearchParams();
  for (const part of text.split("&")) {
    const at = part.indexOf("=");
    if (at > 0) parts.append(decodeURIComponent(part.slice(0, at)), unescaped(part.slice(at + 1)));
  }
  return `?${parts}`;
}

/** @param {string} text */
const unescaped = (text) => text.replace(/%2[56]/g, decodeURIComponent);

/**
 * The short form, where there is one that is shorter and leads back to just this link.
 * @param {string} link "?model=..."
 * @param {Uint8Array} dictionary
 */
export function shortened(link, dictionary) {
  const packed = deflateSync(strToU8(plain(link)), { level: 9, dictionary });
  const short = `?s=${VERSION}${inBase64(packed)}`;
  return short.length < link.length && expanded(short.slice(3), dictionary) === link ? short : link;
}

/**
 * The link that a short one stands for. Throws where it stands for none.
 * @param {string} packed what stands behind "s="
 * @param {Uint8Array} dictionary
 */
export function expanded(packed, dictionary) {
  if (!FORM.test(packed)) throw new Error("The short link is damaged.");
  const text = strFromU8(inflateSync(outOfBase64(packed.slice(1)), { dictionary }));
  if (text.length > LONGEST) throw new Error("The short link is too long.");
  return search(text);
}

/** @param {Uint8Array} bytes */
const inBase64 = (bytes) =>
  btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replace(/=+$/, "");

/** @param {string} text */
const outOfBase64 = (text) =>
  Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (character) => character.charCodeAt(0));

/** A whole address in its short form; the long one where the words do not come. @param {string} address */
export async function shorten(address) {
  const at = address.indexOf("?");
  try {
    return at < 0 ? address : address.slice(0, at) + shortened(address.slice(at), await words());
  } catch {
    return address;
  }
}

/** The page's own address in its long form: from here on the page reads it as any other. */
export async function unfold() {
  const parts = new URLSearchParams(location.search);
  const packed = parts.get("s") ?? "";
  parts.delete("s");
  const long = new URLSearchParams(expanded(packed, await words()));
  for (const [name, value] of parts) long.set(name, value); // what was written behind it counts
  history.replaceState(null, "", `${location.pathname}?${long}${location.hash}`);
}
