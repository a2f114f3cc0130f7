// @ts-check
/**
 * The panel on the stage: its views are mounted when it opens, and drawn as their answers come.
 *
 * @import { OpenPanel } from "../protocol"
 * @import { Given } from "./context"
 * @import { Deeds } from "./frame"
 * @import { HeavyViews } from "../server/heavy"
 * @import { LightViews } from "../server/light"
 * @import { Requests, Work } from "../server/requests"
 * @import { Store } from "../store"
 *
 * @typedef {object} Surroundings
 * @property {Store} store
 * @property {Work} work
 * @property {Requests} requests
 * @property {HTMLElement} stage
 * @property {Given} given
 * @property {(mounted: MountedView) => Deeds} deeds
 * @property {(view: string) => import("./mounted").Place} place
 * @property {() => void} drawTabs
 * @property {() => void} unanswered a file of the page did not come
 */
import { tip } from "../../kit/tooltip.js";
import { changed } from "../address/link.js";
import { Aim } from "../scroll.js";
import { toast } from "../toast.js";
import { drawablesOf } from "../views.js";
import { drawAll, MountedView } from "./mounted.js";

export class Panels {
  /** @type {MountedView[]} */
  mounted = [];
  /** The panel that is mounted. @type {string | null} */
  shown = null;
  aim = new Aim();
  /** The one that was opened last; its words may be on their way. */
  #wanted = "";

  /** @param {Surroundings} page */
  constructor(page) {
    this.page = page;
  }

  /** Those who ask. @param {{ heavy: HeavyViews, light: LightViews }} askers */
  connect({ heavy, light }) {
    this.heavy = heavy;
    this.light = light;
  }

  /**
   * @param {string} name
   * @param {{ force?: boolean, view?: string | null, aim?: boolean }} [options] `force`: another run, or a state stood
   *   on the stage; `aim`: the view is brought into sight
   */
  async open(name, { force = false, view = null, aim = true } = {}) {
    const { store, work, requests } = this.page;
    this.#wanted = work.chosen = name;
    if (name !== this.shown) this.page.stage.dataset.ready = "";
    const panel = store.directory.find(name) ?? (await this.#read(name));
    if (!panel) return this.#wanted === name ? this.refresh() : undefined;
    if (store.run) delete document.body.dataset.state;
    const runNeeded = panel.requires.length > 0 && work.runless;
    store.open(panel.name, view);
    this.page.drawTabs();
    if (runNeeded) {
      work.runless = false;
      return requests.ask({ action: "run", query: store.linked || undefined });
    }
    document.title = `${panel.title} · LLM Internals Explorer`;
    await this.#show(panel, force);
    if (view && aim && this.shown === panel.name) this.show(view);
  }

  /**
   * The page's prompt with another model, in a panel.
   * @param {string} model
   * @param {string} name
   */
  openModel(model, name) {
    const { store, work, requests } = this.page;
    const query = changed(store.asked(), { model, do: null, force: null });
    if (work.runless)
      store.linked = query; // the panel asks for the page's first run
    else requests.ask({ action: "run", query, panel: name });
    return this.open(name);
  }

  /** The panel that was opened last, drawn anew. @param {{ force?: boolean, aim?: boolean }} [options] */
  again(options) {
    const { store, work } = this.page;
    const name = work.chosen || store.panel;
    return this.open(name, { ...options, view: name === store.panel ? store.view : null });
  }

  /** The panel with its words; null where there is none, or another was opened meanwhile. @param {string} name */
  async #read(name) {
    const panel = await this.page.store.directory.read(name).catch((error) => {
      console.error(error);
      toast("The panel did not load. The server may have stopped.");
      this.page.unanswered();
      return null;
    });
    return this.#wanted === name ? panel : null;
  }

