// @ts-check
/**
 * Heavy views are measured as jobs: at once when the panel opens, by hand after a Stop or for another selection.
 *
 * @import { Status, Service } from "../parts"
 * @import { Failure, Request } from "../protocol"
 * @import { Subject } from "./jobs"
 * @import { MountedView } from "../view/mounted"
 * @import { Panels } from "../view/panels"
 * @import { Requests, Work } from "./requests"
 * @import { Store } from "../store"
 */
import { html, nothing, render } from "../../vendor/lit.js";
import { offer, passing } from "../view/notes.js";
import { createJobs } from "./jobs.js";

export class HeavyViews {
  /** Keys of those that are to be measured. @type {Set<string>} */
  wanted = new Set();
  /** Keys of which the server has been asked whether it has an answer. @type {Set<string>} */
  probed = new Set();
  /** Those one of whose controls was moved since they were asked for. @type {Set<string>} */
  moved = new Set();
  /** Why the measurement of a key failed: it is made again by hand alone. @type {Map<string, Failure>} */
  failures = new Map();

  /**
   * @param {{ store: Store, server: Service, requests: Requests, work: Work, panels: Panels, stage: HTMLElement,
   *   news: () => void }} page
   */
  constructor({ store, server, requests, work, panels, stage, news }) {
    this.store = store;
    this.server = server;
    this.work = work;
    this.panels = panels;
    this.stage = stage;
    this.news = news;
    this.jobs = createJobs({
      ask: (request) => requests.look(/** @type {Request} */ (request)),
      fetchAnswer: (view, subject) => this.#fetch(view, subject),
      changed: () => {
        this.#keepFailures();
        news();
        panels.refresh();
      },
    });
  }

  /** Another panel is opened. */
  forget() {
    this.moved.clear();
    this.wanted.clear();
    this.probed.clear();
    this.failures.clear();
    const told = this.line() !== null;
    this.jobs.watch([], { panel: "", query: "", focus: {}, controls: {} });
    if (told) this.news(); // nothing is measured any more
  }

  /** The visitor has stopped it. */
  drop() {
    this.wanted.clear();
    this.work.halted = true;
  }

  /** @param {MountedView[]} views @param {boolean} again what is kept of them is forgotten */
  want(views, again) {
    this.work.halted = false;
    for (const { panel, view, key } of views) {
      if (again) this.store.forget(panel.name, view);
      this.failures.delete(key);
      this.wanted.add(key);
    }
  }

  /** A control was moved: what depends on it is measured for its new value. @param {string} control */
  turned(control) {
    for (const { view } of this.panels.mounted) {
      if (!view.heavy || !view.controls.includes(control)) continue;
      this.moved.add(view.name);
      this.work.halted = false;
    }
  }

  /** @param {string[]} names of views that the server is asked for */
  probe(names) {
    for (const { view, key } of this.panels.mounted) if (view.heavy && names.includes(view.name)) this.probed.add(key);
  }

  /** What the server says is of the watch alone, and another view may end that. */
  #keepFailures() {
    for (const { view, key } of this.panels.mounted) {
      const failure = this.jobs.failure(view.name);
      if (failure) this.failures.set(key, failure);
    }
  }

  get #live() {
    return this.work.runless || (this.store.run !== null && !this.store.passing);
  }

  /**
   * Watches the jobs of these views, and says what each shows meanwhile.
   * @param {MountedView[]} views without their whole answer
   * @param {boolean} again
   * @returns {string[]} those of which the server is first asked what it has
   */
  measure(views, again) {
    for (const each of views) this.#decide(each);
    const wanted = views.filter(({ key }) => this.wanted.has(key));
    const first = again ? [] : wanted.filter(({ key }) => !this.probed.has(key));
    const here = wanted.filter((each) => !first.includes(each));
    for (const each of views) this.#show(each);
    this.jobs.watch(
      here.map(({ view }) => view.name),
      this.#subject(),
      again,
    );
    const left = views.filter(({ key }) => !this.wanted.has(key));
    this.#offerAll(left.filter((each) => each.entry && each.before && this.#live));
    return first.map(({ view }) => view.name);
  }

  /** Whether it is measured without being asked for. @param {MountedView} mounted */
  #decide({ view, key, entry, follows }) {
    const lacking = !entry || entry.absent || entry.partial;
    if (this.failures.has(key)) this.wanted.delete(key);
    else if (this.#live && !this.work.halted && (lacking || follows || this.moved.has(view.name))) {
      this.wanted.add(key);
      this.moved.delete(view.name);
    }
  }

  /** @returns {Subject} */
  #subject() {
    const { store, panels } = this;
    const panel = panels.shown ?? "";
    return { panel, query: store.asked(), focus: { ...store.focus }, controls: { ...store.controlsOf(panel) } };
  }

  /** The picture before it, said so, and how to ask for this one. @param {MountedView} mounted */
  #show(mounted) {
    const waiting = this.wanted.has(mounted.key);
    if (mounted.entry && !mounted.before && waiting) return;
    const measure = () => this.panels.measure(mounted.view.name);
    const note = () => {
      if (waiting && !mounted.pictured) return nothing;
      if (waiting && !mounted.offered) return passing(mounted);
      return offer(mounted, { measure, taken: waiting, failure: this.failures.get(mounted.key) });
    };
    mounted.lack(note, { waiting });
  }

  /** One button for all that are left as they were. @param {MountedView[]} views */
  #offerAll(views) {
    document.getElementById("stalebar")?.remove();
    if (views.length < 2) return;
    const bar = Object.assign(document.createElement("div"), { id: "stalebar", className: "again" });
    bar.setAttribute("role", "status");
    render(
      html`
        <span>${views.length} views show an earlier measurement.</span>
        <button class="btn" type="button" @click=${() => this.panels.measureAll(views)}>Measure all</button>`,
      bar,
    );
    this.stage.prepend(bar);
  }

  /** An answer of a job, or a part of it. @param {string} view @param {Subject} subject */
  async #fetch(view, subject) {
    const { panel, query } = subject;
    const here = () => panel === this.panels.shown && query === this.store.asked();
    const request = /** @type {Request} */ ({ ...subject, views: [view] });
    const answer = await this.server.render({ ...request }, here, ({ kind }) => kind !== "views");
    if (!here() || answer.kind !== "views") return;
    this.store.takeViews({ ...answer, asked: subject.focus });
    this.panels.refresh();
  }

  /** One line on what is measured now. @returns {Status | null} */
  line() {
    const said = this.jobs.line();
    return said && { ...said, stage: said.stage ?? "", done: said.done ?? 0, total: said.total ?? 0, action: "look" };
  }
}
