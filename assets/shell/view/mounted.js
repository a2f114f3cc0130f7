// @ts-check
/**
 * One view on the page: its frame, what draws it, and the answer that it shows.
 *
 * @import { Row } from "../../kit/view"
 * @import { Entry, OpenPanel, ViewSpec } from "../protocol"
 * @import { Given } from "./context"
 * @import { Drawables } from "../views"
 * @import { Deeds } from "./frame"
 * @import { Store } from "../store"
 *
 * @typedef {{ run: Store["run"], focus: Store["focus"], link: string }} Place where a page stands
 */
import { Origin } from "../server/answers.js";
import { Drawer } from "./drawer.js";
import { Frame } from "./frame.js";
import { leaveFull } from "./fullscreen.js";
import { absent, passing, refused } from "./notes.js";

export class MountedView {
  /** What it shows. @type {Entry | null} */
  entry = null;
  /** What that was made of. */
  origin = new Origin();
  /** Where the page stood when that came. @type {Place | null} */
  #at = null;
  /** Whether a button to measure it stands above it. */
  offered = false;
  /** Whether what it lacks is said above, for several. */
  #hushed = false;

  /**
   * @param {OpenPanel} panel
   * @param {ViewSpec} view
   * @param {Drawables[string]} drawable
   * @param {{ given: Given, deeds: (mounted: MountedView) => Deeds, open: (model: string) => void,
   *   fetch: (model: string, mounted: MountedView) => void, place: (view: string) => Place }} page
   */
  constructor(panel, view, drawable, { given, deeds, open, fetch, place }) {
    const { store } = given;
    this.panel = panel;
    this.view = view;
    this.store = store;
    this.open = open;
    this.fetch = (/** @type {string} */ model) => fetch(model, this);
    this.place = place;
    this.frame = new Frame(panel, view, {
      ...deeds(this),
      recorded: () => Boolean(store.recorded),
      second: () => store.second,
    });
    this.drawable = drawable;
    this.given = given;
  }

  /** What draws it, once it stands on the page: a view may measure its room at once. */
  start() {
    this.drawer = new Drawer(this.drawable, this, this.given);
  }

  /** Whether it is measured for each selection by itself. */
  get follows() {
    return Boolean(this.drawable.follows);
  }

  get key() {
    return this.store.keyOf(this.panel.name, this.view);
  }

  /** The answer to what is asked for now. */
  get answer() {
    return this.store.payload(this.panel.name, this.view);
  }

  /** Whether the picture is of another selection or run than what is asked for now. */
  get before() {
    return this.entry !== (this.answer ?? null);
  }

  /** Whether there is a picture, of whatever it may be. */
  get pictured() {
    return this.entry !== null && !this.entry.absent;
  }

  /** Where the page stands that shows it; of a picture before, where it stood. */
  get at() {
    return (this.before && this.#at) || this.place(this.view.name);
  }

  get #asked() {
    return this.store.madeOf(this.panel.name, this.view);
  }

  /** What the picture before was made for, in words. */
  get reason() {
    return this.origin.said(this.#asked, this.view.reads === "run");
  }

  /** Whether its answer is there: then its words are on the page, and its picture can be measured for and drawn. */
  take() {
    const entry = this.answer;
    if (!entry) return false;
    this.frame.root.classList.toggle("waiting", Boolean(entry.partial));
    this.frame.root.classList.remove("stale");
    this.entry = entry;
    this.origin.take(this.#asked, this.key);
    this.#at = this.place(this.view.name);
    this.offered = false;
    this.frame.fill(entry);
    return true;
  }

  draw() {
    const { entry, frame } = this;
    if (!entry) return;
    const began = performance.now();
    if (entry.absent) this.#absent(entry.absent);
    else this.#draw(entry);
    frame.root.dataset.ready = entry.partial ? "" : "1";
    frame.root.dataset.drawMs = (performance.now() - began).toFixed(1);
  }

  /** A drawing that fails leaves the others alone. @param {Entry} entry */
  #draw(entry) {
    try {
      this.drawer?.draw(entry.data);
      delete this.frame.body.dataset.failed;
    } catch (error) {
      console.error(error);
      this.frame.body.dataset.failed = String(error);
    }
  }

  /** @param {NonNullable<Entry["absent"]>} why */
  #absent(why) {
    this.frame.root.classList.remove("waiting");
    this.drawer?.destroy(); // nothing is left of what it showed before
    this.frame.note({ below: this.#hushed ? "" : absent(why, this) });
  }

  /** What it lacks is said elsewhere. @param {boolean} on */
  hush(on) {
    if (on === this.#hushed) return;
    this.#hushed = on;
    if (this.entry?.absent) this.#absent(this.entry.absent);
  }

  /**
   * What was asked for failed: where nothing is drawn, why, and how it is asked for again.
   * @param {string} message
   * @param {() => void} again
   */
  failed(message, again) {
    const { root, body } = this.frame;
    root.classList.remove("waiting");
    if (this.answer || this.entry) return;
    body.hidden = true;
    this.frame.note({ below: refused(message, again) });
  }

  /**
   * A heavy view without its whole answer shows the picture before, and says so.
   * @param {() => unknown} note above it
   * @param {{ waiting: boolean }} options
   */
  lack(note, { waiting }) {
    const { root, body } = this.frame;
    this.origin.pass(this.key);
    this.offered ||= !waiting;
    root.classList.toggle("waiting", waiting);
    root.classList.toggle("stale", this.pictured);
    body.hidden = !waiting && !this.pictured;
    this.frame.note({ above: note() });
  }

  /** A light view is waited for, or was refused: the picture before stays, and says so. @param {boolean} on */
  wait(on) {
    const { view, frame } = this;
    frame.root.classList.toggle("waiting", on);
    if (view.heavy || !this.before || !this.pictured) return;
    this.origin.pass(this.key);
    frame.root.classList.add("stale");
    frame.note({ above: passing(this) });
  }

  /** @returns {Row[] | null} */
  rows = () => this.drawer?.rows() ?? null;
  exported = () => this.drawer?.exported() ?? null;
  exportedThere = () => this.drawer?.exportedThere();

  destroy() {
    if (this.frame.root.classList.contains("full")) leaveFull();
    this.drawer?.destroy();
  }
}

/** The browser lays the page out once: all are measured before one is drawn. @param {MountedView[]} views */
export function drawAll(views) {
  for (const { frame } of views) frame.measure();
  for (const each of views) each.draw();
}
