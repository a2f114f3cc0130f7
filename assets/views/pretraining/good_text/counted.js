// @ts-check
/** Values of some rules, counted on the page from the text alone: what the server's are held against. */

const WORD = /[\p{L}\p{N}_]+(?:['’][\p{L}\p{N}_]+)*|[^\p{L}\p{N}_\s]/gu;
const LINE = /\r\n|[\n\r\v\f\u2028\u2029]/;
/** What else ends a line in Python. */
const ENDS = ["\x1c", "\x1d", "\x1e", "\x85"];
const STOP = new Set(["the", "be", "to", "of", "and", "that", "have", "with"]);
/** Characters of a line that counts as short. */
const SHORT = 30;

/** @param {string} text @param {string} part */
const times = (text, part) => text.split(part).length - 1;

/** @template Item @param {Item[]} all @param {(each: Item) => boolean} holds */
const share = (all, holds) => (all.length ? all.filter(holds).length / all.length : 0);

/**
 * By the names of the rules.
 * @param {string} text
 * @returns {Record<string, number>}
 */
export function counted(text) {
  const words = text.match(WORD) ?? [];
  const lines = ENDS.reduce((all, end) => all.replaceAll(end, "\n"), text).split(LINE);
  if (lines[lines.length - 1] === "") lines.pop();
  const full = text.split("\n").filter((line) => line.trim());
  return {
    gopher_too_many_hashes: words.length ? times(text, "#") / words.length : 0,
    gopher_too_many_ellipsis: words.length ? (times(text, "...") + times(text, "…")) / words.length : 0,
    gopher_too_many_bullets: share(lines, (line) => /^\s*[•-]/.test(line)),
    gopher_too_many_end_ellipsis: share(lines, (line) => /(\.\.\.|…)\s*$/.test(line)),
    gopher_below_alpha_threshold: share(words, (word) => /\p{L}/u.test(word)),
    gopher_enough_stop_words: new Set(words.filter((word) => STOP.has(word))).size,
    short_line_ratio: share(full, (line) => [...line].length <= SHORT),
    list_ratio: times(text, "\n") / Math.max(1, words.length),
  };
}
