// @ts-check
/**
 * What presses and keys do everywhere on the page.
 *
 * @import { Requests } from "./requests"
 */
import { press } from "./server.js";

/** Pixels of a window in which the sidebar is folded. */
const PHONE = 860;

/** @param {{ requests: Requests, find: () => void }} page */
export function watchKeys({ requests, find }) {
  document.addEventListener("click", (event) => pressed(/** @type {Element} */ (event.target), requests), true);
  document.addEventListener("keydown", (event) => {
    const target = /** @type {HTMLElement} */ (event.target);
    const control = event.ctrlKey || event.metaKey;
    if (control && event.key === "Enter" && target.closest?.("#prompt")) {
      event.preventDefault();
      target.blur(); // Gradio takes the text when the field is left
      press("run");
    }
    if (control && event.key.toLowerCase() === "k") {
      event.preventDefault();
      find();
    }
    if (event.key === "Escape" && opened() && !document.querySelector("dialog[open]")) press("menu");
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
