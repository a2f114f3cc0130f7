// @ts-check
/**
 * Find (Ctrl K): panels and the terms of the glossary in one list.
 *
 * @import { PanelSpec } from "./protocol"
 *
 * @typedef {{ term: string, text: string, panel: string }} Term
 * @typedef {{ title: string, text: string, kind: string, panel: string, exact?: boolean }} Found
 */
import { html, render } from "../vendor/lit.js";
import { dialog } from "./dialog.js";

const MOST = 40;
/** How near a term is to what is looked for. */
const NEAR = { itself: 0, begins: 1, holds: 2, explains: 3, none: 9 };

/** @type {Promise<Term[]> | null} */
let terms = null;

function glossary() {
  const address = new URL("../glossary.json", import.meta.url);
  terms ??= fetch(address).then(
    (answer) => (answer.ok ? answer.json() : []),
    () => [],
  );
  return terms;
}

/**
 * @param {Term} term
 * @param {string} wanted in small letters
 */
function closeness({ term, text }, wanted) {
  const name = term.toLowerCase();
  if (!wanted) return NEAR.holds;
  if (name === wanted) return NEAR.itself;
  if (name.startsWith(wanted)) return NEAR.begins;
  if (name.includes(wanted)) return NEAR.holds;
  return wanted.length > 2 && text.toLowerCase().includes(wanted) ? NEAR.explains : NEAR.none;
}

/**
 * What fits, best first: a term of exactly that name before everything, then panels, then the other terms.
 * @param {string} typed
 * @param {PanelSpec[]} panels
 * @param {Term[]} words
 * @returns {Found[]}
 */
export function search(typed, panels, words) {
  const wanted = typed.trim().toLowerCase();
  /** @param {PanelSpec} panel */
  const fits = ({ title, about, views }) =>
    [title, about, ...views.map((view) => view.title)].join(" ").toLowerCase().includes(wanted);
  /** @type {Found[]} */
  const found = [
    ...panels
      .filter(fits)
      .map((panel) => ({ title: panel.title, text: panel.about, kind: panel.chapterTitle, panel: panel.name })),
    ...words
      .map((word) => ({ word, near: closeness(word, wanted) }))
      .filter(({ near }) => near < NEAR.none)
      .sort((one, other) => one.near - other.near)
      .map(({ word, near }) => ({
        title: word.term,
        text: word.text,
        kind: "term",
        panel: word.panel,
        exact: near === NEAR.itself,
      })),
  ].slice(0, MOST);
  return wanted ? found.sort((one, other) => Number(other.exact ?? false) - Number(one.exact ?? false)) : found;
}

/**
 * @param {PanelSpec[]} panels
 * @param {(panel: string) => void} open
 */
export async function find(panels, open) {
  const box = dialog("findbox", { label: "Find a panel or a term" });
  const words = await glossary();
  let typed = "";
  let at = 0;
  const go = (/** @type {Found} */ item) => {
    box.close();
    open(item.panel);
  };
  const draw = () => {
    const items = search(typed, panels, words);
    at = Math.min(at, Math.max(0, items.length - 1));
    render(list({ items, at, go, keyed: (event) => keyed(event, items), type }), box);
    box.querySelector(`#found${at}`)?.scrollIntoView({ block: "nearest" });
  };
  const type = (/** @type {Event} */ event) => {
    typed = /** @type {HTMLInputElement} */ (event.target).value;
    at = 0;
    draw();
  };
  const keyed = (/** @type {KeyboardEvent} */ event, /** @type {Found[]} */ items) => {
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
 * @param {{ items: Found[], at: number, go: (item: Found) => void, keyed: (event: KeyboardEvent) => void, type: (event: Event) => void }} options
 */
function list({ items, at, go, keyed, type }) {
  return html`
    <input type="search" placeholder="Find a panel or a term" aria-label="Find a panel or a term" role="searchbox"
      aria-controls="found" aria-activedescendant="found${at}" autocomplete="off" @input=${type} @keydown=${keyed} />
    <ul class="found" role="listbox" id="found">
      ${items.map(
        (item, index) => html`
        <li role="option" id="found${index}" aria-selected=${index === at} @click=${() => go(item)}>
          <b>${item.title}</b><small>${item.kind}</small><span>${item.text}</span>
        </li>`,
      )}
      ${items.length ? "" : html`<li class="none">Nothing of that name. Try “rank”, “head” or “top-p”.</li>`}
    </ul>`;
}
