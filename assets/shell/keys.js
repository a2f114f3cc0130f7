// @ts-check
/**
 * What presses and keys do everywhere on the page.
 *
 * @import { Requests } from "./server/requests"
 * @import { Sidebar } from "./sidebar/sidebar"
 */
import { press } from "./server/server.js";
import { EXAMPLES } from "./server/tables.js";

/** Pixels of a window in which the sidebar is folded. */
const PHONE = 860;
/** Where a letter is written. */
export const FIELDS =
  "textarea, select, [contenteditable], input:not([type=range], [type=checkbox], [type=radio], [type=button])";

/** @param {{ requests: Requests, sidebar: Sidebar, find: () => void, keys: () => void }} page */
export function watchKeys({ requests, sidebar, find, keys }) {
  document.addEventListener("click", (event) => pressed(/** @type {Element} */ (event.target), requests), true);
  document.addEventListener("click", (event) => taken(/** @type {Element} */ (event.target), sidebar));
  document.addEventListener("keydown", (event) => {
    const target = /** @type {HTMLElement} */ (event.target);
    const control = event.ctrlKey || event.metaKey;
    const over = document.querySelector("dialog[open]");
    if (control && event.key === "Enter" && !over && !event.defaultPrevented) {
      event.preventDefault();
      if (target.closest?.("#side")) target.blur(); // Gradio takes the text when the field is left
      press("run");
    }
    if (control && event.key.toLowerCase() === "k") {
      event.preventDefault();
      find();
    }
    if (event.key === "?" && !over && !target.closest?.(FIELDS)) keys();
    if (event.key === "Escape" && opened() && !over) press("menu");
  });
}

/** Whether the sidebar lies open over a phone's page. */
const opened = () => innerWidth <= PHONE && document.getElementById("side")?.classList.contains("open");

/** @param {Element} target @param {Requests} requests */
function pressed(target, requests) {
  if (target.closest?.("#run")) {
    requests.run(); // it takes its place in the line of requests
    if (opened()) {
      press("menu"); // the result comes into view
      scrollTo(0, 0);
    }
  }
  const menu = target.closest?.("#menu");
  const open = menu && document.getElementById("side")?.classList.toggle("open");
  menu?.setAttribute("aria-expanded", String(open));
}

/** An example is run at once. @param {Element} target @param {Sidebar} sidebar */
function taken(target, sidebar) {
  const name = target.closest?.("#examples button")?.textContent?.trim();
  const example = EXAMPLES.find((each) => each.name === name);
  if (example) sidebar.run(example.text);
}
