// @ts-check

/**
 * Whether two values would be drawn alike: lists and plain objects by what they hold, functions whatever they do.
 * @param {unknown} one
 * @param {unknown} other
 * @returns {boolean}
 */
export function alike(one, other) {
  if (Object.is(one, other)) return true;
  if (typeof one === "function" && typeof other === "function") return true;
  if (!one || !other || typeof one !== "object" || typeof other !== "object") return false;
  if (one.constructor !== other.constructor) return false;
  return isList(one) && isList(other) ? alikeLists(one, other) : alikeObjects(one, other);
}

/**
 * @param {object} value
 * @returns {value is ArrayLike<unknown>}
 */
const isList = (value) => Array.isArray(value) || ArrayBuffer.isView(value);

/**
 * @param {ArrayLike<unknown>} one
 * @param {ArrayLike<unknown>} other
 */
function alikeLists(one, other) {
  if (one.length !== other.length) return false;
  for (let at = 0; at < one.length; at++) if (!alike(one[at], other[at])) return false;
  return true;
}

/**
 * @param {object} one
 * @param {object} other
 */
function alikeObjects(one, other) {
  const names = Object.keys(one);
  if (names.length !== Object.keys(other).length) return false;
  return names.every((name) => name in other && alike(Reflect.get(one, name), Reflect.get(other, name)));
}
