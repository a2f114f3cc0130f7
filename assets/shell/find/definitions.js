// @ts-check
/**
 * What a term means, beside the term: shown on hover, focus and touch, with the way to the panel that shows it.
 *
 * @import { Term } from "../../kit/text/glossary"
 */
import { asset } from "../../kit/asset.js";
import { html, render } from "../../vendor/lit.js";

const GLOSSARY = asset("glossary.json");
/** All of it on a page of its own. */
export const PAGE = asset("glossary.html");
/** The documentation, which a server has once it is built. */
export const DOCS = asset("docs/");
const GAP = 6;
const EDGE = 8;
/** Milliseconds before a term that is pointed at is explained, and before the words go again. */
const PAUSE = { before: 180, after: 220 };

/** @type {Promise<Term[]> | null} */
let reading = null;

/** All terms; they are read once, and none is there where they cannot be read. */
export function glossary() {
  reading ??= fetch(GLOSSARY).then(
    (answer) => (answer.ok ? answer.json() : []),
    () => [],
  );
  return reading;
}

/**
 * Explains the terms of the page.
 * @param {{ titleOf: (panel: string) => string | undefined, open: (panel: string) => void }} page
 */
export function explainTerms({ titleOf, open }) {
  const card = document.body.appendChild(
    Object.assign(document.createElement("div"), { className: "definition", popover: "manual" }),
  );
  card.setAttribute("role", "dialog"); // as the terms announce it; it takes no focus by itself
  card.setAttribute("aria-label", "Definition");
  let timer = 0;
  /** @type {Element | null} */
  let shown = null;

  /** @param {Element} element */
  async function show(element) {
    shown = element;
    const { term: name } = /** @type {HTMLElement} */ (element).dataset;
    const term = (await glossary()).find(({ term }) => term === name);
    if (!term || shown !== element) return; // it was left before its meaning was here
    render(
      words(term, titleOf(term.panel), () => leave(term.panel)),
      card,
    );
    card.showPopover();
    place(card, element);
  }
  function hide() {
    clearTimeout(timer);
    if (shown) card.hidePopover();
    shown = null;
  }
  /** @param {string} panel */
  function leave(panel) {
    hide();
    open(panel);
  }
  /** @param {() => void} act @param {number} pause */
  function soon(act, pause) {
    clearTimeout(timer);
    timer = setTimeout(act, pause);
  }
  const termAt = (/** @type {Event} */ event) => /** @type {Element} */ (event.target).closest?.(".term");

  document.addEventListener("pointerover", (event) => {
    if (event.pointerType === "touch") return;
    const term = termAt(event);
    if (term) soon(() => show(term), PAUSE.before);
    else if (card.contains(/** @type {Node} */ (event.target))) clearTimeout(timer);
    else if (shown) soon(hide, PAUSE.after);
    else clearTimeout(timer);
  });
  document.addEventListener("focusin", (event) => {
    const term = termAt(event);
    if (term) show(term);
    else if (!card.contains(/** @type {Node} */ (event.target))) hide();
  });
  document.addEventListener("click", (event) => {
    const term = termAt(event);
    if (term) show(term);
    else if (!card.contains(/** @type {Node} */ (event.target))) hide();
  });
  document.addEventListener("keydown", (event) => {
    const term = termAt(event);
    if (event.key === "Escape") hide();
    else if (event.key === "Enter" && term) {
      event.preventDefault();
      card.querySelector("button")?.focus();
    }
  });
  document.addEventListener("scroll", hide, { capture: true, passive: true });
}

/**
 * @param {Term} term
 * @param {string | undefined} title of the panel that shows it
 * @param {() => void} go
 */
const words = (term, title, go) => html`
  <b>${term.term}</b>
  <p>${term.text}</p>
  <div class="ways">
    ${title ? html`<button class="linkbtn" type="button" @click=${go}>Shown in ${title}</button>` : ""}
    <a class="linkbtn" href="${PAGE.href}#${encodeURIComponent(term.term)}">All terms</a>
  </div>`;

/**
 * Below the term, or above it where there is no room.
 * @param {HTMLElement} card
 * @param {Element} element
 */
function place(card, element) {
  const word = element.getBoundingClientRect();
  const below = word.bottom + GAP + card.offsetHeight <= innerHeight - EDGE;
  card.style.left = `${Math.max(EDGE, Math.min(word.left, innerWidth - card.offsetWidth - EDGE))}px`;
  card.style.top = `${below ? word.bottom + GAP : Math.max(EDGE, word.top - card.offsetHeight - GAP)}px`;
}
