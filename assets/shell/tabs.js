// @ts-check
/**
 * The chapters, and the panels of the chapter that is open, as two rows of tabs.
 *
 * @import { PanelSpec } from "./protocol"
 * @import { Store } from "./store"
 */
import { html, nothing, render } from "../vendor/lit.js";

export class Tabs {
  /** The panel that was last open in each chapter. @type {Record<string, string>} */
  #last = {};

  /**
   * @param {HTMLElement} box
   * @param {{ store: Store, open: (panel: string) => void, find: () => void }} page
   */
  constructor(box, { store, open, find }) {
    this.box = box;
    this.store = store;
    this.open = open;
    this.find = find;
    this.draw();
  }

  draw() {
    const chosen = this.store.spec();
    if (chosen) this.#last[chosen.chapter] = chosen.name;
    render([this.#chapters(chosen), this.#panels(chosen)], this.box);
    for (const row of this.box.querySelectorAll(".tabs")) centre(/** @type {HTMLElement} */ (row));
  }

  /** @param {PanelSpec | undefined} chosen */
  #chapters(chosen) {
    const { panels } = this.store;
    const chapters = [...new Map(panels.map(({ chapter, chapterTitle }) => [chapter, chapterTitle]))];
    const open = (/** @type {string} */ chapter) => {
      const first = panels.find((panel) => panel.chapter === chapter);
      this.open(this.#last[chapter] ?? first?.name ?? "");
    };
    const shown = chapters.map(([name, title]) =>
      tab({ title, on: name === chosen?.chapter, press: () => open(name) }),
    );
    return html`
      <div class="tabs chapters" role="tablist" aria-label="Chapters" ?hidden=${chapters.length < 2} @keydown=${walk}>
        ${shown}
      </div>`;
  }

  /** @param {PanelSpec | undefined} chosen */
  #panels(chosen) {
    const same = this.store.panels.filter(({ chapter }) => chapter === chosen?.chapter);
    const shown = same.map(({ name, title }) =>
      tab({ title, name, on: name === chosen?.name, press: () => this.open(name) }),
    );
    return html`
      <div class="tabs">
        <div id="tabs" role="tablist" aria-label="Panels" @keydown=${walk}>${shown}</div>
        <button class="btn ghost findbtn" type="button" @click=${this.find}>
          Find <span class="unseen">a panel or a term</span> <kbd>Ctrl K</kbd>
        </button>
      </div>`;
  }
}

/** @param {{ title: string, name?: string, on: boolean, press: () => void }} options */
function tab({ title, name, on, press }) {
  return html`<button class="tab" role="tab" type="button" data-panel=${name ?? nothing} aria-selected=${on}
    tabindex=${on ? 0 : -1} @click=${press}>${title}</button>`;
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
