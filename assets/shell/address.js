// @ts-check
/**
 * The browser's address follows the page, and Back and Forward lead through its places.
 *
 * @import { Store } from "./store"
 */
import { linkOf, readLink, settled, unselected } from "./link.js";

export class Address {
  /** Where the page stands; a file of its own says it otherwise. */
  place = {
    get search() {
      return location.search;
    },
    get base() {
      return location.origin + location.pathname;
    },
  };
  /** The place that the address was last written for. @type {string | undefined} */
  #at;
  #led = false;
  /** The lesson that is read, and its step. */
  tail = "";

  /** @param {Store} store */
  constructor(store) {
    this.store = store;
    store.on((what) => what !== "interventions" && this.write());
  }

  link(view = this.store.view) {
    const { store } = this;
    const state = { ...this.#state(), query: store.asked(), panel: store.panel, view };
    return linkOf(state, store.tables) + this.tail;
  }

  #state() {
    const { focus, controls, second, sampler, run } = this.store;
    return { focus, controls, second, sampler, ran: run?.sampler ?? {} };
  }

  /** The whole address of this page. @param {string | null} [view] */
  whole(view) {
    return this.place.base + this.link(view);
  }

  /** Another panel or another run is a step that Back undoes; a moved selection only rewrites the address. */
  write() {
    if (this.#led || !this.store.directory.chapters.length) return;
    const kept = location.search.match(/(?:__theme|embed)=\w+/g) ?? [];
    const place = this.#place();
    const step = this.#at !== undefined && this.#at !== place && !this.store.passing;
    this.#at = place;
    const address = location.pathname + [this.link(), ...kept].join("&") + location.hash;
    try {
      history[step ? "pushState" : "replaceState"](null, "", address);
    } catch {
      // a sandboxed frame has no history of its own
    }
  }

  /** The address of another run on the same panel, for a page that is loaded anew in a moment. @param {string} query */
  lead(query) {
    this.#led = true;
    const { panel, view, tables } = this.store;
    const focus = unselected(tables.selection);
    const address = linkOf({ ...this.#state(), query, panel, view, focus }, tables) + this.tail;
    history.replaceState(null, "", location.pathname + address + location.hash);
  }

  #place() {
    return `${this.store.panel}|${settled(this.store.asked())}`;
  }

  /** Takes the page's own parts of the address; returns the run's. */
  read() {
    const linked = readLink(this.place.search, this.store.tables);
    this.store.takeLink(linked);
    return linked.query;
  }

  /** Takes the address that Back or Forward has brought; false where it is another run's: that is loaded anew. */
  back() {
    const query = this.read();
    if (query !== settled(this.store.asked())) return false;
    this.#at = this.#place();
    return true;
  }
}
