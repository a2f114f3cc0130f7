// @ts-check
/**
 * The chapters and their panels. The page opens with all names, and the words of one panel; those of all others come
 * when one of them is opened or looked for.
 *
 * @import { Chapter, OpeningFile, PanelsFile, PanelSpec } from "./protocol"
 */

export class Directory {
  /** @type {Chapter[]} */
  chapters = [];
  /** Those whose words are here. @type {PanelSpec[]} */
  panels = [];
  #where = "";
  /** @type {Promise<PanelSpec[]> | null} */
  #coming = null;

  /** @param {OpeningFile} opening */
  open({ chapters, panels, all }) {
    this.chapters = chapters;
    this.panels = panels;
    this.#where = all;
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

  /** The panel with its words, or the first where there is none of that name. @param {string} name */
  async read(name) {
    if (!this.find(name) && this.chapterOf(name)) await this.all();
    return this.find(name) ?? this.panels[0];
  }

  /** All panels with their words. */
  all() {
    this.#coming ??= this.#fetched().catch((error) => {
      this.#coming = null; // asked again next time
      throw error;
    });
    return this.#coming;
  }

  async #fetched() {
    const answer = await fetch(this.#where);
    if (!answer.ok) throw new Error(`${this.#where}: ${answer.status}`);
    /** @type {PanelsFile} */
    const { panels } = await answer.json();
    this.panels = panels;
    return panels;
  }
}
