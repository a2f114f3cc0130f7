// @ts-check
/**
 * The glossary's page, /explorer/glossary.html: every term, what it means, and the panel that shows it.
 *
 * @import { Term } from "../kit/glossary"
 * @typedef {{ name: string, title: string, chapter: string, chapterTitle: string }} Panel
 */
import { counted } from "../kit/format.js";
import { html, nothing, render } from "../vendor/lit.js";
import { glossary } from "./definitions.js";

const root = /** @type {HTMLElement} */ (document.getElementById("glossary"));

/** @returns {Promise<Panel[]>} */
const readPanels = () =>
  fetch(new URL("../panels.json", import.meta.url)).then(
    async (answer) => (answer.ok ? (await answer.json()).panels : []),
    () => [],
  );

/**
 * Whether a term is what one looks for.
 * @param {Term} term
 * @param {string} sought in lower case
 */
const found = ({ term, text }, sought) => term.toLowerCase().includes(sought) || text.toLowerCase().includes(sought);

/**
 * @param {Term[]} terms
 * @param {Panel[]} panels
 */
function draw(terms, panels, sought = "") {
  const shown = terms.filter((term) => found(term, sought.trim().toLowerCase()));
  const chapters = new Map(panels.map((panel) => [panel.chapter, panel.chapterTitle]));
  const type = (/** @type {InputEvent} */ event) =>
    draw(terms, panels, /** @type {HTMLInputElement} */ (event.target).value);
  render(
    html`
      <h1>Glossary</h1>
      <p>${counted(terms.length, "term")}, each with the panel that shows it on a real model.
        <a href="../">Back to the explorer</a></p>
      <input type="search" placeholder="Find a term" aria-label="Find a term" .value=${sought} @input=${type} />
      <p role="status">${shown.length ? nothing : "No term of that name. Try “rank”, “head” or “top-p”."}</p>
      ${[...chapters].map(([chapter, title]) => {
        const names = new Set(panels.filter((panel) => panel.chapter === chapter).map(({ name }) => name));
        const here = shown.filter(({ panel }) => names.has(panel));
        return here.length ? html`<h2>${title}</h2><dl>${here.map((term) => entry(term, panels))}</dl>` : nothing;
      })}`,
    root,
  );
}

/**
 * @param {Term} term
 * @param {Panel[]} panels
 */
function entry({ term, text, panel }, panels) {
  const title = panels.find(({ name }) => name === panel)?.title;
  return html`
    <div class="entry" id=${term}>
      <dt>${term}</dt>
      <dd>${text} <br /><a href="../?panel=${panel}">Shown in ${title}</a></dd>
    </div>`;
}

if (matchMedia("(prefers-color-scheme: dark)").matches) document.documentElement.dataset.theme = "dark";
const [terms, panels] = await Promise.all([glossary(), readPanels()]);
root.replaceChildren();
draw(terms, panels);
root.dataset.ready = "1";
if (location.hash) document.getElementById(decodeURIComponent(location.hash.slice(1)))?.scrollIntoView();
