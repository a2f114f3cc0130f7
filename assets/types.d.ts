// The payloads of the views, as `unpack` in js/payload.js gives them. Written by `python -m explorer types`
// from the dataclasses of explorer/figures: do not edit. A number that is none (NaN) arrives as null.

export interface Floats { a: Float32Array; shape: number[]; }
export interface Ints { a: Int32Array | Int16Array | Int8Array | Uint16Array | Uint8Array; shape: number[]; }
export interface Bools { a: Uint8Array; shape: number[]; }
