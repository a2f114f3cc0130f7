// @ts-check
/**
 * A button that opens a short list of things to do.
 *
 * @typedef {[name: string, act: () => unknown]} Item
 */
import { html } from "../vendor/lit.js";

export class Menu {
  open = false;
  /** @type {Item[]} */
  #items = [];

  /**
   * @param {{ name: string, label: string, items: () => Promise<Item[]>, changed: () => void, root: HTMLElement }}
   *   options
   */
  constructor({ name, label, items, changed, root }) {
    this.name = name;
    this.label = label;
    this.items = items;
    this.changed = changed;
    this.root = root;
  }

  get button() {
    return /** @type {HTMLElement | null} */ (this.root.querySelector(".pop > button"));
  }

  get entries() {
    return /** @type {HTMLElement[]} */ ([...this.root.querySelectorAll(".pop [role=menuitem]")]);
  }

  /** @param {boolean} open */
  #set(open) {
    this.open = open;
    this.changed();
  }

  #pressed = async () => {
    if (!this.open) this.#items = await this.items();
    this.#set(!this.open);
    if (this.open) this.entries[0]?.focus();
  };

  #close() {
    this.#set(false);
    this.button?.focus();
  }

  /** @param {KeyboardEvent} event */
  #keyed = (event) => {
    if (event.key === "Escape") {
      event.stopPropagation();
      return this.#close();
    }
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const { entries } = this;
    const at = entries.indexOf(/** @type {HTMLElement} */ (document.activeElement));
    entries[(at + step + entries.length) % entries.length]?.focus();
  };

  /** Focus leaves it by Tab or by a press elsewhere. @param {FocusEvent} event */
  #left = (event) => {
    const to = /** @type {Node | null} */ (event.relatedTarget);
    const inside = /** @type {Element} */ (event.currentTarget).contains(to);
    if (!inside && to !== this.button && this.open) this.#set(false);
  };

  draw() {
    const item = (/** @type {Item} */ [name, act]) => {
      const press = () => {
        this.#close();
        act();
      };
      return html`<button type="button" role="menuitem" @click=${press}>${name}</button>`;
    };
    return html`
      <span class="pop">
        <button class="btn ghost" type="button" aria-haspopup="menu" aria-expanded=${this.open} aria-label=${this.label}
          @click=${this.#pressed}>${this.name}</button>
        <div class="menu" role="menu" ?hidden=${!this.open} @keydown=${this.#keyed} @focusout=${this.#left}>
          ${this.open ? this.#items.map(item) : ""}
        </div>
      </span>`;
  }
}
