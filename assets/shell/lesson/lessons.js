// @ts-check
/**
 * Lessons on the page: opened from a link, the list or a file; walked; left and taken up again. Loaded when the first of
 * that is asked for.
 *
 * @import { Focus } from "../protocol"
 * @import { Answer, Phase } from "./lesson"
 *
 * @typedef {import("../page").Page} Page
 * @typedef {{ name?: string, text?: string }} Which a lesson that the server has, or one that is carried here
 */

import { html, nothing, render } from "../../vendor/lit.js";
import { settled } from "../link.js";
import { toast } from "../toast.js";
import { inAddress, unfolded } from "./carried.js";
import { column, line } from "./column.js";
import { keep, kept } from "./kept.js";
import { offer } from "./offer.js";
import { Reading } from "./reading.js";
import { Shown } from "./shown.js";
import { listen } from "./told.js";

const STYLES = new URL("./lesson.css", import.meta.url);
const GONE = "The lesson that this link carries cannot be read: it was cut, or is too long.";

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
    document.head.append(Object.assign(document.createElement("link"), { rel: "stylesheet", href: STYLES.href }));
    document.getElementById("app")?.prepend(this.aside);
    page.stage.before(this.line);
    page.store.on((what, detail) => this.#heard(what, detail));
    document.addEventListener("keydown", (event) => this.#keyed(event));
    addEventListener("popstate", () => this.#back());
  }

  // -- opening ------------------------------------------------------------------------------------------------------

  /**
   * Reads a lesson; null where it cannot be read, and then says why.
   * @param {Which} which
   */
  async fetched({ name = "", text = "" }) {
    const answer = await this.page.server.call("lesson", { name, text });
    if (answer.kind === "lesson") return new Reading(answer.lesson, text);
    toast(answer.message);
    return null;
  }

  /** The lesson that the address names: the page opens at its step. */
  async openLinked() {
    const parts = new URLSearchParams(location.search);
    const which = await this.#whichLinked(parts);
    const reading = which && (await this.fetched(which));
    if (!reading) return history.replaceState(null, "", without(parts));
    const asked = Number(parts.get("step")) || reading.at + 1;
    this.#take(reading, Math.max(1, Math.min(asked, reading.lesson.steps.length)) - 1);
    // A link of the page's own has the whole state; a short one is filled in with the step's.
    if (!parts.has("panel")) {
      const theme = parts.get("__theme");
      const link = reading.step.link + this.#tail() + (theme ? `&__theme=${theme}` : "");
      history.replaceState(null, "", location.pathname + link + location.hash);
    }
    this.#stepped();
  }

  /** @param {URLSearchParams} parts @returns {Promise<Which | null>} */
  async #whichLinked(parts) {
    const packed = inAddress();
    if (packed === null) return { name: parts.get("lesson") ?? "" };
    try {
      return { text: await unfolded(packed) };
    } catch {
      toast(GONE);
      return null;
    }
  }

  /** @param {Reading} reading */
  start(reading, at = reading.at) {
    if (reading.text) this.#carry(reading);
    this.#take(reading, at);
    this.go(at);
  }

  /** @param {Which} which */
  async open(which) {
    const reading = await this.fetched(which);
    if (reading) this.start(reading, reading.done ? 0 : reading.at);
  }

  /** The lesson that was left, in its line. */
  async recall() {
    const { open, text } = kept();
    const reading = open && (await this.fetched(text ? { text } : { name: open }));
    if (!reading || this.reading) return;
    this.reading = reading;
    this.leave();
  }

  /** @param {Reading} reading @param {number} at */
  #take(reading, at) {
    this.reading = reading;
    reading.left = false;
    reading.move(at);
    keep({ open: reading.lesson.name, text: reading.text, met: true });
  }

  /** Its text goes with the address. @param {Reading} reading */
  async #carry(reading) {
    const { carried } = await import("./carried.js");
    history.replaceState(null, "", `${location.pathname}${location.search}#lesson=${await carried(reading.text)}`);
  }

  // -- walking ------------------------------------------------------------------------------------------------------

  /** @param {number} at */
  go(at) {
    const { reading } = this;
    if (!reading || at < 0 || at >= reading.lesson.steps.length) return;
    Object.assign(reading, { left: false, folded: false });
    reading.move(at);
    keep({ open: reading.lesson.name, text: reading.text });
    this.#stepped();
    const { link, ask } = reading.step;
    this.shown.apply(ask?.then && reading.answered(at) ? ask.then : link);
    this.aside.querySelector(".now")?.scrollIntoView({ block: "nearest" });
  }

  /** The step is on the page, or on its way: its words are drawn, and the run is heard. */
  #stepped() {
    const { reading } = this;
    if (!reading) return;
    this.page.address.tail = this.#tail();
    this.shown.view = reading.step.view;
    this.draw();
    this.#hear("shown");
    if (reading.step.ask?.then && reading.answered(reading.at)) this.#hear("then");
  }

  #tail() {
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
    const { reading, page } = this;
    if (!reading || reading.left || document.body.dataset.busy) return false;
    const { store } = page;
    const { link, ask } = reading.step;
    const now = settled(store.asked());
    return ![link, ask?.then ?? link].some((each) => {
      const { panel, query } = this.shown.read(each);
      return panel === store.panel && (!store.run || !store.spec()?.requires.length || query === now);
    });
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

  // -- what happens on the page -------------------------------------------------------------------------------------

  /** @param {import("../store").What} what @param {any} detail */
  #heard(what, detail) {
    const { reading } = this;
    if (!reading || reading.left) return;
    if (what === "focus") this.#picked(/** @type {(keyof Focus)[]} */ (detail));
    if (what !== "sampler") queueMicrotask(() => this.draw());
  }

  /** A press in the picture answers the question, where it asks for such a thing. @param {(keyof Focus)[]} changed */
  #picked(changed) {
    const { reading, page } = this;
    const pick = reading?.step.ask?.pick ?? [];
    if (!reading || this.shown.applying || this.wandered || !pick.some((name) => changed.includes(name))) return;
    if (reading.answer !== undefined && reading.right()) return;
    this.answer(Object.fromEntries(pick.map((name) => [name, page.store.focus[name]])));
  }

  /** @param {KeyboardEvent} event */
  #keyed(event) {
    const { reading } = this;
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!reading || reading.left || !step || event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
    const at = /** @type {Element} */ (event.target);
    if (at !== document.body && at !== this.page.stage && !this.aside.contains(at)) return; // arrows of a picture
    this.go(reading.at + step);
  }

  /** Back and Forward bring a step's state: its words follow. */
  #back() {
    const { reading } = this;
    const step = Number(new URLSearchParams(location.search).get("step"));
    if (!reading || reading.left || !step || step - 1 === reading.at || step > reading.lesson.steps.length) return;
    reading.move(step - 1);
    this.#stepped();
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

/** @param {URLSearchParams} parts of an address whose lesson cannot be had */
function without(parts) {
  parts.delete("lesson");
  parts.delete("step");
  return parts.size ? `${location.pathname}?${parts}` : location.pathname;
}

/** @type {Lessons | null} */
let made = null;

/** @param {Page} page */
function of(page) {
  made ??= new Lessons(page);
  return made;
}

/** The address names a lesson; the page opens in any case. @param {Page} page */
export const linked = (page) => of(page).openLinked().catch(console.error);

/** The list was asked for. @param {Page} page */
export const list = (page) => of(page).list();

/**
 * Somebody is here: a lesson that was left stands in its line; a newcomer is offered the tour, once.
 * @param {Page} page
 * @param {boolean} bare the address asked for nothing
 */
export async function met(page, bare) {
  const { open, met } = kept();
  if (made?.reading) return;
  if (open) return of(page).recall();
  if (met || !bare) return;
  keep({ met: true });
  offer(() => of(page).open({ name: "five-minutes" }));
}
