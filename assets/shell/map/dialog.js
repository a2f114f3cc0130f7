// @ts-check
/**
 * The map of the stack: every panel, at its chapter's place between a text and the next token. It is drawn from what
 * panels and chapters declare.
 *
 * @import { Chapter, MapPart, PanelName, PanelsFile, PanelSpec } from "../protocol"
 * @import { Page } from "../page"
 * @import { Run } from "../../kit/view"
 */
import { asset } from "../../kit/asset.js";
import { rove } from "../../kit/controls/roving.js";
import { counted } from "../../kit/numbers/format.js";
import { cut, readText } from "../../kit/text/vocabulary.js";
import { html, nothing, render } from "../../vendor/lit.js";
import { dialog } from "../dialog.js";
import { wear } from "../views.js";
import { glyph } from "./glyphs.js";

/** Characters of a token that stand on the map. */
const SHOWN = 14;
/** The dialog's own stylesheet, once. @type {Promise<unknown> | null} */
let dressed = null;

/** @param {Page} page */
export async function openMap(page) {
  dressed ??= wear(asset("shell/map/map.css")).worn;
  const [file] = await Promise.all([page.store.directory.file(), dressed]);
  new MapDialog(page, file).show();
}

/** What this run has of a chapter's subject. @param {Run} run @returns {Record<string, string>} */
const sizes = ({ ids, nPrompt, steps, model: { L, H, D, E, topk } }) => ({
  tokenization: counted(nPrompt, "token"),
  embeddings: `${D} numbers each`,
  transformer: `${counted(L, "block")} of ${counted(H, "head")}`,
  architectures: E ? `${E} experts, ${topk} a token` : "",
  inference: steps.length ? `“${cut(readText(ids[nPrompt]), SHOWN)}” is next` : "",
});

class MapDialog {
  box = dialog("mapbox", { labelledBy: "maptitle" });
  /** The panel that is told of. @type {PanelSpec | undefined} */
  told;

  /** @param {Page} page @param {PanelsFile} file */
  constructor(page, { panels, parts }) {
    this.page = page;
    this.parts = parts;
    this.panels = new Map(panels.map((panel) => [panel.name, panel]));
  }

  show() {
    const { panel } = this.page.store;
    this.told = this.panels.get(panel);
    render(null, this.box);
    this.draw();
    this.box.showModal();
    const here = /** @type {HTMLElement | null} */ (this.box.querySelector("[aria-current]"));
    here?.focus({ preventScroll: true });
    here?.scrollIntoView({ block: "center" });
  }

  /** @param {string} name */
  #tell(name) {
    this.told = this.panels.get(name);
    this.draw();
  }

  /** @param {string} name */
  #open(name) {
    this.box.close();
    this.page.panels.open(name);
  }

  draw() {
    render(
      html`
        <div class="dlghead">
          <h2 id="maptitle">Map of the stack</h2>
          <button class="btn ghost" type="button" @click=${() => this.box.close()}>Close</button>
        </div>
        <p class="hint">${counted(this.panels.size, "panel")}, each at its place between a text and the next token. A
          press opens one; the prompt and the model stay.</p>
        ${this.parts.map((part) => this.#part(part))}
        <p class="told" aria-live="polite"><b>${this.told?.title}</b> ${this.told?.about}</p>`,
      this.box,
    );
  }

  /** @param {MapPart} part */
  #part({ name, title, about, chapters }) {
    if (!chapters.length) return nothing;
    return html`
      <section class="part ${name}" aria-labelledby="map-${name}">
        <h3 id="map-${name}">${title}</h3>
        <p class="hint">${about}</p>
        <div class="stations">${chapters.map((each) => this.#station(each.name, each.about))}</div>
      </section>`;
  }

  /** @param {string} name @param {string} about */
  #station(name, about) {
    const { directory, panel, run } = this.page.store;
    const chapter = directory.chapters.find((each) => each.name === name);
    if (!chapter) return nothing;
    const here = chapter.panels.some((each) => each.name === panel);
    const size = run ? sizes(run)[name] : "";
    return html`
      <article class="station ${name}" aria-labelledby="map-at-${name}">
        <header>${glyph(name)}
          <h4 id="map-at-${name}">${chapter.title}${here ? html` <span class="here">you are here</span>` : nothing}</h4>
          ${size ? html`<span class="size">${size}</span>` : nothing}
        </header>
        <p>${about}</p>
        ${this.#doors(chapter, here ? panel : chapter.panels[0].name)}
      </article>`;
  }

  /** @param {Chapter} chapter @param {string} reached the panel that Tab reaches */
  #doors({ title, panels }, reached) {
    const door = (/** @type {PanelName} */ { name, title }) => {
      const tell = () => this.#tell(name);
      return html`<li><button class="door" type="button" tabindex=${name === reached ? 0 : -1}
        aria-current=${name === this.page.store.panel ? "page" : nothing} @click=${() => this.#open(name)}
        @focus=${tell} @pointerenter=${tell}>${title}</button></li>`;
    };
    return html`<ul class="doors" data-rove aria-label="Panels of ${title}" @keydown=${rove}>${panels.map(door)}</ul>`;
  }
}
