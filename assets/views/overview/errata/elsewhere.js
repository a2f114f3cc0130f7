// @ts-check
/**
 * What the other run finds of a claim, where it finds something else.
 *
 * @import { ErrataEntries, ErrataEntry } from "../../../types/overview"
 * @import { ViewContext } from "../../../kit/view"
 *
 * @typedef {Pick<ErrataEntry, "verdict" | "found" | "why" | "figures">} Elsewhere `why` nothing is found there;
 *   `figures`: those that differ
 */

/**
 * @param {ErrataEntry} entry
 * @param {Pick<ViewContext<any, ErrataEntries>, "there">} ctx
 * @returns {Elsewhere | null}
 */
export function elsewhere(entry, { there }) {
  const other = entry.grounded && there?.entries.find(({ name }) => name === entry.name);
  if (!other) return null;
  const { verdict, found, why } = other;
  const known = entry.figures.map(({ name, value }) => `${name} ${value}`);
  const figures = other.figures.filter(({ name, value }) => !known.includes(`${name} ${value}`));
  if (verdict === entry.verdict && found === entry.found && !figures.length) return null;
  return { verdict, found, why: verdict === "open" ? why : "", figures };
}

/** Its result, where that is another one. @param {ErrataEntry} entry @param {ViewContext<any, ErrataEntries>} ctx */
export function otherFound(entry, ctx) {
  const found = elsewhere(entry, ctx)?.found;
  return found === entry.found ? undefined : found;
}
