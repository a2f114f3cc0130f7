// @ts-check
/**
 * Light views are answered beside the queue, for what is selected now: one request at a time, the newest next.
 *
 * @import { Service } from "../parts"
 * @import { Answer, Focus, Request } from "../protocol"
 * @import { Panels } from "../view/panels"
 * @import { Requests, Work } from "./requests"
 * @import { Store } from "../store"
 *
 * @typedef {Request & { panel: string, query: string, views: string[], focus: Focus }} Asked
 */
import { learn } from "../../kit/text/tokens.js";
import { toast } from "../toast.js";

/** Milliseconds after which a view that is waited for is dimmed. */
const SLOW = 160;

export class LightViews {
  #inFlight = false;

  /** @param {{ store: Store, server: Service, requests: Requests, work: Work, panels: Panels }} page */
  constructor({ store, server, requests, work, panels }) {
    this.store = store;
    this.server = server;
    this.requests = requests;
    this.work = work;
    this.panels = panels;
  }

  /** @param {string} panel @param {string[]} views @param {Partial<Focus>} [change] @returns {Asked} */
  #asking(panel, views, change = {}) {
    const { store } = this;
    const focus = { ...store.focus, ...change };
    return { query: store.asked(), panel, views, focus, controls: { ...store.controlsOf(panel) } };
  }

  /** @param {string[]} names */
  async request(names) {
    const { panels, store } = this;
    if (this.#inFlight || !panels.shown) return; // the newest selection is asked for when the answer is here
    this.#inFlight = true;
    panels.heavy?.probe(names);
    const asked = this.#asking(panels.shown, names);
    const slow = setTimeout(() => this.#wait(names, true), SLOW);
    const here = () => asked.query === store.asked() && asked.panel === panels.shown;
    const answer = await this.server.render(asked, here);
    clearTimeout(slow);
    this.#inFlight = false;
    this.#take(answer, asked, here());
  }

  /** @param {string[]} names @param {boolean} on */
  #wait(names, on) {
    for (const each of this.panels.mounted) if (names.includes(each.view.name)) each.wait(on);
  }

  /** @param {Answer} answer @param {Asked} asked @param {boolean} here still wanted */
  #take(answer, asked, here) {
    const { store, panels } = this;
    if (answer.kind === "error" || answer.kind === "gone") {
      if (!here) panels.refresh();
      else if (answer.kind === "gone" && !this.work.halted) this.#askInQueue(asked);
      else this.refused(answer.kind === "error" ? answer.message : "", asked.views);
      return;
    }
    if (answer.kind === "views" && asked.query === store.asked()) {
      store.takeViews({ ...answer, asked: asked.focus });
    }
    if (asked.panel === panels.shown) panels.refresh();
    else panels.again();
  }

  /** @param {string} message @param {string[]} names */
  refused(message, names) {
    const { mounted } = this.panels;
    this.#wait(
      mounted.map(({ view }) => view.name),
      false,
    );
    if (!message) return;
    toast(message);
    const again = () => this.panels.refresh();
    for (const each of mounted) if (names.includes(each.view.name)) each.failed(message, again);
  }

  /** The run has left the server's memory: it is made again. @param {Asked} asked */
  #askInQueue(asked) {
    const specs = this.store.spec(asked.panel)?.views ?? [];
    const views = specs.filter(({ name, heavy }) => !heavy && asked.views.includes(name)).map(({ name }) => name);
    for (const name of views) this.work.queued.add(name);
    this.#wait(views, true);
    this.requests.ask({ ...asked, action: "views", views });
    this.panels.refresh();
  }

  /**
   * A view's data for another selection, which is not selected; null when it cannot be had now.
   * @param {string} panel
   * @param {string} view
   * @param {Partial<Focus>} change
   * @returns {Promise<any>}
   */
  async look(panel, view, change) {
    const asked = this.#asking(panel, [view], change);
    const answer = await this.server.render(asked);
    if (answer.kind !== "views" || asked.query !== this.store.asked()) return null;
    learn(answer.strings);
    return answer.views[view]?.data ?? null;
  }

  /** A name for it, or what is wrong with it. @param {{ file: string } | { text: string }} what a file in base64 */
  async bring(what) {
    const { name, message, hint, kind } = await this.server.call("bring", what);
    return kind === "brought" ? { name: String(name) } : { error: `${message} ${hint}` };
  }
}
