// @ts-check
/**
 * The page: its parts are made here, given to each other, and started. Called once by Gradio's HTML view.
 *
 * @import { Gradio, RecordedHost } from "./parts"
 * @import { Focus } from "./protocol"
 * @import { MountedView } from "./view/mounted"
 * @import { What } from "./store"
 */

import { Address, returned } from "./address/address.js";
import { WITH } from "./address/link.js";
import { Opening } from "./address/opening.js";
import {
  explain,
  openExports,
  openFind,
  openKeyList,
  openLessons,
  openMap,
  openRuns,
  openSourceOf,
  remember,
  share,
} from "./doors.js";
import { watchKeys } from "./keys.js";
import { firstMove, places, watchWidth } from "./layout.js";
import { Away } from "./server/away.js";
import { HeavyViews } from "./server/heavy.js";
import { LightViews } from "./server/light.js";
import { Reception } from "./server/reception.js";
import { Requests, Work } from "./server/requests.js";
import { published, Server } from "./server/server.js";
import { TABLES } from "./server/tables.js";
import { Actions } from "./sidebar/actions.js";
import { Interventions } from "./sidebar/interventions.js";
import { Sidebar } from "./sidebar/sidebar.js";
import { Undo } from "./sidebar/undo.js";
import { Store } from "./store.js";
import { Strip } from "./strip/strip.js";
import { Tabs } from "./tabs.js";
import { Theme } from "./theme.js";
import { watchFull } from "./view/fullscreen.js";
import { drawAll } from "./view/mounted.js";
import { Panels } from "./view/panels.js";
import { welcome } from "./welcome.js";

/** Milliseconds until terms are explained, at the latest. */
const EXPLAINED = 4000;

export class Page {
  store = new Store(TABLES);
  address = new Address(this.store);
  work = new Work();
  undo = new Undo();
  sidebar = new Sidebar(this);
  requests = new Requests(this);
  actions = new Actions(this);

  /** @param {Gradio | RecordedHost} gradio */
  constructor(gradio) {
    const { store, address, work, undo, sidebar, requests, actions } = this;
    const { strip, tabs, pinned, stage } = places(gradio);
    this.stage = stage;
    this.away = new Away({ leaving: () => this.#leaving(), back: () => this.#found() });
    this.live = "server" in gradio;
    const unanswered = () => void (this.live && this.away.suspect());
    this.server = "service" in gradio ? gradio.service : new Server(gradio.server, unanswered);
    this.strip = new Strip(strip, store);
    this.tabs = new Tabs(tabs, {
      store,
      open: (panel) => this.panels.open(panel),
      find: () => openFind(this),
      map: () => openMap(this),
      runs: () => openRuns(this),
      lessons: () => this.lessons("list"),
      keys: () => openKeyList(this),
    });
    const given = /** @type {import("./view/context").Given} */ ({
      store,
      actions,
      strip: this.strip,
      runs: () => openRuns(this),
    });
    const deeds = (/** @type {MountedView} */ mounted) => this.#deeds(mounted);
    const place = (/** @type {string} */ view) => ({
      run: store.run,
      focus: { ...store.focus },
      link: address.whole(view),
    });
    const drawTabs = () => this.tabs.draw();
    this.panels = new Panels({ store, work, requests, stage, given, deeds, place, drawTabs, unanswered });
    const asking = { store, server: this.server, requests, work, panels: this.panels };
    this.light = new LightViews(asking);
    this.heavy = new HeavyViews({ ...asking, stage, news: () => this.reception.showJobs() });
    Object.assign(given, { panels: this.panels, light: this.light });
    this.panels.connect(this);
    this.stack = new Interventions({ store, actions, requests, undo, go: (panel) => this.panels.open(panel) });
    const { panels, heavy } = this;
    const drawRun = () => this.drawRun();
    this.reception = new Reception({ store, work, requests, sidebar, undo, panels, heavy, stage, pinned, drawRun });
    this.opening = new Opening({ store, address, work, requests, panels, stage, drawRun });
    store.on((what, detail) => this.#changed(what, detail));
    this.theme = new Theme(() => this.#themed());
  }

  /** What the actions of a view's frame do. @param {MountedView} mounted */
  #deeds(mounted) {
    const { panel, view } = mounted;
    return {
      exports: () => openExports(this, mounted),
      source: () => openSourceOf(this, panel, view),
      link: () => share(this, view.name),
      measureAgain: () => this.panels.measure(view.name, true),
      resized: () => drawAll([mounted]),
      compare: () => openRuns(this),
      alone: () => this.store.control(panel.name, WITH, ""),
    };
  }

  /** @param {What} what @param {any} detail */
  #changed(what, detail) {
    if (what === "focus") {
      const names = /** @type {(keyof Focus)[]} */ (detail);
      if (names.includes("position") || names.includes("target")) this.strip.draw();
      this.stack.draw();
      this.panels.refresh();
    }
    if (what === "controls") {
      this.heavy.turned(detail.name);
      this.panels.refresh();
    }
    if (what === "sampler") this.panels.redraw();
    if (what === "interventions") this.stack.draw();
    if (what === "panel") remember(this);
  }

  #themed() {
    for (const { frame, entry } of this.panels.mounted) if (entry) frame.draw();
    this.panels.redraw();
  }

  /** Another run is on the page. */
  drawRun() {
    this.strip.draw();
    this.tabs.draw();
    this.stack.draw();
    this.sidebar.drawModel();
  }

  /** @param {"list" | "linked" | "met" | "tour"} how */
  lessons(how) {
    return openLessons(this, how);
  }

  /** The page may be loaded anew: the address is that of the run that was asked for. */
  #leaving() {
    const query = this.requests.pending();
    if (query !== null) this.address.lead(query);
  }

  /** The server is there again. */
  #found() {
    const { panels, store } = this;
    panels.open(store.panel, { force: true, view: store.view, aim: false });
  }

  #resized() {
    this.tabs.draw();
    this.panels.redraw();
  }

  async start() {
    const { search, hash } = location;
    if (/\b(lesson|course)=/.test(search + hash)) await this.lessons("linked");
    else firstMove(() => this.lessons("met"));
    addEventListener("popstate", () => returned(this));
    watchWidth(() => this.#resized());
    watchKeys({
      requests: this.requests,
      sidebar: this.sidebar,
      find: () => openFind(this),
      keys: () => openKeyList(this),
    });
    watchFull();
    this.away.watch();
    this.sidebar.start();
    if (this.live && !search) welcome(this);
    this.opening.start();
    requestIdleCallback(() => explain(this), { timeout: EXPLAINED });
  }
}

/** @param {Gradio | RecordedHost} gradio */
export function mount(gradio) {
  const page = new Page(gradio);
  window.explorer = { ...published(page), share: () => share(page, null), link: () => page.address.whole() };
  gradio.watch("value", () => page.reception.receive(gradio.props.value));
  if ("prepare" in gradio) gradio.prepare(page);
  page.start();
}
