// @ts-check
/**
 * What a newcomer reads first: above the first run, once. It goes with a press, or when something else is opened or
 * run.
 *
 * @import { Page } from "./page"
 */
import { html, render } from "../vendor/lit.js";
import { openMap } from "./doors.js";

export const TITLE = "See how a language model arrives at its next word";
export const ABOUT =
  "A real model runs here on your text. Every picture is drawn from that run and says how it was checked.";
/** Three questions with which one may begin, and the panel that answers each. */
const DOORS = [
  { asks: "Why this word?", shows: "Follow one token through every block to the next token.", panel: "walk" },
  { asks: "What does one head do?", shows: "See what it writes, and the answer without it.", panel: "head_card" },
  { asks: "What fits in memory?", shows: "Count the weights and the cache of any model.", panel: "memory_calculator" },
];
/** What the browser keeps of lessons (`lesson/kept.js`), whether somebody was here among it. */
const KEPT = "explorer-lessons";

/** @param {((panel: string) => void)} [open] on this page; without it the page is loaded anew */
export const doors = (open) => html`
  <nav class="startgrid three" aria-label="Where to begin">
    ${DOORS.map(({ asks, shows, panel }) => {
      const press = (/** @type {MouseEvent} */ event) => {
        if (!open || event.ctrlKey || event.metaKey || event.shiftKey) return;
        event.preventDefault();
        open(panel);
      };
      return html`<a class="startcard" href="/?panel=${panel}" @click=${press}><b>${asks}</b>${shows}</a>`;
    })}
  </nav>`;

/** Whether nobody was here before; from now on somebody was. */
function firstTime() {
  try {
    const kept = JSON.parse(localStorage.getItem(KEPT) ?? "{}");
    localStorage.setItem(KEPT, JSON.stringify({ ...kept, met: true }));
    return !kept.met;
  } catch {
    return false; // a browser that keeps nothing would be welcomed each time
  }
}

/** @param {Page} page */
export function welcome(page) {
  if (!firstTime()) return;
  const { store, stage, panels } = page;
  const box = Object.assign(document.createElement("section"), { className: "welcome" });
  box.setAttribute("aria-label", "Welcome");
  const { panel } = store;
  let first = "";
  const off = store.on((what) => {
    if (what === "run") first ||= store.asked();
    if (store.panel !== panel || (what === "run" && store.asked() !== first)) gone();
  });
  function gone() {
    box.remove();
    off();
  }
  const open = (/** @type {string} */ name) => {
    gone();
    panels.open(name);
  };
  const tour = () => {
    gone();
    page.lessons("tour");
  };
  render(
    html`
      <h2>${TITLE}</h2>
      <p>${ABOUT}</p>
      <div class="rowbtns">
        <button class="btn primary" type="button" @click=${tour}>Take the five-minute tour</button>
        <button class="btn" type="button" @click=${() => openMap(page)}>See the map</button>
        <button class="btn ghost" type="button" @click=${gone}>Not now</button>
      </div>
      ${doors(open)}`,
    box,
  );
  stage.before(box);
}
