// @ts-check
/**
 * The glossary's terms, found in what the page says.
 *
 * @typedef {import("../../shell/protocol").TermName} Name
 * @typedef {import("../../shell/protocol").Term} Term
 * @typedef {{ text: string, term?: Name }} Piece a stretch of a text, with the term that it names
 */

/** How each term may be written, in lower case. @type {Map<string, Name>} */
const written = new Map();
/** Finds any of them as whole words; before the glossary is here, nothing. */
let pattern = /(?!)/g;

/**
 * The ways in which a term is written: each part of "query, key, value", and "MHA" of "multi-head attention (MHA)".
 * @param {string} term
 */
export const ways = (term) =>
  term
    .split(/, | \(|\)/)
    .map((way) => way.trim())
    .filter(Boolean);

/** Terms more to those that are known: a panel brings its own. @param {Name[]} terms */
export function learnTerms(terms) {
  for (const term of terms) {
    if (term.common) continue;
    const lower = (term.ways ?? ways(term.term)).map((way) => way.toLowerCase());
    for (const way of lower) if (!written.has(way)) written.set(way, term);
  }
  const longestFirst = [...written.keys()].sort((one, other) => other.length - one.length).map(escaped);
  pattern = new RegExp(`(?<![\\p{L}\\p{N}_])(${longestFirst.join("|")})s?(?![\\p{L}\\p{N}_])`, "giu");
}

/** @param {string} text */
const escaped = (text) => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");

/**
 * A text cut at the terms that it names; each is marked the first time only.
 * @param {string} text
 * @param {Set<Name>} [seen] terms that need no mark any more; those found are added
 * @returns {Piece[]}
 */
export function pieces(text, seen = new Set()) {
  /** @type {Piece[]} */
  const found = [];
  let end = 0;
  for (const { 0: word, 1: singular, index } of text.matchAll(pattern)) {
    const term = written.get(singular.toLowerCase());
    if (!term || seen.has(term)) continue;
    seen.add(term);
    if (index > end) found.push({ text: text.slice(end, index) });
    found.push({ text: word, term });
    end = index + word.length;
  }
  if (end < text.length) found.push({ text: text.slice(end) });
  return found;
}
