// Twin of explorer/figures/payload.py: typed arrays out of JSON. `unpack` turns every {dtype, shape, b64} into {a, shape}.
const KIND = { f4: Float32Array, i4: Int32Array, u2: Uint16Array, i2: Int16Array, u1: Uint8Array, i1: Int8Array };

function bytes(b64) {
  if (Uint8Array.fromBase64) return Uint8Array.fromBase64(b64).buffer;
  const s = atob(b64), u = new Uint8Array(s.length);
  for (let i = 0; i < s.length; i++) u[i] = s.charCodeAt(i);
  return u.buffer;
}

export function unpack(v) {
  if (Array.isArray(v)) return v.map(unpack);
  if (v && typeof v === "object") {
    if (typeof v.b64 === "string" && KIND[v.dtype]) return { a: new KIND[v.dtype](bytes(v.b64)), shape: v.shape };
    const out = {};
    for (const k in v) out[k] = unpack(v[k]);
    return out;
  }
  return v;
}

// The other way, for export: arrays as plain lists with their shape.
export function plain(v) {
  if (Array.isArray(v)) return v.map(plain);
  if (v && typeof v === "object") {
    if (ArrayBuffer.isView(v.a) && Array.isArray(v.shape)) return { shape: v.shape, values: Array.from(v.a) };
    const out = {};
    for (const k in v) out[k] = plain(v[k]);
    return out;
  }
  return v;
}
