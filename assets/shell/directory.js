// @ts-check
/**
 * The chapters and their panels. The page opens with all names, and the first panel; what another one declares comes
 * when it is opened.
 *
 * @import { Chapter, OpeningFile, OpenPanel, PanelsFile, PanelSpec } from "./protocol"
 */
import { learnTerms } from "../kit/text/glossary.js";

export class Directory {
  /** @type {Chapter[]} */
  chapters = [];
  /** Those that can be opened at once. @type {OpenPanel[]} */
  panels = [];
  /** Where a panel is, NAME being its name, and where the words of all are. */
  #where = { each: "", all: "" };
  /** What is on its way, by its address. @type {Map<string, Promise<any>>} */
  #coming = new Map();

  /** @param {OpeningFile} opening */
  open({ chapters, panels, each, all }) {
    this.chapters = chapters;
    this.#where = { each, all };
    for (const panel of panels) this.#take(panel);
  }

  /** @param {string} name */
  find(name) {
    return this.panels.find((panel) => panel.name === name);
  }

  /** @param {string} name */
  chapterOf(name) {
    return this.chapters.find(({ panels }) => panels.some((panel) => panel.name === name));
  }

  /** @param {string} name */
  titleOf(name) {
    return this.chapterOf(name)?.panels.find((panel) => panel.name === name)?.title;
  }

  /** The panel, or the first where there is none of that name. @param {string} name */
  async read(name) {
    if (!this.find(name) && this.chapterOf(name)) {
      this.#take(await this.#fetched(this.#where.each.replace("NAME", name)));
    }
    return this.find(name) ?? this.panels[0];
  }

  /** What all panels say of themselves, and the map of their chapters. @returns {Promise<PanelsFile>} */
  file() {
    return this.#fetched(this.#where.all);
  }

  /** What all panels say of themselves, for who looks for one. @returns {Promise<PanelSpec[]>} */
  async all() {
    return (await this.file()).panels;
  }

  /** @param {OpenPanel} panel */
  #take(panel) {
    if (this.find(panel.name)) return;
    this.panels.push(panel);
    learnTerms(panel.terms);
  }

  /** @param {string} where */
  #fetched(where) {
    const coming =
      this.#coming.get(where) ??
      fetch(where)
        .then((answer) => (answer.ok ? answer.json() : Promise.reject(new Error(`${where}: ${answer.status}`))))
        .catch((error) => {
          this.#coming.delete(where); // asked again next time
          throw error;
        });
    this.#coming.set(where, coming);
    return coming;
  }
}
