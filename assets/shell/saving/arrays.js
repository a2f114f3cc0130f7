// @ts-check
/**
 * A view's data as a file of numpy's: every array and every list of numbers by its name, what is said of it beside
 * them. The format is that of `numpy.savez`: a zip of .npy files (https://numpy.org/neps/nep-0001-npy-format.html).
 */
import { strToU8, zipSync } from "../../vendor/fflate.js";

/** What numpy calls them; everything is little-endian. */
const KINDS = new Map(
  /** @type {[Function, string][]} */ ([
    [Float32Array, "<f4"],
    [Float64Array, "<f8"],
    [Int32Array, "<i4"],
    [Int16Array, "<i2"],
    [Uint16Array, "<u2"],
    [Int8Array, "|i1"],
    [Uint8Array, "|u1"],
  ]),
);
const MAGIC = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0]; // \x93NUMPY, version 1.0
/** Of what stands before the numbers, so that they lie well in memory. */
const ALIGNED = 64;
const DEPTH = 8;

/** @typedef {{ a: ArrayBufferView & ArrayLike<number>, shape: number[] }} Block */

/**
 * The arrays of a payload by their names in it, "base.probs".
 * @param {any} value
 * @param {string} [name]
 * @returns {[name: string, block: Block][]}
 */
export function arraysOf(value, name = "", depth = 0) {
  if (!value || typeof value !== "object" || depth > DEPTH) return [];
  if (ArrayBuffer.isView(value.a) && Array.isArray(value.shape)) return [[name || "data", value]];
  if (Array.isArray(value)) {
    const block = numbers(value);
    if (block) return [[name || "data", block]];
  }
  return Object.entries(value).flatMap(([key, part]) => arraysOf(part, name ? `${name}.${key}` : key, depth + 1));
}

/** A list of numbers as an array; null stands for no number. @param {any[]} list @returns {Block | null} */
function numbers(list) {
  if (!list.length || !list.some((each) => typeof each === "number")) return null;
  if (!list.every((each) => typeof each === "number" || each === null)) return null;
  return { a: Float64Array.from(list, (each) => each ?? Number.NaN), shape: [list.length] };
}

/** One array as a .npy file. @param {Block} block */
export function npy({ a, shape }) {
  const kind = KINDS.get(a.constructor);
  const axes = `(${shape.map((each) => `${each},`).join(" ")})`.replace(/,\)$/, shape.length > 1 ? ")" : ",)");
  const said = `{'descr': '${kind}', 'fortran_order': False, 'shape': ${axes}, }`;
  const before = MAGIC.length + 2;
  const size = Math.ceil((before + said.length + 1) / ALIGNED) * ALIGNED;
  const header = strToU8(`${said.padEnd(size - before - 1)}\n`);
  const file = new Uint8Array(size + a.byteLength);
  file.set(MAGIC);
  file.set([header.length & 0xff, header.length >> 8], MAGIC.length);
  file.set(header, before);
  file.set(new Uint8Array(a.buffer, a.byteOffset, a.byteLength), size);
  return file;
}

/**
 * @param {any} data a payload
 * @param {object} about where it comes from
 * @returns {Uint8Array<ArrayBuffer>}
 */
export function npz(data, about) {
  const files = Object.fromEntries(arraysOf(data).map(([name, block]) => [`${name}.npy`, npy(block)]));
  const said = strToU8(JSON.stringify(about, null, 1));
  return /** @type {Uint8Array<ArrayBuffer>} */ (zipSync({ ...files, "about.json": said }));
}
