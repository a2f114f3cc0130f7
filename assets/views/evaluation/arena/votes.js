// @ts-check
/**
 * The votes of this browser: kept in its storage, saved as a file, read from one.
 *
 * @import { Game } from "./ratings.js"
 *
 * @typedef {{ first: string, second: string, score: number, prompt: string, tokens?: [first: number, second: number] }}
 *   Vote by the contestants' names; `tokens`: how long the answers are
 */
const KEY = "explorer-arena";
/** Votes that are kept, the latest; names and prompts are cut. */
const MOST = 5000;
const LONGEST = 400;

/** @returns {Vote[]} */
export function votes() {
  try {
    return read(localStorage.getItem(KEY) ?? "[]") ?? [];
  } catch {
    return []; // a page without storage keeps no votes
  }
}

/** @param {Vote[]} all */
export function keepVotes(all) {
  try {
    localStorage.setItem(KEY, JSON.stringify(all.slice(-MOST)));
  } catch {
    // the same
  }
}

/** Votes of a file, or nothing where it holds none. @param {string} text @returns {Vote[] | null} */
export function read(text) {
  try {
    const found = JSON.parse(text);
    if (!Array.isArray(found) || !found.every(isVote)) return null;
    return found.slice(-MOST).map(({ first, second, score, prompt, tokens }) => ({
      first: first.slice(0, LONGEST),
      second: second.slice(0, LONGEST),
      score,
      prompt: prompt.slice(0, LONGEST),
      ...(isPair(tokens) ? { tokens: [tokens[0], tokens[1]] } : {}),
    }));
  } catch {
    return null;
  }
}

/** @param {any} tokens */
const isPair = (tokens) =>
  Array.isArray(tokens) && tokens.length === 2 && tokens.every((each) => Number.isInteger(each) && each >= 0);

/** @param {any} each */
const isVote = (each) =>
  each !== null &&
  typeof each === "object" &&
  ["first", "second", "prompt"].every((name) => typeof each[name] === "string") &&
  each.first !== each.second &&
  [0, 0.5, 1].includes(each.score);

/** @param {Vote[]} all */
export function saveVotes(all) {
  const address = URL.createObjectURL(new Blob([JSON.stringify(all, null, 1)], { type: "application/json" }));
  Object.assign(document.createElement("a"), { href: address, download: "votes.json" }).click();
  URL.revokeObjectURL(address);
}

/** The votes by numbers, and the names. @param {Vote[]} all @returns {{ names: string[], games: Game[] }} */
export function numbered(all) {
  const names = [...new Set(all.flatMap(({ first, second }) => [first, second]))].sort();
  return { names, games: all.map(({ first, second, score }) => [names.indexOf(first), names.indexOf(second), score]) };
}
