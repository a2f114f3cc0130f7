// @ts-check
/**
 * The runs of this browser: each is its link and a few words, never a tensor. They lie in the browser's own storage and
 * are sent nowhere.
 *
 * @import { Tables } from "../protocol"
 *
 * @typedef {object} Kept
 * @property {string} link all of the page's state, as the address had it
 * @property {number} at when, in milliseconds since 1970
 * @property {string} name that the visitor gave it, or nothing
 * @property {string} model its title
 * @property {string} text the prompt's beginning
 * @property {string} panel title of the last that was open
 * @property {string} answer the likeliest token after the prompt, with its probability
 */
import { readLink, settled } from "../address/link.js";

const KEY = "explorer.runs";
/** More are not kept: those that went unnamed longest ago are forgotten. */
export const MOST = 200;
/** Characters of each part. */
export const LONGEST = { link: 12_000, name: 80, model: 80, text: 300, panel: 60, answer: 60 };
/** Characters of all: browsers give a page some five million. */
const ROOM = 1_500_000;

/** The run's own part of a link. @param {string} link @param {Tables} tables */
export const queryOf = (link, tables) => settled(readLink(link, tables).query);

/**
 * The text after the prompt is cut by characters, not in the middle of one.
 * @param {string} text
 * @param {number} most
 */
export const shortened = (text, most) => {
  const characters = Array.from(text);
  return characters.length > most ? `${characters.slice(0, most - 1).join("")}…` : text;
};

export class History {
  /**
   * Of each link its run: to read one takes half a millisecond, and there are two hundred.
   * @type {Map<string, string>}
   */
  #queries = new Map();
  /** Who shows the runs, and is told that there are others. */
  changed = () => {};

  /**
   * @param {Tables} tables
   * @param {Pick<Storage, "getItem" | "setItem">} [storage]
   */
  constructor(tables, storage = own()) {
    this.tables = tables;
    this.storage = storage;
  }

  /** The newest first. Another page of this browser may have added some. @returns {Kept[]} */
  all() {
    try {
      const found = JSON.parse(this.storage.getItem(KEY) ?? "[]");
      return Array.isArray(found) ? found.filter(whole) : [];
    } catch {
      return [];
    }
  }

  /** @param {string} link */
  #queryOf(link) {
    if (this.#queries.size > 4 * MOST) this.#queries.clear();
    const known = this.#queries.get(link) ?? queryOf(link, this.tables);
    this.#queries.set(link, known);
    return known;
  }

  /** @param {Kept[]} runs */
  #write(runs) {
    let [kept, written] = [trimmed(runs, MOST), ""];
    for (;;) {
      written = JSON.stringify(kept);
      if (written.length <= ROOM || kept.length < 2) break;
      kept = trimmed(kept, Math.floor(kept.length * 0.8));
    }
    try {
      this.storage.setItem(KEY, written);
    } catch {
      // a full or closed storage keeps nothing: the page works without
    }
    this.changed();
    return kept;
  }

  /**
   * Puts runs in their places; the same run again is the newer of both, under the name that it has.
   * @param {Kept[]} runs
   */
  add(runs) {
    /** @type {Map<string, Kept>} */
    const byRun = new Map();
    for (const each of [...this.all(), ...runs]) {
      const query = this.#queryOf(each.link);
      const before = byRun.get(query);
      const [old, young] = before && before.at > each.at ? [each, before] : [before, each];
      byRun.set(query, { ...young, name: young.name || old?.name || "" });
    }
    return this.#write([...byRun.values()].sort((one, other) => other.at - one.at));
  }

  /** @param {string} link @param {string} name */
  rename(link, name) {
    const given = shortened(name.trim(), LONGEST.name);
    return this.#write(this.all().map((each) => (each.link === link ? { ...each, name: given } : each)));
  }

  /** @param {string[]} links */
  remove(links) {
    return this.#write(this.all().filter(({ link }) => !links.includes(link)));
  }
}

/** The browser's, or none where a frame has none. */
function own() {
  try {
    return localStorage;
  } catch {
    return { getItem: () => null, setItem: () => {} };
  }
}

/** @param {any} each */
const whole = (each) =>
  typeof each?.link === "string" &&
  Number.isFinite(each.at) &&
  ["name", "model", "text", "panel", "answer"].every((part) => typeof each[part] === "string");

/**
 * So many of them: those without a name go first, the oldest of them first.
 * @param {Kept[]} runs
 * @param {number} most
 */
function trimmed(runs, most) {
  if (runs.length <= most) return runs;
  const leaving = [...runs].reverse().sort((one, other) => Number(one.name !== "") - Number(other.name !== ""));
  const gone = new Set(leaving.slice(0, runs.length - most));
  return runs.filter((each) => !gone.has(each));
}

/**
 * Those in which all typed words occur: in the name, the prompt, the model, the panel, or what was changed.
 * @param {Kept[]} runs
 * @param {string} typed
 */
export function sought(runs, typed) {
  const words = typed.toLowerCase().split(/\s+/).filter(Boolean);
  const said = (/** @type {Kept} */ { name, text, model, panel, answer, link }) =>
    [name, text, model, panel, answer, new URLSearchParams(link).get("do") ?? ""].join(" ").toLowerCase();
  return runs.filter((run) => words.every((word) => said(run).includes(word)));
}

/**
 * What is kept of a run.
 * @param {{ text: string, model: { title: string }, answer: string }} run
 * @param {{ link: string, panel: string, at: number }} where
 * @returns {Kept}
 */
export const keptOf = ({ text, model, answer }, { link, panel, at }) => ({
  link,
  at,
  name: "",
  model: shortened(model.title, LONGEST.model),
  text: shortened(text.replace(/\s+/g, " ").trim(), LONGEST.text),
  panel,
  answer: shortened(answer, LONGEST.answer),
});
