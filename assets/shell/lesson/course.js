// @ts-check
/**
 * The lesson on the page: walked, left and taken up again.
 *
 * @import { Answer } from "./kept"
 * @import { Phase } from "./lesson"
 * @import { Which } from "./opened"
 * @import { Reading } from "./reading"
 *
 * @typedef {import("../page").Page} Page
 */

import { asset } from "../../kit/asset.js";
import { html, nothing, render } from "../../vendor/lit.js";
import { wear } from "../views.js";
import { inAddress } from "./carried.js";
import { column, line } from "./column.js";
import { keep, kept } from "./kept.js";
import { carry, fetched } from "./opened.js";
import { Shown } from "./shown.js";
import { listen } from "./told.js";
import { watch } from "./watched.js";

const STYLES = asset("shell/lesson/lesson.css");

export class Lessons {
  /** @type {Reading | null} */
  reading = null;
  aside = Object.assign(document.createElement("aside"), { id: "lesson", hidden: true });
  line = Object.assign(document.createElement("section"), { className: "lessonline", hidden: true });

  /** @param {Page} page */
  constructor(page) {
    this.page = page;
    this.shown = new Shown(page, () => this.draw());
    this.aside.setAttribute("aria-label", "Lesson");
    this.line.setAttribute("aria-label", "Lesson, left");
    wear(STYLES);
    document.getElementById("app")?.prepend(this.aside);
    page.stage.before(this.line);
    watch(this);
  }

  // -- opening ------------------------------------------------------------------------------------------------------

  /** @param {Reading} reading */
  start(reading, at = reading.at) {
    if (reading.text) carry(reading.text);
    this.take(reading, at);
    this.go(at);
  }

  /** @param {Which} which */
  async open(which) {
    const reading = await fetched(this.page, which);
    if (reading) this.start(reading, reading.done ? 0 : reading.at);
  }

  /** The lesson that was left, in its line. */
  async recall() {
    const { open, text } = kept();
    const reading = open && (await fetched(this.page, text ? { text } : { name: open }));
    if (!reading || this.reading) return;
    this.reading = reading;
    this.leave();
  }

  /** @param {Reading} reading @param {number} at */
  take(reading, at) {
    this.reading = reading;
    reading.left = false;
    reading.move(at);
    keep({ open: reading.lesson.name, text: reading.text, met: true });
  }

  // -- walking ------------------------------------------------------------------------------------------------------

  /** @param {number} at */
  go(at) {
    const { reading } = this;
    if (!reading || at < 0 || at >= reading.lesson.steps.length) return;
    Object.assign(reading, { left: false, folded: false });
    reading.move(at);
    keep({ open: reading.lesson.name, text: reading.text });
    this.stepped();
    const { link, ask } = reading.step;
    this.shown.apply(ask?.then && reading.answered(at) ? ask.then : link);
    this.aside.querySelector(".now")?.scrollIntoView({ block: "nearest" });
  }

  /** The step is on the page, or on its way: its words are drawn, and the run is heard. */
  stepped() {
    const { reading } = this;
    if (!reading) return;
    this.page.address.tail = this.tail;
    this.shown.view = reading.step.view;
    this.draw();
    this.#hear("shown");
    if (reading.step.ask?.then && reading.answered(reading.at)) this.#hear("then");
  }

  /** What the address says of it. */
  get tail() {
    const { reading } = this;
    if (!reading || reading.left) return "";
    return `${reading.text ? "" : `&lesson=${reading.lesson.name}`}&step=${reading.at + 1}`;
  }

  /** @param {Phase} phase */
  async #hear(phase) {
    const { reading } = this;
    if (!reading || reading.heard(phase) || !reading.step.tells) return;
    const { at } = reading;
    const still = () => this.reading === reading && reading.at === at && !reading.left;
    const told = await listen(this.page, { name: reading.lesson.name, text: reading.text, step: at, phase }, still);
    if (told) reading.told.set(`${at} ${phase}`, told);
    this.draw();
  }

  /** @param {Answer} answer */
  answer(answer) {
    const { reading } = this;
    if (!reading) return;
    reading.give(answer);
    reading.folded = false;
    const { then } = reading.step.ask ?? {};
    if (then) this.shown.apply(then);
    this.draw();
    if (then) this.#hear("then");
    this.aside.querySelector(".verdict")?.scrollIntoView({ block: "nearest" });
  }

  /** A link of the text: somewhere else for a while. @param {string} link */
  visit(link) {
    this.shown.apply(link);
  }

  /** Whether the page shows something else than the step does. */
  get wandered() {
    return this.shown.wandered(this.reading);
  }

  /** @param {boolean} folded */
  fold(folded) {
    if (this.reading) this.reading.folded = folded;
    this.draw();
  }

  leave() {
    const { reading } = this;
    if (!reading) return;
    reading.left = true;
    this.page.address.tail = "";
    if (inAddress()) history.replaceState(null, "", location.pathname + location.search);
    this.page.address.write();
    this.draw();
  }

  restart() {
    if (!this.reading) return;
    this.reading.answers = {};
    this.go(0);
  }

  /** The line goes as well; the place is kept in the list. */
  close() {
    keep({ open: null, text: "" });
    this.leave();
    this.reading = null;
    this.draw();
  }

  finish() {
    const { reading } = this;
    if (!reading) return;
    reading.done = true;
    reading.keep();
    this.close();
    this.list(reading.lesson.name);
  }

  /** @param {string} [finished] the lesson that was just read */
  async list(finished) {
    const { openList } = await import("./list.js");
    openList(this, finished);
  }

  draw() {
    const { reading, aside, line: left } = this;
    const on = Boolean(reading && !reading.left);
    const before = document.body.classList.contains("lessoning");
    aside.hidden = !on;
    aside.classList.toggle("folded", Boolean(reading?.folded));
    left.hidden = !reading?.left;
    document.body.classList.toggle("lessoning", on);
    render(reading && on ? column(reading, this) : nothing, aside);
    render(reading?.left ? line(reading, this) : html``, left);
    this.shown.mark(on);
    if (before !== on) this.page.panels.redraw(); // the picture has another width
  }
}
