// @ts-check
/**
 * A state put on the page by its link, as if somebody had opened it: the run is asked for where it is another one.
 *
 * @import { Focus } from "../protocol"
 * @import { Reading } from "./reading"
 */
import { readLink, settled } from "../address/link.js";

export class Shown {
  /** Whether the selection is being set by a step. */
  applying = false;
  /** The view that the step is about. @type {string | null} */
  view = null;
  /** What is shown once the run that is on its way has come. @type {string | null} */
  #next = null;
  /** A view that is brought into sight when it is drawn. @type {string | null} */
  #aim = null;

  /**
   * @param {import("./lessons").Page} page
   * @param {() => void} changed
   */
  constructor(page, changed) {
    this.page = page;
    const look = () => {
      this.mark(document.body.classList.contains("lessoning"));
      this.#aimed();
      changed();
    };
    const { stage, store, sidebar } = page;
    new MutationObserver(look).observe(stage, { childList: true, attributes: true, attributeFilter: ["data-ready"] });
    store.on((what) => {
      if (what !== "run" || !document.body.classList.contains("lessoning") || !store.run) return;
      sidebar.setPrompt(store.run.text);
      const chat = /** @type {HTMLInputElement | null} */ (document.querySelector("#chat input"));
      if (chat && chat.checked !== store.run.chat) chat.click();
    });
    // the run that was waited for has come, or will not come
    new MutationObserver(() => this.#follow()).observe(document.body, { attributeFilter: ["data-busy"] });
  }

  /** Whether a run is on its way: when it comes it says what is on the page. */
  get #pending() {
    const { first, asked, open } = this.page.requests;
    return [first, ...asked, open].some((each) => each?.action === "run");
  }

  #follow() {
    const link = this.#next;
    if (link === null || this.#pending) return;
    this.#next = null;
    if (this.page.work.halted) this.page.address.held = false;
    else setTimeout(() => this.apply(link)); // who takes the run is done by then
  }

  /** @param {string} link */
  read(link) {
    return readLink(link, this.page.store.tables);
  }

  /** @param {string} link */
  async apply(link) {
    const { store, panels, requests } = this.page;
    const linked = this.read(link);
    const { view } = linked;
    this.#next = this.#pending ? link : null;
    const stored = store.recorded && linked.query === settled(store.asked());
    this.page.address.held = this.#next !== null && !stored;
    if (this.page.address.held) return; // of two answers the later one would stay
    const panel = await store.directory.read(linked.panel);
    if (panel?.name !== linked.panel) return;
    const before = { ...store.focus };
    const same = store.run !== null && linked.query === settled(store.asked()) && this.#selected(linked.focus, panel);
    this.applying = true;
    store.controls[linked.panel] = {};
    store.takeLink(linked);
    store.wished = {};
    this.view = view;
    this.#aim = view;
    if (!same && panel.requires.length) {
      const { focus } = store;
      const own = { ...store.controlsOf(linked.panel) };
      requests.ask({ action: "run", query: linked.query, panel: linked.panel, focus: { ...focus }, controls: own });
    } else {
      await panels.open(linked.panel, { view });
      const names = /** @type {(keyof Focus)[]} */ (Object.keys(before)).filter((k) => before[k] !== store.focus[k]);
      if (names.length) store.tell("focus", names);
      this.page.address.write();
    }
    this.applying = false;
    this.#aimed();
  }

  /**
   * Whether the selection is known here: the run's own best head, which a link may leave open, is the server's to say.
   * @param {Focus} focus what a link leaves open is filled in
   * @param {import("../protocol").PanelSpec} panel
   */
  #selected(focus, panel) {
    const { run, focus: now } = this.page.store;
    const read = new Set(panel.views.filter(({ heavy }) => !heavy).flatMap(({ depends }) => depends));
    focus.position ??= run ? run.nPrompt - 1 : null;
    for (const name of /** @type {("layer" | "head")[]} */ (["layer", "head"])) {
      if (focus[name] === null && read.has(name)) return false;
      focus[name] ??= now[name];
    }
    return true;
  }

  /** Whether the page shows something else than the step that is read does. @param {Reading | null} reading */
  wandered(reading) {
    if (!reading || reading.left || document.body.dataset.busy) return false;
    const { store } = this.page;
    const { link, ask } = reading.step;
    const now = settled(store.asked());
    return ![link, ask?.then ?? link].some((each) => {
      const { panel, query } = this.read(each);
      return panel === store.panel && (!store.run || !store.spec()?.requires.length || query === now);
    });
  }

  /** On a phone one figure stands above the card: that of the step. @param {boolean} on */
  mark(on) {
    for (const { view, frame } of this.page.panels.mounted) {
      const other = on && view.name !== this.view;
      if (frame.root.classList.contains("besides") !== other) frame.root.classList.toggle("besides", other);
    }
  }

  /** The step's view comes into sight once the panel is drawn. */
  #aimed() {
    const { panels, stage, store } = this.page;
    if (!this.#aim || stage.dataset.ready !== "1" || document.body.dataset.busy) return;
    const first = store.spec()?.views[0]?.name;
    if (this.#aim === first) scrollTo({ top: 0, behavior: "instant" });
    else panels.show(this.#aim);
    this.#aim = null;
  }
}
