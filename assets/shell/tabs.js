// @ts-check
/**
 * The chapters, and the panels of the chapter that is open, as two rows of tabs.
 *
 * @import { Chapter } from "./protocol"
 * @import { Store } from "./store"
 */
import { html, nothing, render } from "../vendor/lit.js";

export class Tabs {
  /** The panel that was last open in each chapter. @type {Record<string, string>} */
  #last = {};

  /**
   * @param {HTMLElement} box
   * @param {{ store: Store, open: (panel: string) => void, find: () => void, map: () => void, runs: () => void,
   *   lessons: () => void, keys: () => void }} page
   */
  constructor(box, { store, open, find, map, runs, lessons, keys }) {
    this.box = box;
    this.store = store;
    this.open = open;
    this.find = find;
    this.map = map;
    this.runs = runs;
    this.lessons = lessons;
    this.keys = keys;
    this.draw();
  }

  draw() {
    const { directory, panel } = this.store;
    const here = directory.chapterOf(panel);
    if (here) this.#last[here.name] = panel;
    render([this.#chapters(here), this.#panels(here), this.#tools()], this.box);
    for (const row of this.box.querySelectorAll(".tabs")) centre(/** @type {HTMLElement} */ (row));
  }

  /** @param {Chapter | undefined} here */
  #chapters(here) {
    const { chapters } = this.store.directory;
    const shown = chapters.map((chapter) =>
      tab({
        title: chapter.title,
        on: chapter === here,
        ...this.#leads(this.#last[chapter.name] ?? chapter.panels[0].name),
      }),
    );
    return html`
      <div class="tabs chapters" role="tablist" aria-label="Chapters" ?hidden=${chapters.length < 2} @keydown=${walk}>
        ${shown}
      </div>`;
  }

  /** Who points at a tab will open it soon. What fails then is said when it is opened. @param {string} panel */
  #leads = (panel) => ({
    press: () => this.open(panel),
    near: () => void this.store.directory.read(panel).catch(() => {}),
  });

  /** @param {Chapter | undefined} here */
  #panels(here) {
    const shown = here?.panels.map(({ name, title }) =>
      tab({ title, name, on: name === this.store.panel, ...this.#leads(name) }),
    );
    return html`<div class="tabs" id="tabs" role="tablist" aria-label="Panels" @keydown=${walk}>${shown}</div>`;
  }

  #tools() {
    return html`
      <div class="tools">
        <button class="btn ghost" type="button" @click=${this.map}>Map</button>
        <button class="btn ghost" type="button" @click=${this.lessons}>Lessons</button>
        <button class="btn ghost" type="button" @click=${this.runs}>Runs</button>
        <button class="btn ghost" type="button" @click=${this.find}>
          Find <span class="unseen">a panel, a term or an action</span> <kbd>Ctrl K</kbd>
        </button>
        <button class="btn ghost" type="button" aria-label="Keyboard shortcuts" title="Keyboard shortcuts"
          @click=${this.keys}>?</button>
      </div>`;
  }
}

/** @param {{ title: string, name?: string, on: boolean, press: () => void, near: () => void }} options */
function tab({ title, name, on, press, near }) {
  return html`<button class="tab" role="tab" type="button" data-panel=${name ?? nothing} aria-selected=${on}
    tabindex=${on ? 0 : -1} @click=${press} @pointerenter=${near}>${title}</button>`;
}

/** The chosen tab comes whole into the row's middle; the page itself does not move. @param {HTMLElement} row */
function centre(row) {
  const chosen = row.querySelector("[aria-selected=true]");
  if (!chosen || row.scrollWidth <= row.clientWidth) return;
  const [inner, outer] = [chosen.getBoundingClientRect(), row.getBoundingClientRect()];
  row.scrollLeft += inner.left + inner.width / 2 - (outer.left + outer.width / 2);
}

/** Arrow keys open the neighbour. @param {KeyboardEvent} event */
function walk(event) {
  const row = /** @type {HTMLElement} */ (event.currentTarget);
  const tabs = /** @type {HTMLElement[]} */ ([...row.querySelectorAll(".tab")]);
  const at = tabs.indexOf(/** @type {HTMLElement} */ (document.activeElement));
  const step = { ArrowRight: 1, ArrowLeft: -1, Home: -at, End: tabs.length - 1 - at }[event.key];
  if (step === undefined || at < 0) return;
  event.preventDefault();
  const next = (at + step + tabs.length) % tabs.length;
  tabs[next].click();
  /** @type {HTMLElement | undefined} */ (row.querySelectorAll(".tab")[next])?.focus();
}
