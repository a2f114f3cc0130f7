// @ts-check
/**
 * The views' answers that the page keeps, each by what it was made of: what the view reads (the run, its model, nothing),
 * the view, and the parts of the selection and the controls that it depends on.
 *
 * @import { Controls, Entry, Focus, Views, ViewSpec } from "./protocol"
 *
 * @typedef {object} Asked
 * @property {string} subject what the view reads
 * @property {string} panel
 * @property {ViewSpec} view
 * @property {Partial<Focus>} focus
 * @property {Controls | undefined} controls
 */

/** More than a few panels and selections have. */
const MOST = 160;

/** @param {Asked} asked */
export function keyOf({ subject, panel, view, focus, controls }) {
  const selected = view.depends.map((name) => focus[name] ?? "auto");
  const set = (view.controls ?? []).map((name) => `${name}=${controls?.[name] ?? ""}`);
  return [subject, panel, view.name, ...selected, ...set].join("|");
}

export class Answers {
  /** @type {Map<string, Entry>} */
  entries = new Map();

  /** @param {string} key */
  get(key) {
    return this.entries.get(key);
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
      this.entries.set(key, entry);
      this.entries.set(keyOf({ ...made, focus: answer.focus }), entry);
    }
    for (const key of this.entries.keys()) {
      if (this.entries.size <= MOST) break;
      this.entries.delete(key);
    }
  }
}
