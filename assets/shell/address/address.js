// @ts-check
/**
 * The browser's address follows the page, and Back and Forward lead through its places.
 *
 * @import { Focus } from "../protocol"
 * @import { Page } from "../page"
 * @import { Store, What } from "../store"
 */

import { press } from "../server/server.js";
import { differing } from "../state.js";
import { linkOf, readLink, settled, unselected } from "./link.js";

/** Milliseconds within which choices of one kind are one step: a slider that is moved, tokens that are walked. */
const TOGETHER = 2000;

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
  /** The choice that was last made in the panel, and when. */
  #chosen = { kind: "", at: 0 };
  /** Whether what comes next is not what will stay: a lesson has gone on by then. */
  held = false;
  /** Whether Back or Forward is putting a place on the page. */
  #returning = false;
  /** The lesson that is read, and its step. */
  tail = "";
  /** Told of a place that Back or Forward has brought, before it is on the page. */
  found = () => {};

  /** @param {Store} store */
  constructor(store) {
    this.store = store;
    store.on((what, detail) => what !== "interventions" && this.write(kindOf(what, detail)));
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

  /**
   * Another panel, another run and a choice inside a panel are steps that Back undoes.
   * @param {string} [kind] of the choice
   */
  write(kind = "") {
    if (this.#led || this.held || !this.store.directory.chapters.length) return;
    const kept = location.search.match(/(?:__theme|embed)=\w+/g) ?? [];
    const place = this.#place();
    const address = location.pathname + [this.link(), ...kept].join("&") + location.hash;
    const written = location.pathname + location.search + location.hash;
    const moved = this.#at !== place || (this.#isChoice(kind) && address !== written);
    const step = this.#at !== undefined && moved && !this.store.passing && !this.#returning;
    this.#at = place;
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

  /** Whether it is another choice than the last one. @param {string} kind */
  #isChoice(kind) {
    const { kind: last, at } = this.#chosen;
    const now = performance.now();
    this.#chosen = { kind, at: now };
    return kind !== "" && (kind !== last || now - at > TOGETHER);
  }

  #place() {
    return `${this.store.panel}|${settled(this.store.asked())}|${this.tail}`;
  }

  /** Takes the page's own parts of the address; returns the run's. */
  read() {
    const linked = readLink(this.place.search, this.store.tables);
    this.store.takeLink(linked);
    return linked.query;
  }

  /**
   * Takes the address that Back or Forward has brought; false where it is another run's: that is loaded anew.
   * @param {() => void} put puts it on the page
   */
  back(put) {
    const { store } = this;
    store.controls = {};
    const query = this.read();
    if (query !== settled(store.asked())) return false;
    this.#returning = true;
    put();
    this.#returning = false;
    this.#at = this.#place();
    return true;
  }
}

/** @param {What} what @param {any} detail */
const kindOf = (what, detail) =>
  what === "controls" ? `${detail.panel}.${detail.name}` : what === "focus" || what === "sampler" ? what : "";

/** Back and Forward: the link holds everything. @param {Page} page */
export function returned({ store, address, panels }) {
  address.found();
  const [focus, controls] = [{ ...store.focus }, { ...store.controlsOf() }];
  const { panel } = store;
  const put = () => {
    store.sampler = { ...store.run?.sampler, ...store.wished };
    store.wished = {};
    press("sampler-sync");
    panels.open(store.panel, { view: store.view });
    const names = differing(focus, store.focus);
    if (names.length) store.tell("focus", names);
    const now = store.controlsOf();
    const turned = Object.keys({ ...controls, ...now }).filter((name) => controls[name] !== now[name]);
    for (const name of panel === store.panel ? turned : []) store.tell("controls", { panel, name });
    store.tell("sampler");
  };
  if (!address.back(put)) location.reload();
}
