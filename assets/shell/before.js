// @ts-check
/**
 * What a picture that stands in another's place was made for, in words.
 *
 * @typedef {{ subject: string, selection: string, settings: string }} Made what it was made of
 */

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