  /** @param {OpenPanel} panel @param {boolean} force */
  async #show(panel, force) {
    if (this.shown === panel.name && (!force || this.mounted.length)) {
      if (force) for (const each of this.mounted) each.frame.draw(); // same frames, new run: nothing jumps
      return this.refresh();
    }
    this.unmount();
    this.shown = panel.name;
    this.page.stage.dataset.ready = "";
    const drawables = await drawablesOf(panel).catch((error) => {
      console.error(error);
      toast(`${panel.title} did not load. The server may have stopped.`);
      this.page.unanswered();
      return null;
    });
    if (this.shown !== panel.name || this.mounted.length) return;
    if (!drawables) {
      this.shown = null;
      return;
    }
    this.#mount(panel, drawables);
    this.refresh();
  }

  /** @param {OpenPanel} panel @param {import("../views").Drawables} drawables */
  #mount(panel, drawables) {
    const { given, deeds, requests, stage, place } = this.page;
    const open = (/** @type {string} */ model) => requests.rerun({ model, do: null, force: null }, `Opening ${model}`);
    const fetch = (/** @type {string} */ model, /** @type {MountedView} */ mounted) =>
      import("../server/fetching.js").then(({ fetchFor }) => fetchFor(model, mounted, this));
    this.mounted = panel.views.map((view) => {
      const mounted = new MountedView(panel, view, drawables[view.name], { given, deeds, place, open, fetch });
      stage.append(mounted.frame.root);
      mounted.start();
      return mounted;
    });
  }

  unmount() {
    this.heavy?.forget();
    for (const each of this.mounted) each.destroy();
    this.mounted = [];
    this.shown = null;
    this.page.stage.replaceChildren();
    this.page.given.strip.arcs(null);
    tip.hide();
  }

  /** @param {string} name */
  find(name) {
    return this.mounted.find(({ view }) => view.name === name);
  }

  /** Brings a view into sight. @param {string} view @param {{ lazily?: boolean }} [options] */
  show(view, { lazily = true } = {}) {
    const mounted = this.find(view);
    if (!mounted) return;
    // what stands above it and is not drawn yet will push it down: it is in sight only for now
    this.aim.at(mounted.frame.root.id, { lazily: lazily && this.#drawnTo(mounted) });
    this.#follow();
  }

  /** Whether all views down to this one are drawn. @param {MountedView | undefined} mounted */
  #drawnTo(mounted) {
    const end = this.mounted.indexOf(/** @type {MountedView} */ (mounted)) + 1;
    return this.mounted.slice(0, end).every(({ frame }) => frame.root.dataset.ready === "1");
  }

  /** Once all down to the view that is aimed at is drawn, nothing moves it any more. */
  #follow() {
    this.aim.follow(this.#drawnTo(this.mounted.find(({ frame }) => this.aim.id === frame.root.id)));
  }

  /** Measures a heavy view now. @param {string} name @param {boolean} [again] what is kept of it is forgotten */
  measure(name, again = false) {
    const mounted = this.find(name);
    if (mounted) this.measureAll([mounted], again);
  }

  /** Ends what is measured now, as the visitor's Stop does. */
  halt() {
    this.heavy?.drop();
    this.refresh();
    this.heavy?.news();
  }

  /** Whether a heavy view is on its way. @param {string} name */
  busy(name) {
    return this.heavy?.jobs.busy(name) ?? false;
  }

  /** Measures all that show what was measured before. @param {MountedView[]} views @param {boolean} [again] */
  measureAll(views, again = false) {
    this.heavy?.want(views, again);
    this.refresh(again);
  }

  /** Draws what is there and asks for what is not. @param {boolean} [again] heavy views are measured anew */
  refresh(again = false) {
    const { store, work, stage } = this.page;
    if (!store.run && !work.runless) return;
    drawAll(this.mounted.filter((each) => each.take()));
    this.#shareAbsences();
    const { light, heavy } = work.lacking(this.mounted);
    const missing = [...light, ...(this.heavy?.measure(heavy, again) ?? [])];
    if (missing.length) this.light?.request(missing);
    stage.dataset.ready = missing.length ? "" : "1";
    this.#follow();
  }

  /** What several views lack alike is said once, by a module that comes when one is lacking. */
  async #shareAbsences() {
    if (this.mounted.some(({ entry }) => entry?.absent) || document.getElementById("lacking"))
      (await import("./absences.js")).shareAbsences(this.page.stage, this.mounted);
  }

  /** The theme, the window or the sampler has changed. */
  redraw = () => drawAll(this.mounted.filter(({ entry }) => entry && !entry.absent));
}
