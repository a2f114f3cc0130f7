// @ts-check
/**
 * The keys of a picture, as its name tells them.
 *
 * @typedef {[keys: string, does: string]} Shortcut
 */
const WALKED = "arrow keys, Home and End";
const MOVED = "arrow keys";
const SAYS_KEYS = /arrow|left and right|up and down|enter|space/i;

/**
 * A picture’s name, and the keys that its name tells.
 * @param {string} label
 * @param {boolean} roved whether its marks are walked as a list is
 * @returns {Shortcut}
 */
export function ofPicture(label, roved) {
  const at = label.lastIndexOf("; ");
  const keys = at < 0 ? "" : label.slice(at + 2);
  return SAYS_KEYS.test(keys) ? [label.slice(0, at), keys] : [label, roved ? WALKED : MOVED];
}
