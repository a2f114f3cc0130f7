// @ts-check
/**
 * What was recorded, read file by file: the runs, the answers of each place, and those of selections near it, which are
 * read when they are asked for.
 *
 * @import { Entry, PanelSpec, RunSent, ViewSpec } from "../shell/protocol"
 * @import { NearFile, Options, RecordedAnswer, RecordedFile, Step } from "./recorded"
 *
 * @typedef {{ steps: Step[], panels: PanelSpec[], read: (file: string) => Promise<any> }} Files `read`: one's content
 * @typedef {Options & Files} Opened what a page of recordings opens with
 */

import { settled } from "../shell/address/link.js";
import { Answers, keyOf, subjectOf } from "../shell/server/answers.js";
import { unpack } from "../shell/server/payload.js";

export class RecordedFiles {
  #answers = new Answers(Number.POSITIVE_INFINITY);
  /** @type {Map<string, Promise<any>>} */
  #files = new Map();
  /** Where the answers of selections near a place stand, by their keys. @type {Map<string, () => Promise<void>>} */
  #nearby = new Map();

  /** @param {Opened} opened */
  constructor(opened) {
    this.opened = opened;
  }

  /** A file's content, read once. @param {string} name @param {(sent: any) => any} [taken] */
  #read(name, taken = unpack) {
    const found = this.#files.get(name) ?? this.opened.read(name).then(taken);
    this.#files.set(name, found);
    return found;
  }

  /** A place's own answer and its run. @param {Step} step @returns {Promise<RecordedFile & { run: RunSent | null }>} */
  async file(step) {
    const run = step.run ? this.#read(step.run, (sent) => sent) : null;
    const file = await this.#read(step.file, (sent) => this.#own(step, unpack(sent)));
    return { ...file, run: await run };
  }

  /** @param {Step} step @param {RecordedFile} file */
  #own(step, file) {
    for (const answer of file.answers) this.#keep(step, answer, (at) => file.entries[at]);
    return file;
  }

  /** @param {Step} step @param {RecordedAnswer} answer @param {(at: number) => Entry} entryAt */
  #keep(step, { asked, focus, controls, views }, entryAt) {
    const entries = Object.entries(views).map(([name, at]) => [name, entryAt(at)]);
    const answer = { panel: step.panel, views: Object.fromEntries(entries), focus, asked, controls, strings: {} };
    this.#answers.keep(answer, this.panel(step.panel)?.views ?? [], (view) => subject(view, step.query));
  }

  /** Which selections near it were recorded; their answers are read when they are asked for. @param {Step} step */
  async near(step) {
    const [{ entries }, near] = await Promise.all([this.file(step), this.#read(`${step.file}.near`)]);
    const { answers, parts } = /** @type {NearFile} */ (near);
    for (const answer of answers) {
      for (const view of this.panel(step.panel)?.views ?? []) {
        const at = answer.views[view.name];
        if (at === undefined) continue;
        const bring = async () => {
          const entry = at < entries.length ? entries[at] : await this.#part(parts, at - entries.length);
          this.#keep(step, { ...answer, views: { [view.name]: at } }, () => entry);
        };
        for (const focus of [answer.asked, answer.focus]) {
          const made = { subject: subject(view, step.query), panel: step.panel, view, controls: answer.controls };
          this.#nearby.set(keyOf({ ...made, focus }), bring);
        }
      }
    }
  }

  /**
   * An entry of the files that the places of one run and panel share.
   * @param {[number, string][]} parts
   * @param {number} at
   */
  async #part(parts, at) {
    const [start, name] = /** @type {[number, string]} */ (parts.findLast(([first]) => first <= at));
    return (await this.#read(name)).entries[at - start];
  }

  /** @param {string | undefined} name */
  panel(name) {
    return this.opened.panels.find((panel) => panel.name === name);
  }

  /** The answer by its key, if it was read. @param {string} key */
  answer(key) {
    return this.#answers.get(key);
  }

  /** Reads the answer of a selection near a place, if it was recorded. @param {string} key */
  bring(key) {
    return this.#nearby
      .get(key)?.()
      .catch(() => null);
  }
}

/** What a view reads. @param {ViewSpec} view @param {string} query */
export const subject = (view, query) => subjectOf(view, settled(query));
