// @ts-check
/** A lesson's text within a link: deflated, in the alphabet of base64url, after the “#”, which no server is sent. */

/** Bytes of a text that a link may unfold to: a small link could hold a gigabyte. */
const MOST = 160_000;
const SLICE = 0x8000;

/** @param {string} text */
export async function carried(text) {
  const bytes = await drained(new Blob([text]).stream().pipeThrough(new CompressionStream("deflate-raw")));
  let written = "";
  for (let at = 0; at < bytes.length; at += SLICE) written += String.fromCharCode(...bytes.subarray(at, at + SLICE));
  return btoa(written).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}

/** The text again; throws where the link was cut or holds too much. @param {string} packed */
export async function unfolded(packed) {
  const written = atob(packed.replaceAll("-", "+").replaceAll("_", "/"));
  const bytes = Uint8Array.from(written, (character) => character.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate-raw"));
  return new TextDecoder().decode(await drained(stream, MOST));
}

/** @param {ReadableStream<Uint8Array>} stream */
async function drained(stream, most = Number.POSITIVE_INFINITY) {
  const parts = [];
  let size = 0;
  const reader = stream.getReader();
  for (let next = await reader.read(); !next.done; next = await reader.read()) {
    size += next.value.length;
    if (size > most) {
      await reader.cancel();
      throw new Error(`more than ${most} bytes`);
    }
    parts.push(next.value);
  }
  return new Uint8Array(await new Blob(/** @type {BlobPart[]} */ (parts)).arrayBuffer());
}

/** What the address carries. */
export const inAddress = () => new URLSearchParams(location.hash.slice(1)).get("lesson");
