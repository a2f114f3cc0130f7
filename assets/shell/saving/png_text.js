// @ts-check
/**
 * Words within a PNG file: what it shows, and the link that shows it again (iTXt chunks, PNG specification 11.3.4.5).
 */

/** Behind the signature and the header, which are always as long. */
const BEHIND_HEADER = 33;

/** CRC-32 of each byte. */
const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let rest = byte;
  for (let bit = 0; bit < 8; bit++) rest = rest & 1 ? 0xedb88320 ^ (rest >>> 1) : rest >>> 1;
  return rest;
});

/** @param {Uint8Array} bytes */
function checksum(bytes) {
  let rest = 0xffffffff;
  for (const byte of bytes) rest = TABLE[(rest ^ byte) & 0xff] ^ (rest >>> 8);
  return ~rest >>> 0;
}

/** @param {string} keyword @param {string} text */
function chunk(keyword, text) {
  // keyword, end; not compressed, the one method; no language, no other keyword; the text
  const body = new TextEncoder().encode(`iTXt${keyword}\0\0\0\0\0${text.replaceAll("\0", " ")}`);
  const made = new Uint8Array(body.length + 8);
  const view = new DataView(made.buffer);
  view.setUint32(0, body.length - 4);
  made.set(body, 4);
  view.setUint32(body.length + 4, checksum(body));
  return made;
}

/**
 * The same picture with these words in it.
 * @param {Blob} png
 * @param {Record<string, string>} words by PNG's keywords
 */
export async function withWords(png, words) {
  const bytes = new Uint8Array(await png.arrayBuffer());
  const chunks = Object.entries(words).map(([keyword, text]) => chunk(keyword, text));
  return new Blob([bytes.subarray(0, BEHIND_HEADER), ...chunks, bytes.subarray(BEHIND_HEADER)], { type: "image/png" });
}
