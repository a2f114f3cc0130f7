// @ts-check
/**
 * What comes from the server in the queue: a run, views, how far it is, an error.
 *
 * @import { Answer, ErrorAnswer, RunAnswer, StatusAnswer, ViewsAnswer } from "../protocol"
 * @import { HeavyViews } from "./heavy"
 * @import { Panels } from "../view/panels"
 * @import { Requests, Work } from "./requests"
 * @import { Sidebar } from "../sidebar/sidebar"
 * @import { Store } from "../store"
 * @import { Undo } from "../sidebar/undo"
 *
 * @typedef {object} Surroundings
 * @property {Store} store
 * @property {Work} work
 * @property {Requests} requests
 * @property {Sidebar} sidebar
 * @property {Undo} undo
 * @property {Panels} panels
 * @property {HeavyViews} heavy
 * @property {HTMLElement} stage
 * @property {HTMLElement} pinned
 * @property {() => void} drawRun the strip, tabs and stack of another run
 */

import { hideStatus, showStatus } from "../strip/status.js";
import { toast } from "../toast.js";
import { press } from "./server.js";

/**
 * What stands in a picture’s place is seldom seen.
 * @param {(states: typeof import("../view/states.js")) => void} show
 */
const instead = (show) => import("../view/states.js").then(show);

export class Reception {
  /** @param {Surroundings} page */
  constructor(page) {
    this.page = page;
  }

  /** @param {unknown} value of Gradio's view */
  receive(value) {
    const answer = this.page.requests.read(value);
    if (answer) this.take(answer);
  }

  /** @param {Answer} answer */
  take(answer) {
    const { work, heavy } = this.page;
    if (answer.kind === "status") return work.halted ? undefined : this.#status(answer);
    if (answer.kind === "jobs") return heavy.jobs.hear(answer);
    this.#idle();
    if (answer.kind === "run") this.#run(answer);
    else if (answer.kind === "views") this.#views(answer);
    else if (answer.kind === "error") this.#fail(answer);
  }

  /** @param {RunAnswer} answer */
  #run(answer) {
    const { store, work, undo, panels, sidebar, drawRun } = this.page;
    const first = !store.run || store.recorded;
    work.setRunless(false);
    store.takeRun({ ...answer, asked: answer.focus }, work.chosen);
    if (store.run) undo.take(store.run);
    delete document.body.dataset.state;
    if (Object.keys(store.wished).length) {
      store.setSampler(store.wished);
      press("sampler-sync");
      store.wished = {};
    }
    drawRun();
    panels.again({ force: true, aim: Boolean(first) });
    sidebar.follow();
  }

  /** @param {ViewsAnswer} answer */
  #views(answer) {
    const { store, panels } = this.page;
    if (answer.query === store.asked()) store.takeViews(answer);
    panels.refresh();
  }

  /** @param {StatusAnswer} answer */
  #status(answer) {
    const { work, pinned, store } = this.page;
    work.begin(answer.action);
    if (answer.action === "run") pinned.classList.add("stale");
    showStatus(answer, { stop: this.stop, bare: !store.run });
  }

  #idle() {
    this.page.work.end();
    this.page.requests.open = null;
    this.page.pinned.classList.remove("stale");
    hideStatus();
    this.showJobs();
  }

  /** What is measured now; the status of a run goes before. */
  showJobs() {
    const { work, heavy, store } = this.page;
    if (work.busy) return;
    const line = heavy.line();
    if (line) showStatus(line, { stop: this.#stopJobs, bare: !store.run });
    else hideStatus();
  }

  #stopJobs = () => {
    this.page.heavy.drop();
    hideStatus();
    this.page.panels.refresh();
    toast("Stopped");
  };

  /** The work is given up; the page is as it was before it was asked for. */
  stop = () => {
    const { store, work, requests, stage, panels, sidebar } = this.page;
    press("stop");
    work.halted = true;
    this.#idle();
    requests.drop();
    store.settle();
    if (!store.run) panels.unmount();
    if (!store.run) return instead(({ showEmpty }) => showEmpty(stage, (text) => sidebar.run(text)));
    panels.refresh();
    toast("Stopped");
  };

  /** @param {ErrorAnswer} error */
  #fail(error) {
    const { heavy, panels } = this.page;
    if (error.action !== "look" && error.action !== "views") return this.#failedRun(error);
    toast(error.message);
    this.page.work.halted = true;
    if (error.action === "look") heavy.drop();
    panels.refresh();
  }

  /** @param {ErrorAnswer} error */
  #failedRun(error) {
    const { store, stage, panels, sidebar } = this.page;
    store.settle();
    this.page.undo.going = null;
    const bare = this.#withoutEdits();
    panels.unmount();
    const repairs = {
      keep: store.run ? () => panels.open(store.panel, { force: true, view: store.view, aim: false }) : null,
      retry: (/** @type {string} */ text) => sidebar.run(text),
      afresh: () => location.assign(location.pathname),
      bare,
    };
    instead(({ showError }) => showError(stage, error, repairs));
  }

  /** What runs the same without interventions, if any are asked for. */
  #withoutEdits() {
    const { store, requests } = this.page;
    const query = requests.last?.query;
    const link = new URLSearchParams(query ?? "");
    if (query === undefined && store.applied.length) {
      return () => {
        for (const each of store.interventions) each.on = false;
        press("run");
      };
    }
    if (!link.has("do")) return null;
    link.delete("do");
    return () => requests.ask({ action: "run", query: link.toString() });
  }
}
