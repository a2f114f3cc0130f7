// @ts-check
/**
 * The glossary's page, /explorer/glossary.html: every term, what it means, the panel that shows it, and those that name
 * it.
 *
 * @import { Term } from "../kit/text/glossary"
 * @typedef {{ name: string, title: string, about: string, chapter: string, chapterTitle: string,
 *   views: { title: string, about: string }[] }} Panel
 */
import { asset } from "../kit/asset.js";
import { counted } from "../kit/numbers/format.js";
import { learnTerms, pieces } from "../kit/text/glossary.js";
import { html, nothing, render } from "../vendor/lit.js";
import { glossary } from "./find/definitions.js";

/** Panels that are named beside the one that shows a term. */
const ALSO = 8;

const root = /** @type {HTMLElement} */ (document.getElementById("glossary"));

/** @returns {Promise<Panel[]>} */
const readPanels = () =>
  fetch(asset("panels.json")).then(
    async (answer) => (answer.ok ? (await answer.json()).panels : []),
    () => [],
  );

/**
 * The panels whose own sentences name each term, in their order.
 * @param {Panel[]} panels
 */
function naming(panels) {
  /** @type {Map<string, Panel[]>} */
  const found = new Map();
  for (const panel of panels) {
    const said = [panel.about, ...panel.views.flatMap(({ title, about }) => [title, about])].join("\n");
    for (const { term } of pieces(said)) if (term) found.set(term.term, [...(found.get(term.term) ?? []), panel]);
  }
  return found;
}

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
  const named = naming(panels);
  const chapters = new Map(panels.map((panel) => [panel.chapter, panel.chapterTitle]));
  const type = (/** @type {InputEvent} */ event) =>
    draw(terms, panels, /** @type {HTMLInputElement} */ (event.target).value);
  render(
    html`
      <h1>Glossary</h1>
      <p>${counted(terms.length, "term")}, each with the panel that shows it on a real model.
        <a href="../">Back to the explorer</a></p>
      <input type="search" placeholder="Find a term" aria-label="Find a term" .value=${sought} @input=${type} />
      <p role="status">${shown.length ? nothing : "No term has that name. Try “rank”, “head” or “top-p”."}</p>
      ${[...chapters].map(([chapter, title]) => {
        const names = new Set(panels.filter((panel) => panel.chapter === chapter).map(({ name }) => name));
        const here = shown.filter(({ panel }) => names.has(panel));
        return here.length
          ? html`<h2>${title}</h2><dl>${here.map((term) => entry(term, panels, named.get(term.term) ?? []))}</dl>`
          : nothing;
      })}`,
    root,
  );
}

/**
 * @param {Term} term
 * @param {Panel[]} panels
 * @param {Panel[]} named those that name it
 */
function entry({ term, text, panel }, panels, named) {
  const title = panels.find(({ name }) => name === panel)?.title;
  const also = named.filter(({ name }) => name !== panel);
  const links = also.slice(0, ALSO).map(({ name, title }) => html`<a href="/?panel=${name}">${title}</a>`);
  const more = also.length > ALSO ? html`<span>and ${also.length - ALSO} more</span>` : nothing;
  return html`
    <div class="entry" id=${term}>
      <dt>${term}</dt>
      <dd>${text} <br /><a href="../?panel=${panel}">Shown in ${title}</a>
        ${also.length ? html`<span class="also"><span>Named in</span>${links}${more}</span>` : nothing}</dd>
    </div>`;
}

if (matchMedia("(prefers-color-scheme: dark)").matches) document.documentElement.dataset.theme = "dark";
const [terms, panels] = await Promise.all([glossary(), readPanels()]);
learnTerms(terms);
root.replaceChildren();
draw(terms, panels);
root.dataset.ready = "1";
if (location.hash) document.getElementById(decodeURIComponent(location.hash.slice(1)))?.scrollIntoView();
