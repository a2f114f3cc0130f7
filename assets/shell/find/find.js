// @ts-check
/**
 * Find (Ctrl K): heads, blocks and tokens of the run, panels, actions, and the terms of the glossary, in one list.
 *
 * @import { Known, Place } from "./places"
 * @import { Page } from "../runs/opening"
 */
import { html, render } from "../../vendor/lit.js";
import { dialog } from "../dialog.js";
import { sought } from "../runs/history.js";
import { openLink } from "../runs/opening.js";
import { history } from "../runs/remember.js";
import { DOCS, glossary, PAGE } from "./definitions.js";
import { places } from "./places.js";

const NAME = "Find a panel, a term, a head, a token or an action";
/** Runs of this browser among what is found. */
const RUNS = 5;

/** Those that are meant by what is typed. @param {string} typed @returns {Place[]} */
const runsOf = (typed) =>
  (typed.trim() ? sought(history.all(), typed).slice(0, RUNS) : []).map(({ link, name, text, model, panel }) => ({
    title: name || text,
    text: [name && text, model, panel].filter(Boolean).join(" · "),
    kind: "run",
    panel: "",
    link,
  }));

/**
 * @param {Omit<Known, "terms">} known
 * @param {(place: Place) => void} open
 * @param {Page & { live: boolean }} page
 */
export async function find(known, open, page) {
  const box = dialog("findbox", { label: NAME });
  const terms = await glossary();
  let typed = "";
  let at = 0;
  const go = (/** @type {Place} */ place) => {
    box.close();
    if (place.act) place.act();
    else if (place.link) openLink(place.link, page);
    else open(place);
  };
  const draw = () => {
    const items = [...places(typed, { ...known, terms }), ...runsOf(typed)];
    at = Math.min(at, Math.max(0, items.length - 1));
    render(list({ items, at, go, keyed: (event) => keyed(event, items), type, live: page.live }), box);
    box.querySelector(`#found${at}`)?.scrollIntoView({ block: "nearest" });
  };
  const type = (/** @type {Event} */ event) => {
    typed = /** @type {HTMLInputElement} */ (event.target).value;
    at = 0;
    draw();
  };
  const keyed = (/** @type {KeyboardEvent} */ event, /** @type {Place[]} */ items) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) at = Math.min(items.length - 1, Math.max(0, at + step));
    if (step || event.key === "Escape") event.preventDefault(); // Escape would only empty the field
    if (step) draw();
    if (event.key === "Escape") box.close();
    if (event.key === "Enter" && items[at]) go(items[at]);
  };
  render(null, box);
  draw();
  box.showModal();
  box.querySelector("input")?.focus();
}

/**
 * @param {object} options
 * @param {Place[]} options.items
 * @param {number} options.at
 * @param {(place: Place) => void} options.go
 * @param {(event: KeyboardEvent) => void} options.keyed
 * @param {(event: Event) => void} options.type
 * @param {boolean} options.live
 */
function list({ items, at, go, keyed, type, live }) {
  return html`
    <input type="search" placeholder="A panel, a term, L12.H3, block 7, ·Mary, share, export, dark" aria-label=${NAME}
      role="combobox" aria-expanded="true" aria-controls="found" aria-activedescendant="found${at}" autocomplete="off"
      @input=${type} @keydown=${keyed} />
    <ul class="found" role="listbox" id="found" aria-label="Found">
      ${items.map(
        (item, index) => html`
          <li role="option" id="found${index}" aria-selected=${index === at} @click=${() => go(item)}>
            <b>${item.title}</b><small>${item.kind}</small><span>${item.text}</span>
          </li>`,
      )}
    </ul>
    <p class="hint none" role="status">
      ${items.length ? "" : "Nothing has that name. Try “rank”, “L12.H3”, “24 GB” or “export”."}
    </p>
    <p class="hint cluster">
      <a class="linkbtn" href=${PAGE.href}>All terms of the glossary</a>
      ${live ? html`<a class="linkbtn" href=${DOCS.href}>Documentation</a>` : ""}
    </p>`;
}
