// @ts-check
/** Orders of all token ids by their logits, likeliest first, ties by id; and where an id stands in one. */

/** More than any vocabulary has ids: the bits of a logit and an id fit into one float64 together. */
const IDS = 0x200000;
const SIGN = 0x80000000;
const ALL = 0xffffffff;

/**
 * @param {Float32Array} logits
 * @returns {(one: number, other: number) => number} for `sort`
 */
export const byLogit = (logits) => (one, other) => logits[other] - logits[one] || one - other;

/**
 * All ids, by one native sort of numbers.
 * @param {Float32Array} logits
 */
export function ranked(logits) {
  const bits = new Uint32Array(logits.buffer, logits.byteOffset, logits.length);
  const keys = new Float64Array(logits.length);
  for (let id = 0; id < keys.length; id++) {
    const rising = (bits[id] ^ (bits[id] >>> 31 ? ALL : SIGN)) >>> 0;
    keys[id] = (ALL - rising) * IDS + id;
  }
  keys.sort();
  const order = new Int32Array(keys.length);
  for (let at = 0; at < order.length; at++) order[at] = keys[at] % IDS;
  return order;
}

/**
 * The first `count` of an order anew, where only the logits of some ids have moved.
 * @param {Int32Array} order
 * @param {number} count
 * @param {Float32Array} logits
 * @param {ReadonlyMap<number, unknown>} moved
 */
export function mended(order, count, logits, moved) {
  const made = new Int32Array(order);
  /** @type {number[]} */
  const loose = [];
  let last = -1;
  for (let at = 0; at < count; at++) {
    if (moved.has(order[at])) loose.push(order[at]);
    else made[++last] = order[at];
  }
  const compare = byLogit(logits);
  loose.sort(compare);
  for (let at = count - 1, next = loose.length - 1; next >= 0; at--) {
    made[at] = last >= 0 && compare(made[last], loose[next]) > 0 ? made[last--] : loose[next--];
  }
  return made;
}

/** Where each id stands in an order. @type {WeakMap<Int32Array, Int32Array>} */
const places = new WeakMap();

/**
 * @param {Int32Array} order
 * @param {number} id
 */
export function placeOf(order, id) {
  let place = places.get(order);
  if (!place) {
    place = new Int32Array(order.length);
    for (let at = 0; at < order.length; at++) place[order[at]] = at;
    places.set(order, place);
  }
  return place[id];
}
