// @ts-check
/**
 * The frame around every view: title, sentence, where the numbers come from, proofs, the quiet actions; the view's body
 * lies in it, and a note where there is no picture or an old one.
 *
 * @import { Check, Entry, PanelSpec, Provenance, ViewSpec } from "../protocol"
 * @import { Item } from "../menu"
 *
 * @typedef {object} Deeds what the actions do
 * @property {() => Promise<Item[]>} exports
 * @property {() => void} source
 * @property {() => void} link
 * @property {() => void} measureAgain
 * @property {() => void} resized the body has another width
 * @property {() => void} compare a run is chosen that is compared with
 * @property {() => void} alone that run is taken away
 */
import { explained } from "../../kit/text/terms.js";
import { html, nothing, render } from "../../vendor/lit.js";
import { Menu } from "../menu.js";
import { isFull, toggleFull } from "./fullscreen.js";
import { proofs, tag } from "./proofs.js";

/** Pixels that a view may count on: a window may be of no width for a moment. */
const NARROWEST = 280;

/** What a view that shows no second run says of one, by what it reads. */
const ALONE = {
  run: "This view shows one run only.",
  model: "This view shows one model only.",
  nothing: "This view reads no run, so it compares none.",
};

export class Frame {
  /** @type {Entry} */
  entry = {};
  /** What the body has for its view, in pixels, when it was last measured. */
  width = NARROWEST;
  /** What the view checks by itself. @type {Check[]} */
  own = [];
  #open = false;
  /** Above the body, and instead of it. */
  #notes = { above: /** @type {unknown} */ (nothing), below: /** @type {unknown} */ (nothing) };

  /**
   * @param {PanelSpec} panel
   * @param {ViewSpec} view
   * @param {Deeds & { recorded: () => boolean, second: () => string }} page
   */
  constructor(panel, view, page) {
    this.view = view;
    this.page = page;
    this.titleId = `h-${panel.name}-${view.name}`;
    this.root = document.createElement("section");
    this.root.className = "panel";
    this.root.id = `${panel.name}-${view.name}`;
    this.root.dataset.view = view.name;
    this.root.setAttribute("aria-labelledby", this.titleId);
    this.body = Object.assign(document.createElement("div"), { className: "pbody" });
    this.menu = new Menu({
      name: "Export",
      label: `Export ${view.title}`,
      items: page.exports,
      changed: () => this.draw(),
      root: this.root,
    });
    this.draw();
  }

  get title() {
    return this.entry.title ?? this.view.title;
  }

  get about() {
    return this.entry.about ?? this.view.about;
  }

  /** @returns {Provenance[]} */
  get provenance() {
    return this.page.recorded() ? [...this.view.provenance, "RECORDED"] : this.view.provenance;
  }

  get checks() {
    return [...(this.entry.checks ?? []), ...this.own];
  }

  /** An answer's words, where notes have stood. @param {Entry} entry */
  fill(entry) {
    this.entry = entry;
    this.body.hidden = Boolean(entry.absent);
    this.note();
  }

  /** Reads the room that the view has. */
  measure() {
    const { paddingLeft, paddingRight } = getComputedStyle(this.body);
    const room = this.body.clientWidth - Number.parseFloat(paddingLeft) - Number.parseFloat(paddingRight);
    this.width = Math.max(NARROWEST, Math.floor(room));
  }

  /** @param {Check[]} checks */
  check(checks) {
    this.own = checks;
    this.draw();
  }

  /** @param {{ above?: unknown, below?: unknown }} [notes] */
  note({ above = nothing, below = nothing } = {}) {
    this.#notes = { above, below };
    this.draw();
  }

  draw() {
    const { above, below } = this.#notes;
    render([this.#head(), above, this.body, below], this.root);
  }

  #head() {
    const toggle = () => {
      this.#open = !this.#open;
      this.draw();
    };
    /** Each term is marked once: in the title, or where the sentence names it first. */
    const seen = new Set();
    return html`
      <div class="phead">
        <h2 id=${this.titleId}>${explained(this.title, seen)}</h2>
        <div class="pacts">${this.#actions()}</div>
        <p class="psub">${explained(this.about, seen)}</p>
        <div class="pmeta ${this.#open ? "open" : ""}">
          ${this.provenance.map(tag)}${proofs(this.checks, { open: this.#open, toggle })}
        </div>
        ${this.#compared()}
      </div>`;
  }

  /** The run that this one is compared with, and what of it cannot be shown. */
  #compared() {
    const { compared } = this.entry;
    if (!compared) return this.#alone();
    const { title, text, fits } = compared;
    return html`
      <p class="pcompared">
        <span><b>${fits ? "Compared with" : "Not compared with"} ${title}.</b> ${text}</span>
        ${
          this.page.recorded()
            ? nothing
            : html`
              <button class="linkbtn" type="button" @click=${this.page.compare}>Change</button>
              <button class="linkbtn" type="button" @click=${this.page.alone}>Remove</button>`
        }
      </p>`;
  }

  /** Of a view that shows no second run, while one is chosen. */
  #alone() {
    const { view, page, entry } = this;
    if (view.compares || entry.absent || !page.second()) return nothing;
    return html`<p class="pcompared">${ALONE[view.reads]}</p>`;
  }

  #actions() {
    const { view, page, root } = this;
    const compares = view.compares && view.compares !== "all" && !page.recorded();
    const full = isFull(root);
    const turn = () => {
      toggleFull(root, () => {
        this.draw();
        page.resized();
      });
    };
    return [
      view.heavy ? action("Measure again", `Measure again: ${view.title}`, page.measureAgain) : nothing,
      compares ? action("Compare", `Compare ${view.title} with another run`, page.compare) : nothing,
      action("Source", `Source of ${view.title}`, page.source),
      this.menu.draw(),
      action("Link", `Copy link to ${view.title}`, page.link),
      action(full ? "Leave full screen" : "Full screen", `${full ? "Leave full" : "Full"} screen: ${view.title}`, turn),
    ];
  }
}

/**
 * @param {string} name
 * @param {string} label
 * @param {() => void} press
 */
const action = (name, label, press) =>
  html`<button class="btn ghost" type="button" aria-label=${label} @click=${press}>${name}</button>`;
