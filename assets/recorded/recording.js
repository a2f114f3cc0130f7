// @ts-check
/**
 * The server's twin for a page of recordings: it answers what was recorded, by the page's own keys, and of all else it
 * says so.
 *
 * @import { Service } from "../shell/parts"
 * @import { Answer, Request, RunAnswer, Tables, ViewSpec } from "../shell/protocol"
 * @import { Step } from "./recorded"
 * @import { Opened } from "./recorded_files"
 *
 * @typedef {object} Telling
 * @property {(request: Request, view: ViewSpec) => import("../shell/protocol").Absent} absent why a view has no answer
 * @property {(step: Step) => void} go another recorded place is opened
 */

import { readLink, settled } from "../shell/address/link.js";
import { keyOf } from "../shell/server/answers.js";
import { RecordedFiles, subject } from "./recorded_files.js";

/** Raised where nothing of the kind was recorded: a sentence. */
export class NotRecorded extends Error {}

/** @implements {Service} */
export class Recording {
  /** @param {Opened} opened @param {Telling} telling @param {Tables} tables */
  constructor(opened, telling, tables) {
    this.opened = opened;
    this.tables = tables;
    this.files = new RecordedFiles(opened);
    this.telling = telling;
  }

  /** The run's part of a link. @param {string} link */
  runOf(link) {
    return readLink(link, this.tables).query;
  }

  /** The recorded place of a link: that very one, or one of the same run and panel. @param {string} link */
  step(link) {
    const { steps } = this.opened;
    const parts = new URLSearchParams(link);
    const same = settled(link);
    const near = steps.filter(({ panel }) => panel === parts.get("panel"));
    const ofRun = near.find(({ runs, query }) => runs && settled(query) === this.runOf(link));
    return steps.find((step) => settled(step.link) === same) ?? ofRun ?? (parts.has("text") ? undefined : near[0]);
  }

  /**
   * The run of a request, with the selection that is asked for, else with the recorded one.
   * @param {Request} request
   * @returns {Promise<RunAnswer>}
   */
  async run(request) {
    const { steps } = this.opened;
    const asked = settled(request.query ?? "");
    const runs = steps.filter((step) => step.runs && [settled(step.query), this.runOf(step.link)].includes(asked));
    const there = runs.filter(({ panel }) => panel === request.panel);
    const step =
      (await this.#selected(there, request)) ??
      there[0] ??
      runs[0] ??
      (asked ? undefined : steps.find((step) => step.runs && step.panel === request.panel));
    if (!step) throw new NotRecorded("This run is not recorded.");
    return this.of(step, request.focus);
  }

  /** The place whose selection is asked for. @param {Step[]} steps @param {Request} request */
  async #selected(steps, { focus, controls = {} }) {
    const asked = JSON.stringify([focus, controls]);
    for (const step of steps) {
      const [own] = (await this.files.file(step)).answers;
      if (JSON.stringify([{ ...focus, ...own.asked }, own.controls]) === asked) return step;
    }
    return undefined;
  }

  /**
   * A place's run as an answer of the server.
   * @param {Step} step
   * @param {Partial<import("../shell/protocol").Focus>} [focus]
   */
  async of(step, focus = {}) {
    const { run, strings, answers } = await this.files.file(step);
    if (!run) throw new NotRecorded("This run is not recorded.");
    const chosen = Object.fromEntries(Object.entries(focus).filter(([, value]) => value !== null));
    const selected = { ...answers[0].focus, ...chosen };
    const { panel } = step;
    return /** @type {RunAnswer} */ ({
      ...{ kind: "run", run, strings, panel, views: {}, controls: answers[0].controls },
      ...{ focus: selected, recorded: { query: run.query, kept: true } },
    });
  }

  /** @param {string} name @param {object} request */
  async call(name, request) {
    if (name === "lesson") return this.#lesson(/** @type {any} */ (request));
    if (name !== "source") return { message: "A recording cannot do this. It needs a running explorer." };
    const { panel, view } = /** @type {{ panel: string, view: string }} */ (request);
    const sources = await this.opened.read(`${panel}.source`).catch(() => ({}));
    return sources[view] ?? { message: "The source is not recorded." };
  }

  /**
   * A lesson, or what one of its steps says of its run.
   * @param {{ name: string, step?: number, phase?: string }} asked
   */
  async #lesson({ name, step, phase }) {
    /** @type {import("./recorded").LessonFile | null} */
    const found = await this.opened.read(`lesson-${name}`).catch(() => null);
    if (!found) return { kind: "error", message: "This lesson is not recorded." };
    if (step === undefined) return { kind: "lesson", lesson: found.lesson };
    return { kind: "told", told: found.told[`${step} ${phase}`] };
  }

  /** @param {Request} request @returns {Promise<Answer>} */
  async render(request) {
    const { query = "", panel = "", views = [], focus, controls = {} } = request;
    const here = this.opened.steps.filter((step) => step.panel === panel);
    const same = here.filter((step) => !step.runs || settled(step.query) === settled(query));
    if (!same.length && here.length && here[0].runs) {
      this.telling.go(here[0]); // the panel was recorded of another run: that one is shown
      return { kind: "error", name: "Elsewhere", message: "", hint: "", facts: {} };
    }
    const files = await Promise.all(same.map((step) => this.files.file(step)));
    const specs = (this.files.panel(panel)?.views ?? []).filter(({ name }) => views.includes(name));
    const key = (/** @type {ViewSpec} */ view) =>
      keyOf({ subject: subject(view, query), panel, view, focus: focus ?? {}, controls });
    const found = (/** @type {ViewSpec} */ view) => this.files.answer(key(view));
    if (!specs.every(found)) {
      await Promise.all(same.map((step) => this.files.near(step).catch(() => null)));
      await Promise.all(specs.map((view) => found(view) ?? this.files.bring(key(view))));
    }
    const entries = specs.map((view) => [view.name, found(view) ?? { absent: this.telling.absent(request, view) }]);
    const strings = Object.assign({}, ...files.map((file) => file.strings));
    const asked = focus ?? {};
    return { kind: "views", query, panel, views: Object.fromEntries(entries), focus: asked, asked, controls, strings };
  }
}
