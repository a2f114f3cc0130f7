// @ts-check
/**
 * What is asked of the server in its queue, and what the page waits for. A request waits here until Gradio's event
 * takes it, in its js step.
 *
 * @import { Answer, Request } from "../protocol"
 * @import { MountedView } from "../view/mounted"
 * @import { Sidebar } from "../sidebar/sidebar"
 * @import { Store } from "../store"
 */
import { changed } from "../address/link.js";
import { tried } from "../state.js";
import { toast } from "../toast.js";
import { unpack } from "./payload.js";
import { press } from "./server.js";

/** What the page waits for at this moment: shared by those who ask, those who draw and the line of status. */
export class Work {
  /** A run, or views that are made in the queue, are under way. */
  busy = false;
  /** The visitor has stopped it: nothing is asked for again by itself. */
  halted = false;
  /** The panel that the link opens needs no run, and none has been made. */
  runless = false;
  /** The panel that was opened since a run was last asked for: the run's answer leaves it open. */
  chosen = "";
  /** Light views that are asked for in the queue and not answered. @type {Set<string>} */
  queued = new Set();

  begin(action = "") {
    this.busy = true;
    document.body.dataset.busy = action;
  }

  end() {
    this.busy = false;
    this.queued.clear();
    document.body.dataset.busy = "";
  }

  /** Light views without an answer, and heavy ones without a whole one. @param {MountedView[]} mounted */
  lacking(mounted) {
    const without = mounted.filter(({ view, answer }) => !answer || (view.heavy && answer.partial));
    const light = without.map(({ view }) => view).filter(({ heavy, name }) => !heavy && !this.queued.has(name));
    return { light: light.map(({ name }) => name), heavy: without.filter(({ view }) => view.heavy) };
  }

  /** @param {boolean} on */
  setRunless(on) {
    this.runless = on;
    if (on) document.body.dataset.runless = "1";
    else delete document.body.dataset.runless;
  }
}

export class Requests {
  /** For the event of the page's load. @type {Request | null} */
  first = null;
  /** @type {Request[]} */
  asked = [];
  /** Requests to watch jobs. @type {Request[]} */
  looks = [];
  /** The last one that was taken. @type {Request | null} */
  last = null;
  /** The one that waits for its answer. @type {Request | null} */
  open = null;
  #serial = 0;

  /** @param {{ store: Store, sidebar: Sidebar, work: Work }} page */
  constructor({ store, sidebar, work }) {
    this.store = store;
    this.sidebar = sidebar;
    this.work = work;
  }

  /** @param {Request} request */
  ask(request) {
    if (request.action === "run") this.work.chosen = "";
    this.asked.push(request);
    press("work");
  }

  /** The button Run was pressed: its event comes by itself. */
  run() {
    this.store.wished = {};
    this.work.chosen = "";
    this.asked.push({ action: "run" });
  }

  /** @param {Request} request */
  look(request) {
    this.looks.push(request);
    press("look");
  }

  /**
   * The run on the page with some parts of its query changed.
   * @param {Record<string, string | number | null>} changes
   * @param {string} [said]
   */
  rerun(changes, said) {
    if (said) toast(said);
    this.store.wished = tried(this.store);
    this.ask({ action: "run", query: changed(this.store.asked(), changes) });
  }

  /** What Python's dispatcher gets beside the sidebar's values. @param {string} action */
  take(action) {
    if (action === "look") return JSON.stringify(this.looks.shift() ?? { action, views: [] });
    const request = this.first ?? this.asked.shift() ?? { action };
    this.first = null;
    this.last = request;
    this.open = request;
    this.work.halted = false;
    return JSON.stringify({ ...this.#state(), ...request, ...this.#kept(request) });
  }

  #state() {
    const { focus, panel, sampler, applied } = this.store;
    return { focus, panel, controls: this.store.controlsOf(panel), order: sampler.order, interventions: applied };
  }

  /** The query of the run that waits for its answer, if one does. */
  pending() {
    if (this.open?.action !== "run") return null;
    return this.open.query ?? this.sidebar.query();
  }

  /** The same text and model again: the selection and the forced tokens stay. @param {Request} request */
  #kept({ action, query }) {
    if (action !== "run" || query !== undefined) return {};
    const keep = this.sidebar.sameAsRun();
    return keep ? { keep, forced: this.sidebar.forcedStill() } : { keep };
  }

  /**
   * A value of Gradio's view, once each.
   * @param {any} value
   * @returns {Answer | null}
   */
  read(value) {
    if (!value || value.serial === undefined || value.serial === this.#serial) return null;
    this.#serial = value.serial;
    return unpack(value);
  }

  /** What was asked for and not taken is given up. */
  drop() {
    this.asked = [];
  }
}
