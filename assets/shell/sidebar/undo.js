// @ts-check
/**
 * Undo and redo of interventions and forced tokens: each run that differs in them is a step.
 *
 * @import { Run } from "../../kit/view"
 *
 * @typedef {object} Edits
 * @property {string} do
 * @property {string} force
 * @property {number} new tokens asked for: forcing one may ask for more
 *
 * @typedef {{ before: Edits, after: Edits }} Step
 */
import { forcedText } from "../address/link.js";

/**
 * @param {Pick<Run, "interventions" | "forced" | "newTokens">} run
 * @returns {Edits}
 */
export const editsOf = (run) => ({
  do: run.interventions.map(({ text }) => text).join(","),
  force: forcedText(run.forced),
  new: run.newTokens,
});

/** @param {Edits} one @param {Edits} other */
const alike = (one, other) => one.do === other.do && one.force === other.force;

export class Undo {
  /** @type {Step[]} */
  done = [];
  /** @type {Step[]} */
  undone = [];
  /** What the run on the page has. @type {Edits | null} */
  #now = null;
  /** Its text and model: edits of another text are not taken back. */
  #of = "";

  /** A run has come. @param {Pick<Run, "interventions" | "forced" | "newTokens" | "text" | "chat" | "model">} run */
  take(run) {
    const now = editsOf(run);
    const of = JSON.stringify([run.model.name, run.text, run.chat]);
    const before = this.#now;
    if (of !== this.#of) this.#forget();
    else if (before && !alike(before, now)) this.#step({ before, after: now });
    this.#now = now;
    this.#of = of;
  }

  #forget() {
    this.done = [];
    this.undone = [];
  }

  /** A new step, or one of those that are known, taken back or again. @param {Step} step */
  #step(step) {
    const last = this.done.at(-1);
    const next = this.undone.at(-1);
    if (this.going === "back" && last && alike(last.before, step.after)) {
      this.undone.push(/** @type {Step} */ (this.done.pop()));
    } else if (this.going === "on" && next && alike(next.after, step.after)) {
      this.done.push(/** @type {Step} */ (this.undone.pop()));
    } else {
      this.done.push(step);
      this.undone = [];
    }
    this.going = null;
  }

  /** Which way the run leads that was asked for. @type {"back" | "on" | null} */
  going = null;

  /** The changes of the query that take the last step back; null where there is none. */
  back() {
    const step = this.done.at(-1);
    if (!step) return null;
    this.going = "back";
    return this.#changes(step.after, step.before);
  }

  /** The changes that take it again. */
  on() {
    const step = this.undone.at(-1);
    if (!step) return null;
    this.going = "on";
    return this.#changes(step.before, step.after);
  }

  /** @param {Edits} from @param {Edits} to */
  #changes(from, to) {
    const own = from.new !== to.new && this.#now?.new === from.new; // the step's doing, and nobody has changed it since
    return { do: to.do || null, force: to.force || null, ...(own ? { new: to.new } : {}) };
  }
}
