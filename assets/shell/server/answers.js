// @ts-check
/**
 * The views' answers that the page keeps, each by what it was made of: what the view reads
 * (the run, its model, nothing), the view, and the parts of the selection and the controls that it depends on.
 *
 * @import { Controls } from "../../kit/view"
 * @import { Entry, Focus, Views, ViewSpec } from "../protocol"
 *
 * @typedef {object} Asked
 * @property {string} subject what the view reads
 * @property {string} panel
 * @property {ViewSpec} view
 * @property {Partial<Focus>} focus
 * @property {Controls | undefined} controls
 *
 * @typedef {{ subject: string, selection: string, settings: string }} Made what an answer was made of
 */

/** Bytes: what a visitor who looks at all panels gets stays, and a tab that is open for a day does not grow. */
const MOST = 64 << 20;
/** What an object or a number weighs, about. */
const EACH = 16;

/**
 * What a view reads: the run of a query, its model, or nothing.
 * @param {Pick<ViewSpec, "reads">} view
 * @param {string} query
 */
export function subjectOf({ reads }, query) {
  if (reads === "run") return query;
  return reads === "model" ? (new URLSearchParams(query).get("model") ?? "model") : "";
}

/** What an answer is made of. @param {Asked} asked */
export function madeOf({ subject, view, focus, controls }) {
  const selected = view.depends.map((name) => focus[name] ?? "auto");
  const set = (view.controls ?? []).map((name) => `${name}=${controls?.[name] ?? ""}`);
  return { subject, selection: selected.join("|"), settings: set.join("|") };
}

/** @param {Asked} asked */
export function keyOf(asked) {
  const { subject, selection, settings } = madeOf(asked);
  return [subject, asked.panel, asked.view.name, selection, settings].join("|");
}

/**
 * What a value takes of memory, in bytes, about.
 * @param {any} value
 * @returns {number}
 */
function weightOf(value) {
  if (typeof value === "string") return EACH + 2 * value.length;
  if (!value || typeof value !== "object") return EACH;
  if (ArrayBuffer.isView(value)) return EACH + value.byteLength;
  let total = EACH;
  for (const part of Object.values(value)) total += weightOf(part);
  return total;
}

export class Answers {
  /** The last that was looked at stands last. @type {Map<string, Entry>} */
  entries = new Map();
  /** @type {WeakMap<Entry, number>} */
  #weights = new WeakMap();
  #most;

  /** @param {number} [most] bytes */
  constructor(most = MOST) {
    this.#most = most;
  }

  /** @param {string} key */
  get(key) {
    const entry = this.entries.get(key);
    if (entry) this.#put(key, entry);
    return entry;
  }

  /** @param {string} key @param {Entry} entry */
  #put(key, entry) {
    this.entries.delete(key);
    this.entries.set(key, entry);
  }

  /** @param {string} key */
  forget(key) {
    this.entries.delete(key);
  }

  /** Another model's ids mean other texts: what reads a run or a model is forgotten. */
  forgetTexts() {
    for (const key of this.entries.keys()) if (!key.startsWith("|")) this.entries.delete(key);
  }

  /**
   * Keeps each view's answer for what was asked, and for the same with its defaults written out.
   * @param {Views} answer
   * @param {ViewSpec[]} specs
   * @param {(view: ViewSpec) => string} subject
   */
  keep(answer, specs, subject) {
    for (const view of specs) {
      const entry = answer.views?.[view.name];
      if (!entry) continue;
      const made = { subject: subject(view), panel: answer.panel, view, controls: answer.controls };
      const key = keyOf({ ...made, focus: answer.asked ?? answer.focus });
      const before = this.entries.get(key);
      if (entry.partial && before && !before.partial) continue; // an older part that came late
      this.#put(key, entry);
      this.#put(keyOf({ ...made, focus: answer.focus }), entry);
      this.#weights.set(entry, weightOf(entry));
    }
    this.#trim();
  }

  /** The last looked at are kept, as far as there is room. */
  #trim() {
    let room = this.#most;
    const counted = new Set();
    for (const [key, entry] of [...this.entries].reverse()) {
      if (!counted.has(entry)) room -= this.#weights.get(entry) ?? 0;
      counted.add(entry);
      if (room < 0) this.entries.delete(key);
    }
  }
}

/** Of a run's query, what its prompt is made of. */
const PROMPT = ["text", "chat"];

/**
 * What else is asked for by now.
 * @param {string} then
 * @param {string} now
 * @param {boolean} run they are queries of runs, not names of models
 */
function otherSubject(then, now, run) {
  if (!run) return "model";
  const [before, after] = [then, now].map((query) => new URLSearchParams(query));
  const differs = (/** @type {string} */ name) => before.get(name) !== after.get(name);
  if (differs("model")) return "model";
  return PROMPT.some(differs) ? "prompt" : "run";
}

/** @param {Made} then @param {Made} now @param {boolean} run */
function kindOf(then, now, run) {
  if (then.subject !== now.subject) return otherSubject(then.subject, now.subject, run);
  if (then.selection !== now.selection) return "selection";
  return then.settings === now.settings ? "measurement" : "settings";
}

/** What a view's picture was made of, and how often something else was asked for since. */
export class Origin {
  /** @type {Made | null} */
  #made = null;
  #key = "";
  #steps = 0;

  /** @param {Made} made @param {string} key */
  take(made, key) {
    this.#made = made;
    this.#key = key;
    this.#steps = 0;
  }

  /** That is asked for, and not here. @param {string} key */
  pass(key) {
    if (key !== this.#key) this.#steps += 1;
    this.#key = key;
  }

  /**
   * In words: "for the previous prompt".
   * @param {Made} now
   * @param {boolean} run
   */
  said(now, run) {
    if (!this.#made) return "";
    const kind = kindOf(this.#made, now, run);
    const earlier = kind === "settings" ? "earlier" : "an earlier";
    return `${kind === "measurement" ? "from" : "for"} ${this.#steps > 1 ? earlier : "the previous"} ${kind}`;
  }
}
