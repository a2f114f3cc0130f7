// @ts-check
/** Twin of explorer/figures/payload.py: typed arrays out of JSON, and back into plain lists. */
const KINDS = { f4: Float32Array, i4: Int32Array, u2: Uint16Array, i2: Int16Array, u1: Uint8Array, i1: Int8Array };

/** @param {string} text in base 64 */
function bytes(text) {
  const characters = atob(text);
  const values = new Uint8Array(characters.length);
  for (let at = 0; at < characters.length; at++) values[at] = characters.charCodeAt(at);
  return values.buffer;
}

/**
 * @param {object} value
 * @param {(part: any) => unknown} change
 */
const each = (value, change) => Object.fromEntries(Object.entries(value).map(([name, part]) => [name, change(part)]));

/**
 * Every {dtype, shape, b64} in it becomes {a, shape}.
 * @param {any} value
 * @returns {any}
 */
export function unpack(value) {
  if (Array.isArray(value)) return value.map(unpack);
  if (!value || typeof value !== "object") return value;
  const Kind = KINDS[/** @type {keyof typeof KINDS} */ (value.dtype)];
  if (typeof value.b64 === "string" && Kind) return { a: new Kind(bytes(value.b64)), shape: value.shape };
  return each(value, unpack);
}

/**
 * For export: arrays as plain lists with their shape.
 * @param {any} value
 * @returns {any}
 */
export function plain(value) {
  if (Array.isArray(value)) return value.map(plain);
  if (!value || typeof value !== "object") return value;
  if (ArrayBuffer.isView(value.a) && Array.isArray(value.shape)) {
    return { shape: value.shape, values: Array.from(value.a) };
  }
  return each(value, plain);
}
