// @ts-check
/**
 * A lesson being read: where one is, what was answered, what the run has said of each step.
 *
 * @import { Answer, Place } from "./kept"
 * @import { Lesson, Phase, Told } from "./lesson"
 */
import { headName } from "../../kit/numbers/format.js";
import { keepPlace, placeIn } from "./kept.js";

export class Reading {
  /** Whether the card shows its title only. */
  folded = false;
  /** Whether it was left, and stands in one line. */
  left = false;
  /** By step and phase. @type {Map<string, Told>} */
  told = new Map();

  /**
   * @param {Lesson} lesson
   * @param {string} text where it came from a file or a link
   */
  constructor(lesson, text) {
    this.lesson = lesson;
    this.text = text;
    const place = placeIn(lesson.name);
    this.at = Math.min(place.step, lesson.steps.length - 1);
    this.furthest = this.at;
    this.done = place.done;
    /** @type {Record<string, Answer>} */
    this.answers = place.answers;
  }

  get step() {
    return this.lesson.steps[this.at];
  }

  /** @type {Answer | undefined} */
  get answer() {
    return this.answers[this.at];
  }

  /** @param {number} at */
  answered(at) {
    return this.answers[at] !== undefined;
  }

  /** @param {number} at */
  move(at) {
    this.at = at;
    this.furthest = Math.max(this.furthest, at);
    this.keep();
  }

  /** @param {Answer} answer */
  give(answer) {
    this.answers = { ...this.answers, [this.at]: answer };
    this.keep();
  }

  keep() {
    const { at: step, answers, done } = this;
    keepPlace(this.lesson.name, /** @type {Place} */ ({ step, answers, done }));
  }

  /** The phase in which the answer is looked up. @returns {Phase} */
  get phase() {
    return this.step.ask?.then ? "then" : "shown";
  }

  /** @param {Phase} phase @returns {Told | undefined} */
  heard(phase, at = this.at) {
    return this.told.get(`${at} ${phase}`);
  }

  /** Whether the answer is right; null while the run has not said so. */
  right() {
    const told = this.heard(this.phase);
    const { answer } = this;
    if (!told || answer === undefined) return null;
    if (typeof answer === "number") return told.right === answer;
    return Object.entries(told.picked ?? {}).every(([name, value]) => answer[name] === value);
  }

  /** What was picked, in words. */
  picked() {
    const { answer } = this;
    if (!answer || typeof answer === "number") return "";
    const { layer, head, ...others } = answer;
    const parts = Object.entries(others).map(([name, value]) => `${name} ${value}`);
    if (layer !== undefined && head !== undefined) parts.unshift(headName(Number(layer), Number(head)));
    else if (layer !== undefined) parts.unshift(`block ${layer}`);
    else if (head !== undefined) parts.unshift(`head ${head}`);
    return parts.join(", ");
  }

  /** What the run bears out, before and after the answer. */
  claims() {
    const after = this.answer === undefined ? undefined : this.heard("then");
    return [...(this.heard("shown")?.claims ?? []), ...(after?.claims ?? [])];
  }

  /** @param {Phase} phase @param {(link: string) => void} go @returns {import("./say").Saying} */
  saying(phase, go) {
    return { values: this.heard(phase)?.values, seen: new Set(), go };
  }
}
